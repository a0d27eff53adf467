#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# own_pipeline.sh PROGRAM SERVER: the pipeline of one's own is killed while its model's server holds an answer, started again,
# and leaves what an undisturbed run leaves; so do two parts that are merged.
set -euo pipefail
program=$1 server=$2
source "$(dirname "${BASH_SOURCE[0]}")/../apps/server.sh"
serve "$server"
for ((i = 0; i < 40; i++)); do printf '{"prompt":"count to %d","kept":[%d]}\n' $i $i; done >prompts.jsonl

run() { "$program" prompts.jsonl "openai:answers@$url" "$@"; }
run_to_kill() { exec "$program" prompts.jsonl "openai:answers@$url" "$@"; } # in the background: $! is the program, not a shell
left() { (cd "$1" && find . -name '*.jsonl' -not -path './shards/*' | LC_ALL=C sort | xargs sha256sum); }
same() { left "$1" | diff <(left whole) - || fail "$1 differs from the whole"; }

run whole >said.txt 2>log.txt
grep -q '^40 rows, [1-9][0-9]* words; whole/' said.txt || fail "it said: $(cat said.txt)"
[ "$(left whole | wc -l)" -ge 1 ] || fail "it left nothing"

tell "hold 10"
run_to_kill killed >/dev/null 2>log.txt 9>&- & # the server ends when nobody has its stdin open
running=$!
await $running one_is_held
await $running holds killed/.run/diagnose.journal 300 # more than its head: answers are in it
fails 1 killed $running -- run killed
kill -KILL $running
wait $running 2>/dev/null && fail "it was through before it was killed"
tell release
before=$(requests)
run killed >again.txt 2>log.txt || fail "it did not go on: $(cat log.txt)"
[ $(($(requests) - before)) -lt 40 ] || fail "it asked for answers that it had"
same killed
diff <(sed 's/whole/killed/' said.txt) again.txt

for part in 1/2 2/2; do run parts --shard $part >/dev/null 2>log.txt; done
run parts --merge >merged.txt
same parts
run parts >again.txt 2>log.txt
diff <(sed 's/whole/parts/' said.txt) again.txt

"$program" prompts.jsonl scripted scripted >said.txt 2>log.txt
grep -q '^40 rows' said.txt || fail "without a server it said: $(cat said.txt)"
echo "ok"
