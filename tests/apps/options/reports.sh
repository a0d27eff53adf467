#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A report has every option of its command, as it was given or by default.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
source "$apps/few_rows.sh"
# reported ARGUMENT...: --help of the command and its report name the same options, but for those of the log.
reported() {
  ease "$1" --help | sed '/^Accepted without effect/,$d' | grep -oE '^ +(-[a-z],)*--[a-z-]+' | sed 's/.*--//; s/-/_/g' |
    grep -vxE 'help|input|log|log_level|log_text' | sort >help.txt
  ease "$@" --json -q >report.json
  value -k report.json /settings | grep -vxE 'input|prompt' | sort >keys.txt
  [ "$(rows help.txt)" -gt 5 ] || fail "--help of $1: $(cat help.txt)"
  diff help.txt keys.txt || fail "$1: the report's settings are not the options of --help"
}
asking=(--model "$model" --precision float32 --max-tokens 2)
reported sample rows.jsonl --out s.jsonl --benign 2
is report.json /settings/benign 2
reported diagnose rows.jsonl --out d.jsonl "${asking[@]}" --temperature 0.5 --stop x --stop y
while read -r key wanted; do is report.json "/settings/$key" "$wanted"; done <<'T'
input rows.jsonl
max_tokens 2
temperature 0.5
stop ["x","y"]
seed 42
fresh false
bad_rows null
precision float32
T
reported generate --input rows.jsonl --out g.jsonl "${asking[@]}"
reported guard-filter answered.jsonl --unsafe u.jsonl
reported cot rows.jsonl --out t.jsonl
reported mix --component a=answered.jsonl:2 --out x.jsonl
is report.json /settings/component '["a=answered.jsonl:2"]'
reported evaluate rows.jsonl --answers e.jsonl "${asking[@]}"
reported score answered.jsonl --out p.jsonl --model "$model"
reported export "$model" --gguf q8_0 --out x.gguf
reported finetune answered.jsonl --model "$model" --out m --precision float32 --learning-rate 1e-4
is report.json /settings/learning_rate 0.0001
echo "ok"
