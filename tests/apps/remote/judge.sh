#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A judge whose server gives no log-probabilities: one line says how many rows failed and which file has them, also under -q.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
serve "$tools/answering_server" 2
remote=openai:m@$url
for ((i = 0; i < 5; i++)); do printf '{"prompt":"question %d","response":"answer %d"}\n' "$i" "$i"; done >judged.jsonl
fails 3 guard_filter 5 log-probabilities u.jsonl.failed.jsonl -- ease guard-filter judged.jsonl --guard judge --model "$remote" --unsafe u.jsonl -q
[ "$(count u.jsonl.failed.jsonl /prompt)" = 5 ] && [ ! -s u.jsonl ] || fail "the files: $(ls)"
judging=(evaluate judged.jsonl --model "$remote" --guard judge --guard-model "$remote" -q)
fails 1 evaluate 5 0.2 log-probabilities -- ease "${judging[@]}"
fails 3 evaluate 5 log-probabilities -- ease "${judging[@]}" --max-unparsed 1
fails 3 evaluate judge log-probabilities -- ease evaluate judged.jsonl --model "$remote" -q --judge refusal --judge "judge?model=$remote&max_unparsed=1"
echo "ok"
