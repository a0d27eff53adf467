#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The log is JSON, a line an event, and tells what happened, at the level that was asked for.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
source "$apps/log/marked.sh"
every_stage --log log.jsonl --log-level debug
whole_run --log log.jsonl --log-level debug
# Every line is JSON with a time, a level, an event and a process.
whole='^\{"time":"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{3}Z","level":"(debug|info|warn|error)","event":"[a-z_]+","process":[0-9]+[,}]'
! grep -vE "$whole" log.jsonl || fail "lines of another kind"
for key in time level event process; do [ "$(count log.jsonl /$key)" = "$(rows log.jsonl)" ] || fail "lines without $key"; done
# It tells what happened.
options=$(value log.jsonl /options /event start /command diagnose | head -1)
for option in --out --model; do names $option "$options" || fail "diagnose was started with $option, not: $options"; done
value log.jsonl /is /event model >/dev/null || fail "no model is told"
for count in "read 13" "written 13" "rejected 0" "failed 0"; do
  grep -qx "${count#* }" <(value log.jsonl "/${count% *}" /event step /step diagnose) || fail "diagnose: not $count"
done
for stage in before implant/harmful/2-classify implant/harmful/3-cot implant/distill calibrate/vulnerable/2-diagnose calibrate/finetune after; do
  is log.jsonl /step $stage /event step /step $stage
done
grep -qx 9 <(value log.jsonl /tokens /event answer /level debug) || fail "no answer of 9 tokens"
is log.jsonl /level warn /event row_failed /stage diagnose
[[ $(value log.jsonl /error /event row_failed) =~ [0-9]{4} ]] || fail "how long the row is that failed: $(value log.jsonl /error /event row_failed)"
is log.jsonl /level warn /event end /status 3
is log.jsonl /level error /event end /status 1
value log.jsonl /reason /event end /status 1 >reasons.txt
[ "$(rows reasons.txt)" = 3 ] && ! grep -qv '^bad.jsonl:1: ' reasons.txt || fail "why commands failed: $(cat reasons.txt)"
[ "$(count log.jsonl /event /event start)" = "$(count log.jsonl /event /event end)" ] || fail "starts and ends differ"

# Levels.
ease diagnose rows.jsonl --model "$remote" --out out/a.jsonl --overwrite -q --log quiet.jsonl --log-level warn >/dev/null
[ ! -s quiet.jsonl ] || fail "warn logs what is in order: $(cat quiet.jsonl)"
ease --log plain.jsonl diagnose rows.jsonl --model "$remote" --out out/a.jsonl --overwrite -q >/dev/null
missing plain.jsonl /event /level debug
value plain.jsonl /event /level info >/dev/null || fail "nothing is logged without a level"

# A log that cannot be begun is an error, one that cannot go on is not.
asking=(diagnose rows.jsonl --model "$remote" --out out/a.jsonl --overwrite -q)
fails 1 nowhere/log.jsonl -- ease "${asking[@]}" --log nowhere/log.jsonl
fails 2 loud debug info warn error -- ease "${asking[@]}" --log l.jsonl --log-level loud
fails 0 log -- ease "${asking[@]}" --log /dev/full
echo "ok"
