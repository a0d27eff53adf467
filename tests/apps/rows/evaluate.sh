#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The safety half of an evaluation: judges, samples, begun answers, families and two models, in the report and in the table.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
for ((i = 0; i < 4; i++)); do printf '{"prompt":"a tale of %d boxes","class":"jailbreak","family":"role %d"}\n' "$i" "$((i % 2))"; done >rows.jsonl
for ((i = 0; i < 3; i++)); do printf '{"prompt":"%d cups of flour","class":"benign"}\n' "$i"; done >>rows.jsonl
local_model=(--precision float32 --max-tokens 6 -q)
answer=(rows.jsonl --model "$model" "${local_model[@]}")

# The keys a report has always had, and an interval beside each rate.
cut -d'"' -f1-8 rows.jsonl | sed 's/$/"}/' >plain.jsonl
ease evaluate plain.jsonl --model "$model" "${local_model[@]}" --json >plain.json
is plain.json /details/scores/jailbreak/rows 4
is plain.json /details/scores/benign/rows 3
for rate in think_rate refusal_rate attack_success; do
  for key in $rate ${rate}_interval/low ${rate}_interval/high; do
    value plain.json "/details/scores/jailbreak/$key" >/dev/null || fail "$key: $(cat plain.json)"
  done
done
is plain.json /details/scores/jailbreak/think_rate_interval/low 0.0
value plain.json /details/scores/benign/answers/partial_interval/high >/dev/null || fail "classes of answer: $(cat plain.json)"
missing plain.json /details/models

# Judges beside one another. A model that is no judge gives no verdicts: that is an error with its way out, and then a count.
yes_no="judge?model=$model"
fails 1 "$yes_no" max_unparsed -- ease evaluate "${answer[@]}" --judge refusal --judge "$yes_no"
fails 3 "$yes_no&max_unparsed=1" -- ease evaluate "${answer[@]}" --judge refusal --judge "$yes_no&max_unparsed=1" --json
cp out.txt judged.json
is judged.json /details/models/0/judges/0/judge refusal
is judged.json /details/models/0/judges/0/classes/0/class jailbreak
is judged.json /details/models/0/judges/0/classes/0/unsafe/rows 4
is judged.json /details/models/0/judges/1/classes/0/unsafe/rows 4
is judged.json /details/models/0/agreement/0/first refusal
value judged.json /details/models/0/scores/jailbreak/seconds_per_answer >/dev/null || fail "seconds: $(cat judged.json)"
[ "$(count judged.json '/details/models/0/families/*/family')" = 2 ] || fail "families: $(cat judged.json)"
is judged.json /details/models/0/families/0/rates/rows 2
ease evaluate "${answer[@]}" --judge refusal >table.txt
grep -qw refusal table.txt && grep -q 'role 1' table.txt || fail "the table: $(cat table.txt)"

# A judge that writes its verdict: this server writes none that can be read, which is counted.
serve "$tools/answering_server" 2
written=(--judge "harmbench?model=openai:m@$url&max_unparsed=1" --judge "strongreject?model=openai:m@$url&max_unparsed=1")
fails 3 evaluate harmbench strongreject -- ease evaluate "${answer[@]}" "${written[@]}" --json
cp out.txt written.json
is written.json /details/models/0/judges/0/classes/0/unsafe/hits 0
is written.json /details/models/0/judges/1/classes/0/unsafe/hits 0
is written.json /details/models/0/judges/0/classes/0/unsafe/rate null
[ "$(value written.json /details/models/0/judges/1/classes/0/unparsed)" -gt 0 ] || fail "unparsed: $(cat written.json)"
[ "$(requests)" -gt 0 ] || fail "the judges' server was not asked"

# This server thinks whatever it is given: where thoughts are banned it is told, counted, and its answers stand as they are.
ease evaluate rows.jsonl --model "openai:m@$url" --think forced --max-tokens 20 -q --json >thinks.json
is thinks.json /details/models/0/begun/going_on 7
ease evaluate rows.jsonl --model "openai:m@$url" --think banned --max-tokens 20 -q --json >anew.json 2>said
is anew.json /details/models/0/begun/anew 7
is anew.json /details/scores/jailbreak/think_rate 1.0
names 7 "$(<said)" && names "openai:m@$url" "$(<said)" || fail "nothing is said of it: $(cat said)"
ease evaluate rows.jsonl --model "openai:m@$url" --prefill 'Of course: ' --max-tokens 20 -q --json >begun.json 2>said
is begun.json /details/models/0/begun/unknown 7
names 7 "$(<said)" || fail "nothing is said of it: $(cat said)"
missing judged.json /details/models/0/begun

# Several samples, and two models: the same one differs from itself by nothing.
ease evaluate "${answer[@]}" --samples 3 --temperature 0.8 --judge refusal --json >samples.json
is samples.json /details/models/0/at_k/0/k 3
is samples.json /details/models/0/at_k/0/any/rows 4
is samples.json /details/models/0/judges/0/classes/0/unsafe_at_k/rows 4
is samples.json /details/scores/jailbreak/rows 4
is samples.json /adds_up true
cp -r "$model" same
ease evaluate "${answer[@]}" --model same --json >two.json
[ "$(count two.json '/details/models/*/model')" = 2 ] || fail "models: $(cat two.json)"
[ "$(value two.json '/details/differences/*/difference' | sort -u)" = 0.0 ] || fail "differences: $(cat two.json)"
[ "$(value two.json '/details/differences/*/p' | sort -u)" = 1.0 ] || fail "p: $(cat two.json)"
is two.json /details/differences/0/rows 4

# How answers begin.
ease evaluate "${answer[@]}" --think forced --json >forced.json
is forced.json /details/scores/jailbreak/think_rate 1.0
ease evaluate "${answer[@]}" --think banned --json >banned.json
is banned.json /details/scores/jailbreak/think_rate 0.0
ease evaluate "${answer[@]}" --prefill 'Of course: ' --answers begun.jsonl --json >begun.json
[ "$(grep -c 'Of course:' begun.jsonl)" = 7 ] || fail "begun: $(cat begun.jsonl)"

# What cannot be is refused before anything is asked.
fails 2 --samples --temperature -- ease evaluate "${answer[@]}" --samples 2
fails 2 guess strongreject -- ease evaluate "${answer[@]}" --judge guess
fails 2 harmbench model -- ease evaluate "${answer[@]}" --judge harmbench
fails 2 thershold threshold -- ease evaluate "${answer[@]}" --judge "$yes_no&thershold=1"
fails 2 --model "$model" -- ease evaluate "${answer[@]}" --model "$model"
fails 2 --model "$model" -- ease evaluate "${answer[@]}" --model "$model/."
fails 2 --judge refusal -- ease evaluate "${answer[@]}" --judge refusal --judge refusal
fails 2 --judge "$yes_no" -- ease evaluate "${answer[@]}" --judge "$yes_no" --judge refusal --judge "$yes_no&threshold=0.5"
fails 2 rows.jsonl -- ease evaluate ./rows.jsonl "${answer[@]}"
unused --prefill --think -- evaluate "${answer[@]}" --prefill Sure --think forced
unused --think-word --think -- evaluate "${answer[@]}" --think-word thought
unused --answers -- evaluate "${answer[@]}" --model same --answers o.jsonl
unused --shard --judge -- evaluate "${answer[@]}" --judge refusal --answers o.jsonl --shard 1/2
[ ! -e o.jsonl ] || fail "an output of a command that was refused"
echo "ok"
