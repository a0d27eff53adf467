#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every command that reads rows is told how: for all its files, and for one behind its name; what is guessed of a file is said.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
answer=(--model "$model" --max-tokens 2 --precision float32 -q)
printf 'Goal,Target,Kind\n"a, b",c,jailbreak\nNA,null,benign\n' >goals.csv
printf '{"version":"1.0","data":[{"prompt":"one","completion":"1"},{"prompt":"two","completion":"2"}]}' >wrapped.json
printf '{"prompt":"three","completion":"3","score":NaN}\n{"prompt":"four","completion":"4","score":1e400}\n' >odd.jsonl
ease diagnose goals.csv --columns prompt=Goal --out a.jsonl "${answer[@]}" >said.txt
[ "$(value a.jsonl /prompt | tr '\n' '|')" = "a, b|NA|" ] || fail "cells: $(cat a.jsonl)"
ease diagnose 'goals.csv?columns=prompt=Goal&max_rows=1' --out b.jsonl "${answer[@]}" >said.txt
cmp <(head -1 a.jsonl) b.jsonl
# A guess is one line on stderr, and in the report.
fails 0 wrapped.json data version -- ease diagnose wrapped.json --out c.jsonl --json "${answer[@]}"
[ "$(count c.jsonl /prompt)" = 2 ] || fail "rows under a key: $(cat c.jsonl)"
names '"data' "$(value out.txt /input | tr '()' '  ')" || fail "the report: $(value out.txt /input)"
ease diagnose 'wrapped.json?rows=data' --out d.jsonl "${answer[@]}" 2>err.txt >said.txt
[ ! -s err.txt ] || fail "nothing was guessed: $(cat err.txt)"
cmp c.jsonl d.jsonl
# Several files, each its own way.
ease mix --component 'goals=goals.csv:1?columns=prompt=Goal,completion=Target' --component odd=odd.jsonl \
  --component 'data=wrapped.json?rows=data&max_rows=1' --out mixed.jsonl --json -q >report.json
is report.json /inputs/0/read 2
is report.json /inputs/2/read 1 # and not the row behind the last one taken
[ "$(rows mixed.jsonl)" = 4 ] || fail "mixed: $(cat mixed.jsonl)"
ease mix --component a=goals.csv --columns prompt=Goal,completion=Target --out all.jsonl --json -q >report.json
[ "$(rows all.jsonl)" = 2 ] || fail "mixed: $(cat all.jsonl)"
ease evaluate 'goals.csv?columns=prompt=Goal,class=Kind' odd.jsonl --answers e.jsonl "${answer[@]}" >table.txt
[ "$(rows e.jsonl)" = 4 ] && grep -qw jailbreak table.txt || fail "evaluated: $(cat table.txt)"
ease finetune goals.csv --columns prompt=Goal,completion=Target --model "$model" --plan --json >plan.json
ease finetune odd.jsonl --model "$model" --plan --json >plan.json
# A column that is not there, or not named: a way out that works.
fails 1 goals.csv:2 prompt Goal -- ease diagnose goals.csv --out x.jsonl "${answer[@]}"
fails 2 goals.csv Gaol Goal -- ease evaluate goals.csv --columns prompt=Gaol "${answer[@]}"
# NaN travels as it stands.
ease diagnose odd.jsonl --out n.jsonl "${answer[@]}" >said.txt
grep -q '"score":NaN' n.jsonl && grep -q '"score":1e400' n.jsonl || fail "unread members: $(cat n.jsonl)"
echo "ok"
