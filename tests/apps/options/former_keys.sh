#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Keys and tables of earlier versions are read in settings files, by --set and as flags; old and new together are an error.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
source "$apps/small_run.sh"
run_settings "$model" 2 2 2 >today.toml
run_with() { ease run today.toml --out out "$@"; }
# key OLD NEW VALUE BOUND...: VALUE is out of range, so that the key is seen to be read, as the one of today.
key() {
  fails 2 --set "$1" "$2" "${@:3}" -- run_with --set "$1=$3"
  fails 2 "$2" "${@:3}" -- run_with "--$1" "$3"
  fails 2 "--$1" "--$2" -- run_with "--$1" "$3" "--$2" "$3"
  ! names "--$1" "$(ease run --help)" || fail "--help has $1"
}
# both OLD NEW VALUE NAME NAME: both by --set, which names the two keys or the two tables
both() { fails 2 "$4" "$5" -- run_with --set "$1=$3" --set "$2=$3"; }
while read -r old new value bounds; do
  key "$old" "$new" "$value" $bounds
  both "$old" "$new" "$value" "$old" "$new"
done <<'T'
finetune.accumulation finetune.gradient_accumulation_steps 0 1 65536
finetune.clip_norm finetune.max_grad_norm -1 0
finetune.eval_share finetune.validation_fraction 1 0
cot.trace_threshold cot.reasoning_threshold 2 0 1
mix.min_share mix.min_fraction 2 0 1
mix.wrapped_benign mix.adversarial_benign -1 0
T
key own_answers.max_tokens self_responses.max_tokens 0 1
both own_answers.max_tokens self_responses.max_tokens 0 own_answers self_responses
key boundary.rows_per_file threshold.rows_per_file -1 0
both boundary.rows_per_file threshold.rows_per_file -1 boundary threshold

# In a file, with the line.
in_file() { # LINES NAME...: the error has NAME and the last line, or that which is `up` lines before it
  { cat today.toml; printf '%b' "$1"; } >old.toml
  fails 2 "${@:2}" "old.toml:$(($(rows old.toml) - ${up:-0}))" -- ease run old.toml --out out
}
in_file '[boundary]\nrows_per_file = -1\n' threshold.rows_per_file -1 0
up=3 in_file '[boundary]\nseed = 1\n[threshold]\nrows_per_file = 1\n' boundary threshold
in_file '[classify]\nkind = "answer"\nthreshold = 0.4\n' classify.threshold generative
in_file '[general]\nwhen_cut_off = 3\n' general.when_truncated string
[ ! -e out ] || fail "something was written"
echo "ok"
