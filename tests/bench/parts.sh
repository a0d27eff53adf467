#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# parts.sh ROOT: script/bench names its comparisons, skips what is missing with a reason, and draws and shows kept results.
set -euo pipefail
root=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "$*" >&2; exit 1; }
bench() { python3 "$root/script/bench" --kept "$work" "$@"; }

listed=$(bench --list)
for comparison in "$root"/benchmarks/compare/*; do
  [ ! -x "$comparison" ] || [ -d "$comparison" ] || grep -q "^$(basename "$comparison") " <<<"$listed" || fail "--list leaves out $comparison"
done
for part in diagnose guard_filter classify cot mix finetune core io text http llm train; do
  grep -qw "$part" <<<"$listed" || fail "--list has nothing of $part"
done

# Nothing is built and there is no peer: each comparison says so in rows, and ends well.
for name in stages journal tokenize records remote generate guard score start train; do
  NO_BUILD=1 BUILD="$work/none" PEERS_PYTHON="$work/python" MODEL='' ROUNDS=1 "$root/benchmarks/compare/$name" >"$work/rows" ||
    fail "$name fails where nothing is there"
  python3 - "$work/rows" "$name" <<'P'
import json, sys
rows = [json.loads(line) for line in open(sys.argv[1])]
assert rows and all(row["skipped"] and row["what"] for row in rows), (sys.argv[2], rows)
P
done

kept() { # kept NAME COMMIT DATE RATIO
  cat >"$work/$1.json" <<J
{"name": "$1", "time": "$3T12:00:00Z", "commit": "$2", "commit_date": "$3T10:00:00+01:00", "changed": false, "machine": {"cpu": "a <machine>"},
 "versions": {}, "rounds": 3, "results": [
  {"comparison": "tokenize", "what": "a < b & c", "unit": "MB/s", "ours": 2, "peer": "tokenizers", "theirs": 1, "ratio": $4, "rounds": 3},
  {"comparison": "guard", "what": "rows", "peer": "transformers", "skipped": "no torch"}]}
J
}
kept later 1234567890 2026-02-01 2.50
kept earlier abcdef0123 2026-01-01 2.00
bench --plot --out "$work/plot.svg" 2>/dev/null
python3 - "$work/plot.svg" <<'P'
import sys, xml.etree.ElementTree as tree
said = ["".join(e.itertext()) for e in tree.parse(sys.argv[1]).iter() if e.tag.endswith("}text") or e.tag.endswith("}title")]
for name in ("a < b & c", "tokenize, beside tokenizers", "abcdef0", "1234567", "2.50"):
    assert name in said, (name, said)
assert any("earlier, later" in text for text in said), said  # in the order of the commits
P
both=$(bench --show later earlier)
for word in tokenizers 2.50 2.00 "a < b & c"; do grep -qF "$word" <<<"$both" || fail "--show leaves out $word"; done
grep -q 'skipped, transformers: no torch' <<<"$(bench --show later)" || fail "--show leaves out what was skipped"
! bench --show never 2>"$work/said" || fail "a result that was never kept is shown"
grep -q earlier "$work/said" || fail "--show does not say which results there are"
