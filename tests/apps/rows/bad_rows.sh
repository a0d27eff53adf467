#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Rows that cannot be read or answered are told with file, line and field, or stand in a file of their own, with status 3.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
answer=(--model "$model" --max-tokens 2 --precision float32 -q)
printf '{"prompt":"a"}\n{"prompt":7}\n{"prompt":"c"' >rows.jsonl
fails 1 rows.jsonl:2 prompt string number -- ease diagnose rows.jsonl --out o.jsonl "${answer[@]}"
[ ! -e o.jsonl ] || fail "an output appeared although the command failed"
status=0
ease diagnose rows.jsonl --out o.jsonl --on-bad-row reject --json "${answer[@]}" >report.json || status=$?
[ "$status" = 3 ] && [ "$(rows o.jsonl)" = 1 ] && [ "$(rows o.jsonl.bad.jsonl)" = 2 ] || fail "rejected rows (status $status)"
is report.json /bad_rows 2
# Another command on the same rows has a file of its own.
ease generate --input rows.jsonl --out p.jsonl --on-bad-row reject "${answer[@]}" >said.txt || [ $? = 3 ]
[ "$(rows p.jsonl.bad.jsonl)" = 2 ] || fail "bad rows of two commands: $(ls)"
# Without an output there is no file: the first is told. One that is named is there, for all inputs.
fails 3 evaluate 2 3 rows.jsonl:2 prompt -- ease evaluate rows.jsonl --on-bad-row reject "${answer[@]}"
[ "$(find . -name '*.bad.jsonl' | wc -l)" = 2 ] || fail "a file that nobody named: $(ls)"
cp rows.jsonl more.jsonl
ease evaluate rows.jsonl more.jsonl --on-bad-row reject --bad-rows bad.jsonl "${answer[@]}" >said.txt || [ $? = 3 ]
[ "$(rows bad.jsonl)" = 4 ] || fail "bad rows of two files: $(cat bad.jsonl)"
fails 1 bad.jsonl --overwrite -- ease evaluate rows.jsonl --on-bad-row reject --bad-rows bad.jsonl "${answer[@]}"
fails 1 p.jsonl -- ease evaluate more.jsonl --on-bad-row reject --bad-rows p.jsonl --answers p.jsonl --overwrite "${answer[@]}"
is report.json /written 1
printf '' >empty.jsonl
fails 1 empty.jsonl -- ease diagnose empty.jsonl --out o.jsonl --overwrite "${answer[@]}"
[ "$(rows o.jsonl)" = 1 ] || fail "an output was replaced although the command failed"
# With --on-bad-row reject the first row may be a bad one.
{ echo '{"no":"prompt"}'; for i in 1 2 3 4; do echo "{\"prompt\":\"count to $i\"}"; done; } >first_bad.jsonl
status=0
ease diagnose first_bad.jsonl --out first.jsonl --on-bad-row reject "${answer[@]}" >said.txt || status=$?
[ $status = 3 ] && [ "$(rows first.jsonl)" = 4 ] || fail "status $status: $(cat said.txt)"
# What can be read once is not looked at first.
sed 1d first_bad.jsonl | ease diagnose /dev/stdin --out piped.jsonl "${answer[@]}" >said.txt
cmp first.jsonl piped.jsonl

# A prompt that is too long for the context fails alone, is kept, and the exit status and one line say so.
{ sed 1d first_bad.jsonl; printf '{"prompt":"%s"}\n' "$(head -c 2000 /dev/zero | tr '\0' x)"; } >long.jsonl
fails 3 diagnose 1 5 512 some.jsonl.failed.jsonl -- ease diagnose long.jsonl --out some.jsonl --json "${answer[@]}"
[ "$(rows some.jsonl)" = 4 ] && [ "$(rows some.jsonl.failed.jsonl)" = 1 ] || fail "a long prompt: $(ls)"
is out.txt /failed 1
is out.txt /written 4
is out.txt /adds_up true
echo "ok"
