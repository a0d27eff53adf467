#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# An adapter is left in PEFT's format, or merged into a whole model.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
source "$apps/train/training.sh"
finetune --epochs 4 --out base >/dev/null
low_rank=(--lora-rank 4 --lora-alpha 8 --lora-targets "q_proj,v_proj")
finetune --epochs 4 "${low_rank[@]}" --out adapter --tensorboard board >/dev/null
for file in adapter_config.json adapter_model.safetensors tokenizer.json training_log.jsonl; do
  [ -e adapter/$file ] || fail "adapter/$file is missing"
done
is adapter/adapter_config.json /lora_alpha 8.0
is adapter/adapter_config.json /r 4
[ "$(stat -c %s adapter/adapter_model.safetensors)" -lt "$(stat -c %s base/model.safetensors)" ] || fail "the adapter is no smaller"
compgen -G "board/events.out.tfevents.*" >/dev/null || fail "no event file"
fails 1 adapter --overwrite -- finetune --lora-rank 4 --out adapter
fails 1 base adapter -- finetune --lora-rank 4 --out base
lacks --overwrite # a model is not replaced by an adapter
finetune --epochs 4 "${low_rank[@]}" --out merged --merge >/dev/null
[ ! -e merged/adapter_config.json ] || fail "an adapter, not a model"
ease generate "count to 3" --model merged --max-tokens 3 --temperature 0 >/dev/null
echo "ok"
