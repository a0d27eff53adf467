#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What a server answers: as it comes, as a whole, to a terminal, held to a schema.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
serve "$tools/answering_server" 2
remote=openai:m@$url
# The whole answer, as it comes and at once.
ease generate "hello" --model "$remote" >streamed.txt
ease generate "hello" --model "$remote" --json >whole.json
# (The server's answer depends on the request, so the two differ; each is a trace and a last line.)
grep -q Thought streamed.txt && [ "$(rows streamed.txt)" = 5 ] || fail "streamed: $(cat streamed.txt)"
[[ $(value whole.json /text) == '<think>'*Thought*'</think>'* ]] || fail "whole: $(cat whole.json)"
# What a model says to a terminal is shown, not obeyed; a file gets it as it is.
script -qec "'$program' generate 'Speak to my terminal' --model '$remote'" typescript >/dev/null </dev/null
! grep -q -e $'\e\[31m' -e $'\e\]0;' typescript && grep -qF 'x1b]0;another title' typescript || fail "a terminal got: $(cat -v typescript)"
ease generate "Speak to my terminal" --model "$remote" >piped.txt
grep -qF $'\e[31mred\e]0;another title\a' piped.txt || fail "a pipe got: $(cat -v piped.txt)"
# Labels held to a schema.
for ((i = 0; i < 5; i++)); do printf '{"prompt":"question %d"}\n' "$i"; done >rows.jsonl
ease classify rows.jsonl --model "$remote" --classifier generative --out classified.jsonl -q --json >report.json
is classified.jsonl /categories '["harassment"]'
[ "$(rows classified.jsonl)" = 5 ] || fail "labels: $(cat classified.jsonl)"
is report.json /adds_up true
echo "ok"
