#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A model by its name on the hub, wherever a command takes one: what the cache lacks is downloaded before the work begins, and
# what is cached asks nobody.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/hub.sh"
source "$apps/train/training.sh"

mkdir -p hub/models/org/{tiny,guard,adapter,half}
cp "$model"/* hub/models/org/tiny
cp "$model"/* hub/models/org/guard
echo guard >hub/models/org/guard/README.md # so that its commit is another
printf '{"prompt":"count to 3"}\n{"prompt":"say hello"}\n' >p.jsonl
commit_of() { cat "$hub_cache/models--org--$1/refs/main"; }

# Without a folder and without a cache: downloaded, then answered as by the folder.
hub
answers() { ease generate "count to 3" --model "$1" --max-tokens 8 --temperature 0 --precision float32 --json -q "${@:2}"; }
answers "$model" >folder.json
answers org/tiny >name.json
[ "$(value name.json /text)" = "$(value folder.json /text)" ] || fail "the model of the hub answers otherwise"
[ "$(asked 'content .*model.safetensors')" = 1 ] || fail "its weights were not downloaded once: $(cat hub_log)"
silent "a cached model" answers org/tiny >again.json
HF_HUB_OFFLINE=1 silent "an offline machine" answers org/tiny >again.json
silent "a cached model by its commit" answers "org/tiny@$(commit_of tiny)" >again.json
HF_HUB_OFFLINE=1 fails 1 org/none HF_HUB_OFFLINE fetch folder -- answers org/none
HF_HUB_OFFLINE=1 fails 1 org/tiny@v2 HF_HUB_OFFLINE fetch -- answers org/tiny@v2
TRANSFORMERS_OFFLINE=1 fails 1 org/none TRANSFORMERS_OFFLINE fetch folder -- answers org/none
lacks HF_HUB_OFFLINE
fails 1 org/none "$HF_ENDPOINT" HF_TOKEN -- answers org/none
# What is wrong with a model of the hub is said of its name.
mkdir -p hub/models/org/other
cp "$model"/* hub/models/org/other
sed -i 's/LlamaForCausalLM/OtherLMHeadModel/' hub/models/org/other/config.json
fails 1 org/other config.json OtherLMHeadModel LlamaForCausalLM -- answers org/other
! grep -qF "$hub_cache" err.txt || fail "the cache is named: $(cat err.txt)"
# A damaged file: by the model's name, with the command that mends it, and then it is mended.
for file in config.json tokenizer.json model.safetensors; do
  blob=$(readlink -f "$hub_cache/models--org--tiny/snapshots/$(commit_of tiny)/$file")
  cp "$blob" sound && head -c 300 sound >"$blob"
  fails 1 org/tiny $file ease fetch -- answers org/tiny
  fails 1 org/tiny $file fetch -- ease inspect org/tiny
  ! grep -qF "$hub_cache" err.txt || fail "the cache is named: $(cat err.txt)"
  ease fetch org/tiny -q >mended.txt 2>&1 || fail "not mended: $(cat mended.txt)"
  cmp sound "$(readlink -f "$hub_cache/models--org--tiny/snapshots/$(commit_of tiny)/$file")" || fail "$file is not mended"
done
answers org/tiny >mended.json
[ "$(value mended.json /text)" = "$(value folder.json /text)" ] || fail "the mended model answers otherwise"
# A path that exists wins, and what ends like a file is nobody's name.
mkdir -p org && cp -r "$model" org/tiny
silent "a folder of that name" answers org/tiny >path.json
rm -r org
before=$(wc -l <hub_log)
fails 1 org/tiny.gguf -- answers org/tiny.gguf
[ "$(wc -l <hub_log)" = "$before" ] || fail "a misspelt path was asked for"

# Half of a model is completed, and never opened: its weights are gone, or were never there.
rm "$hub_cache"/models--org--tiny/snapshots/*/model.safetensors
HF_HUB_OFFLINE=1 fails 1 org/tiny model.safetensors -- answers org/tiny
answers org/tiny >completed.json
[ "$(value completed.json /text)" = "$(value folder.json /text)" ] || fail "the completed model answers otherwise"

# A repository of GGUF files: what is said of its name, and of its file's, leads to a file that opens.
mkdir -p hub/models/org/gg
ease export "$model" --gguf f32 --out hub/models/org/gg/m.gguf -q >said
fails 1 org/gg fetch hf://org/gg/m.gguf -- ease inspect org/gg
fails 1 hf://org/gg/m.gguf -- ease inspect org/gg/m.gguf
fails 1 fetch hf://org/gg/m.gguf -- ease inspect hf://org/gg/m.gguf
ease fetch hf://org/gg/m.gguf -q >place
ease inspect hf://org/gg/m.gguf >said
ease diagnose p.jsonl --model hf://org/gg/m.gguf --max-tokens 2 --out gguf.jsonl -q >said
HF_HUB_OFFLINE=1 fails 1 org/gg hf://org/gg/m.gguf -- ease inspect org/gg
fails 1 "$(<place)" -- ease inspect "$(dirname "$(<place)")"
# The name of a folder of the cache is the model's, its path is the folder.
HF_HUB_OFFLINE=1 answers models--org--tiny >folded.json
HF_HUB_OFFLINE=1 answers "$hub_cache/models--org--tiny/snapshots" >unfolded.json
fails 1 org/none -- answers "$hub_cache/models--org--none"
for json in folded unfolded; do [ "$(value $json.json /text)" = "$(value folder.json /text)" ] || fail "$json: another model"; done

# Guards and teachers too, and all models before the first row: the second one's refusal costs no weights of the first.
hub
printf '{"prompt":"a","response":"b"}\n' >a.jsonl
fails 1 org/none -- ease guard-filter a.jsonl --guard llama-guard --model org/none --safe s.jsonl --unsafe u.jsonl -q
fails 1 org/none -- ease evaluate p.jsonl --model org/tiny --guard llama-guard --guard-model org/none -q
[ "$(asked 'content .*model.safetensors')" = 0 ] || fail "weights were downloaded before the other model was looked at"
ease diagnose p.jsonl --model org/tiny --max-tokens 4 --out answered.jsonl --json -q >report.json 2>said
! grep -q "to be downloaded" said || fail "what is downloaded at once is said to come later: $(cat said)"

# A description needs no weights; a plan says what is to come.
hub
ease inspect org/tiny --json -q >facts.json
ease inspect "$model" --json >folder_facts.json
is facts.json /model org/tiny
is facts.json /name "org/tiny@$(commit_of tiny)"
ease inspect org/tiny | grep -q "org/tiny@$(commit_of tiny)" || fail "a person is not told the commit"
is facts.json /layers "$(value folder_facts.json /layers)"
ease tokenize "count" --model org/tiny --json >/dev/null
ease finetune rows.jsonl --model org/tiny --plan --json 2>said >plan.json
grep -q 'org/tiny@.*to be downloaded' said || fail "the plan says nothing of the weights: $(cat said)"
is plan.json /models/0/name "org/tiny@$(commit_of tiny)"
is plan.json /models/0/base org/tiny
is plan.json /models/0/commit "$(commit_of tiny)"
is plan.json /inputs/0/name rows.jsonl
[ "$(asked 'content .*model.safetensors')" = 0 ] || fail "a description downloaded weights"

# Trained as an adapter, whose base is the name and the commit; read again with it.
ease finetune rows.jsonl --model org/tiny --precision float32 --epochs 1 --lora-rank 4 --batch-size 2 --out adapter -q --json >trained.json
is adapter/adapter_config.json /base_model_name_or_path org/tiny
tiny=$(commit_of tiny)
is adapter/adapter_config.json /revision "$tiny"
silent "an adapter on a cached model" answers adapter >adapted.json
cp adapter/* hub/models/org/adapter
rm -rf "$HF_HOME"
answers org/adapter >fetched.json
[ "$(value fetched.json /text)" = "$(value adapted.json /text)" ] || fail "the adapter of the hub answers otherwise"
answers "adapter?base=org/guard" >other.json
ease export org/adapter --gguf f32 --out a.gguf -q --json >export.json
is export.json /name "org/adapter@$(commit_of adapter) on org/tiny@$tiny"

# Two processes, and the ranks of one training, download once.
hub slow=20000
answers org/tiny >one.json &
answers org/tiny >two.json
wait $!
[ "$(asked 'content .*model.safetensors -')" = 1 ] || fail "two processes downloaded twice: $(cat hub_log)"
hub slow=20000
ease finetune rows.jsonl --model org/tiny --precision float32 --epochs 1 --batch-size 2 --nproc 2 --out ranks -q >/dev/null
[ "$(asked 'content .*model.safetensors -')" = 1 ] || fail "the ranks downloaded twice: $(cat hub_log)"
no_hub
echo "ok"
