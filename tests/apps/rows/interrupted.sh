#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A command that is stopped or killed keeps what was answered, leaves nothing half-written, and the same command goes on.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
source "$apps/small_run.sh"
prompts many.jsonl adversarial_harmful jailbreak 400 "play a pirate who is rude"
how=(--model "$model" --precision float32 --max-tokens 24 --max-batch-rows 4 -q)
# Those rows and more of them without an end: a program that reads them is at work whenever it is to be stopped.
endless() { awk '{ print } END { for (i = NR;; i++) { sub(/rude [0-9]+/, "rude " i); print } }' many.jsonl 2>/dev/null; }
start() { # NAME: such a program, which has answered some rows
  "$program" diagnose <(endless) --out "$1.jsonl" "${how[@]}" >said.txt 2>stopped.txt &
  running=$!
  await $running holds "$1.jsonl.journal" 4000
}
# finishes NAME: what was stopped goes on over the first rows, and asks again for none that it had.
finishes() {
  ease diagnose many.jsonl --out "$1.jsonl" "${how[@]}" --log "$1.log" --log-level debug >/dev/null
  cmp whole.jsonl "$1.jsonl"
  [ "$(count "$1.log" /event /event answer)" -lt 400 ] || fail "all rows were requested again"
  [ ! -e "$1.jsonl.journal" ] || fail "the journal stayed"
}
ease diagnose many.jsonl --out whole.jsonl "${how[@]}" >/dev/null
[ ! -e whole.jsonl.journal ] || fail "the journal of a finished command stayed"
# Ctrl-C, SIGTERM and kill -9: the status says which, the journal stays, nothing half-written is taken for a result.
for signal in INT TERM KILL; do
  start $signal
  kill -STOP $running # so that most of the rows are left
  fails 1 $signal.jsonl.journal -- ease diagnose many.jsonl --model "$model" --out $signal.jsonl -q
  kill -$signal $running
  kill -CONT $running
  status=0
  wait $running || status=$?
  [ "$status" = $((128 + $(kill -l $signal))) ] || fail "SIG$signal: status $status ($(cat stopped.txt))"
  [ "$signal" = KILL ] || [ "$(grep -c . stopped.txt)" = 2 ] || fail "not that it stops and how it resumes: $(cat stopped.txt)"
  [ ! -e $signal.jsonl ] && holds $signal.jsonl.journal 4000 || fail "after SIG$signal: $(ls -l)"
  finishes $signal
done
# A second signal ends it at once, without the last word; what was in the journal by then stays there.
start twice
kill -STOP $running # so that both are there when it goes on
kill -INT $running
kill -TERM $running
before=$(stat -c %s twice.jsonl.journal)
kill -CONT $running
status=0
wait $running || status=$?
[ "$status" = 130 ] || [ "$status" = 143 ] || fail "two signals: status $status"
[ "$(grep -c . stopped.txt)" = 1 ] || fail "two signals did not end it at once: $(cat stopped.txt)"
[ "$(stat -c %s twice.jsonl.journal)" -ge "$before" ] && [ ! -e twice.jsonl ] || fail "after two signals: $(ls -l)"
finishes twice

# No room, and nobody reading: one line with the system's reason, and status 1.
fails 1 /dev/full space -- ease diagnose many.jsonl --max-rows 4 --model "$model" --out /dev/full --max-tokens 4 -q
{ ease diagnose many.jsonl --model "$model" --out /dev/stdout --max-tokens 4 -q 2>closed.txt || echo $? >status.txt; } | true
[ "$(cat status.txt)" = 1 ] && [ "$(rows closed.txt)" = 1 ] && names pipe "$(cat closed.txt)" || fail "a closed pipe: $(cat status.txt closed.txt)"
echo "ok"
