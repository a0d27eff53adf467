#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A file of prompts is answered as one prompt is: plain or in a template, with the answer's beginning or without.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
for ((i = 0; i < 4; i++)); do printf '{"prompt":"count to %d","kept":[%d]}\n' $i $i; done >rows.jsonl
local_model=(--model "$model" --precision float32 --temperature 0 --max-tokens 6)
for prefill in "" One; do
  for plain in "" --plain; do
    options=(${plain:+$plain} ${prefill:+--prefill $prefill})
    ease generate "count to 2" "${local_model[@]}" "${options[@]}" --json >one.json
    ease generate --input rows.jsonl --out many.jsonl "${local_model[@]}" "${options[@]}" --overwrite -q >said.txt
    said=$(value one.json /text)
    row=$(value many.jsonl /response/truncated /kept/0 2)
    is many.jsonl /response_tokens 6
    [ -n "$said" ] && [ "$row" = "$prefill$said" ] || fail "${options[*]}: $(cat one.json) and $(sed -n 3p many.jsonl)"
    echo "$row" >>all.txt
  done
done
[ "$(sort -u all.txt | wc -l)" = 4 ] || fail "an option has no effect: $(cat all.txt)"
# It reads what other commands read.
printf 'question,n\nwhy?,1\nhow?,2\nwho?\n' >table.txt
status=0
ease generate --input table.txt --format csv --columns prompt=question --on-bad-row reject --bad-rows bad.jsonl --max-rows 3 \
  --out from_table.jsonl "${local_model[@]}" --json -q >report.json || status=$?
[ $status = 3 ] || fail "a table (status $status): $(cat report.json)"
[ "$(count from_table.jsonl /response)" = 2 ] && [ "$(rows bad.jsonl)" = 1 ] || fail "a table: $(cat report.json)"
is report.json /step generate
is report.json /bad_rows 1
is report.json /written 2
[[ $(value report.json /input) == CSV* ]] || fail "the report: $(cat report.json)"
fails 2 --input -- ease generate --model "$model"
fails 2 --out -- ease generate --input rows.jsonl --model "$model"
echo "ok"
