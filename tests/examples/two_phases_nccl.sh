#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# two_phases_nccl.sh PROGRAM MODEL: both phases on the tiny random model of the fixtures by one rank, where a CUDA device is.
set -euo pipefail
program=$1 model=$2
source "$(dirname "${BASH_SOURCE[0]}")/../apps/checks.sh"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
source "$here/rows.sh"
export RANK=0 WORLD_SIZE=1 LOCAL_RANK=0 MASTER_ADDR=127.0.0.1 MASTER_PORT=$((20000 + RANDOM % 20000))
if ! "$program" wide jailbreaks.jsonl harmful.jsonl general.jsonl held_out.jsonl out >said.txt 2>log.txt; then
  grep -q 'no CUDA device' log.txt && { echo "skipped: no CUDA device is here"; exit 0; }
  fail "$(cat log.txt)"
fi
grep -qE '^[0-9]+ rows; loss' said.txt || fail "it said: $(cat said.txt)"
for file in out/reasoning_model/config.json out/model/model.safetensors; do [ -e "$file" ] || fail "$file is missing: $(find out)"; done
echo "ok"
