#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `ease rows`: which rows are shown, whole and in part, beside those of another file, in a pager and not.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
cat >a.jsonl <<'T'
{"id":"x1","prompt":"where is the map","response":{"reasoning":"it asks for a map","answer":"on the table"},"n":1,"source":"one"}
{"id":"x2","prompt":"a kettle","response":"tea","n":2,"source":"two"}
{"id":"x3","prompt":"a lamp","response":"light","n":3,"source":"one"}
T
cat >b.jsonl <<'T'
{"id":"x3","prompt":"a lamp","response":"darkness"}
{"id":"x1","prompt":"where is the map","response":"in the drawer"}
{"id":"x9","prompt":"other","response":"-"}
T
has() { grep -qF -- "$1" out.txt || fail "\"$1\" is not shown: $(cat out.txt)"; }
hasnt() { ! grep -qF -- "$1" out.txt || fail "\"$1\" is shown: $(cat out.txt)"; }
shown() { grep -c '^── ' out.txt || true; }

ease rows a.jsonl >out.txt
[ "$(shown)" = 3 ] || fail "not three rows: $(cat out.txt)"
has "row 1 of a.jsonl"; has "response.reasoning: it asks for a map"; has "response: tea"
hasnt $'\x1b'
ease rows a.jsonl --fields response,id --skip 1 --first 1 >out.txt
[ "$(shown)" = 1 ] && has "id: x2" && has "row 2 of" && hasnt kettle
ease rows a.jsonl --where source=one --find lamp >out.txt
[ "$(shown)" = 1 ] && has "id: x3"
ease rows a.jsonl --id x2 --json >out.txt
[ "$(cat out.txt)" = '{"id": "x2", "prompt": "a kettle", "response": "tea", "n": 2, "source": "two"}' ] || fail "$(cat out.txt)"
ease rows a.jsonl --color always --first 1 >out.txt && has $'\x1b[36mprompt'

# Side by side, by id; what stands in one file alone is told.
ease rows a.jsonl --beside b.jsonl --width 60 >out.txt 2>err.txt
has "row 1 of a.jsonl | b.jsonl"; has "row 2 of a.jsonl, not in b.jsonl"
grep -q '^light  *│ darkness$' out.txt || fail "not beside each other: $(cat out.txt)"
grep -q "1 of b.jsonl" err.txt || fail "the row of b.jsonl alone is not told: $(cat err.txt)"
ease rows a.jsonl --beside b.jsonl --where n=3 >out.txt 2>err.txt # of the first file alone
[ "$(shown)" = 1 ] && has "row 3 of a.jsonl | b.jsonl"
sed 's/"id":"[^"]*",//' b.jsonl >c.jsonl
fails 2 c.jsonl --by prompt response -- ease rows c.jsonl --beside c.jsonl --by key
ease rows a.jsonl --beside c.jsonl --by prompt >out.txt 2>err.txt
grep -q '^light  *│ darkness$' out.txt || fail "not by prompt: $(cat out.txt)"
cat b.jsonl b.jsonl >twice.jsonl
fails 2 twice.jsonl --by x3 -- ease rows a.jsonl --beside twice.jsonl

# Tables, gzip, a broken row, nothing to show, a reader that leaves.
printf 'id,prompt\n1,"a, b"\n' >t.csv && gzip -k t.csv
ease rows t.csv.gz >out.txt && has "prompt: a, b"
printf '{"prompt":"a"}\n{"prompt":\n{"prompt":"c"}\n' >broken.jsonl
fails 3 broken.jsonl:2 -- ease rows broken.jsonl --first 5
[ "$(shown)" = 2 ] || fail "the sound rows are not shown: $(cat out.txt)"
lines=1 fails 0 3 -- ease rows a.jsonl --find nowhere
fails 2 --fields --json -- ease rows a.jsonl --json --fields id
fails 1 absent.jsonl -- ease rows absent.jsonl
for i in $(seq 20000); do echo "{\"prompt\":\"$i\"}"; done >many.jsonl
ease rows many.jsonl 2>err.txt | head -3 >out.txt
[ ! -s err.txt ] || fail "a reader that leaves is no error: $(cat err.txt)"
# On a terminal by way of $PAGER.
if command -v script >/dev/null; then
  PAGER="cat >paged.txt" script -qec "$(printf '%q ' "$program" rows a.jsonl --color never)" /dev/null >/dev/null
  grep -q "row 1 of a.jsonl" paged.txt || fail "not by the pager: $(ls)"
  PAGER="cat >unpaged.txt" script -qec "$(printf '%q ' "$program" rows a.jsonl --no-pager)" /dev/null >out.txt
  has "row 1 of"; [ ! -e unpaged.txt ] || fail "--no-pager has a pager"
fi
echo "ok"
