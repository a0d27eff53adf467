#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# --where, and the published options that mean the same: what is taken, what is told, by the name that was typed.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
answer=(--model "$model" --max-tokens 2 --precision float32 -q)
cat >rows.jsonl <<'T'
{"prompt":"a","completion":"1","source":"one","n":1,"kept":true}
{"prompt":"b","completion":"2","source":"two, or more","n":1.0,"kept":false}
{"prompt":"c","completion":"3","source":"","n":2e0,"kept":null}
T
taken() { # PROMPTS WHERE
  ease diagnose rows.jsonl --where "$2" --out o.jsonl --overwrite "${answer[@]}" >said.txt || fail "$2: status $?"
  [ "$(value o.jsonl /prompt | tr -d '\n')" = "$1" ] || fail "$2: $(value o.jsonl /prompt | tr '\n' ' ')"
}
taken ab n=1
taken c n=2
taken ac 'source=one,""'
taken b 'source="two, or more"'
taken a kept=True
taken c kept=null
# None is left: said with the count, and by what was typed.
fails 3 diagnose 3 -- ease diagnose rows.jsonl --where n=7 --out p.jsonl "${answer[@]}"
# A column that is not there, a list, a quote that is open.
fails 2 rows.jsonl --where sauce source -- ease diagnose rows.jsonl --where sauce=one --out q.jsonl "${answer[@]}"
grep -q "did you mean source" err.txt || fail "the nearest is not named: $(cat err.txt)"
fails 2 --where -- ease diagnose rows.jsonl --where 'source="one' --out q.jsonl "${answer[@]}"
fails 2 rows.jsonl source -- ease diagnose 'rows.jsonl?where=source=' --out q.jsonl "${answer[@]}"
echo '{"prompt":"d","completion":"4","source":["one"]}' >>rows.jsonl
fails 1 rows.jsonl:4 --where source list -- ease diagnose rows.jsonl --where source=one --out q.jsonl "${answer[@]}"
ease diagnose rows.jsonl --where source=one --on-bad-row reject --out r.jsonl "${answer[@]}" >said.txt || [ $? = 3 ]
[ "$(rows r.jsonl)" = 1 ] && [ "$(rows r.jsonl.bad.jsonl)" = 1 ] || fail "a list: $(ls)"
# The file's own names, whatever --columns calls them.
sed -n 1,3p rows.jsonl | sed 's/"prompt"/"goal"/' >goals.jsonl
fails 2 prompt goal -- ease diagnose goals.jsonl --columns prompt=goal --where prompt=a --out q.jsonl "${answer[@]}"
sed -n 1,3p rows.jsonl | sed 's/"source"/"origin"/' >plain.jsonl
fails 2 --data_source origin plain.jsonl -- ease generate_response --dataset_name plain.jsonl --model_name "$model" --output_file q.jsonl --data_source one -q
lacks where
fails 2 --dataset plain.jsonl -- ease distill_slm_safety --dataset_name plain.jsonl --model_name "$model" --dataset stair_ultrafeedback --plan -q
lacks where
[ ! -e q.jsonl ] || fail "something was written"

# A run stops before a model is opened, and before anything is written.
source "$apps/small_run.sh"
small_run
sed 's#^general = .*#general = "general.jsonl?where=class=nobody"#; s#^model = .*#model = "none-such"#' settings.toml >typo.toml
fails 2 general.jsonl where class=nobody -- ease run typo.toml --out out -q
[ ! -e out ] || fail "something was written"
echo "ok"
