#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# own_format.sh PROGRAM: cards become saved rows; a second run does nothing, other cards do; a broken card is named.
set -euo pipefail
program=$1
source "$(dirname "${BASH_SOURCE[0]}")/../apps/checks.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
printf '# remarks are left out\ncolours: name a colour\n\nnumbers: count to 3\nlong: %050d\n' 7 >cards.txt
"$program" cards.txt out >said.txt 2>log.txt || fail "$(cat log.txt)"
diff <(printf 'colours: name a colour\nnumbers: count to 3\n') said.txt
grep -q '"prompt":"count to 3","topic":"numbers"' out/filter.jsonl || fail "saved: $(cat out/filter.jsonl)"
grep -q '"reason":"too_long"' out/filter.rejected.jsonl || fail "rejected: $(cat out/filter.rejected.jsonl)"
touch before
"$program" cards.txt out >again.txt
diff said.txt again.txt
[ -z "$(find out -newer before -name '*.jsonl')" ] || fail "the second run worked again"
echo 'colours: name another' >>cards.txt
"$program" cards.txt out >again.txt || fail "it did not take other cards"
grep -q 'name another' again.txt || fail "the new card is missing: $(cat again.txt)"
echo 'no topic' >>cards.txt
fails 1 cards.txt:7 -- "$program" cards.txt other
fails 1 nowhere.txt -- "$program" nowhere.txt other
echo "ok"
