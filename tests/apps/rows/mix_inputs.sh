#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Files of bad rows of a mix, components without rows, and what the rows of a conversation are by --several-turns.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
printf '{"prompt":"a","completion":"b"}\n{"prompt":7,"completion":"b"}\n' >one.jsonl
printf '{"prompt":"c","completion":"d","label":false}\n{"prompt":"e","completion":"f"}\n' >two.jsonl
printf '{"prompt":"g","completion":"h"}\n{"prompt":"i"}\n' >wrong.jsonl
mix=(ease mix --component one=one.jsonl --component two=two.jsonl)

# What is refused later leaves nothing behind.
fails 1 wrong.jsonl:2 completion -- ease mix --component "one=one.jsonl?on_bad_row=reject" --component two=wrong.jsonl --out m.jsonl
[ "$(find . -name '*.bad.jsonl')" = "" ] || fail "a file of bad rows is there: $(ls)"
# They have one file, beside the mix or where it is said; a component may have its own.
status=0
"${mix[@]}" --on-bad-row reject --out m.jsonl -q >said.txt 2>err.txt || status=$?
[ $status = 3 ] && [ "$(rows m.jsonl)" = 2 ] || fail "status $status: $(cat said.txt err.txt)"
[ "$(rows m.jsonl.bad.jsonl)" = 2 ] && [ "$(find . -name '*.bad.jsonl' | wc -l)" = 1 ] || fail "bad rows: $(ls)"
rm -- *.bad.jsonl
ease mix --component 'one=one.jsonl?bad_rows=own.bad.jsonl' --component two=two.jsonl --on-bad-row reject --out k.jsonl -q >said.txt || [ $? = 3 ]
[ "$(rows own.bad.jsonl)" = 1 ] && [ "$(rows k.jsonl.bad.jsonl)" = 1 ] || fail "bad rows: $(ls)"
fails 1 l.jsonl -- ease mix --component two=two.jsonl --on-bad-row reject --bad-rows l.jsonl --out l.jsonl -q
rm -- *.bad.jsonl
"${mix[@]}" --on-bad-row reject --bad-rows bad.jsonl --out n.jsonl -q >said.txt 2>err.txt || status=$?
[ "$(rows bad.jsonl)" = 2 ] && [ "$(find . -name '*.bad.jsonl')" = "" ] || fail "bad rows: $(ls)"
grep -q label bad.jsonl || fail "no reason: $(cat bad.jsonl)"
cmp m.jsonl n.jsonl
unused --bad-rows --on-bad-row -- mix --component one=two.jsonl --bad-rows other.jsonl --out o.jsonl
# A component without rows is named.
echo '[]' >none.json
lines=1 fails 3 none none.json -- ease mix --component one=m.jsonl --component none=none.json --out p.jsonl -q
[ "$(rows p.jsonl)" = 2 ] || fail "the other component: $(cat p.jsonl)"
fails 3 two two.jsonl where prompt=x 2 -- ease mix --component one=m.jsonl --component 'two=two.jsonl?where=prompt=x' --out q.jsonl -q
# Fewer than asked for are told, and in the report.
fails 0 one 2 5 -- ease mix --component 'one=m.jsonl:5' --out r.jsonl --json -q
[[ $(value out.txt /stages/0/note) == *"2 of the 5"* ]] || fail "no note: $(cat out.txt)"

# A conversation's first turn, its last, or none.
cat >talk.jsonl <<'T'
{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"c"},{"role":"assistant","content":"d"}]}
T
turn() { ease mix --component "one=talk.jsonl$2" "${@:3}" --out "$1" --overwrite -q >said.txt 2>err.txt; value "$1" /prompt; }
[ "$(turn t.jsonl '')" = c ] || fail "the last turn: $(cat t.jsonl)"
[ "$(turn t.jsonl '' --several-turns first)" = a ] || fail "the first turn: $(cat t.jsonl)"
[ "$(turn t.jsonl '?several_turns=first')" = a ] || fail "the first turn: $(cat t.jsonl)"
fails 1 talk.jsonl:1 messages -- ease mix --component one=talk.jsonl --several-turns refuse --out u.jsonl
fails 2 several_turns second -- ease mix --component 'one=talk.jsonl?several_turns=second' --out u.jsonl

# Quotes of Python in a cell are told as such.
printf 'messages\n"[{'"'role': 'user'"'}]"\n' >python.csv
fails 1 python.csv:2 messages json.dumps -- ease mix --component one=python.csv --out u.jsonl
echo "ok"
