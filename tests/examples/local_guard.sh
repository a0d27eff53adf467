#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# local_guard.sh PROGRAM MODEL: the tiny random model of the fixtures answers and judges itself; a second run does nothing.
set -euo pipefail
program=$1 model=$2
source "$(dirname "${BASH_SOURCE[0]}")/../apps/checks.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive
# Its tokens are single characters: the guard's question is longer than the 512 the fixture has as context.
cp -r "$model" wide
sed -i 's/"max_position_embeddings": *512/"max_position_embeddings": 4096/' wide/config.json
for i in 1 2 3 4 5 6; do echo "{\"prompt\":\"name a colour $i\",\"source\":\"list $i\"}" >>prompts.jsonl; done
"$program" prompts.jsonl wide wide out >said.txt 2>log.txt || fail "$(cat log.txt)"
grep -qE '^[0-6] of 6 judged answers are unsafe; out/' said.txt || fail "it said: $(cat said.txt)"
rows=$(sed -n 's/.*; \(out.*\)$/\1/p' said.txt)
[ "$(grep -cE '"source":"list [1-6]".*"verdict"|"verdict".*"source":"list [1-6]"' "$rows")" = 6 ] || fail "rows: $(head -1 "$rows")"
touch before
"$program" prompts.jsonl wide wide out >again.txt
diff said.txt again.txt
[ -z "$(find out -newer before -name '*.jsonl')" ] || fail "the second run worked again"
fails 1 nowhere -- "$program" prompts.jsonl nowhere wide other
echo "ok"
