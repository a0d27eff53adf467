#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# An adapter is a model wherever one is named: what is trained as one answers, scores, is trained further and is exported as the
# merged model is.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
source "$apps/train/training.sh"
export HF_HUB_CACHE=$PWD/hub
cp -r "$model" base
train() { ease finetune rows.jsonl --model "$1" --precision float32 --batch-size 2 --gradient-accumulation-steps 2 -q "${@:2}"; }
low_rank=(--epochs 2 --learning-rate 0.02 --lora-rank 4 --lora-alpha 32)
train base "${low_rank[@]}" --out adapter >/dev/null
train base "${low_rank[@]}" --out merged --merge >/dev/null
is adapter/adapter_config.json /base_model_name_or_path base

# Every command reads it, and gives what the merged model gives.
answers() { ease generate "count to 3" --model "$1" --max-tokens 8 --temperature 0 --precision float32 --json; }
answers adapter >adapter.json
answers merged >merged.json
answers base >base.json
[ "$(value adapter.json /text)" = "$(value merged.json /text)" ] || fail "the adapter answers otherwise than the merged model"
printf '{"prompt":"count","completion":" one two"}\n' >pair.jsonl
for from in adapter merged base; do
  ease score pair.jsonl --model $from --out $from.scored.jsonl --json >$from.report.json
done
near() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a - b < 1e-3 && b - a < 1e-3) }'; }
near "$(value adapter.scored.jsonl /logprob)" "$(value merged.scored.jsonl /logprob)" || fail "the adapter scores otherwise"
! near "$(value adapter.scored.jsonl /logprob)" "$(value base.scored.jsonl /logprob)" || fail "the adapter scores as its base"
ease diagnose pair.jsonl --model adapter --out answered.jsonl --max-tokens 4 --json >/dev/null
ease inspect adapter --json >facts.json
[ "$(value facts.json /adapters/0)" = adapter ] || fail "the adapter is not named: $(cat facts.json)"
[ "$(value facts.json /base)" = base ] || fail "the base is not named: $(cat facts.json)"
ease tokenize "count" --model adapter --json >/dev/null
ease export adapter --gguf f32 --out adapter.gguf -q --json >export.json
is export.json /name "adapter on base"
# Every report names the adapter and its base.
named() { # FILE
  is "$1" /models/0/model adapter
  is "$1" /models/0/name "adapter on base"
  is "$1" /models/0/base base
  is "$1" /models/0/adapters/0 adapter
}
for report in export adapter adapter.report; do named $report.json; done
printf '{"prompt":"count","response":"One.","class":"benign","categories":["harassment"],"data_type":"adversarial_benign"}\n' >said.jsonl
local_model=(--model adapter --precision float32 --json)
ease generate --input said.jsonl --out g.jsonl --max-tokens 2 "${local_model[@]}" >report.json && named report.json
ease diagnose said.jsonl --out d.jsonl --max-tokens 2 "${local_model[@]}" >report.json && named report.json
ease classify pair.jsonl --out c.jsonl "${local_model[@]}" >report.json && named report.json
ease guard-filter said.jsonl --guard judge --unsafe u.jsonl --max-unparsed 1 "${local_model[@]}" >report.json || [ $? = 3 ] && named report.json
ease evaluate said.jsonl --max-tokens 2 "${local_model[@]}" >report.json && named report.json
ease cot said.jsonl --teacher model --max-tokens 2 --out t.jsonl "${local_model[@]}" >report.json || [ $? = 3 ] && named report.json
answers adapter.gguf >exported.json
[ "$(value exported.json /text)" = "$(value merged.json /text)" ] || fail "the exported file answers otherwise"
train adapter --plan --json >plan.json
named plan.json
train adapter --epochs 0.2 --out further --json >report.json
named report.json
[ -e further/model.safetensors ] || fail "no whole model"

# Elsewhere its base is named.
mkdir -p far && mv adapter far/
cd far
fails 1 "adapter?base=/nope" -- ease generate "x" --model "adapter?base=/nope" --max-tokens 2
fails 2 adapter bas base "ADAPTER?base=FOLDER" -- ease generate "x" --model "adapter?bas=../base" --max-tokens 2
fails 1 adapter base "adapter?base=FOLDER" -- ease generate "x" --model adapter --max-tokens 2
ease generate "count to 3" --model "adapter?base=../base" --max-tokens 8 --temperature 0 --precision float32 --json >../named.json
cd ..
[ "$(value named.json /text)" = "$(value adapter.json /text)" ] || fail "elsewhere it answers otherwise: $(cat named.json)"
# The hub's cache.
mkdir -p hub/models--org--name/{refs,snapshots} && cp -r base hub/models--org--name/snapshots/abc
printf abc >hub/models--org--name/refs/main
for from in org/name hub/models--org--name; do
  answers $from >hub.json
  [ "$(value hub.json /text)" = "$(value base.json /text)" ] || fail "hub answers otherwise than base"
done
fails 1 org/other "$HF_HUB_CACHE" -- ease generate "x" --model org/other --max-tokens 2
# A folder is not replaced while the model in it is read, as an adapter's base too.
fails 1 base -- ease finetune rows.jsonl --model "far/adapter?base=base" --out base --overwrite
echo "ok"
