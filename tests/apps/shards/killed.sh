#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A part that is killed goes on, and asks for nothing twice.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
source "$apps/shards/rows.sh"
serve "$tools/answering_server" 2
remote=openai:answers@$url
for ((i = 0; i < 400; i++)); do printf '{"prompt":"count to %d"}\n' $i; done >many.jsonl
mkdir killed
diagnose() { ease diagnose many.jsonl --model "$remote" --out "$@" --max-in-flight 1 -q; }
diagnose killed/whole.jsonl >/dev/null
for part in 1 2; do
  tell "hold 20"
  "$program" diagnose many.jsonl --model "$remote" --out killed/a.jsonl --max-in-flight 1 -q --shard $part/2 >/dev/null &
  running=$!
  journal=killed/a.shard-$part-of-2.jsonl.journal
  await $running one_is_held
  fails 1 $journal -- ease diagnose many.jsonl --model "$remote" --out killed/a.jsonl --shard $part/2 -q
  kill -KILL $running
  wait $running 2>/dev/null && fail "the part was through before it was killed"
  tell release
  [ ! -e killed/a.shard-$part-of-2.jsonl.manifest ] || fail "a killed part has a manifest"
  diagnose killed/a.jsonl --shard $part/2 --json >part.json
  is part.json /remote/0/from_journal 20
  [ ! -e $journal ] || fail "the journal stayed"
done
ease merge killed/a.jsonl >/dev/null
cmp killed/whole.jsonl killed/a.jsonl
echo "ok"
