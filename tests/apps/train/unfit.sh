#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Rows and models that cannot be trained are refused; a row longer than the limit is left out and counted, never cut.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
source "$apps/train/training.sh"
printf '' >none.jsonl
fails 1 none.jsonl -- ease finetune none.jsonl --model "$model" --out x
printf '{"prompt":"a","completion":""}\n' >hollow.jsonl
fails 1 1 -- ease finetune hollow.jsonl --model "$model" --out x
lacks max_length
fails 1 40 max_length 5 -- finetune --max-length 5 --out x
{ cat rows.jsonl; printf '{"prompt":"a","completion":"%s"}\n' "$(head -c 3000 /dev/zero | tr '\0' x)"; } >long.jsonl
ease finetune long.jsonl --model "$model" --epochs 1 --out long --precision float32 --json -q >report.json
is report.json /details/too_long 1
is report.json /details/trained_rows 40
# A tokeniser with more ids than the model has embeddings.
cp -r "$model" misfit
sed -i 's/"vocab_size": *[0-9]*/"vocab_size": 8/' misfit/config.json
fails 1 misfit 263 8 -- ease finetune rows.jsonl --model misfit --out x
# Files of the training's own in the folder that the model gets, or in that of its base.
cp -r "$model" base
for where in x x/ x/runs; do
  for option in --checkpoints --tensorboard; do fails 1 $option "$where" -- finetune --out x $option "$where"; done
done
fails 1 --tensorboard x/runs -- finetune --out x --logging_dir x/runs
fails 1 --training-log x/log.jsonl -- finetune --out x --training-log x/log.jsonl
fails 1 x/log.jsonl -- finetune --out x --log x/log.jsonl
fails 1 x/bad.jsonl -- finetune --out x --on-bad-row reject --bad-rows x/bad.jsonl
for option in --checkpoints --tensorboard; do
  for where in base base/runs; do fails 1 $option "$where" base -- ease finetune rows.jsonl --model base --out x $option "$where"; done
done
[ "$(ls base)" = "$(ls "$model")" ] || fail "the base's folder has more: $(ls base)"
[ ! -e x ] && [ ! -e x.training ] || fail "something appeared although nothing was trained"
# The default log's own place may be said.
finetune --epochs 1 --out y --training-log y/training_log.jsonl --tensorboard runs --checkpoints kept >said.txt
[ -s y/training_log.jsonl ] && [ -s y/config.json ] || fail "the log or the model is missing: $(ls y)"
echo "ok"
