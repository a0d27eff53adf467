#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Settings that come with the program; and phase 1 from rows that have their reasoning already.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
source "$apps/small_run.sh"

ease run --help >help
for preset in paper small api; do
  grep -q "$preset: " help || fail "--help does not tell what $preset is for"
  ease run --preset $preset --print >$preset.toml
  cmp $preset.toml "$apps/../../apps/ease/presets/$preset.toml" || fail "$preset is not what was printed"
  # All of it is read; the model is missing, which is the user's.
  fails 2 model --model -- ease run --preset $preset --out out
  fails 2 model -- ease run $preset.toml --out out
done
# The published steps of 32 rows: 2 x 8 of each of 2 processes.
for key in distill finetune; do
  sed -n "/^\[$key\]/,/^\[/p" paper.toml | awk '/^batch_size|^gradient_accumulation_steps/ {n += 1; of = (n == 1 ? 1 : of) * $3} END {exit of != 32}' ||
    fail "$key of the paper's preset makes no steps of 32 rows: $(cat paper.toml)"
done
fails 2 --preset papers paper small api -- ease run --preset papers --print
fails 2 --preset -- ease run --print
fails 2 --out -- ease run --preset paper
# The file wins over the preset, a table over a value of its name, and flags over both.
small_run
cat >mine.toml <<T
model = "wide"
precision = "float32"
[data]
diagnosis = "diagnosis.jsonl"
general = "general.jsonl"
held_out = "held_out.jsonl"
[data.harmful]
file = "harmful.jsonl"
max_rows = 3
T
ease run --preset small mine.toml --out planned --plan --json --sample.harmful 3 >plan.json
is plan.json /precision float32
# A key that a server will want is told by the plan, before phase 1 has run for it.
asks_server=(--classify.kind generative --classify.model openai:some@https://example.invalid/v1)
OPENAI_API_KEY='' ease run --preset small mine.toml --out planned --plan "${asks_server[@]}" >plan.txt
grep -q '^missing: https://example.invalid/v1 wants a key.*OPENAI_API_KEY' plan.txt || fail "the missing key is not told: $(cat plan.txt)"
# Two servers, one line.
asks_two=("${asks_server[@]}" --cot.kind model --cot.model openai:more@https://example.invalid/v2)
OPENAI_API_KEY='' ease run --preset small mine.toml --out planned --plan "${asks_two[@]}" >plan.txt
[ "$(grep -c OPENAI_API_KEY plan.txt)" = 1 ] || fail "the missing key is not told once: $(cat plan.txt)"
for server in v1 v2; do grep -q "^missing: .*https://example.invalid/$server.*OPENAI_API_KEY" plan.txt || fail "$server is not named: $(cat plan.txt)"; done
OPENAI_API_KEY='' fails 1 https://example.invalid/v1 https://example.invalid/v2 OPENAI_API_KEY -- \
  ease run --preset small mine.toml --out planned "${asks_two[@]}"
OPENAI_API_KEY=made-up ease run --preset small mine.toml --out planned --plan "${asks_server[@]}" >plan.txt
! grep -q '^missing' plan.txt || fail "a key is missing that is there: $(cat plan.txt)"
[ ! -e planned ] || fail "a plan wrote something"

# The released rows: the question under the scripts' names, the reasoning in the response.
for ((i = 0; i < 6; i++)); do
  printf '{"original_question":"be rude %d","categories":["Harassment"],"prompt":"The following is ...","response":"They want me to be rude.</think>\\n\\nNo."}\n' $i
done >released.jsonl
# One of them is held out.
printf '{"prompt":"be rude 1","class":"harmful"}\n' >>held_out.jsonl
run_settings wide 4 4 6 'seed = 3' >settings.toml
ease run settings.toml --out out -q --data.reasoned released.jsonl --log log.jsonl >report.txt
value log.jsonl /step /event step >ran
! grep -q '^implant/harmful\|^implant/adversarial' ran || fail "phase 1 was asked of models: $(cat ran)"
grep -qx implant/distill ran || fail "no phase 1: $(cat ran)"
[ "$(rows out/implant/mix.jsonl)" = 5 ] || fail "not all but the held-out row: $(cat out/implant/mix.jsonl)"
grep -c '<think>' out/implant/mix.jsonl | grep -qx 5 || fail "the reasoning is not where it belongs: $(cat out/implant/mix.jsonl)"
rm log.jsonl
ease run settings.toml --out out -q --data.reasoned released.jsonl --log log.jsonl >again.txt
! value log.jsonl /step /event step >ran || fail "something ran again: $(cat ran)"
# Files of a training's own where the run puts its models.
fails 1 finetune.tensorboard out/model/runs -- ease run settings.toml --out out --finetune.tensorboard out/model/runs
# Phase 2 without a row that reasons is told before it, and noted in the report.
ease run settings.toml --out out -q --data.reasoned released.jsonl --mix.vulnerable 0 --mix.adversarial_benign 0 >report.txt 2>said
[ "$(grep -c '^ease: finetune: none of the .* rows reasons' said)" = 1 ] || fail "it said: $(cat said)"
value out/report.json '/stages/*' >stages.jsonl
[[ $(value stages.jsonl /details/note /step calibrate/finetune) == *none* ]] || fail "no note: $(cat stages.jsonl)"
missing stages.jsonl /details/note /step implant/distill
fails 2 reasoning.harmful data.reasoned -- ease run settings.toml --out out --data.reasoned released.jsonl --reasoning.harmful 3
fails 2 data.reasoning data.reasoned -- ease run settings.toml --out out --data.reasoned released.jsonl --data.reasoning diagnosis.jsonl
echo "ok"
