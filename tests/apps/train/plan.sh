#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# --plan says what a training would take, without reading a weight.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
source "$apps/train/training.sh"
plan() { ease finetune rows.jsonl --plan --batch-size 2 --gradient-accumulation-steps 2 --max-length 256 --validation-fraction 0.1 "$@"; }
plan --model "$model" --json >plan.json
while read -r key wanted; do is plan.json "/$key" "$wanted"; done <<'T'
examples 40
kept 40
evaluation_rows 4
steps 18
too_long 0
max_length 256
padded_to_max_length 9216
T
# 2 epochs of 36 rows, four a step; 36 rows of 256 tokens.
for key in parameters tokens_per_epoch padded_to_longest bytes/at_once; do [ "$(value plan.json /$key)" -gt 0 ] || fail "no $key"; done
plan --model "$model" >plan.txt
[ "$(rows plan.txt)" -ge 6 ] && grep -qw 9216 plan.txt || fail "plan said: $(cat plan.txt)"
# No weights are read: the folder has none.
mkdir bare && cp "$model"/*.json "$model"/*.jinja bare/
unnamed() { sed 's/"models":\[{[^}]*}\],//; s/"seconds":[^,]*,//'; }
plan --model bare --json | unnamed | cmp - <(unnamed <plan.json)
is plan.json /models/0/base "$model"
untimed() { grep -v "^time "; }
plan --model bare | untimed | cmp - <(untimed <plan.txt)
grep -q "^time  *about [0-9]" plan.txt || fail "no time: $(cat plan.txt)"
# What a person should be told of the model's files is said in a plan too, once.
cp -r bare odd
one_more='{"id":264,"content":"<one more>","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true}'
sed -i "s/\"added_tokens\": *\[/&$one_more,/" odd/tokenizer.json
plan --model odd --json >odd.json 2>said.txt
[ "$(grep -c '<one more>' said.txt)" = 1 ] || fail "nothing, or too much, is said of the model: $(cat said.txt)"
ease inspect odd --json >facts.json
[[ $(value facts.json /notices) == *'<one more>'* ]] || fail "no notice: $(cat facts.json)"
missing facts.json /notes
# With several processes: what each takes, and all of them. A step has the same rows.
plan --model "$model" --nproc 2 --json >two.json
is two.json /processes 2
is two.json /steps 18
is two.json /bytes_of_all $((2 * $(value two.json /bytes/at_once)))
is plan.json /processes 1
is plan.json /bytes_of_all "$(value plan.json /bytes/at_once)"
plan --model "$model" --nproc 2 >two.txt
grep -q '^memory .*each of 2 processes, .* in all' two.txt || fail "the memory of two is not told: $(cat two.txt)"
! grep -q processes plan.txt || fail "one process is told as several: $(cat plan.txt)"
RANK=0 WORLD_SIZE=2 MASTER_ADDR=127.0.0.1 plan --model "$model" --json >started.json
is started.json /processes 2
# What the training itself would refuse is told.
missing plan.json /refused
finetune --epochs 1 --out there >said.txt
for option in "" --json; do
  plan --model "$model" --out there $option >refused.txt
  grep -q 'there: there is a model already; --overwrite' refused.txt || fail "the refusal is not told: $(cat refused.txt)"
  plan --model "$model" --out there --overwrite $option >refused.txt
  ! grep -q refused refused.txt || fail "a refusal is told: $(cat refused.txt)"
done
mkdir full && touch full/something
plan --model "$model" --out full --json >refused.json
[[ $(value refused.json /refused) == *full* ]] || fail "the refusal is not told: $(cat refused.json)"
plan --model "$model" --out new --tensorboard new/runs --json >refused.json
[[ $(value refused.json /refused) == *--tensorboard* ]] || fail "the refusal is not told: $(cat refused.json)"
[ ! -e new ] && [ "$(ls full)" = something ] || fail "a plan wrote something"
# What cannot be read is counted, and no file is written.
{ cat rows.jsonl; echo '{"prompt":"no answer"}'; } >some_bad.jsonl
ease finetune some_bad.jsonl --plan --model "$model" --on-bad-row reject --json >some_bad.json 2>said.txt
is some_bad.json /input/rejected 1
is some_bad.json /examples "$(rows rows.jsonl)"
[ "$(rows said.txt)" = 1 ] && [ ! -e some_bad.jsonl.bad.jsonl ] || fail "a plan wrote a file, or said nothing: $(cat said.txt)"
names some_bad.jsonl:41 "$(<said.txt)" && names completion "$(<said.txt)" || fail "the first reason: $(cat said.txt)"
ease finetune some_bad.jsonl --plan --model "$model" --on-bad-row reject --bad-rows bad.jsonl -q >/dev/null
[ "$(rows bad.jsonl)" = 1 ] || fail "the file that was named has not the bad row"
echo "ok"
