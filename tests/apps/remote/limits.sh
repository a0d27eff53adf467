#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Limits and time-outs are taken, from the command line and from a file.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
serve "$tools/answering_server" 2
remote=openai:m@$url
for ((i = 0; i < 5; i++)); do printf '{"prompt":"question %d"}\n' "$i"; done >rows.jsonl
started=$(date +%s%N)
ease diagnose rows.jsonl --model "$remote" --out slow.jsonl --requests-per-minute 120 -q --json >report.json
[ $((($(date +%s%N) - started) / 1000000)) -ge 1400 ] || fail "5 requests at 2 a second took less than 1.4 s"
is report.json /remote/0/requests 5
fails 2 --idle-timeout 0 -- ease diagnose rows.jsonl --model "$remote" --idle-timeout 0 --out o.jsonl -q
printf 'requests_per_minute = "many"\n' >bad.toml
fails 2 bad.toml:1 requests_per_minute number -- ease run bad.toml --out out
[ ! -e o.jsonl ] && [ ! -e out ] || fail "something was written"
echo "ok"
