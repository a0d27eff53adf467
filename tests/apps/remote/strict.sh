#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A server that refuses a field at a time, gives content as parts and fills a prompt cache: each row is answered, what was left
# out is said once and reported, tokens are counted and priced. Added fields reach it.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
serve "$tools/answering_server" 2 0 strict
remote=openai:m@$url
for ((i = 0; i < 20; i++)); do printf '{"prompt":"question %d"}\n' "$i"; done >rows.jsonl
prices=(--price-in 10 --price-cached 1 --price-out 20)
lines=3 fails 0 max_tokens temperature seed "$url" -- ease diagnose rows.jsonl --model "$remote" --out o.jsonl --max-in-flight 4 "${prices[@]}" -q --json
mv out.txt report.json
[ "$(count o.jsonl /response)" = 20 ] || fail "answers: $(cat o.jsonl)"
[[ $(value o.jsonl /response | sort -u) == '<think>'*"Let me see."*'</think>'*"Here it is." ]] || fail "answers: $(cat o.jsonl)"
is report.json /adds_up true
used=/remote/0
is report.json $used/answered 20
is report.json $used/failed 0
is report.json $used/servers/0/left_out/0 max_tokens
is report.json $used/servers/0/left_out/1 temperature
is report.json $used/servers/0/left_out/2 seed
is report.json $used/finish_reasons/end_turn 20
is report.json $used/prompt_tokens 60
is report.json $used/cached_tokens 40
is report.json $used/completion_tokens 180
is report.json $used/cost 0.00384
[ "$(value report.json $used/requests)" -le 26 ] || fail "asked too often: $(cat report.json)"
# A field of the user's, from the command line and from a file; one that has an option is refused, as is a key.
ease generate hello --model "$remote" --request-field 'note=[1, 2]' --request-field other=word --json >out.json 2>err.txt
is out.json /text "note [1,2] other word"
fails 2 --request-field max_tokens -- ease generate hello --model "$remote" --request-field max_tokens=5
fails 2 --request-field -- ease generate hello --model "$remote" --request-field word
for said in 'kwargs={thinking: false}' 'ids=[1, 2' 'user="half'; do
  fails 2 --request-field "${said%%=*}" JSON -- ease generate hello --model "$remote" --request-field "$said"
done
fails 2 --request-field OPENAI_API_KEY -- ease generate hello --model "$remote" --request-field api_key=sk-x
lacks sk-x
printf 'model = "%s"\nrequest_field = ["temperature=1"]\n' "$remote" >bad.toml
fails 2 bad.toml:2 request_field temperature -- ease run bad.toml --out out
# Without its scheme an address is refused, before anything is sent.
for address in m@localhost:8000 m@localhost:8000/v1 localhost:8000/v1 m@10.0.0.1/v1; do
  fails 2 http:// -- ease diagnose rows.jsonl --model "openai:$address" --out no.jsonl -q
done
[ ! -e no.jsonl ] && [ ! -e out ] || fail "something was written"
echo "ok"
