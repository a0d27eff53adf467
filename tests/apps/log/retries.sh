#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Each retry is told in the log, as many as the report counts; and that a server is paused. Neither tells prompts or the key.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
export OPENAI_API_KEY=sk-keymark-0123456789abcdef
serve "$tools/answering_server" 0 5
for ((i = 0; i < 13; i++)); do printf '{"prompt":"a promptmark that counts to %d"}\n' $i; done >rows.jsonl
ease diagnose rows.jsonl --model "openai:answers@$url" --out a.jsonl -q --json --log log.jsonl >report.json
retries=$(value report.json /remote/0/retries)
[ "$retries" -gt 0 ] && [ "$(count log.jsonl /event /event retry)" = "$retries" ] || fail "$retries retries: $(cat log.jsonl)"
is log.jsonl /level info /event retry
is log.jsonl /server "$url" /event retry
for key in process status reason wait_seconds; do value log.jsonl /$key /event retry >/dev/null || fail "no $key in each retry"; done
grep -qx 1 <(value log.jsonl /try /event retry) || fail "no first try"
ease diagnose rows.jsonl --model "openai:answers@http://127.0.0.1:1/v1,$url" --out b.jsonl -q --log rests.jsonl >report.txt 2>err.txt
grep -q '^http://127.0.0.1:1/v1 ' <(value rests.jsonl /says /event remote /level warn) || fail "a paused server is not told: $(cat rests.jsonl)"
! grep -e promptmark -e keymark log.jsonl rests.jsonl || fail "the logs say too much"
echo "ok"
