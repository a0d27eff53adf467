#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# served_models.sh PROGRAM SERVER: the vulnerable region of a served model; a second run asks for nothing.
set -euo pipefail
program=$1 server=$2
source "$(dirname "${BASH_SOURCE[0]}")/../apps/server.sh"
serve "$server"
for ((i = 0; i < 40; i++)); do printf '{"prompt":"count to %d","source":"list %d"}\n' $i $i; done >prompts.jsonl

run() { "$program" prompts.jsonl "openai:slm@$url" "openai:teacher@$url" out; }
run >said.txt 2>log.txt || fail "$(cat log.txt)"
grep -q '^[1-9][0-9]* rows with reasoning in out/4-cot.jsonl$' said.txt || fail "it said: $(cat said.txt)"
[ "$(wc -l <out/1-diagnose.jsonl)" = 40 ] || fail "not every prompt was answered: $(cat said.txt)"
grep -q '"source":"list' out/4-cot.jsonl || fail "a key of the input is missing: $(head -1 out/4-cot.jsonl)"
before=$(requests)
run >again.txt 2>log.txt
[ "$(requests)" = "$before" ] || fail "the second run asked again"
diff said.txt again.txt
fails 1 openai:MODEL@URL -- "$program" prompts.jsonl slm openai:teacher@$url other
echo "ok"
