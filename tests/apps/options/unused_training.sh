#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# An option of training that is given and has no effect is wrong usage.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
source "$apps/few_rows.sh"
# --plan takes the whole command line of the training it plans.
ease finetune answered.jsonl --model "$model" --plan --out o --resume-from-checkpoint c --checkpoints k --training-log l \
  --tensorboard t --save-steps 2 --save-minutes 2 --save-total-limit 2 --nproc 2 --threads 2 --keep-checkpoints --overwrite --json >plan.json
value plan.json /tokens_per_epoch >said.txt
for file in o c k l t; do [ ! -e $file ] || fail "--plan wrote $file"; done
unused --resume --resume-from-checkpoint -- finetune answered.jsonl --model "$model" --out o --resume --resume-from-checkpoint c
unused --eval-steps validation_fraction 0 -- finetune answered.jsonl --model "$model" --out o --eval-steps 3
unused --lora-alpha lora_rank 0 -- finetune answered.jsonl --model "$model" --out o --lora-alpha 3
unused --lora-targets lora_rank 0 -- finetune answered.jsonl --model "$model" --out o --lora-targets q_proj
unused --merge lora_rank 0 -- distill answered.jsonl --model "$model" --out o --merge
[ ! -e o ] || fail "something was written"
echo "ok"
