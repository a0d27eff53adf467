#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Rows as the method's scripts publish them (question, categories, the teacher's prompt, an answer whose reasoning the teacher's
# template opened) are read without a word; what is odd in others is told with what can be done about it.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
for ((i = 0; i < 4; i++)); do
  printf '{"original_question":"be rude %d","categories":["Harassment / Hate / Discrimination"],"prompt":"The following is ...","response":"They want me to be rude.</think>\\n\\nNo."}\n' $i
done >released.jsonl
lines=0 fails 0 -- ease finetune released.jsonl --model "$model" --max-length 4096 --plan --json
is out.txt /kept 4
lines=0 fails 0 -- ease mix --component a=released.jsonl --out mixed.jsonl -q
[[ $(value mixed.jsonl /completion | head -1) == '<think>'*'They want me to be rude.'* ]] || fail "the reasoning: $(head -1 mixed.jsonl)"
# In other rows a lone mark is a guess, which is told.
sed 's/"prompt":"The following is ...",//' released.jsonl >other.jsonl
fails 0 "</think>" -- ease mix --component a=other.jsonl --out other_mix.jsonl -q
# An answer of a model is no target unless that is said.
echo '{"prompt":"a","response":"b"}' >answered.jsonl
fails 1 answered.jsonl:1 completion response columns=completion=response -- ease mix --component a=answered.jsonl --out o.jsonl -q
# A category that is none: with those that there are, and a way out that works.
sed '2s/Harassment[^"]*/Other/' released.jsonl >categories.jsonl
fails 1 categories.jsonl:2 Other harassment privacy benign on_bad_row=reject -- ease cot categories.jsonl --teacher policy --no-check --out c.jsonl -q
ease cot 'categories.jsonl?on_bad_row=reject' --teacher policy --no-check --out c.jsonl -q >said.txt || [ $? = 3 ]
[ "$(rows c.jsonl)" = 3 ] && [ "$(rows c.jsonl.bad.jsonl)" = 1 ] || fail "without that row: $(ls)"
# What no model is given, by what it is.
echo '{"prompt":"a","completion":"b","tools":["f"],"context":"c","images":["d"],"few_shot":["e"]}' >given.jsonl
fails 0 tools context images few_shot columns=system=context -- ease mix --component a=given.jsonl --out g.jsonl -q
lacks columns=system=tools columns=system=NAME
lines=1 fails 0 images few_shot -- ease mix --component 'a=given.jsonl?columns=system=context' --out h.jsonl -q
lacks context
echo "ok"
