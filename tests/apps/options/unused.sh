#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# An option that is given and has no effect is wrong usage: of rows, guards, classifiers, teachers, local and remote models.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
source "$apps/few_rows.sh"
for option in "--columns prompt=a" "--format csv" "--schema ease" "--on-bad-row stop" "--max-rows 1" "--out 1" "--failed 1" "--shard 1/1"; do
  unused ${option% *} --input -- generate hello --model "$model" $option
done
unused --overwrite --input -- generate hello --model "$model" --overwrite
unused --fresh -- generate hello --model "$model" --fresh
unused --max-batch-rows -- generate hello --model "$model" --max-batch-rows 4
unused --system-prompt --plain -- generate hello --model "$model" --plain --system-prompt x
unused --chat-template --plain -- generate hello --model "$model" --plain --chat-template llama3
unused --chat-template --chat -- score answered.jsonl --model "$model" --out o.jsonl --chat-template llama3
unused --special --decode -- tokenize 12 --model "$model" --decode --special

# Guards, classifiers and teachers: what asks no model, has no threshold, samples nothing.
unused --model refusal llama-guard judge -- guard-filter answered.jsonl --unsafe o.jsonl --guard refusal --model "$model"
unused --threshold refusal llama-guard judge -- guard-filter answered.jsonl --unsafe o.jsonl --threshold 0.4
unused --guard-model refusal llama-guard judge -- evaluate rows.jsonl --model "$model" --guard-model "$model"
unused --threshold refusal llama-guard judge -- evaluate rows.jsonl --model "$model" --threshold 0.4
unused --max-unparsed refusal llama-guard judge -- evaluate rows.jsonl --model "$model" --max-unparsed 0.4
unused --threshold generative -- classify rows.jsonl --model "$model" --out o.jsonl --classifier generative --threshold 0.5
unused --model policy -- cot rows.jsonl --out o.jsonl --teacher policy --model "$model"
for option in --max-tokens --temperature --top-p --top-k --min-p --repetition-penalty --stop --seed; do
  unused $option policy -- cot rows.jsonl --out o.jsonl $option 1
done
unused --tries policy -- cot rows.jsonl --out o.jsonl --tries 2
unused --tries --no-check -- cot rows.jsonl --out o.jsonl --model "$model" --no-check --tries 2
unused --guard --no-check -- cot rows.jsonl --out o.jsonl --model "$model" --no-check --guard judge
unused --guard --keep-answer refusal -- cot rows.jsonl --out o.jsonl --keep-answer --guard refusal
unused --guard-model refusal llama-guard judge -- cot rows.jsonl --out o.jsonl --guard-model "$model"

# Greedy decoding draws nothing. What a filter's neutral value says is no contradiction.
for option in "--top-p 0.9" "--top-k 5" "--min-p 0.1" "--seed 7"; do
  unused ${option% *} temperature -- diagnose rows.jsonl --model "$model" --out o.jsonl --temperature 0 $option
  unused ${option% *} temperature -- generate hello --model "$model" --temperature 0 $option
  unused ${option% *} temperature -- cot rows.jsonl --out o.jsonl --model "$model" --temperature 0 $option
done
unused --top-p temperature -- generate_response --dataset_name rows.jsonl --model_name "$model" --output_file o.jsonl --temperature 0 --top_p 0.9
ease generate hello --model "$model" --temperature 0 --top-p 1 --max-tokens 1 -q >/dev/null

# Of local and of remote models.
for option in --chat-template --max-batch-rows --threads; do
  unused $option remote -- diagnose rows.jsonl --model "$remote" --out o.jsonl $option 1
done
for option in --precision --device; do unused $option remote -- diagnose rows.jsonl --model "$remote" --out o.jsonl $option auto; done
for option in --max-in-flight --requests-per-minute --tokens-per-minute --connect-timeout --idle-timeout --request-timeout \
  --price-in --price-out --price-cached; do
  unused $option remote -- diagnose rows.jsonl --model "$model" --out o.jsonl $option 1
done
unused --request-field remote -- diagnose rows.jsonl --model "$model" --out o.jsonl --request-field top=1
unused --key-header remote -- diagnose rows.jsonl --model "$model" --out o.jsonl --key-header api-key
unused --precision -- guard-filter answered.jsonl --unsafe o.jsonl --precision float32
unused --max-in-flight -- cot rows.jsonl --out o.jsonl --teacher policy --max-in-flight 2
unused --fresh -- evaluate rows.jsonl --model "$model" --fresh
unused --fresh -- diagnose rows.jsonl --model "$model" --out /dev/stdout --fresh
unused --overwrite --answers --failed -- evaluate rows.jsonl --model "$model" --overwrite

unused --bad-rows --on-bad-row reject -- sample rows.jsonl --out o.jsonl --bad-rows b.jsonl
fails 2 --log-level --log -- ease sample rows.jsonl --out o.jsonl --log-level info
fails 2 --log-text --log -- ease sample rows.jsonl --out o.jsonl --log-text
[ ! -e o.jsonl ] && [ ! -e o ] || fail "something was written"
# As published: vLLM's settings are taken and said to be idle.
fails 0 --gpu_memory_utilization -- ease diagnose rows.jsonl --model "$model" --out o.jsonl --max-tokens 1 --gpu_memory_utilization 0.5 -q
fails 2 --tensor_parallel_size --shard -- ease diagnose rows.jsonl --model "$model" --out o.jsonl --tensor_parallel_size 2 -q
[ "$(rows o.jsonl)" = 4 ] || fail "nothing was answered"
echo "ok"
