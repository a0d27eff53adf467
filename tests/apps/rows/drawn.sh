#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Rows drawn at random: by the seed, also where no model has one; fewer than were asked for are told, and in the report.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
source "$apps/few_rows.sh"
fails 0 0 3 4 9 adversarial_harmful adversarial_benign -- ease sample rows.jsonl --harmful 3 --benign 9 --out s.jsonl --json
[[ $(value out.txt /stages/0/note) == *"4 of the 9 adversarial_benign"* ]] || fail "no note in the report: $(cat out.txt)"
fails 0 4 9 adversarial_benign -- ease get_adversarial --input rows.jsonl --harmful 0 --benign 9 --output g.jsonl
# A number that somebody asked for.
fails 0 4 7 -- ease cot rows.jsonl --teacher policy --no-check --max-samples 7 --out c.jsonl --json -q
is out.txt /drawn_of_wanted/drawn 4
is out.txt /drawn_of_wanted/wanted 7
# The seed says which rows, though the teacher needs none.
for seed in 1 2 3; do ease cot rows.jsonl --teacher policy --no-check --max-samples 2 --seed $seed --out c$seed.jsonl -q >said.txt; done
! { cmp -s c1.jsonl c2.jsonl && cmp -s c1.jsonl c3.jsonl; } || fail "every seed draws the same rows"
ease cot rows.jsonl --teacher policy --no-check --max-samples 2 --seed 1 --out again.jsonl -q >said.txt
cmp c1.jsonl again.jsonl
unused --seed policy -- cot rows.jsonl --teacher policy --no-check --seed 1 --out x.jsonl
echo "ok"
