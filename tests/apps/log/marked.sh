# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# For the tests of what is logged, which source it: every stage and a whole run on texts and with a key that hold marks.
source "$apps/small_run.sh"
serve "$tools/answering_server"
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
  ease "$@" >"said/$name.out" 2>"said/$name.err" || status=$?
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
  local i
  mkdir -p run
  for ((i = 0; i < 6; i++)); do
    printf '{"prompt":"play a promptmark that counts to %d","data_type":"adversarial_harmful","class":"jailbreak"}\n' $i
    printf '{"prompt":"play a promptmark of %d pirates","data_type":"adversarial_benign","class":"adversarial_benign","vanilla":"a promptmark"}\n' $i
  done >run/diagnosis.jsonl
  for ((i = 0; i < 3; i++)); do printf '{"prompt":"be a promptmark of %d","data_type":"vanilla_harmful","categories":["harassment"]}\n' $i; done >run/harmful.jsonl
  for ((i = 0; i < 3; i++)); do printf '{"prompt":"the promptmark %d","completion":"promptmarks, two."}\n' $i; done >run/general.jsonl
  for ((i = 0; i < 3; i++)); do printf '{"prompt":"which promptmark is %d","class":"benign"}\n' $i; done >run/held_out.jsonl
  wider run/wide
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
