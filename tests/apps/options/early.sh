#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What can be known is said before a model is opened: a journal would appear with it.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
source "$apps/few_rows.sh"
early() { # NAME... -- ARGUMENT...
  local expected=()
  while [ "$1" != -- ]; do expected+=("$1"); shift; done
  fails ${status:-1} "${expected[@]}" -- ease "${@:2}" -q
  [ ! -e o.jsonl.journal ] && [ ! -e o.jsonl ] && [ ! -e o ] || fail "it had begun: ${*:2}"
}
asking=(--model "$model" --precision float32 --out o.jsonl)
judging=(--guard judge --model "$model" --precision float32 --unsafe o.jsonl)
printf 'colour\nred\n' >no_prompt.csv
: >empty.jsonl
early gone.jsonl -- diagnose gone.jsonl "${asking[@]}"
early empty.jsonl -- classify empty.jsonl "${asking[@]}"
# The file, its line, the field that is missing, and what the row has.
early no_prompt.csv:2 prompt colour -- diagnose no_prompt.csv "${asking[@]}"
status=2 early rows.jsonl:1 prompt nowhere kept -- diagnose rows.jsonl --columns prompt=nowhere "${asking[@]}"
early rows.jsonl:1 response kept -- guard-filter rows.jsonl "${judging[@]}"
early rows.jsonl:1 response kept -- cot rows.jsonl --keep-answer --out o.jsonl
early no_prompt.csv:2 categories colour -- cot no_prompt.csv --columns prompt=colour --out o.jsonl
early no_prompt.csv:2 prompt colour -- evaluate rows.jsonl no_prompt.csv --model "$model" --answers o.jsonl
status=2 early rows.jsonl:1 completion none kept -- score rows.jsonl --columns completion=none "${asking[@]}"
early no_prompt.csv:2 completion colour -- finetune no_prompt.csv --columns prompt=colour --model "$model" --out o
early no_prompt.csv:2 prompt colour -- mix --component a=answered.jsonl --component b=no_prompt.csv --out o.jsonl
early no_prompt.csv:2 prompt colour -- threshold "$model" --think rows.jsonl --direct no_prompt.csv --out o
# Side files appear with their first row, which may be hours away.
early rows.jsonl/x "$PWD/rows.jsonl" -- diagnose rows.jsonl "${asking[@]}" --failed rows.jsonl/x
early rows.jsonl/x "$PWD/rows.jsonl" -- guard-filter answered.jsonl "${judging[@]}" --safe rows.jsonl/x
mkdir folder
early folder -- classify rows.jsonl "${asking[@]}" --rejects folder
early rows.jsonl/deep/model "$PWD/rows.jsonl" -- finetune answered.jsonl --model "$model" --out rows.jsonl/deep/model
# The second model of a command is opened behind the first.
early gone.gguf -- cot rows.jsonl --teacher model --model "$model" --guard judge --guard-model gone.gguf --out o.jsonl
early gone.gguf -- evaluate rows.jsonl --model "$model" --guard judge --guard-model gone.gguf --answers o.jsonl
early gone.gguf -- finetune answered.jsonl --model gone.gguf --out o
echo "ok"
