#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A checkpoint cut short, of another run, or for which there is no room: refused by name, and the last good one stays.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
source "$apps/train/training.sh"
start out
stop TERM out.err
ends 143
last=$(ls -d out.training/checkpoint-* | sort -t- -k2 -n | tail -1)
cp "$last/model.safetensors" kept
head -c 2000 kept >"$last/model.safetensors"
fails 1 "$last/model.safetensors" 2000 -- finetune --epochs 20 --out out --resume
cp kept "$last/model.safetensors"
fails 1 "$last" weight_decay 0.01 0.5 -- finetune --epochs 20 --out out --resume --weight-decay 0.5
limited() { (ulimit -f 24; trap '' XFSZ; finetune --epochs 20 --out out --resume --save-steps 1 --training-log /dev/null); }
fails 1 "$last" large -- limited # (the system's word)
[ ! -e out ] || fail "a model appeared although training ended"
finetune --epochs 20 --out out --resume >/dev/null
[ -e out/model.safetensors ] && [ ! -e out.training ] || fail "it did not go on: $(ls)"
echo "ok"
