#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Options of earlier versions are read as those of today and left out of --help; old and new together are wrong usage.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
source "$apps/few_rows.sh"
# former OLD NEW VALUE NAME... -- ARGUMENT...: VALUE is wrong, so that the option is seen to be read; the error has NAME.
former() {
  local old=$1 new=$2 value=$3 expected=()
  shift 3
  while [ "$1" != -- ]; do expected+=("$1"); shift; done
  shift
  fails 2 "${expected[@]}" -- ease "$@" "$old" "$value"
  fails 2 "$old" "$new" -- ease "$@" "$old" "$value" "$new=$value"
  ! names "$old" "$(ease "$1" --help)" || fail "--help has $old"
}
train=(finetune answered.jsonl --model "$model" --out o)
former --accumulation --gradient-accumulation-steps 0 --gradient-accumulation-steps 0 1 65536 -- "${train[@]}"
former --clip-norm --max-grad-norm -1 --max-grad-norm -1 0 -- "${train[@]}"
former --eval-share --validation-fraction 1 --validation-fraction 1 0 -- "${train[@]}"
former --trace-threshold --reasoning-threshold 2 --reasoning-threshold 2 0 1 -- cot rows.jsonl --out o.jsonl
former --labeller --classifier keyword --classifier keyword zero-shot generative -- classify rows.jsonl --model "$model" --out o.jsonl
former --silence-timeout --idle-timeout 0 --idle-timeout 0 -- diagnose rows.jsonl --model $remote --out o.jsonl
# Any text is right for this one: it is read, since it is told from an option that there is not.
former --when-cut-off --when-truncated x --max-tokens 0 1 -- diagnose rows.jsonl --model "$model" --out o.jsonl --max-tokens 0
# Former values.
fails 2 --threshold generative -- ease classify rows.jsonl --model "$model" --out o.jsonl --labeller answer --threshold 0.5
fails 2 --threshold 2 0 1 -- ease classify rows.jsonl --model "$model" --out o.jsonl --classifier likelihood --threshold 2
fails 2 --shape --schema -- ease diagnose rows.jsonl --model "$model" --out o.jsonl --shape ease --schema ease
fails 2 star automatic sharegpt -- ease diagnose rows.jsonl --model "$model" --out o.jsonl --shape star
fails 2 --arm --component -- ease mix --arm a=rows.jsonl --component b=rows.jsonl --out o.jsonl
fails 2 --component rows.jsonl NAME=FILE -- ease mix --arm rows.jsonl --out o.jsonl
fails 2 --rows-per-file 0 1 -- ease boundary "$model" --think rows.jsonl --direct rows.jsonl --out o --rows-per-file 0
[ ! -e o.jsonl ] && [ ! -e o ] || fail "something was written"
echo "ok"
