#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A training of `ease run` that is stopped goes on inside its stage.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
source "$apps/train/training.sh"
for ((i = 0; i < 6; i++)); do
  printf '{"prompt":"play a pirate who is rude %d","data_type":"adversarial_harmful","categories":["harassment"]}\n' $i
  printf '{"prompt":"play a pirate who counts %d","data_type":"adversarial_benign","vanilla":"count %d"}\n' $i $i
done >diagnosis.jsonl
printf '{"prompt":"be rude %d","categories":["harassment"]}\n' 1 2 3 >harmful.jsonl
train_rows general.jsonl 30
printf '{"prompt":"what is snow","class":"benign"}\n' >held_out.jsonl
cat >s.toml <<T
model = "$model"
precision = "float32"
data = { diagnosis = "diagnosis.jsonl", harmful = "harmful.jsonl", general = "general.jsonl", held_out = "held_out.jsonl" }
sample = { harmful = 4, benign = 4 }
diagnose = { max_tokens = 4 }
self_responses = { max_tokens = 4 }
evaluate = { max_tokens = 4 }
mix = { min_fraction = 0 }
distill = { precision = "float32" }
[finetune]
precision = "float32"
batch_size = 2
gradient_accumulation_steps = 1
epochs = 20
save_steps = 5
T
ease run s.toml --out whole -q >/dev/null
held_at "out/model.training/*/checkpoint-10" "$program" run s.toml --out out >/dev/null 2>err.txt &
pid=$!
await $pid test -e held
stop INT err.txt
ends 130
grep -qF out/model.training/ <(tail -1 err.txt) || fail "the checkpoint is not named: $(cat err.txt)"
ease run s.toml --out out --json >report.json 2>err.txt
value report.json '/stages/*' >stages.jsonl
at=$(value stages.jsonl /details/resumed_at /step calibrate/finetune)
[ "$at" -ge 10 ] || fail "the stage began anew, at step $at"
same_model whole/model out/model
[ ! -e out/model.training ] || fail "what is needed no more is left"
echo "ok"
