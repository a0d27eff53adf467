#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# whole_method.sh PROGRAM MODEL: both phases on the tiny random model of the fixtures; a second run does nothing.
set -euo pipefail
program=$1 model=$2
source "$(dirname "${BASH_SOURCE[0]}")/../apps/checks.sh"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive

source "$here/rows.sh"

run() { "$program" wide jailbreaks.jsonl harmful.jsonl general.jsonl held_out.jsonl out >"$1" 2>log.txt || fail "$(cat log.txt)"; }
run first.txt
grep -qE '^[0-9]+ rows, [1-9][0-9]* with reasoning; loss' first.txt || fail "it said: $(cat first.txt)"
grep -q '^jailbreak: 1 prompts' first.txt && grep -q '^benign: 1 prompts' first.txt || fail "no table: $(cat first.txt)"
for file in out/reasoning_model/config.json out/model/model.safetensors out/model/tokenizer.json; do
  [ -e "$file" ] || fail "$file is missing: $(find out)"
done
cmp -s out/reasoning_model/model.safetensors out/model/model.safetensors && fail "phase 2 changed nothing"
! grep -rq --include=mix.jsonl 'name a colour 6' out || fail "a held-out prompt was trained on"
find out -type f -newer first.txt -o -name '*.training' | grep . && fail "left behind"
touch before
run again.txt
cmp first.txt again.txt
changed=$(find out -newer before -type f -not -name current -not -name lock)
[ -z "$changed" ] || fail "the second run wrote: $changed"
echo "ok"
