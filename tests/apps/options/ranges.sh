#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A value out of its option's range is wrong usage: the option, the value and the bounds are named.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
source "$apps/few_rows.sh"
# refused OPTION VALUE BOUND... -- ARGUMENT...: with that value, out of its range: status 2, and one line that names all of them.
refused() {
  local expected=()
  while [ "$1" != -- ]; do expected+=("$1"); shift; done
  fails 2 "${expected[@]}" -- ease "${@:2}" "${expected[0]}" "${expected[1]}"
}
refused --harmful -4 0 -- sample rows.jsonl --out o.jsonl
refused --benign -1 0 -- sample rows.jsonl --out o.jsonl
refused --seed -1 0 -- sample rows.jsonl --out o.jsonl
refused --seed 99999999999999999999 -- sample rows.jsonl --out o.jsonl
refused --benign 2.5 -- sample rows.jsonl --out o.jsonl
refused --benign many -- sample rows.jsonl --out o.jsonl
refused --rows-per-file 0 1 -- threshold "$model" --think rows.jsonl --direct rows.jsonl --out o
refused --max-rows -1 1 -- sample rows.jsonl --out o.jsonl
asking=(diagnose rows.jsonl --model "$model" --out o.jsonl)
for value in nan -1 inf; do refused --temperature $value -- "${asking[@]}"; done
for value in 0 7 nan; do refused --top-p $value 0 1 -- "${asking[@]}"; done
refused --min-p 2 0 1 -- "${asking[@]}"
refused --top-k -1 0 -- "${asking[@]}"
refused --max-tokens 0 1 -- "${asking[@]}"
refused --repetition-penalty 0 0 -- "${asking[@]}"
refused --threads -3 0 4096 -- "${asking[@]}"
for value in 0 -2; do refused --max-batch-rows $value 1 65536 -- "${asking[@]}"; done
asking=(diagnose rows.jsonl --model "$remote" --out o.jsonl)
for value in 0 -2; do refused --max-in-flight $value 1 65536 -- "${asking[@]}"; done
refused --requests-per-minute -1 0 -- "${asking[@]}"
refused --idle-timeout 0 0 -- "${asking[@]}"
refused --price-in -1 0 -- "${asking[@]}"
refused --threshold 7 0 1 -- guard-filter answered.jsonl --unsafe o.jsonl
refused --threshold nan 0 1 -- classify rows.jsonl --model "$model" --out o.jsonl
refused --max-unparsed -1 0 1 -- guard-filter answered.jsonl --unsafe o.jsonl
refused --tries 0 1 -- cot rows.jsonl --out o.jsonl --model "$model"
training=(finetune answered.jsonl --model "$model" --out o)
for value in 0 -2; do
  refused --batch-size $value 1 65536 -- "${training[@]}"
  refused --gradient-accumulation-steps $value 1 65536 -- "${training[@]}"
  refused --epochs $value 0 -- "${training[@]}"
done
for value in 0 -1e-4 nan 7; do refused --learning-rate $value 0 1 -- "${training[@]}"; done
refused --max-length 1 2 -- "${training[@]}"
refused --warmup-ratio 2 0 1 -- "${training[@]}"
refused --weight-decay -1 0 -- "${training[@]}"
refused --max-grad-norm -1 0 -- "${training[@]}"
refused --validation-fraction 1 0 1 -- "${training[@]}"
refused --save-steps -1 0 -- "${training[@]}"
refused --save-total-limit 0 1 -- "${training[@]}"
refused --lora-rank -1 0 65536 -- "${training[@]}"
refused --nproc 0 1 1024 -- "${training[@]}"
[ ! -e o.jsonl ] && [ ! -e o ] || fail "something was written"
echo "ok"
