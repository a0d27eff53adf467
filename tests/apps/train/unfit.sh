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
[ ! -e x ] && [ ! -e x.training ] || fail "something appeared although nothing was trained"
echo "ok"
