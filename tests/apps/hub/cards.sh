#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The card that a trained model has: base and data by name and commit, counts, settings; nothing of the machine. The same training
# gives the same card, and one that was edited stays.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/hub.sh"
source "$apps/small_run.sh"
source "$apps/train/training.sh"
head_has() { sed -n '2,/^---$/p' "$1" | grep -qxF -- "$2" || fail "$1 has no line $2 at its head: $(head -30 "$1")"; }
says() { grep -qF -- "$2" "$1" || fail "$1 does not say $2: $(cat "$1")"; }
silent_of() { ! grep -qF -- "$2" "$1" || fail "$1 says $2: $(grep -F -- "$2" "$1")"; }
commit_of() { cat "$hub_cache/$1/refs/main"; }

wider wide
mkdir -p hub/models/org hub/datasets/org/plain
cp -r wide hub/models/org/tiny
train_rows hub/datasets/org/plain/train.jsonl 12
printf -- '---\nlicense: apache-2.0\nbase_model: another\n---\n# Its own card, with words of its own\n' >wide/README.md

# By names of the hub: model and data set with their commits; no licence is made up.
hub
train=(--precision float32 --batch-size 2 --gradient-accumulation-steps 1 --learning-rate 1e-3 --epochs 1 -q)
ease distill org/plain --model org/tiny --out one "${train[@]}" --json >report.json
model_at=$(commit_of models--org--tiny) data_at=$(commit_of datasets--org--plain)
is report.json /models/0/name "org/tiny@$model_at"
is report.json /models/0/base org/tiny
is report.json /models/0/commit "$model_at"
is report.json /inputs/0/name "org/plain@$data_at:default/train"
is report.json /inputs/0/file org/plain
is report.json /inputs/0/read 12
head_has one/README.md 'base_model: "org/tiny"'
head_has one/README.md 'base_model_relation: finetune'
head_has one/README.md '  - "org/plain"'
head_has one/README.md 'library_name: transformers'
head_has one/README.md 'pipeline_tag: text-generation'
says one/README.md "\`org/tiny\` at commit \`$model_at\`"
says one/README.md "| \`org/plain\` at commit \`$data_at\`, \`default/train\` | 12 |"
says one/README.md '| `learning_rate` | 0.001 |'
says one/README.md '| trained on | 12 |'
says one/README.md 'Phase 1'
grep -q '^license' one/README.md && fail "a licence was made up: $(head -20 one/README.md)"
for of_machine in "$work" "$HOME" "$HF_ENDPOINT" "count from"; do silent_of one/README.md "$of_machine"; done
ease distill "org/plain@$data_at:default" --model "org/tiny@$model_at" --out two "${train[@]}" >/dev/null
cmp one/README.md two/README.md || fail "the same models and rows by other names have another card"

# What is trained from that folder is of the same model and commit, and was trained on those rows too.
train_rows more.jsonl 4
ease finetune more.jsonl --model one --out after "${train[@]}" >/dev/null
head_has after/README.md 'base_model: "org/tiny"'
head_has after/README.md "base_model_revision: \"$model_at\""
head_has after/README.md '  - "org/plain"'
says after/README.md "\`org/tiny\` at commit \`$model_at\`"
says after/README.md 'trained from `one`'
# A GGUF file of it says what it was made of.
ease export one --gguf f32 --out one.gguf -q >/dev/null
grep -aq 'general.base_model.0.repo_url.*https://huggingface.co/org/tiny' one.gguf || fail "the GGUF file names no base model"
ease export wide --gguf f32 --out wide.gguf -q >/dev/null
! grep -aq 'general.base_model' wide.gguf || fail "a base that is no name of the hub stands in the GGUF file"

# From a folder: its last part, and the licence of its own card, whose words are not passed off as ours.
mkdir -p 'deep/it'"'"'s: a "base"'
cp wide/* 'deep/it'"'"'s: a "base"'
ease finetune rows.jsonl --model "deep/it's: a \"base\"" --out three "${train[@]}" --lora-rank 2 >/dev/null
head_has three/README.md 'base_model: "it'"'"'s: a \"base\""'
head_has three/README.md 'base_model_relation: adapter'
head_has three/README.md 'library_name: peft'
head_has three/README.md 'license: "apache-2.0"'
says three/README.md 'Phase 2'
says three/README.md '| `rows.jsonl` | 40 |'
for of_another in 'words of its own' deep/ datasets:; do silent_of three/README.md "$of_another"; done

# A training that was stopped and resumed leaves the same card.
ease finetune rows.jsonl --model wide --out four "${train[@]}" --save-steps 2 >/dev/null
held_at "*/checkpoint-4" "$program" finetune rows.jsonl --model wide --out five "${train[@]}" --save-steps 2 >/dev/null 2>five.err &
pid=$!
await $pid test -e held
kill -KILL $pid
wait $pid 2>/dev/null || true
rm -f held
[ ! -e five/README.md ] || fail "a card without a model"
ease finetune rows.jsonl --model wide --out five "${train[@]}" --save-steps 2 --resume >/dev/null
cmp four/README.md five/README.md || fail "the resumed training has another card: $(diff four/README.md five/README.md)"

# A whole run: a card for each model it leaves, with all phases down to its own.
rm -f diagnosis.jsonl
mix_lines="general = 3" small_run
sed -i 's#^model = .*#model = "org/tiny"#' settings.toml
printf '[threshold]\nrows_per_file = 3\n' >>settings.toml
ease run settings.toml --plan --json --out out >plan.json
is plan.json /models/0/name "org/tiny@$model_at"
is plan.json /models/0/base org/tiny
is plan.json /models/0/commit "$model_at"
is plan.json /data/0/key data.diagnosis
ease run settings.toml --out out -q >/dev/null
is out/report.json /models/0/name "org/tiny@$model_at"
is out/report.json /models/0/base org/tiny
is out/report.json /models/0/commit "$model_at"
is out/report.json /data/0/read 18
value out/report.json '/stages/*' >stages.jsonl
value stages.jsonl /input /step implant/mix >mix.txt
grep -q 'rows of implant/harmful/' mix.txt || fail "the mix does not say what it is of: $(cat mix.txt)"
for of in reasoning_model tuned_model model; do
  head_has out/$of/README.md 'base_model: "org/tiny"'
  says out/$of/README.md '## Phase 1'
  says out/$of/README.md '| `diagnosis.jsonl` | 18 |'
  silent_of out/$of/README.md "$work"
done
silent_of out/reasoning_model/README.md '## Phase 2'
# What each source is for; and what the attack success is judged by, there and below the table.
says out/reasoning_model/README.md '| `diagnosis.jsonl` | 18 | `data.reasoning` |'
says out/tuned_model/README.md '| `diagnosis.jsonl` | 18 | `data.diagnosis` |'
silent_of out/tuned_model/README.md held_out.jsonl
says out/model/README.md 'judge of attack success, before and after | stock phrases of refusals, no model |'
for of in tuned_model model; do says out/$of/README.md '## Phase 2'; done
silent_of out/tuned_model/README.md 'Threshold'
says out/model/README.md '## Threshold calibration'
says out/model/README.md 'mixed: `general`'
# Done: what is missing comes back as it was, what was edited stays.
cp -r out kept
rm out/model/README.md
echo edited >out/tuned_model/README.md
ease run settings.toml --out out -q --log log.jsonl >/dev/null
cmp out/model/README.md kept/model/README.md
[ "$(cat out/tuned_model/README.md)" = edited ] || fail "an edited card was replaced"
missing log.jsonl /step /event step
cmp out/report.json kept/report.json
# The same commits by other names are the same run, and nothing is done again; a branch that has moved is another, and that is said.
sed "s#^model = .*#model = \"org/tiny@$model_at\"#" settings.toml >by_commit.toml
sed 's#^model = .*#model = "org/tiny@main"#' settings.toml >by_branch.toml
for other in by_commit.toml by_branch.toml; do
  ease run $other --out out -q --log log.jsonl 2>said >/dev/null
  missing log.jsonl /step /event step
  ! grep -q 'org/tiny@.* now' said || fail "$other: it said $(cat said)"
  cmp out/report.json kept/report.json
done
ease run settings.toml --out out -q >/dev/null
sed -i 's/"eos_token_id"/"a_key_of_no_meaning": 1, "eos_token_id"/' hub/models/org/tiny/config.json
ease fetch org/tiny -q >/dev/null
moved_to=$(commit_of models--org--tiny)
[ "$moved_to" != "$model_at" ] || fail "the branch did not move"
ease run settings.toml --out out --plan 2>said >/dev/null
for word in "org/tiny@$model_at" "org/tiny@$moved_to"; do grep -qF "$word" said || fail "a plan does not say $word: $(cat said)"; done
ease run by_commit.toml --out out -q --log log.jsonl 2>said >/dev/null
missing log.jsonl /step /event step
ease run settings.toml --out out -q --log log.jsonl 2>said >/dev/null
[ "$(grep -c "org/tiny@$model_at" said)" = 1 ] || fail "what moved is not said once: $(cat said)"
value log.jsonl /step /event step | grep -qx before || fail "another model, and nothing was done again"
says out/reasoning_model/README.md "at commit \`$moved_to\`"
no_hub
echo "ok"
