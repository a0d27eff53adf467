#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Words that are mistyped, missing or not known are named, with the one that was meant or those there are; --help has examples.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
source "$apps/few_rows.sh"
mapfile -t commands < <("$program" --help | sed -n '/^Subcommands:/,$s/^  \([a-z-]*\) .*/\1/p')
[ "${#commands[@]}" -gt 15 ] || fail "commands: ${commands[*]}"
fails 2 diagnos diagnose -- ease diagnos x
fails 2 compare -- ease compare out
lacks "${commands[@]}" # none is near
fails 2 nonsense -- ease nonsense
fails 2 --help -- ease
fails 2 --modle --model -- ease diagnose --modle x
fails 2 --max-row --max-rows -- ease diagnose rows.jsonl --model "$model" --out o --max-row=3
fails 2 b.jsonl -- ease diagnose a.jsonl b.jsonl --model "$model" --out o
fails 2 --model -- ease diagnose rows.jsonl --out o.jsonl
lacks --out
fails 2 --out -- ease finetune answered.jsonl --model "$model"
lacks --model
# Values that are one of a few.
fails 2 --guard oracle refusal llama-guard judge -- ease guard-filter answered.jsonl --unsafe u.jsonl --guard oracle -q
fails 2 --classifier keyword zero-shot generative -- ease classify rows.jsonl --model "$model" --out o.jsonl --classifier keyword
fails 2 --lora-targets norm q_proj down_proj -- ease finetune answered.jsonl --model "$model" --out o --lora-rank 4 --lora-targets norm
fails 2 --component rows.jsonl NAME=FILE -- ease mix --component rows.jsonl --out o.jsonl
fails 2 --shard I/N auto -- ease diagnose rows.jsonl --model "$model" --out o.jsonl --shard ""
[ ! -e o.jsonl ] && [ ! -e o ] || fail "something was written"

for command in "${commands[@]}"; do
  ease "$command" --help >help.txt
  grep -qiE "^ *examples?:" help.txt && grep -q "ease $command " help.txt || fail "$command --help has no example"
  names "$command" "$(grep -E '^(\| |## )`ease' "$apps/../../docs/command_line.md")" || fail "docs/command_line.md does not list $command"
  for option in --log --log-level --log-text; do grep -qE "^  $option " help.txt || fail "$command --help does not list $option"; done
done
ease run --help >help.txt
for key in seed guard.kind evaluate.guard.kind finetune.lora_rank mix.min_fraction threshold.rows_per_file general.when_truncated; do
  names "--$key" "$(<help.txt)" || fail "--help has no $key"
done
names 'constant|linear|cosine=cosine' "$(grep -e 'finetune.schedule' help.txt)" || fail "--help: $(grep schedule help.txt)"
echo "ok"
