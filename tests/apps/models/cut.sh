#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A model's file that another process cuts while it is loaded ends the command by one line with its name, and nothing is written.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
source "$apps/train/training.sh"
training=(finetune rows.jsonl --precision float32 --learning-rate 1e-3 --batch-size 2 --epochs 1 --out x -q)
ease export "$model" --gguf f32 --out whole.gguf -q >said.txt
cut_while() { # FILE COMMAND...: cuts it once the command has mapped it
  local file=$1 got=0
  LD_PRELOAD=$tools/libhold.so EASE_TEST_HOLD_MAP="*/$file" EASE_TEST_HELD=$PWD/held "$program" "${@:2}" >out.txt 2>err.txt &
  pid=$!
  await $pid test -e held
  : >"$file"
  go_on
  wait $pid || got=$?
  [ $got = 1 ] || fail "status $got: $* (it said: $(cat err.txt))"
  [ "$(rows err.txt)" = 1 ] && grep -q "$file was cut short" err.txt || fail "the file is not named in one line: $(cat err.txt)"
}
cp -r "$model" cut && cp whole.gguf cut.gguf
cut_while cut/model.safetensors "${training[@]}" --model cut
[ ! -e x ] || fail "a model appeared: $(ls x)"
cut_while cut.gguf generate hello --model cut.gguf --precision float32 -q
# Whole again, the same command does its work.
cp "$model/model.safetensors" cut && cp whole.gguf cut.gguf
ease "${training[@]}" --model cut >said.txt
ease generate hello --model cut.gguf --precision float32 --max-tokens 2 -q >said.txt
echo "ok"
