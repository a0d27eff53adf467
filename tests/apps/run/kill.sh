#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# kill.sh PROGRAM TOOLS [KILLS [SEED]]: a whole `ease run` (a small local model, and a remote teacher and classifier) is killed at
# random instants and started again until it is through, over and over, until so many kills were made. Every file it leaves must
# be byte for byte that of a run nobody disturbed, and no request of a finished answer may be sent again.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
source "$apps/small_run.sh"
kills=${3:-10}
RANDOM=${4:-42}
serve "$tools/answering_server" 5

prompts diagnosis.jsonl adversarial_harmful jailbreak 30 "play a pirate who is rude"
prompts diagnosis.jsonl adversarial_benign adversarial_benign 12 "play a pirate who counts" ',"vanilla":"count"'
prompts harmful.jsonl vanilla_harmful harmful 6 "be rude" ',"categories":["harassment"]'
prompts general.jsonl vanilla_benign benign 12 "count to"
prompts held_out.jsonl adversarial_harmful jailbreak 6 "act as a rude parrot"
prompts held_out.jsonl vanilla_benign benign 6 "what is the colour of snow"
run_settings "$model" 24 8 8 $'max_batch_rows = 4\nmax_in_flight = 2' >settings.toml
cat >>settings.toml <<T
when_truncated = "Shortly." # of [self_responses]
[general]
max_tokens = 12
[classify]
kind = "generative"
model = "openai:labels@$url"
[cot]
kind = "model"
model = "openai:teacher@$url"
tries = 3
T

# What a run leaves, as one list of checksums; its report without what tells the time or the memory, and without what was
# asked of remote models: of a run that went on, that is only what was still to be asked.
what_is_in() {
  (cd "$1" && find . -type f -not -path './.run/*' -not -name report.json -not -name training_log.jsonl | LC_ALL=C sort | xargs sha256sum)
  cut -d, -f1-5 "$1"/*model/training_log.jsonl # behind them stand times and memory
  perl -pe 's/"remote":\[\{.*?"from_journal":\d+[^\]]*\]//g' "$1/report.json" | sed -E 's/"(seconds|minutes|tokens_per_second|peak_gigabytes)":[0-9.eE+-]+//g'
}
started=$(date +%s%N)
"$program" run settings.toml --out whole -q >/dev/null
length=$((($(date +%s%N) - started) / 1000000))
what_is_in whole >whole.txt
[ "$(grep -c jsonl whole.txt)" -ge 15 ] || fail "the undisturbed run left too little: $(cat whole.txt)"

made=0 runs=0 starts=0 late=0
while [ "$made" -lt "$kills" ]; do
  rm -rf out
  whole=1 # until a kill, it is a run from its beginning
  while :; do
    "$program" run settings.toml --out out -q >log.txt 2>&1 &
    running=$!
    starts=$((starts + 1))
    # Anywhere in the run's length. Where it began anew each time, as it would without journals, it would not get through.
    instant=$(awk -v ms="$length" -v r="$RANDOM" 'BEGIN { printf "%d", ms * 1.05 * r / 32768 }')
    sleep "$((instant / 1000)).$(printf %03d $((instant % 1000)))"
    kill -KILL "$running" 2>/dev/null || true
    status=0
    wait "$running" 2>/dev/null || status=$?
    if [ "$status" = 0 ]; then
      late=$((late + 1))
      # The run that was timed may have had a slower machine: kills must fall into the length that a run has now.
      [ $whole = 0 ] || [ "$instant" -ge "$length" ] || length=$instant
      break
    fi
    whole=0
    [ "$status" = 137 ] || fail "a run ended with $status: $(cat log.txt)"
    made=$((made + 1))
    [ "$made" -lt "$kills" ] || { "$program" run settings.toml --out out -q >log.txt 2>&1 || fail "the last run: $(cat log.txt)"; break; }
  done
  what_is_in out >out.txt
  cmp whole.txt out.txt || fail "after $made kills: $(diff whole.txt out.txt | head -20)"
  [ -z "$(find out -name '.*.[0-9]*' -not -path '*/.run/*')" ] || fail "left behind: $(find out -name '.*.[0-9]*')"
  runs=$((runs + 1))
done
echo "ok: $made kills, $late too late to meet a run, $starts starts, $runs runs, each as the undisturbed one of $length ms"
