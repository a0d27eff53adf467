#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Both phases from prompts to a calibrated model: every file, the report, and a second run that finds everything done.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
source "$apps/small_run.sh"
export OMP_NUM_THREADS=2
mix_lines="general = 3" small_run
printf '[threshold]\nrows_per_file = 3\n' >>settings.toml # prompts of both sides stay untrained
ease run settings.toml --out out -q >table.txt
for class in jailbreak benign; do grep -qw $class table.txt || fail "no table: $(cat table.txt)"; done
grep -q 'judged by stock phrases' table.txt || fail "the table does not say what judges: $(cat table.txt)"

# Every stage adds up, and both tables have both classes with all their numbers.
report=out/report.json
is $report '/stages/*/adds_up' true
[ "$(count $report '/stages/*/step')" -ge 20 ] || fail "too few stages: $(value $report '/stages/*/step')"
for table in before after; do
  [ "$(value -k $report /$table | sort | tr '\n' ' ')" = "benign jailbreak " ] || fail "$table: $(value $report /$table)"
  for class in jailbreak benign; do
    is $report /$table/$class/rows 3
    for key in think_rate refusal_rate tokens_per_answer unanswered truncated; do value $report /$table/$class/$key >/dev/null || fail "no $key"; done
  done
  value $report /$table/jailbreak/attack_success >/dev/null && value $report /$table/benign/compliance >/dev/null || fail "$table: $(value $report /$table)"
done

for f in before.jsonl after.jsonl calibrate/mix.jsonl implant/mix.jsonl model/config.json model/model.safetensors model/tokenizer.json \
  calibrate/vulnerable/2-diagnose.jsonl calibrate/vulnerable/3-guard_filter.jsonl calibrate/vulnerable/5-cot.jsonl \
  calibrate/harmful.jsonl calibrate/general/2-self_response.jsonl; do
  [ -s "out/$f" ] || fail "out/$f is missing"
done
value out/calibrate/mix.jsonl /completion >completions.txt
grep -q '^<think>' completions.txt || fail "no reasoned row in the mix"
grep -qx 'One, two.' completions.txt || fail "no direct row in the mix"

# The threshold was set, in the model that is left.
value $report '/stages/*' >stages.jsonl
value stages.jsonl /details/shift /step threshold/threshold >shift.txt || fail "the threshold was not set"
! cmp -s out/tuned_model/model.safetensors out/model/model.safetensors || fail "the threshold did not move"
ease inspect out/model --json >inspected.json
[[ $(value inspected.json /think_tokens) != null ]] || fail "the trained model has no think tokens"

# A run that finds everything done leaves its report as it was.
cp $report kept.json
ease run settings.toml --out out -q >again.txt
cmp kept.json $report
cmp table.txt again.txt

# What would teach nothing stops the run, and says in which stage the rows of which component went, and why.
sed -i 's/^min_fraction = 0/min_fraction = 0.5/' settings.toml
fails 1 mix adversarial_benign label_benign truncated 4 -- ease run settings.toml --out out -q
echo "ok"
