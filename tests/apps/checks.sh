# SPDX-License-Identifier: Apache-2.0
# For the tests of the programs, which source it.
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
# await PID COMMAND...: until the command succeeds. It fails when process PID ends before; the time that it allows is for a hung
# program, not a measure of how fast one is.
await() {
  local i pid=$1
  shift
  for ((i = 0; i < 6000; i++)); do
    "$@" && return
    kill -0 "$pid" 2>/dev/null || { "$@" && return; fail "process $pid ended before this came true: $*"; }
    sleep 0.02
  done
  fail "it never came true: $*"
}
holds() { [ "$(stat -c %s "$1" 2>/dev/null || echo 0)" -gt "$2" ]; } # FILE BYTES: it has more than so many
# says WORDS STATUS COMMAND...: the command ends with STATUS and its stderr holds WORDS; an error (status 1) is one line.
says() {
  local words=$1 status=$2 got=0
  shift 2
  "$@" >out.txt 2>err.txt || got=$?
  [ "$got" = "$status" ] || fail "status $got instead of $status: $* ($(tail -1 err.txt))"
  grep -qF -- "$words" err.txt || fail "'$words' is not said by: $* (said: $(cat err.txt))"
  [ "$status" != 1 ] || [ "$(wc -l <err.txt)" = 1 ] || fail "more than one line: $(cat err.txt)"
}
# run_settings MODEL HARMFUL BENIGN TOKENS [LINES]: a small `ease run` on prompts beside the file; more tables may follow.
run_settings() {
  cat <<T
model = "$1"
precision = "float32"
${5:-}
[data]
diagnosis = "diagnosis.jsonl"
harmful = "harmful.jsonl"
general = "general.jsonl"
held_out = "held_out.jsonl"
[sample]
harmful = $2
benign = $3
[diagnose]
max_tokens = $4
[distill]
learning_rate = 1e-3
precision = "float32"
[finetune]
learning_rate = 1e-3
precision = "float32"
[evaluate]
max_tokens = $4
[mix]
min_fraction = ${min_fraction:-0} # the fixture's random model hardly ever ends an answer
${mix_lines:-}
[self_responses]
max_tokens = $4
T
}
