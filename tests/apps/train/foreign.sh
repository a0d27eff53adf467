#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A folder that holds more than a model is not replaced, with --overwrite neither: it may hold somebody's checkpoints.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
source "$apps/few_rows.sh"
training=(finetune answered.jsonl --model "$model" --precision float32 --epochs 1 --out trained -q)
ease "${training[@]}" >said.txt
before=$(find trained -type f | sort | xargs sha256sum)
for other in checkpoint-500/model.safetensors training_args.bin runs/events .git/HEAD notes.txt; do
  mkdir -p "trained/$(dirname $other)" && echo mine >trained/$other
  for option in --overwrite --overwrite_output_dir; do fails 1 trained "${other%%/*}" -- ease "${training[@]}" $option; done
  lacks --overwrite
  [ "$(cat trained/$other)" = mine ] && [ ! -e trained.training ] || fail "$other is gone: $(ls trained)"
  fails 1 trained -- ease threshold "$model" --think rows.jsonl --direct rows.jsonl --out trained --overwrite -q
  [ "$(cat trained/$other)" = mine ] || fail "$other is gone: $(ls trained)"
  rm -r "trained/${other%%/*}"
done
[ "$(find trained -type f | sort | xargs sha256sum)" = "$before" ] || fail "the model is another"
# What a model's folder has anyway is no obstacle.
echo "# A model" >trained/README.md
ease "${training[@]}" --overwrite_output_dir >said.txt
# Nor is a folder without a model replaced.
mkdir mine && echo mine >mine/thesis.txt
fails 1 mine -- ease finetune answered.jsonl --model "$model" --precision float32 --epochs 1 --out mine --overwrite -q
[ "$(cat mine/thesis.txt)" = mine ] || fail "a thesis is gone"
echo "ok"
