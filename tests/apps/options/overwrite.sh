#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A finished output, and a side file of an older run, are replaced with --overwrite alone; what goes on needs no leave.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
source "$apps/few_rows.sh"
source "$apps/small_run.sh"
asking=(--model "$model" --precision float32 --max-tokens 2 -q)
again() { # OUTPUT ARGUMENT...: once; not a second time; again with --overwrite
  local out=$1
  shift
  ease "$@" >said.txt || fail "status $?: $*"
  cp "$out" before
  fails 1 "$out" --overwrite -- ease "$@"
  cmp before "$out"
  ease "$@" --overwrite >said.txt
  cmp before "$out"
}
again s.jsonl sample rows.jsonl --out s.jsonl --benign 2
again d.jsonl diagnose rows.jsonl --out d.jsonl "${asking[@]}"
again g.jsonl generate --input rows.jsonl --out g.jsonl "${asking[@]}"
again u.jsonl guard-filter answered.jsonl --unsafe u.jsonl --safe safe.jsonl -q
wider wide
again c.jsonl classify rows.jsonl --out c.jsonl --model wide --precision float32 -q
again t.jsonl cot rows.jsonl --out t.jsonl -q
again e.jsonl evaluate rows.jsonl --answers e.jsonl "${asking[@]}"
again p.jsonl score answered.jsonl --out p.jsonl --model "$model" -q
again x.jsonl mix --component a=answered.jsonl --out x.jsonl
again x.gguf export "$model" --gguf q8_0 --out x.gguf -q
for part in 1 2; do again h.shard-$part-of-2.jsonl diagnose rows.jsonl --out h.jsonl --shard $part/2 "${asking[@]}"; done
again h.jsonl merge h.jsonl
rm d.jsonl && echo '{}' >d.jsonl.failed.jsonl
fails 1 d.jsonl.failed.jsonl --overwrite -- ease diagnose rows.jsonl --out d.jsonl "${asking[@]}"
rm h.shard-1-of-2.jsonl
fails 1 h.shard-1-of-2.jsonl.manifest --overwrite -- ease diagnose rows.jsonl --out h.jsonl --shard 1/2 "${asking[@]}"
training=(finetune answered.jsonl --model "$model" --precision float32 --epochs 1 --out trained -q)
ease "${training[@]}" >said.txt
fails 1 trained --overwrite -- ease "${training[@]}"
for option in --overwrite --overwrite-output-dir --overwrite_output_dir; do ease "${training[@]}" $option >said.txt; done
# A link stays, and the folder that it names is the one that is replaced, or made.
mkdir real && ln -s real link && ln -s far/away dangling
of_link=("${training[@]/trained/link}") of_dangling=("${training[@]/trained/dangling}")
ease "${of_link[@]}" >said.txt
fails 1 link --overwrite -- ease "${of_link[@]}"
ease "${of_link[@]}" --overwrite >said.txt
ease "${of_dangling[@]}" >said.txt
[ -L link ] && [ -L dangling ] && cmp real/model.safetensors trained/model.safetensors && cmp far/away/model.safetensors real/model.safetensors ||
  fail "the links, or what they name, are others: $(ls -l . real far)"
# What a killed process has left of the same output goes; what a living one writes, or somebody else has made, stays.
true & gone=$!
wait $gone
if [[ $(stat -f -c %T .) =~ ^(ext|xfs|btrfs|tmpfs|overlay) ]]; then
  mkdir .trained.$gone.new .trained.$$.new .trained.own.new
  for folder in .trained.*.new; do echo half >$folder/model.safetensors; done
  echo half >.s.jsonl.$gone.0
  echo half >.s.jsonl.$$.0
  ease "${training[@]}" --overwrite >said.txt
  ease sample rows.jsonl --out s.jsonl --benign 2 --overwrite >said.txt
  [ "$(ls -d .trained.* .s.jsonl.* | tr '\n' ' ')" = ".s.jsonl.$$.0 .trained.$$.new .trained.own.new " ] ||
    fail "of what was left there is now: $(ls -d .[a-z]*)"
fi

# A command that goes on has no finished output yet, and needs no leave. Streams can be written to at any time.
{ cat rows.jsonl; printf '{"prompt":"%s"}\n' "$(head -c 2000 /dev/zero | tr '\0' x)"; } >long.jsonl
fails 3 diagnose 1 5 l.jsonl.failed.jsonl -- ease diagnose long.jsonl --out l.jsonl "${asking[@]}"
mv l.jsonl finished && rm l.jsonl.failed.jsonl
[ -e l.jsonl.journal ] || fail "no journal"
fails 3 diagnose 1 5 l.jsonl.failed.jsonl -- ease diagnose long.jsonl --out l.jsonl "${asking[@]}"
cmp finished l.jsonl
ease sample rows.jsonl --out /dev/stdout --benign 2 | cat >both.txt
head -2 both.txt | cmp - s.jsonl
ease sample rows.jsonl --out /dev/stdout --benign 2 >both.txt
head -2 both.txt | cmp - s.jsonl
echo first >both.txt
ease sample rows.jsonl --out - --benign 2 >>both.txt 2>said.txt
[ "$(head -1 both.txt)" = first ] && tail -n +2 both.txt | cmp - s.jsonl || fail "appended to: $(cat both.txt)"
# Nothing but rows is on standard output, whatever else is said.
grep -q "2 written" said.txt || fail "the summary: $(cat said.txt)"
ease sample rows.jsonl --out - --benign 2 --json -q 2>said.txt | cmp - s.jsonl
tail -1 said.txt >report.json # behind what is told of the draw
is report.json /step sample
ease mix --component a=answered.jsonl --columns completion=response --out - -q 2>said.txt >both.txt
[ "$(count both.txt /prompt)" = "$(rows both.txt)" ] || fail "a mix: $(cat both.txt)"
# A pipe that gets no row stays: it is no file of an older run.
mkfifo pipe
ease guard-filter answered.jsonl --unsafe unsafe.jsonl --unparsed pipe -q >said.txt
[ -p pipe ] || fail "the pipe is gone: $(ls -l)"
ease guard-filter answered.jsonl --unsafe /dev/null --safe /dev/null --unparsed /dev/null -q >said.txt
echo "ok"
