#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# 10 000 rows through a server that spoils one answer in twenty: all there, none twice, and the report says what it took.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
serve "$tools/answering_server" 2 0
well=$url
# A second server, whose answers are spoilt; it ends with this script.
mkfifo hold.ill
"$tools/answering_server" 2 5 <hold.ill >url.ill 2>requests.ill &
exec 8>hold.ill
await $! test -s url.ill
ill=$(cat url.ill)
for ((i = 0; i < 10000; i++)); do printf '{"prompt":"question %d"}\n' "$i"; done >many.jsonl
ease diagnose many.jsonl --model "openai:m@$ill" --out ill.jsonl --max-in-flight 256 --price-in 1 --price-out 2 -q --json >report.json
ease diagnose many.jsonl --model "openai:m@$well" --out well.jsonl --max-in-flight 64 -q --json >well.json
cmp ill.jsonl well.jsonl || fail "faults changed an answer, a row or their order"
diff <(value many.jsonl /prompt) <(value ill.jsonl /prompt) >/dev/null || fail "rows are missing or in another order"
is report.json /adds_up true
for report in report.json well.json; do
  asked=/remote/0
  is $report $asked/answered 10000
  is $report $asked/failed 0
  is $report $asked/prompt_tokens 30000
  is $report $asked/completion_tokens 90000
  is $report $asked/from_journal 0
done
is report.json /remote/0/cost 0.21
[ "$(value report.json /remote/0/retries)" -gt 300 ] || fail "too few faults: $(cat report.json)"
is well.json /remote/0/retries 0
is well.json /remote/0/requests 10000
# Without --json a person is told the same numbers.
ease diagnose many.jsonl --max-rows 300 --model "openai:m@$well" --out few.jsonl -q >said.txt
for number in 300 0 900 2700; do names $number "$(<said.txt)" || fail "no $number in the summary: $(cat said.txt)"; done
# Of two servers one is not there: the other answers for it, and a person is told.
fails 0 http://127.0.0.1:1/v1 -- ease diagnose many.jsonl --max-rows 300 --model "openai:m@http://127.0.0.1:1/v1,$well" --out two.jsonl -q --json
head -300 well.jsonl | cmp - two.jsonl
is out.txt /adds_up true
exec 8>&-
echo "ok"
