#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# --plan says what a training would take, without reading a weight.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
source "$apps/train/training.sh"
plan() { ease finetune rows.jsonl --plan --batch-size 2 --gradient-accumulation-steps 2 --max-length 256 --validation-fraction 0.1 "$@"; }
plan --model "$model" --json >plan.json
while read -r key wanted; do is plan.json "/$key" "$wanted"; done <<'T'
examples 40
kept 40
evaluation_rows 4
steps 18
too_long 0
max_length 256
padded_to_max_length 9216
T
# 2 epochs of 36 rows, four a step; 36 rows of 256 tokens.
for key in parameters tokens_per_epoch padded_to_longest bytes/at_once; do [ "$(value plan.json /$key)" -gt 0 ] || fail "no $key"; done
plan --model "$model" >plan.txt
[ "$(rows plan.txt)" -ge 6 ] && grep -qw 9216 plan.txt || fail "plan said: $(cat plan.txt)"
# No weights are read: the folder has none.
mkdir bare && cp "$model"/*.json "$model"/*.jinja bare/
plan --model bare --json | cmp - plan.json
plan --model bare | cmp - plan.txt
echo "ok"
