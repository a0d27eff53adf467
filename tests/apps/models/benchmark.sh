#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Benchmarks of a tiny model over made-up rows: a line a question, rates that follow from these lines, models side by side, a command
# that is stopped and resumes, and what is said of wrong data.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
data=$(realpath "$apps/../fixtures/measure/benchmarks")
choices=(arc_easy arc_challenge piqa openbook_qa winogrande hellaswag)
asking=(--model "$model" --data "$data" -q)
ease benchmark "${choices[@]}" gsm8k "${asking[@]}" --shots 0 --max-tokens 8 --items items.jsonl --json >report.json
[ "$(rows items.jsonl)" = 29 ] || fail "$(rows items.jsonl) lines for 6 x 4 and 5 questions"
[ ! -e items.jsonl.journal ] || fail "the journal of a finished command stayed"
is report.json /step benchmark
at=0
for task in "${choices[@]}" gsm8k; do
  is report.json /scores/$at/task $task
  is report.json /scores/$at/shots 0
  is report.json /scores/$at/failed 0
  is report.json /scores/$at/questions "$(count items.jsonl /index /task $task)"
  at=$((at + 1))
done
# A rate is what the lines say, and a choice the largest of its likelihoods.
is report.json /scores/2/metrics/0/right "$(count items.jsonl /index /task piqa /right/acc true)"
is report.json /scores/2/metrics/1/right "$(count items.jsonl /index /task piqa /right/acc_norm true)"
is report.json /scores/6/metrics/1/metric flexible_extract
is report.json /scores/6/metrics/1/right "$(count items.jsonl /index /task gsm8k /exact_match/flexible_extract true)"
[ "$(count items.jsonl /gold /task gsm8k)" = 5 ] && [ "$(count items.jsonl /extracted/strict_match /task gsm8k)" = 5 ] || fail "GSM8K: $(grep gsm8k items.jsonl)"
paste -d' ' <(value items.jsonl /loglikelihoods/0 /task winogrande) <(value items.jsonl /loglikelihoods/1 /task winogrande) \
  <(value items.jsonl /choice /task winogrande) <(value items.jsonl /gold /task winogrande) <(value items.jsonl /right/acc /task winogrande) |
  awk '{ c = $2 > $1 ? 1 : 0; if ($3 != c || $5 != (c == $4 ? "true" : "false") || $1 >= 0) exit 1 }' || fail "$(grep winogrande items.jsonl)"
missing report.json /scores/4/metrics/1

# Subjects, the first question of each, and shots that are too long for a context of 512: counted apart, status 3.
ease benchmark mmlu "${asking[@]}" --limit 1 --shots 0 --json >subjects.json
is subjects.json /scores/0/questions 2
is subjects.json /scores/0/parts/1/part high_school_physics
status=0
ease benchmark mmlu "${asking[@]}" --items long.jsonl --json >long.json || status=$?
[ $status = 3 ] || fail "status $status: $(cat long.json)"
is long.json /scores/0/shots 5
is long.json /scores/0/failed 8
is long.json /scores/0/metrics/0/of 0
[ "$(count long.jsonl /failure)" = 8 ] && [ -e long.jsonl.journal ] || fail "$(cat long.jsonl)"

# The same model twice, by another path: nothing lies between them.
cp -r "$model" same
ease benchmark piqa winogrande --model "$model" --model same --data "$data" -q --json >two.json
for at in 0 1 2; do
  is two.json /differences/$at/difference 0.0
  is two.json /differences/$at/only_second 0
  is two.json /differences/$at/questions 4
done
is two.json /differences/2/task winogrande
is two.json /scores/2/model same
is two.json /models/1/model same
ease benchmark piqa --model "$model" --model same --data "$data" -q >table.txt
[[ $(<table.txt) == *acc_norm* && $(<table.txt) == *"same less"* ]] || fail "$(cat table.txt)"

# Killed in the middle, it goes on, and the lines are those of a command that was not.
mkdir -p many/multiple_choice
for ((i = 0; i < 400; i++)); do sed "s/\"query\": \"Question: /&$i /" "$data/multiple_choice/arc_easy.jsonl"; done >many/multiple_choice/arc_easy.jsonl
long=(arc_easy --model "$model" --data many -q --max-batch-rows 4)
ease benchmark "${long[@]}" --items whole.jsonl >/dev/null
"$program" benchmark "${long[@]}" --items part.jsonl >/dev/null 2>stopped.txt &
running=$!
await $running holds part.jsonl.journal 4000
kill -KILL $running
wait $running || true
[ ! -e part.jsonl ] || fail "it was done before it was killed"
ease benchmark "${long[@]}" --items part.jsonl >/dev/null
cmp whole.jsonl part.jsonl
[ ! -e part.jsonl.journal ] || fail "the journal stayed"

# What is said wrongly, and data that are not there.
fails 2 mlmu gsm8k -- ease benchmark mlmu "${asking[@]}"
fails 2 piqa -- ease benchmark piqa piqa "${asking[@]}"
fails 2 --data -- ease benchmark piqa --model "$model" --data nowhere
mkdir empty
fails 1 empty multiple_choice/piqa.jsonl -- ease benchmark piqa --model "$model" --data empty
fails 1 gsm8k 6 --shots -- ease benchmark gsm8k "${asking[@]}" --shots 7
others=fetch fails 1 --data -- ease benchmark piqa --model "$model"
echo '{"query": "Question: x", "choices": ["a", "b"], "gold": 2}' >empty/piqa.jsonl
fails 1 empty/piqa.jsonl:1 gold -- ease benchmark piqa --model "$model" --data empty
fails 1 items.jsonl --overwrite -- ease benchmark piqa "${asking[@]}" --items items.jsonl
fails 1 empty/piqa.jsonl -- ease benchmark piqa --model "$model" --data empty --items empty/piqa.jsonl --overwrite
unused --max-tokens gsm8k -- benchmark piqa "${asking[@]}" --max-tokens 9
unused --chat-template -- benchmark piqa "${asking[@]}" --chat-template llama3
unused --fresh -- benchmark piqa "${asking[@]}" --fresh
unused --overwrite --items -- benchmark piqa "${asking[@]}" --overwrite
echo "ok"
