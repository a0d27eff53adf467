#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A training on two ranks goes on to the same bits on two, and with the same rows in the same steps on one.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
source "$apps/train/training.sh"
finetune --epochs 20 --out whole --nproc 2 >/dev/null
start two --nproc 2
stop TERM two.err
ends 143
cp -r two.training one.training
finetune --epochs 20 --out two --nproc 2 --resume >/dev/null
same_model whole two
# Every rank meets the rows that cannot be read; one writes them down.
{ cat rows.jsonl; printf '{"prompt":7}\nno row\n'; } >spoilt.jsonl
got=0
ease finetune spoilt.jsonl --model "$model" --precision float32 --batch-size 2 --gradient-accumulation-steps 1 --epochs 1 --out spoilt --nproc 2 \
  --on-bad-row reject --bad-rows bad.jsonl -q >/dev/null || got=$?
[ $got = 3 ] || fail "status $got"
[ "$(rows bad.jsonl)" = 2 ] || fail "the file of bad rows has $(rows bad.jsonl) lines"
finetune --epochs 20 --out one --resume >/dev/null
[ "$(count one/training_log.jsonl /loss)" = 200 ] || fail "the log has $(rows one/training_log.jsonl) lines"
for key in step tokens target_tokens; do
  diff <(value whole/training_log.jsonl /$key) <(value one/training_log.jsonl /$key) || fail "other rows were trained on"
done
for run in whole one; do value $run/training_log.jsonl /loss /step 200; done >losses.txt
awk '{ loss[NR] = $1 } END { d = loss[1] - loss[2]; exit NR != 2 || d * d >= 1e-6 }' losses.txt || fail "the losses part: $(cat losses.txt)"
echo "ok"
