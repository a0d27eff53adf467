#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What the program says of its work (log, reports, messages, manifests, names of files) holds no prompt, no answer and no key.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
source "$apps/log/marked.sh"
every_stage --log said/log.jsonl --log-level debug
whole_run --log said/log.jsonl --log-level debug
cp out/*.manifest run/out/report.json said/
for stage in $(cd run/out/.run && find . -name '*.done'); do cp "run/out/.run/$stage" "said/$(echo "$stage" | tr / _)"; done
for mark in promptmark keymark Thought "that counts"; do
  found=$(grep -rl -- "$mark" said || true)
  [ -z "$found" ] || fail "\"$mark\" stands in $found: $(grep -rh -- "$mark" said | head -3)"
  [ -z "$(find . -name "*$mark*")" ] || fail "\"$mark\" is in a file's name"
done
# The key is in no file at all, but where a prompt holds it.
for file in $(grep -rl keymark . || true); do
  sed 's/a promptmark with sk-keymark-0123456789abcdef in it//g' "$file" | grep -q keymark && fail "the key stands in $file"
done


# With --log-text the log holds the texts, and still not the key.
every_stage --log texts.jsonl --log-level debug --log-text --overwrite
grep -qx "a promptmark that counts to 3" <(value texts.jsonl /asked /event answer) || fail "what was asked is not in the log"
grep -q "Thought [0-9]" <(value texts.jsonl /answered /event answer) || fail "what was answered is not in the log"
[[ $(value texts.jsonl /prompt /event row_failed) == "a promptmark of x"* ]] || fail "the row that failed is not in the log"
grep -qF 'a promptmark with [hidden] in it' texts.jsonl || fail "the prompt with the key is not in the log"
! grep -q keymark texts.jsonl || fail "the key is in the log"
echo "ok"
