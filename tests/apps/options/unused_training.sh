#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# An option of training that is given and has no effect is wrong usage.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
source "$apps/few_rows.sh"
for option in --out --resume-from-checkpoint --checkpoints --training-log --tensorboard --save-steps --save-minutes \
  --save-total-limit --nproc --threads; do
  unused $option --plan -- finetune answered.jsonl --model "$model" --plan $option 2
done
for option in --resume --keep-checkpoints --overwrite; do
  unused $option --plan -- finetune answered.jsonl --model "$model" --plan $option
done
unused --resume --resume-from-checkpoint -- finetune answered.jsonl --model "$model" --out o --resume --resume-from-checkpoint c
unused --eval-steps validation_fraction 0 -- finetune answered.jsonl --model "$model" --out o --eval-steps 3
unused --lora-alpha lora_rank 0 -- finetune answered.jsonl --model "$model" --out o --lora-alpha 3
unused --lora-targets lora_rank 0 -- finetune answered.jsonl --model "$model" --out o --lora-targets q_proj
unused --merge lora_rank 0 -- distill answered.jsonl --model "$model" --out o --merge
[ ! -e o ] || fail "something was written"
echo "ok"
