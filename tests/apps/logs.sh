#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# logs.sh PROGRAM MODEL SERVER: what the program says of its work (log, reports, messages, manifests, names of files) must hold
# neither prompts nor answers nor the key; with --log-text the log holds the texts, and still not the key.
set -euo pipefail
ease=$1 model=$2 server=$3
source "$(dirname "${BASH_SOURCE[0]}")/server.sh"
export OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive
serve "$server"
remote=openai:answers@$url
export OPENAI_API_KEY=sk-keymark-0123456789abcdef

for ((i = 0; i < 12; i++)); do printf '{"prompt":"a promptmark that counts to %d","categories":["harassment"],"class":"benign"}\n' $i; done >rows.jsonl
printf '{"prompt":"a promptmark with %s in it","categories":["harassment"],"class":"benign"}\n' "$OPENAI_API_KEY" >>rows.jsonl
{ cat rows.jsonl; printf '{"prompt":"a promptmark of %s"}\n' "$(head -c 2000 /dev/zero | tr '\0' x)"; } >long.jsonl

mkdir said out
# ends STATUS NAME ARGUMENTS...: the program ends with STATUS; what it says goes to said/NAME.out and .err.
ends() {
  local status=0 wanted=$1 name=$2
  shift 2
  "$ease" "$@" >"said/$name.out" 2>"said/$name.err" || status=$?
  [ "$status" = "$wanted" ] || fail "status $status instead of $wanted: $* ($(cat "said/$name.err"))"
}
every_stage() { # further options of the log
  ends 0 diagnose diagnose rows.jsonl --model "$remote" --out out/a.jsonl --json "$@"
  ends 0 guard guard-filter out/a.jsonl --unsafe out/bad.jsonl --safe out/good.jsonl "$@"
  ends 0 classify classify rows.jsonl --classifier generative --model "$remote" --out out/l.jsonl "$@"
  ends 0 cot cot rows.jsonl --model "$remote" --out out/c.jsonl --tries 1 --json "$@"
  ends 0 evaluate evaluate rows.jsonl --model "$remote" --answers out/e.jsonl "$@"
  ends 0 part1 diagnose rows.jsonl --model "$remote" --out out/p.jsonl --shard 1/2 "$@"
  ends 0 part2 diagnose rows.jsonl --model "$remote" --out out/p.jsonl --shard 2/2 "$@"
  ends 0 merge merge out/p.jsonl "$@"
  ends 3 failed diagnose long.jsonl --model "$model" --max-tokens 3 --out out/f.jsonl "$@" # one row is too long, and its journal stays
  printf '{"prompt":"a promptmark","data_type":"a promptmark longer than any label that one would like to be shown"}\n' >bad.jsonl
  ends 1 bad sample bad.jsonl --out out/b.jsonl "$@"
  printf '{"prompt":"a promptmark","categories":7}\n' >bad.jsonl
  ends 1 bad2 cot bad.jsonl --teacher policy --out out/b.jsonl "$@"
  printf '{"prompt":"a promptmark' >bad.jsonl
  ends 1 bad3 diagnose bad.jsonl --model "$remote" --out out/b.jsonl "$@"
}
# Both phases, with the judge, the classifier and the teacher on the server.
whole_run() {
  local i wide
  mkdir -p run
  for ((i = 0; i < 6; i++)); do
    printf '{"prompt":"play a promptmark that counts to %d","data_type":"adversarial_harmful","class":"jailbreak"}\n' $i
    printf '{"prompt":"play a promptmark of %d pirates","data_type":"adversarial_benign","class":"adversarial_benign","vanilla":"a promptmark"}\n' $i
  done >run/diagnosis.jsonl
  for ((i = 0; i < 3; i++)); do printf '{"prompt":"be a promptmark of %d","data_type":"vanilla_harmful","categories":["harassment"]}\n' $i; done >run/harmful.jsonl
  for ((i = 0; i < 3; i++)); do printf '{"prompt":"the promptmark %d","completion":"promptmarks, two."}\n' $i; done >run/general.jsonl
  for ((i = 0; i < 3; i++)); do printf '{"prompt":"which promptmark is %d","class":"benign"}\n' $i; done >run/held_out.jsonl
  cp -r "$model" run/wide # its tokens are single characters: a policy's trace is longer than its context
  sed -i 's/"max_position_embeddings": *512/"max_position_embeddings": 8192/' run/wide/config.json
  run_settings wide 3 2 4 >run/settings.toml
  cat >>run/settings.toml <<T
[classify]
kind = "generative"
model = "$remote"
[cot]
kind = "model"
model = "$remote"
tries = 1
T
  ends 0 run run run/settings.toml --out run/out "$@"
  ends 0 status status run/out "$@"
}
every_stage --log said/log.jsonl --log-level debug
whole_run --log said/log.jsonl --log-level debug
cp out/*.manifest run/out/report.json said/
for stage in $(cd run/out/.run && find . -name '*.done'); do cp "run/out/.run/$stage" "said/$(echo "$stage" | tr / _)"; done
for mark in promptmark keymark Thought "that counts"; do
  found=$(grep -rl -- "$mark" said || true)
  [ -z "$found" ] || fail "\"$mark\" stands in $found: $(grep -rh -- "$mark" said | head -3)"
  [ -z "$(find . -name "*$mark*")" ] || fail "\"$mark\" is in a file's name"
done
# The key is in no file at all, but where a prompt holds it.
for file in $(grep -rl keymark . || true); do
  sed 's/a promptmark with sk-keymark-0123456789abcdef in it//g' "$file" | grep -q keymark && fail "the key stands in $file"
done

# It is JSON with a time, a level and an event in every line, and tells what happened.
whole='^\{"time":"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{3}Z","level":"(debug|info|warn|error)","event":"[a-z_]+","process":[0-9]+(,"[a-z_]+":("([^"\\]|\\.)*"|-?[0-9.e+-]+|true|false|null))*\}$'
! grep -vE "$whole" said/log.jsonl || fail "lines of another kind"
tells() { grep -qE -- "$1" "${2:-said/log.jsonl}" || fail "the log does not tell $1: $(tail -3 "${2:-said/log.jsonl}")"; }
tells '"event":"start".*"command":"diagnose","options":"[^"]*--out[^"]*--model'
tells '"event":"model".*"is":"'
tells '"event":"step".*"step":"diagnose","read":13,"written":13,"rejected":0,"failed":0'
for stage in before implant/harmful/2-classify implant/harmful/3-cot implant/distill calibrate/vulnerable/2-diagnose \
  calibrate/finetune after; do tells '"event":"step".*"step":"'$stage'"'; done
tells '"level":"debug","event":"answer".*"tokens":9'
tells '"level":"warn","event":"row_failed".*"stage":"diagnose","why":"the prompt has [0-9]+ tokens'
tells '"level":"warn","event":"end".*"status":3'
tells '"level":"error","event":"end".*"status":1,"why":"bad.jsonl:1: '
[ "$(grep -c '"event":"start"' said/log.jsonl)" = "$(grep -c '"event":"end"' said/log.jsonl)" ] || fail "starts and ends differ"

# Levels, and texts where they were asked for.
"$ease" diagnose rows.jsonl --model "$remote" --out out/a.jsonl --overwrite -q --log quiet.jsonl --log-level warn >/dev/null
[ ! -s quiet.jsonl ] || fail "warn logs what is in order: $(cat quiet.jsonl)"
"$ease" --log plain.jsonl diagnose rows.jsonl --model "$remote" --out out/a.jsonl --overwrite -q >/dev/null
! grep -q '"level":"debug"' plain.jsonl || fail "debug without being asked"
every_stage --log texts.jsonl --log-level debug --log-text --overwrite
tells '"asked":"a promptmark that counts to 3"' texts.jsonl
tells '"answered":".*Thought [0-9]+' texts.jsonl
tells '"event":"row_failed".*"prompt":"a promptmark of x' texts.jsonl
tells 'a promptmark with \[hidden\] in it' texts.jsonl
! grep -q keymark texts.jsonl || fail "the key is in the log"

# Each retry is told, and as many as the report counts; and that a server is paused.
answering=$server
(
  mkdir ill && cd ill
  mkfifo hold
  "$answering" 0 5 <hold >url.txt 2>requests.txt &
  exec 8>hold
  await $! test -s url.txt
  "$ease" diagnose ../rows.jsonl --model "openai:answers@$(cat url.txt)" --out a.jsonl -q --json --log log.jsonl >report.json 9>&-
  retries=$(sed -n 's/.*"retries":\([0-9]*\),.*/\1/p' report.json)
  [ "$retries" -gt 0 ] && [ "$(grep -c '"event":"retry"' log.jsonl)" = "$retries" ] || fail "$retries retries: $(grep retry log.jsonl)"
  ! grep -e promptmark -e keymark log.jsonl || fail "the log of the retries says too much"
  tells '"level":"info","event":"retry","process":[0-9]+,"server":"http://127.0.0.1:[0-9]+/v1","status":[0-9]+,"why":"[^"]+","try":1,"wait_seconds":[0-9.]+' log.jsonl
  "$ease" diagnose ../rows.jsonl --model "openai:answers@http://127.0.0.1:1/v1,$(cat url.txt)" --out b.jsonl -q --log rests.jsonl >report.json 2>err.txt 9>&-
  tells '"level":"warn","event":"remote".*"says":"http://127.0.0.1:1/v1 is paused for 5 s: ' rests.jsonl
)

# A log that cannot be begun is an error, one that cannot go on is not.
ends 1 nowhere diagnose rows.jsonl --model "$remote" --out out/a.jsonl --overwrite --log nowhere/log.jsonl
grep -q "cannot write nowhere/log.jsonl: No such file or directory" said/nowhere.err || fail "said: $(cat said/nowhere.err)"
ends 1 level diagnose rows.jsonl --model "$remote" --out out/a.jsonl --overwrite --log l.jsonl --log-level loud
grep -q "choose debug, info, warn or error" said/level.err || fail "said: $(cat said/level.err)"
ends 0 full diagnose rows.jsonl --model "$remote" --out out/a.jsonl --overwrite -q --log /dev/full
grep -q "events could not be written to the log" said/full.err || fail "said: $(cat said/full.err)"
echo "ok"
