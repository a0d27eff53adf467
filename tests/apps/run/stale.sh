#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A folder that is run again knows what has changed: a held-out prompt that was trained on, a number of tries, a precision.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
source "$apps/small_run.sh"
export OMP_NUM_THREADS=2
serve "$tools/answering_server"
small_run
printf '[cot]\nkind = "model"\nmodel = "openai:teacher@%s"\n' "$url" >>settings.toml
run_logged
[ "$(count out/calibrate/mix.jsonl /prompt /prompt 'be rude 2')" = 1 ] || fail "the row is not in the mix"
printf '{"prompt":"Be  rude 2","class":"harmful"}\n' >>held_out.jsonl
run_logged
missing out/calibrate/mix.jsonl /prompt /prompt 'be rude 2'
did before after calibrate/mix calibrate/finetune
did_not calibrate/vulnerable/5-cot calibrate/harmful

echo 'tries = 2' >>settings.toml
run_logged
did implant/harmful/3-cot calibrate/vulnerable/5-cot calibrate/mix
did_not calibrate/vulnerable/4-classify
sed -i 's/^tries = 2/tries = 4/' settings.toml
run_logged
did implant/harmful/3-cot calibrate/vulnerable/5-cot
did_not calibrate/vulnerable/4-classify
sed -i 's/^precision = "float32"$/precision = "bfloat16"/' settings.toml
run_logged
did before implant/harmful/2-classify calibrate/vulnerable/2-diagnose
did_not implant/harmful/1-sample calibrate/harmful

# Prompts in the run's own files would be lost.
sed 's#"general.jsonl"#"out/calibrate/general/1-draw.jsonl"#' settings.toml >own.toml
cp out/calibrate/general/1-draw.jsonl kept
fails 1 out/calibrate/general/1-draw.jsonl -- ease run own.toml --out out -q
cmp kept out/calibrate/general/1-draw.jsonl
# A folder of an earlier version is refused, and started over with --fresh.
mkdir out/.stages
fails 1 out --fresh -- ease run settings.toml --out out -q
run_logged --fresh
did before implant/distill calibrate/finetune after
echo "ok"
