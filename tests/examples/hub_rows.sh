#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# hub_rows.sh PROGRAM: the example reads a data set by its name from a hub on loopback, whatever happens to the download, and again
# without a request.
set -euo pipefail
program=$(realpath "$1")
source "$(dirname "${BASH_SOURCE[0]}")/../apps/checks.sh"
work=$(mktemp -d)
source "$(dirname "${BASH_SOURCE[0]}")/../hub/hub.sh"
fixtures=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../fixtures/io/parquet/codecs")
cd "$work"
set_of=hub/datasets/org/plain
mkdir -p $set_of/data
for part in 0 1 2; do
  for ((i = 0; i < 200; i++)); do printf '{"prompt":"row %d of part %d","n":%d}\n' $i $part $i; done >$set_of/data/train-0000$part-of-00003.jsonl
done
printf '{"prompt":"another"}\n' | gzip -n >$set_of/data/test-00000-of-00001.jsonl.gz
cat $set_of/data/train-*.jsonl >whole.jsonl
whole() { "$program" "${1:-org/plain}" rows.jsonl >said; cmp rows.jsonl whole.jsonl || fail "other rows ($*)"; }

hub
whole
grep -q "^org/plain@[0-9a-f]*:default/train (train-00000-of-00003.jsonl, .*: 600 rows" said || fail "it said: $(cat said)"
asked=$(wc -l <hub_log)
whole "org/plain@$(cat "$HF_HOME"/hub/datasets--org--plain/refs/main):default"
HF_HUB_OFFLINE=1 whole
[ "$(wc -l <hub_log)" = "$asked" ] || fail "cached, and it asked: $(tail -1 hub_log)"
"$program" org/plain:default/test test.jsonl >said
[ "$(rows test.jsonl)" = 1 ] || fail "the test split has $(rows test.jsonl) rows"
hub break=3000 busy=1 page=2
whole org/plain
hub slow=400 # killed at random instants, then run to its end
for ((i = 0; i < 20; i++)); do timeout -s KILL "0.$((RANDOM % 4 + 1))" "$program" org/plain rows.jsonl >said 2>/dev/null || true; done
whole org/plain
[ -z "$(find "$HF_HOME" -name '*.incomplete')" ] || fail "a part of a download is left"
hub slow=400
whole org/plain &
(mkdir other && cd other && "$program" org/plain rows.jsonl >said && cmp rows.jsonl ../whole.jsonl)
wait $!
[ "$(grep -c 'content .*train-00000' hub_log)" = 1 ] || fail "two processes downloaded twice: $(cat hub_log)"
refused() { # NAME WORD...: one line that has each word
  local name=$1 word
  shift
  ! "$program" "$name" refused.jsonl >said 2>err.txt || fail "$name was read"
  [ "$(rows err.txt)" = 1 ] || fail "not one line: $(cat err.txt)"
  for word in "$name" "$@"; do grep -qF -- "$word" err.txt || fail "$word is not named: $(cat err.txt)"; done
  [ ! -e refused.jsonl ] || fail "an output appeared"
}
hub wrong
refused org/plain hash
hub steps-out
refused org/plain HF_ENDPOINT
[ -z "$(find "$work" -name out.jsonl)" ] || fail "a file outside the cache appeared"
hub many=20000 page=5000
whole org/plain
refused org/none "$HF_ENDPOINT" HF_TOKEN
refused org/plain:default/dev org/plain:default/train org/plain:default/test
HF_HUB_OFFLINE=1 refused org/plain@v1 HF_HUB_OFFLINE

# Parquet, of the repository's own and of the copy that the hub makes of other files, where this build has it.
mkdir -p hub/datasets/org/{parquet/data,script,none} hub/copies/org/script/{default/train,other/partial-train}
cp "$fixtures/zstd_2.parquet" hub/datasets/org/parquet/data/train-00000-of-00001.parquet
printf 'import datasets\n' | tee hub/datasets/org/none/none.py >hub/datasets/org/script/script.py
printf -- '---\nlicense: mit\n---\n' >hub/datasets/org/script/README.md
cp "$fixtures/gzip_1.parquet" hub/copies/org/script/default/train/0000.parquet
cp "$fixtures/lz4_2.parquet" hub/copies/org/script/default/train/0001.parquet
cp "$fixtures/snappy_1.parquet" hub/copies/org/script/other/partial-train/0000.parquet
hub
if "$program" org/parquet rows.jsonl >said 2>err.txt; then
  cmp rows.jsonl "$fixtures/rows.jsonl"
  grep -q "Parquet (2 row groups)" said || fail "it said: $(cat said)"
  copied() { # NAME FILES NOTE...: so many times the rows, and what is said
    local name=$1 count=$2 word
    shift 2
    "$program" "$name" rows.jsonl >said 2>err.txt
    for ((i = 0; i < count; i++)); do cat "$fixtures/rows.jsonl"; done | cmp - rows.jsonl
    for word in "$@"; do grep -qF -- "$word" err.txt || fail "$word is not said: $(cat err.txt)"; done
  }
  copied org/script 2 "org/script: its own files are not of rows" org/script@refs/convert/parquet
  asked=$(wc -l <hub_log)
  copied org/script 2 "its own files are not of rows"
  HF_HUB_OFFLINE=1 copied org/script 2
  [ "$(wc -l <hub_log)" = "$asked" ] || fail "cached, and it asked: $(tail -1 hub_log)"
  copied org/script:other 1 "only the first part of the split train"
  copied org/script@refs/convert/parquet:default/train 2
  [ ! -s err.txt ] || fail "it said: $(cat err.txt)"
  refused org/none "none is of rows" refs/convert/parquet
  mkdir -p hub/copies/org/none && echo "a branch without files" >hub/copies/org/none/README.md
  refused org/none "none is of rows" CONFIG/SPLIT/0000.parquet
  hub break=1500
  copied org/script 2
else
  grep -q "script/bootstrap" err.txt || fail "org/parquet was refused: $(cat err.txt)"
fi
no_hub
echo "ok"
