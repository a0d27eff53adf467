# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# For the tests of training, which source it: rows to train on, and a training that is held at a checkpoint and stopped.
train_rows() { # FILE COUNT
  local i
  for ((i = 0; i < $2; i++)); do
    printf '{"prompt":"count from %d to %d","completion":"%d, then %d, and so on, until it is done."}\n' "$i" $((i * 7 % 50)) "$i" $((i + 1))
  done >"$1"
}
train_rows rows.jsonl 40
common=(finetune rows.jsonl --model "$model" --precision float32 --learning-rate 1e-3 --batch-size 2 --gradient-accumulation-steps 2 -q)
finetune() { ease "${common[@]}" "$@"; }
same_model() { cmp "$1/model.safetensors" "$2/model.safetensors" || fail "$1 and $2 have other weights"; }
# held_at PATTERN PROGRAM...: the program, which waits once it has made the checkpoint, until go_on (hold.cpp).
held_at() { LD_PRELOAD=$tools/libhold.so EASE_TEST_HOLD_AT=$1 EASE_TEST_HELD=$PWD/held exec "${@:2}"; }
go_on() { rm held; }
# start OUT OPTION...: a training in the background, which is held at its second checkpoint.
start() {
  held_at "*/checkpoint-10" "$program" "${common[@]}" --epochs 20 --save-steps 5 --out "$1" "${@:2}" >/dev/null 2>"$1.err" &
  pid=$!
  await $pid test -e held
}
# stop SIGNAL ERR: asks what was started to stop, and lets it go on once it has heard that, and says so in the file ERR.
stop() {
  local before
  before=$(stat -c %s "$2")
  kill -s "$1" $pid
  await $pid holds "$2" "$((before + 1))"
  go_on
}
# ends STATUS: what was started ended with it.
ends() {
  local got=0
  wait $pid || got=$?
  [ "$got" = "$1" ] || fail "status $got instead of $1"
}
