#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A run says where it is, has its folder for itself, and resumes after it was stopped: while its teacher waits for an answer.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
source "$apps/small_run.sh"
export OMP_NUM_THREADS=2
serve "$tools/answering_server"
small_run
printf '[cot]\nkind = "model"\nmodel = "openai:teacher@%s"\ntries = 3\n' "$url" >>settings.toml
fails 1 . -- ease status .
tell "hold 1"
"$program" run settings.toml --out out -q >/dev/null 2>run.txt &
running=$!
await $running one_is_held
fails 1 out $running -- ease run settings.toml --out out -q
ease status out --json >status.json
is status.json /running true
is status.json /finished false
"$program" status out --watch --every 0.1 --json >watched.json &
watching=$!
await $watching holds watched.json 1
kill -INT $running
await $running holds run.txt 1 # it has heard that, and says so
tell release # what was asked is waited for
status=0
wait $running || status=$?
[ "$status" = 130 ] || fail "a run that is stopped ends with $status: $(cat run.txt)"
wait $watching # ends with the run
head -1 watched.json >status.json
is status.json /running true
tail -1 watched.json >status.json
is status.json /running false
ease status out --json >status.json
is status.json /running false
is status.json /finished false
ease status out >status.txt
[ "$(rows status.txt)" -gt 5 ] && ! grep -qx finished status.txt || fail "status: $(cat status.txt)"
run_logged
did_not before implant/harmful/2-classify
ease status out | tail -1 | grep -qx finished || fail "status: $(ease status out)"
ease status out --json >status.json
is status.json /running false
is status.json /finished true
run_logged --fresh
did before implant/harmful/2-classify implant/distill calibrate/finetune after
echo "ok"
