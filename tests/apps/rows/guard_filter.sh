#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A model that is no guard gives no verdicts: the stage fails, names the option that allows it, and leaves no output behind.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
for ((i = 0; i < 5; i++)); do printf '{"prompt":"question %d","response":"answer %d"}\n' "$i" "$i"; done >judged.jsonl
for guard in judge llama-guard; do
  fails 1 guard_filter 5 0.2 --max-unparsed max_unparsed -- ease guard-filter judged.jsonl --guard $guard --model "$model" --precision float32 \
    --unsafe $guard.jsonl -q
  [ "$(find . -name "$guard.jsonl*")" = ./$guard.jsonl.journal ] || fail "$guard: a command that failed left an output: $(ls)"
  # So that the same line with the option that was named is enough, and asks nobody again.
  ease guard-filter judged.jsonl --guard $guard --model "$model" --precision float32 --unsafe $guard.jsonl --safe $guard.safe --max-unparsed 1 \
    -q >said.txt 2>err.txt || [ $? = 3 ] || fail "$guard: $(cat err.txt)"
  [ "$(count $guard.jsonl.unparsed.jsonl /prompt)" = 5 ] || fail "$guard: unparsed rows are missing"
  [ ! -s $guard.jsonl ] || fail "$guard: rows are called unsafe: $(cat $guard.jsonl)"
done
# As published: a model makes the guard llama-guard.
fails 1 guard_filter 5 --max-unparsed -- ease guard-filter judged.jsonl --unsafe u.jsonl --model "$model" --precision float32 -q
[ ! -e u.jsonl.unparsed.jsonl ] || fail "an output of a command that failed: $(ls)"
fails 3 guard_filter 5 -- ease guard-filter judged.jsonl --unsafe v.jsonl --model "$model" --precision float32 --max-unparsed 1 --json -q
cp out.txt report.json
is report.json /adds_up true
[ "$(rows v.jsonl.unparsed.jsonl)" = 5 ] || fail "with --max-unparsed 1: $(cat report.json)"
# A guard without a model reads every answer; an empty one is unparsed, and no fault of the guard.
printf '{"prompt":"a","response":""}\n{"prompt":"b","response":"Blue."}\n' >empty.jsonl
ease guard-filter empty.jsonl --unsafe w.jsonl --json -q >report.json
[ "$(rows w.jsonl)" = 1 ] && [ "$(rows w.jsonl.unparsed.jsonl)" = 1 ] || fail "an empty answer: $(cat report.json)"
# How many rows are safe and unsafe is told, also where one of them has none; so under the published name, and of shards.
is report.json /verdicts/unsafe 1
is report.json /verdicts/safe 0
is report.json /verdicts/unparsed 1
printf '{"prompt":"a","response":"I cannot help with that."}\n{"prompt":"b","response":"Blue."}\n{"prompt":"c","response":"I cannot do that."}\n' >three.jsonl
ease filter_unsafe --input_file three.jsonl --guard refusal --output_file fs.jsonl --rejected_file fu.jsonl -q >said.txt
grep -q '2 safe, 0 unparsed, 1 unsafe' said.txt || fail "it said: $(cat said.txt)"
for part in 1 2; do ease guard-filter three.jsonl --unsafe mu.jsonl --safe ms.jsonl --shard $part/2 -q >said.txt; done
ease merge mu.jsonl --json >merged.json
is merged.json /verdicts/safe 2
is merged.json /verdicts/unsafe 1
is merged.json /inputs/0/name three.jsonl
is merged.json /inputs/0/read 3
# An output is there without rows, too; a side file is not.
printf '{"prompt":"b","response":"Blue."}\n' >blue.jsonl
ease guard-filter blue.jsonl --unsafe x.jsonl --safe y.jsonl -q >said.txt
[ "$(rows x.jsonl)" = 1 ] && [ -e y.jsonl ] && [ ! -s y.jsonl ] && [ ! -e x.jsonl.unparsed.jsonl ] || fail "outputs: $(ls)"
echo "ok"
