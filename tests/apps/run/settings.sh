#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What is wrong in a settings file is told with its line and key before anything is done; a flag is told by its own name.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
source "$apps/small_run.sh"
printf '{"prompt":"play a king","data_type":"adversarial_harmful","vanilla":"crown"}\n' | tee diagnosis.jsonl harmful.jsonl \
  general.jsonl held_out.jsonl >/dev/null
refused() { # NAME...: so is the run of settings.toml; @ is the line of settings.toml that is wrong
  fails 2 "${@/#@/settings.toml:$line}" -- ease run settings.toml --out out -q
  [ ! -e out ] || fail "something was written: $(cat err.txt)"
}
broken() { # TABLE LINE NAME...: with that line under a table, "" for the top
  run_settings "$model" 2 2 2 >settings.toml
  if [ -z "$1" ]; then sed -i "1i $2" settings.toml; else printf '%s\n' "$1" "$2" >>settings.toml; fi
  line=$([ -z "$1" ] && echo 1 || rows settings.toml)
  refused "${@:3}"
}
# Keys without effect: the line, the key, and the kind or the other key that makes it idle.
broken '[guard]' 'threshold = 0.4' @ guard.threshold refusal llama-guard judge
broken '[guard]' 'model = "x"' @ guard.model refusal llama-guard judge
broken '[evaluate.guard]' 'max_unparsed = 0.4' @ evaluate.guard.max_unparsed refusal llama-guard judge
broken $'[classify]\nkind = "generative"' 'threshold = 0.4' @ classify.threshold generative
broken '[cot]' 'max_tokens = 4' @ cot.max_tokens policy
broken '[cot]' 'model = "m"' @ cot.model policy
broken '[cot]' 'tries = 2' @ cot.tries policy
lacks check
broken '[cot]' 'reasoning_threshold = 0.2' @ cot.reasoning_threshold refusal
broken $'[cot]\nkind = "model"\nmodel = "m"\ncheck = false' 'tries = 2' @ cot.tries check false
lacks policy
broken $'[threshold]\nrows_per_file = 0' 'think = "x.jsonl"' @ threshold.think rows_per_file 0
broken '' 'price_in = 1' @ price_in remote
# Unknown keys: the one that was meant comes before the list of all.
meant() { # KEY FIRST: the first of the list
  local said
  said=$(<err.txt)
  names "$1" "${said%%[ ,:]"$2",*}" || fail "$1 is not said to be meant: $said"
}
broken '' 'sede = 1' @ sede chat_template classify
meant seed chat_template
broken '[guards]' 'kind = "judge"' "settings.toml:$((line + 27 - 1))" guards
meant guard chat_template
broken '[cot]' 'trys = 2' @ cot trys
meant tries check
printf 'modle = "x"\n' >bad.toml
fails 2 bad.toml:1 modle -- ease run bad.toml --out out
meant model chat_template
# Kinds of values, and ranges.
broken '[general]' 'temperature = "hot"' @ general.temperature number
broken '[general]' 'temperature = nan' @ general.temperature nan
broken '[general]' 'max_tokens = 0' @ general.max_tokens 0 1
broken '[general]' 'max_tokens = 2.5' @ general.max_tokens 2.5
broken '[general]' 'rows_per_file = [1, -2]' @ general.rows_per_file -2 0
broken '[general]' 'rows_per_file = [1, 2]' general.rows_per_file 2 data.general 1
broken '[general]' 'when_truncated = 3' @ general.when_truncated string
broken '[guard]' 'kind = "judges"' @ guard.kind judges refusal llama-guard judge
broken '[guard]' 'kind = "judge"' guard.model judge
broken '[cot]' 'kind = "template"' @ cot.kind template policy model
broken '[classify]' 'kind = "keyword"' @ classify.kind keyword zero-shot generative
broken '' 'device = "tpu"' @ device tpu auto cpu cuda
broken '' 'seed = -1' @ seed -1 0
broken '' 'seed = ' @
printf '[sample]\nharmful = "many"\n' >bad.toml
fails 2 bad.toml:2 sample.harmful number -- ease run bad.toml --out out
# Of training.
train() { # LINE NAME...
  run_settings "$model" 2 2 2 | sed "s/^\[finetune\]/&\\n$1/" >settings.toml
  line=$(($(grep -n '^\[finetune\]' settings.toml | cut -d: -f1) + 1))
  refused "${@:2}"
}
train 'epochs = 0' @ finetune.epochs 0 1000000
train 'schedule = "cosin"' @ finetune.schedule cosin 'constant|linear|cosine'
train 'lora_alpha = 2' @ finetune.lora_alpha lora_rank 0
train 'eval_steps = 2' @ finetune.eval_steps validation_fraction 0
train 'keep = "best"' finetune.keep best finetune.validation_fraction 0
train 'lora_rank = 2\nlora_targets = ["norm"]' "settings.toml:$((line + 1))" finetune.lora_targets norm q_proj down_proj
# A flag wins over the file, and says what is wrong with it by its own name.
run_settings "$model" 2 2 2 >settings.toml
fails 2 --finetune.learning_rate finetune.learning_rate -1 0 1 -- ease run settings.toml --out out --finetune.learning_rate -1
lacks settings.toml
fails 2 --set finetune.epochs 0 -- ease run settings.toml --out out --set finetune.epochs=0
fails 2 --set cot.trys cot -- ease run settings.toml --out out --set cot.trys=0
meant tries check
fails 2 --set seed KEY=VALUE -- ease run settings.toml --out out --set seed
# Two flags that contradict each other are named together, whichever way they are written.
fails 2 --model --set model -- ease run settings.toml --out out --model a --set model=b
fails 2 --model --set model -- ease run settings.toml --out out --set model=b -m a
fails 2 --set seed -- ease run settings.toml --out out --set seed=1 --set seed=2
fails 2 --set --finetune.epochs finetune.epochs -- ease run settings.toml --out out --finetune.epochs 1 --set finetune.epochs=2
fails 2 --set --data.general -- ease run settings.toml --out out --data.general a.jsonl --set data.general.file=b.jsonl
fails 2 --model 2 -- ease run settings.toml --out out --model a --model a
lacks --model-name
fails 2 held_out.jsonl -- ease run settings.toml --out out --data.held_out held_out.jsonl ./held_out.jsonl
[ ! -e out ] || fail "something was written"
echo "ok"
