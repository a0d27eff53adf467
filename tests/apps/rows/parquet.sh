#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Parquet and zstd as inputs and outputs of every command that reads or writes rows, by name; without Arrow the message says how to
# get it, before anything is done.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
answer=(--model "$model" --max-tokens 3 --precision float32 -q)
for ((i = 0; i < 40; i++)); do
  printf '{"prompt":"count to %d","data_type":"%s","n":%d,"kept":{"a":[%d.5,null]},"tags":["x"]}\n' $i \
    "$([ $((i % 2)) = 0 ] && echo adversarial_harmful || echo adversarial_benign)" $i $i
done >rows.jsonl

# zstd: the same rows, and the same answers.
ease diagnose rows.jsonl --out plain.jsonl "${answer[@]}" >said.txt
ease diagnose rows.jsonl --out packed.jsonl.zst "${answer[@]}" >said.txt
ease diagnose packed.jsonl.zst --out again.jsonl --json "${answer[@]}" >report.json
names zstd "$(value report.json /input | tr '()' '  ')" || fail "the report: $(value report.json /input)"
[ "$(rows again.jsonl)" = 40 ] || fail "of zstd came $(rows again.jsonl) rows"
head -c 200 packed.jsonl.zst >cut.jsonl.zst
fails 1 cut.jsonl.zst cut -- ease diagnose cut.jsonl.zst --out x.jsonl "${answer[@]}"

if ! has_parquet; then
  printf 'PAR1' >x.parquet
  fails 1 x.parquet script/bootstrap -- ease diagnose x.parquet --out x.jsonl "${answer[@]}"
  fails 1 out.parquet script/bootstrap -- ease diagnose rows.jsonl --out out.parquet "${answer[@]}"
  [ ! -e out.parquet.journal ] || fail "it began to work"
  echo "ok, without Parquet"
  exit
fi

ease diagnose rows.jsonl --out plain.parquet "${answer[@]}" >said.txt
ease sample plain.jsonl --out drawn.jsonl --harmful 5 --benign 5 -q >said.txt
ease sample plain.parquet --out drawn.parquet --harmful 5 --benign 5 -q >said.txt
ease sample drawn.parquet --out same.jsonl --harmful 5 --benign 5 -q >said.txt
ease sample drawn.jsonl --out wanted.jsonl --harmful 5 --benign 5 -q >said.txt
cmp wanted.jsonl same.jsonl
# The members that no stage reads travel along, with their types.
ease diagnose plain.parquet --out through.jsonl "${answer[@]}" --json >report.json
cmp <(value plain.jsonl /kept/a/0) <(value through.jsonl /kept/a/0)
[ "$(value report.json /input)" = "Parquet (1 row group), ease schema" ] || fail "the report: $(value report.json /input)"
# A pipe has no end to read from; a file cut short is named; bad rows are told by their place.
fails 1 Parquet pipe -- ease diagnose <(cat plain.parquet) --out x.jsonl --format parquet "${answer[@]}"
head -c 900 plain.parquet >cut.parquet
fails 1 cut.parquet -- ease diagnose cut.parquet --out x.jsonl "${answer[@]}"
cp "$apps/../fixtures/io/parquet/bad_rows.parquet" .
fails 1 bad_rows.parquet prompt -- ease diagnose bad_rows.parquet --out x.jsonl "${answer[@]}"
grep -qF ': row 3 (row group 2): field "prompt"' err.txt || fail "the place: $(cat err.txt)"
status=0
ease diagnose bad_rows.parquet --out good.parquet --on-bad-row reject --bad-rows bad.jsonl "${answer[@]}" >said.txt 2>err.txt || status=$?
[ $status = 3 ] && is bad.jsonl /line 3 && is bad.jsonl /row_group 2 || fail "bad rows: status $status, $(cat bad.jsonl)"
# What is there is not replaced; columns that no type holds are told of.
fails 1 plain.parquet --overwrite -- ease diagnose rows.jsonl --out plain.parquet "${answer[@]}"
{ cat rows.jsonl; printf '{"prompt":"count on","n":"many"}\n'; } >mixed.jsonl
fails 0 n JSON -- ease diagnose mixed.jsonl --out mixed.parquet "${answer[@]}"
# Killed, it leaves the journal alone, and the same command goes on to the same bytes.
timeout -s KILL 0.7 "$program" diagnose rows.jsonl --out killed.parquet "${answer[@]}" >said.txt 2>&1 || true
[ ! -e killed.parquet ] || cmp killed.parquet plain.parquet
[ -e killed.parquet ] || ease diagnose rows.jsonl --out killed.parquet "${answer[@]}" >said.txt
cmp killed.parquet plain.parquet
# Shards are JSON lines, and the merge is the file that the whole command writes.
for part in 1 2; do ease diagnose rows.jsonl --out parts.parquet --shard $part/2 "${answer[@]}" >said.txt; done
[ -e parts.shard-1-of-2.parquet.jsonl ] || fail "the shard's file: $(ls)"
ease merge parts.parquet -q >said.txt
cmp parts.parquet plain.parquet
[ -z "$(find . -name '.*' -type f)" ] || fail "something is left: $(ls -A)"
echo "ok"
