#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# options.sh CASE PROGRAM MODEL: what `ease` makes of its command line: options that have no effect, values out of range, words
# that are mistyped, and files that would be lost. Checked by message, exit status and files.
set -euo pipefail
case=$1 ease=$2 model=$3
source "$(dirname "${BASH_SOURCE[0]}")/checks.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive

for ((i = 0; i < 4; i++)); do
  printf '{"prompt":"count to %d","class":"benign","data_type":"adversarial_benign","categories":["harassment"],"kept":[%d]}\n' $i $i
done >rows.jsonl
sed 's/}$/,"response":"One.","completion":"One."}/' rows.jsonl >answered.jsonl
remote=openai:m@http://127.0.0.1:1
# An option that has no effect: status 2, and one line that names the option and why.
unused() { # OPTION WHY COMMAND...
  says "$1 has no effect: $2" 2 "$ease" "${@:3}"
  [ "$(wc -l <err.txt)" = 1 ] || fail "more than one line: $(cat err.txt)"
}
# A value out of range: status 2, and one line that names the option, the value and its range.
refused() { # OPTION VALUE RANGE COMMAND...
  says "$1: $2 is out of range: $3" 2 "$ease" "${@:4}" "$1" "$2"
  [ "$(wc -l <err.txt)" = 1 ] || fail "more than one line: $(cat err.txt)"
}

case $case in
  generate)
    # A file of prompts is answered as one prompt is: plain or in a template, with the answer's beginning or without.
    local_model=(--model "$model" --precision float32 --temperature 0 --max-tokens 6)
    for prefill in "" One; do
      for plain in "" --plain; do
        options=($plain ${prefill:+--prefill $prefill})
        "$ease" generate "count to 2" "${local_model[@]}" "${options[@]}" --json >one.json
        "$ease" generate --input rows.jsonl --out many.jsonl "${local_model[@]}" "${options[@]}" --overwrite -q >said.txt
        said=$(sed -n 's/^{"text":"\(.*\)","finish":.*/\1/p' one.json)
        row=$(sed -n '3s/.*"response":{"truncated":"\(.*\)"},"response_tokens":6,.*/\1/p' many.jsonl)
        [ -n "$said" ] && [ "$row" = "$prefill$said" ] || fail "${options[*]}: $(cat one.json) and $(sed -n 3p many.jsonl)"
        echo "$row" >>all.txt
      done
    done
    [ "$(sort -u all.txt | wc -l)" = 4 ] || fail "an option has no effect: $(cat all.txt)"
    grep -q '"kept":\[2\]' many.jsonl || fail "a key that is not read is lost"
    # It reads what other commands read.
    printf 'question,n\nwhy?,1\nhow?,2\nwho?\n' >table.txt
    status=0
    "$ease" generate --input table.txt --format csv --columns prompt=question --on-bad-row reject --bad-rows bad.jsonl --max-rows 3 \
      --out from_table.jsonl "${local_model[@]}" --json -q >report.json || status=$?
    [ $status = 3 ] && [ "$(wc -l <from_table.jsonl)" = 2 ] && [ "$(wc -l <bad.jsonl)" = 1 ] || fail "a table (status $status): $(cat report.json)"
    grep -q '"step":"generate","input":"CSV' report.json || fail "the report: $(cat report.json)"
    says "give either a prompt or --input FILE" 2 "$ease" generate --model "$model"
    says "--out is required" 2 "$ease" generate --input rows.jsonl --model "$model"
    ;;
  unused)
    for option in --columns --format --schema --on-bad-row --max-rows --out --failed --shard; do
      unused $option "it is for a file of prompts, --input FILE" generate hello --model "$model" $option 1
    done
    unused --overwrite "it is for a file of prompts" generate hello --model "$model" --overwrite
    unused --fresh "answers are kept only next to a file" generate hello --model "$model" --fresh
    unused --max-batch-rows "one prompt is answered" generate hello --model "$model" --max-batch-rows 4
    unused --system-prompt "--plain puts no chat template" generate hello --model "$model" --plain --system-prompt x
    unused --chat-template "--plain puts no chat template" generate hello --model "$model" --plain --chat-template llama3
    unused --chat-template "without --chat" score answered.jsonl --model "$model" --out o.jsonl --chat-template llama3
    unused --special "--decode reads ids" tokenize 12 --model "$model" --decode --special

    # Guards, classifiers and teachers: what asks no model, has no threshold, samples nothing.
    unused --model "the guard 'refusal' asks no model" guard-filter answered.jsonl --unsafe o.jsonl --guard refusal --model "$model"
    unused --threshold "the guard 'refusal' asks no model and reads every answer" guard-filter answered.jsonl --unsafe o.jsonl --threshold 0.4
    unused --guard-model "the guard 'refusal' asks no model and reads every answer; choose llama-guard or judge" evaluate rows.jsonl --model "$model" --guard-model "$model"
    unused --threshold "the guard 'refusal' asks no model and reads every answer" evaluate rows.jsonl --model "$model" --threshold 0.4
    unused --max-unparsed "the guard 'refusal' asks no model and reads every answer" evaluate rows.jsonl --model "$model" --max-unparsed 0.4
    unused --threshold "the classifier 'generative' has no threshold" classify rows.jsonl --model "$model" --out o.jsonl --classifier generative --threshold 0.5
    unused --model "the teacher 'policy' asks no model" cot rows.jsonl --out o.jsonl --teacher policy --model "$model"
    for option in --max-tokens --temperature --top-p --top-k --min-p --repetition-penalty --stop --seed; do
      unused $option "the teacher 'policy' asks no model" cot rows.jsonl --out o.jsonl $option 1
    done
    unused --tries "the teacher 'policy' writes the same reasoning" cot rows.jsonl --out o.jsonl --tries 2
    unused --tries "with --no-check no guard is asked" cot rows.jsonl --out o.jsonl --model "$model" --no-check --tries 2
    unused --guard "with --no-check no guard is asked" cot rows.jsonl --out o.jsonl --model "$model" --no-check --guard judge
    unused --guard "with --keep-answer the guard 'refusal' checks nothing" cot rows.jsonl --out o.jsonl --keep-answer --guard refusal
    unused --guard-model "the guard 'refusal' asks no model" cot rows.jsonl --out o.jsonl --guard-model "$model"

    # Of local and of remote models.
    for option in --chat-template --precision --device --max-batch-rows --threads; do
      unused $option "every model here is remote" diagnose rows.jsonl --model $remote --out o.jsonl $option \
        $([[ $option =~ precision|device ]] && echo auto || echo 1)
    done
    for option in --max-in-flight --requests-per-minute --tokens-per-minute --connect-timeout --idle-timeout --request-timeout \
      --price-in --price-out; do
      unused $option "no model here is remote" diagnose rows.jsonl --model "$model" --out o.jsonl $option 1
    done
    unused --precision "no model is asked" guard-filter answered.jsonl --unsafe o.jsonl --precision float32
    unused --max-in-flight "no model is asked" cot rows.jsonl --out o.jsonl --teacher policy --max-in-flight 2
    unused --fresh "answers are kept only next to a file" evaluate rows.jsonl --model "$model" --fresh
    unused --fresh "answers are kept only next to a file" diagnose rows.jsonl --model "$model" --out /dev/stdout --fresh
    unused --overwrite "no file is written without --answers" evaluate rows.jsonl --model "$model" --overwrite

    # Training.
    for option in --out --resume-from-checkpoint --checkpoints --training-log --tensorboard --save-steps --save-minutes \
      --save-total-limit --nproc --threads; do
      unused $option "--plan trains nothing" finetune answered.jsonl --model "$model" --plan $option 2
    done
    for option in --resume --keep-checkpoints --overwrite; do
      unused $option "--plan trains nothing" finetune answered.jsonl --model "$model" --plan $option
    done
    unused --resume "--resume-from-checkpoint names the checkpoint" finetune answered.jsonl --model "$model" --out o --resume --resume-from-checkpoint c
    unused --eval-steps "validation_fraction is 0: nothing is evaluated" finetune answered.jsonl --model "$model" --out o --eval-steps 3
    unused --lora-alpha "lora_rank is 0" finetune answered.jsonl --model "$model" --out o --lora-alpha 3
    unused --lora-targets "lora_rank is 0" finetune answered.jsonl --model "$model" --out o --lora-targets q_proj
    unused --merge "lora_rank is 0" distill answered.jsonl --model "$model" --out o --merge

    unused --bad-rows "only --on-bad-row reject sends rows to a file" sample rows.jsonl --out o.jsonl --bad-rows b.jsonl
    for option in --log-level --log-text; do
      says "$option requires --log" 2 "$ease" sample rows.jsonl --out o.jsonl $option $([ $option = --log-text ] || echo info)
    done
    [ ! -e o.jsonl ] && [ ! -e o ] || fail "something was written"
    # As published: a model makes the guard llama-guard and the teacher a model, and vLLM's settings are taken and said to be idle.
    says "4 of 4 verdicts could not be read" 1 "$ease" guard-filter answered.jsonl --unsafe u.jsonl --model "$model" --precision float32 -q
    says "--tensor-parallel-size has no effect here and is ignored" 0 "$ease" diagnose rows.jsonl --model "$model" --out o.jsonl \
      --max-tokens 1 --tensor_parallel_size 2 -q
    ;;
  settings)
    # The same of a settings file, with the line; and whatever else can be known before the first row: nothing is done then.
    printf '{"prompt":"play a king","data_type":"adversarial_harmful","vanilla":"crown"}\n' | tee diagnosis.jsonl harmful.jsonl \
      general.jsonl held_out.jsonl >/dev/null
    broken() { # TABLE LINE SAYS...: a line under a table, "" for the top; the message has all of SAYS
      run_settings "$model" 2 2 2 >settings.toml
      if [ -z "$1" ]; then
        sed -i "1i $2" settings.toml
      else
        printf '%s\n' "$1" "$2" >>settings.toml
      fi
      local line says
      line=$([ -z "$1" ] && echo 1 || wc -l <settings.toml)
      for says in "${@:3}"; do
        says "${says/#@/settings.toml:$line: }" 1 "$ease" run settings.toml --out out -q
      done
      [ ! -e out ] || fail "something was written: $2"
    }
    nothing_asked="@guard.%s has no effect: the guard 'refusal' asks no model and reads every answer"
    broken '[guard]' 'threshold = 0.4' "${nothing_asked/\%s/threshold}"
    broken '[guard]' 'model = "x"' "${nothing_asked/\%s/model}"
    broken '[evaluate.guard]' 'max_unparsed = 0.4' "@evaluate.guard.max_unparsed has no effect: the guard 'refusal'"
    broken $'[classify]\nkind = "generative"' 'threshold = 0.4' "@classify.threshold has no effect: the classifier 'generative' has no threshold"
    broken '[cot]' 'max_tokens = 4' "@cot.max_tokens has no effect: the teacher 'policy' asks no model"
    broken '[cot]' 'model = "m"' "@cot.model has no effect: the teacher 'policy' asks no model"
    broken '[cot]' 'tries = 2' "@cot.tries has no effect: the teacher 'policy' writes the same reasoning each time"
    broken '[cot]' 'reasoning_threshold = 0.2' "@cot.reasoning_threshold has no effect: the guard 'refusal' judges no reasoning"
    broken $'[cot]\nkind = "model"\nmodel = "m"\ncheck = false' 'tries = 2' "@cot.tries has no effect: check is false: all reasoning is accepted"
    broken $'[threshold]\nrows_per_file = 0' 'think = "x.jsonl"' "@threshold.think has no effect: rows_per_file is 0"
    broken '' 'price_in = 1' "@price_in has no effect: no model here is remote"
    # Keys, kinds and ranges.
    broken '' 'sede = 1' '@unknown key "sede"; did you mean seed?; known here: '
    broken '[guards]' 'kind = "judge"' 'unknown key "guards"; did you mean guard?'
    broken '[cot]' 'trys = 2' '@[cot] unknown key "trys"; did you mean tries?'
    broken '[general]' 'temperature = "hot"' "@general.temperature: expected a number"
    broken '[general]' 'temperature = nan' "@general.temperature is nan: it must be a finite number"
    broken '[general]' 'max_tokens = 0' "@general.max_tokens is 0: it must be 1 or more"
    broken '[general]' 'max_tokens = 2.5' "@general.max_tokens is 2.5: it must be a whole number"
    broken '[general]' 'rows_per_file = [1, -2]' "@general.rows_per_file is -2: it must be 0 or more"
    broken '[general]' 'rows_per_file = [1, 2]' "general.rows_per_file has 2 numbers, data.general 1 files"
    broken '[guard]' 'kind = "judges"' '@guard.kind: "judges" is not known; choose one of refusal, llama-guard, judge'
    broken '[guard]' 'kind = "judge"' 'guard.model is missing: the kind "judge" asks a model'
    broken '[cot]' 'kind = "template"' '@cot.kind: "template" is not known; choose one of policy, model'
    broken '[classify]' 'kind = "keyword"' '@classify.kind: "keyword" is not known; choose one of zero-shot, generative'
    broken '' 'device = "tpu"' '@device: "tpu" is not known; choose one of auto, cpu, cuda'
    broken '' 'seed = -1' "@seed is -1: it must be 0 or more"
    broken '' 'seed = ' "settings.toml:1: "
    train() { # LINE SAYS
      run_settings "$model" 2 2 2 | sed "s/^\[finetune\]/&\\n$1/" >settings.toml
      says "$2" 1 "$ease" run settings.toml --out out -q
      [ ! -e out ] || fail "something was written: $1"
    }
    train 'epochs = 0' "finetune.epochs is 0: it must be above 0"
    train 'schedule = "cosin"' 'finetune.schedule: "cosin" is not known; choose one of constant|linear|cosine'
    train 'lora_alpha = 2' "finetune.lora_alpha has no effect: lora_rank is 0: all weights are trained"
    train 'eval_steps = 2' "finetune.eval_steps has no effect: validation_fraction is 0: nothing is evaluated"
    train 'keep = "best"' "finetune.keep is best, which the evaluation loss decides: finetune.validation_fraction must be above 0"
    train 'lora_rank = 2\nlora_targets = ["norm"]' 'finetune.lora_targets: "norm" is not known; choose one of q_proj'
    # A flag wins over the file, and says what is wrong with it by its own name.
    run_settings "$model" 2 2 2 >settings.toml
    says "--finetune.learning_rate: finetune.learning_rate is -1: it must be above 0" 1 "$ease" run settings.toml --out out --finetune.learning_rate -1
    says "--set finetune.epochs: finetune.epochs is 0: it must be above 0" 1 "$ease" run settings.toml --out out --set finetune.epochs=0
    says '--set cot.trys: [cot] unknown key "trys"; did you mean tries?' 1 "$ease" run settings.toml --out out --set cot.trys=0
    says "write KEY=VALUE" 2 "$ease" run settings.toml --out out --set seed
    # Files and models.
    late() { # SED SAYS
      run_settings "$model" 2 2 2 | sed "$1" >settings.toml
      says "$2" 1 "$ease" run settings.toml --out out -q
      [ ! -e out ] || fail "something was written: $1"
    }
    late 's/"held_out.jsonl"/"gone.jsonl"/' "gone.jsonl"
    printf 'colour\nred\n' >no_prompt.csv
    late 's/"general.jsonl"/"no_prompt.csv"/' "no_prompt.csv"
    : >empty.jsonl
    late 's/"harmful.jsonl"/"empty.jsonl"/' "empty.jsonl: the file is empty"
    echo "play a king" >general.txt
    late 's/"general.jsonl"/"general.txt"/' "general.txt"
    mkfifo pipe.jsonl
    late 's/"harmful.jsonl"/"pipe.jsonl"/' "pipe.jsonl: a pipe or device, which can be read once"
    late 's#"harmful.jsonl"#"/dev/zero"#' "/dev/zero: a pipe or device, which can be read once"
    # What is not a run's is not replaced, and a log is appended to a log alone.
    run_settings "$model" 2 2 2 >settings.toml
    mkdir -p mine/model && echo weights >mine/model/pytorch_model.bin
    says "mine/model: no run has left this, and a run would replace it" 1 "$ease" run settings.toml --out mine -q
    [ "$(find mine -type f)" = mine/model/pytorch_model.bin ] || fail "something was written: $(find mine)"
    for file in harmful.jsonl settings.toml; do
      cp $file before
      says "$file: this file holds something else than a log" 1 "$ease" run settings.toml --out out -q --log $file
      cmp before $file || fail "the log was appended to $file"
    done
    mkdir logged
    says "logged/report.json: a log or journal would be written to a file" 1 "$ease" run settings.toml --out logged -q --log logged/report.json
    mkdir -p logged/implant
    says "logged/implant/log: a log would stand in a folder" 1 "$ease" run settings.toml --out logged -q --log logged/implant/log
    says "write I/N with I from 1 to N, or auto" 2 "$ease" diagnose rows.jsonl --model "$model" --out o.jsonl --shard ""
    late 's#^model = .*#model = "nowhere"#' "nowhere: no such model"
    late 's/"held_out.jsonl"/[]/' "settings.toml:8: data.held_out: there is nothing in it"
    late 's#^model = .*#model = "wi\\u0000de"#' "settings.toml:1: model: the text has a null character in it"
    says "sub: this is a folder; name a file of settings" 1 "$ease" run "$(mkdir sub && echo sub)" --out out -q
    says "pipe.jsonl: a pipe or device; name a file of settings" 1 "$ease" run pipe.jsonl --out out -q
    late 's#^model = .*#model = "openai:m@http://127.0.0.1:1"#' "the SLM is trained here"
    "$ease" run --help >help.txt
    for key in seed guard.kind evaluate.guard.kind finetune.lora_rank mix.min_fraction threshold.rows_per_file general.when_truncated; do
      grep -q -- "--$key\b" help.txt || fail "--help has no $key"
    done
    grep -q 'finetune.schedule constant|linear|cosine=cosine' help.txt || fail "--help: $(grep schedule help.txt)"
    ;;
  former)
    # Names of earlier versions: read as the ones of today, left out of --help; old and new together are wrong usage.
    former() { # OLD NEW VALUE SAYS COMMAND...: VALUE is wrong, so that the option is seen to be read
      says "$4" 2 "$ease" "${@:5}" "$1" "$3"
      says "$1 is the former name of $2, and both are given" 2 "$ease" "${@:5}" "$1" "$3" "$2=$3"
      ! "$ease" "$5" --help | grep -q -e "$1\b" || fail "--help has $1"
    }
    train=(finetune answered.jsonl --model "$model" --out o)
    former --accumulation --gradient-accumulation-steps 0 "it must lie between 1 and 65536" "${train[@]}"
    former --clip-norm --max-grad-norm -1 "it must be 0 or more" "${train[@]}"
    former --eval-share --validation-fraction 1 "it must be 0 or more, and below 1" "${train[@]}"
    former --when-cut-off --when-truncated x "it must be 1 or more" diagnose rows.jsonl --model "$model" --out o.jsonl --max-tokens 0
    former --trace-threshold --reasoning-threshold 2 "it must lie between 0 and 1" cot rows.jsonl --out o.jsonl
    former --labeller --classifier keyword "choose one of" classify rows.jsonl --model "$model" --out o.jsonl
    says "the classifier 'generative' has no threshold" 2 "$ease" classify rows.jsonl --model "$model" --out o.jsonl --labeller answer --threshold 0.5
    says "2 is out of range" 2 "$ease" classify rows.jsonl --model "$model" --out o.jsonl --classifier likelihood --threshold 2
    says "--shape is the former name of --schema, and both are given" 2 "$ease" diagnose rows.jsonl --model "$model" --out o.jsonl --shape ease --schema ease
    says 'row schema "star" is not known; choose one of automatic, ' 1 "$ease" diagnose rows.jsonl --model "$model" --out o.jsonl --shape star
    says "--arm is the former name of --component, and both are given" 2 "$ease" mix --arm a=rows.jsonl --component b=rows.jsonl --out o.jsonl
    says "write NAME=FILE" 1 "$ease" mix --arm rows.jsonl --out o.jsonl
    says "it must be 1 or more" 2 "$ease" boundary "$model" --think rows.jsonl --direct rows.jsonl --out o --rows-per-file 0

    # Keys and tables of a settings file, as --set and as flags of their own.
    run_settings "$model" 2 2 2 >today.toml
    key() { # OLD NEW VALUE SAYS
      says "$2 is $4" 1 "$ease" run today.toml --out out --set "$1=$3"
      says "$2 is $4" 1 "$ease" run today.toml --out out "--$1" "$3"
      says "--$1 is the former name of --$2, and both are given" 2 "$ease" run today.toml --out out "--$1" "$3" "--$2" "$3"
      says "\"$1\" is the former name of \"$2\"" 1 "$ease" run today.toml --out out --set "$1=$3" --set "$2=$3"
      ! "$ease" run --help | grep -q -e "--$1\b" || fail "--help has $1"
    }
    key finetune.accumulation finetune.gradient_accumulation_steps 0 "0: it must lie between 1 and 65536"
    key finetune.clip_norm finetune.max_grad_norm -1 "-1: it must be 0 or more"
    key finetune.eval_share finetune.validation_fraction 1 "1: it must be 0 or more, and below 1"
    key cot.trace_threshold cot.reasoning_threshold 2 "2: it must lie between 0 and 1"
    key mix.min_share mix.min_fraction 2 "2: it must lie between 0 and 1"
    key mix.wrapped_benign mix.adversarial_benign -1 "-1: it must be 0 or more"
    key() { # a key of a table that was renamed: the table is named
      says "$2 is $4" 1 "$ease" run today.toml --out out --set "$1=$3"
      says "$2 is $4" 1 "$ease" run today.toml --out out "--$1" "$3"
      says "--$1 is the former name of --$2, and both are given" 2 "$ease" run today.toml --out out "--$1" "$3" "--$2" "$3"
      says "is the former name of" 1 "$ease" run today.toml --out out --set "$1=$3" --set "$2=$3"
    }
    key own_answers.max_tokens self_responses.max_tokens 0 "0: it must be 1 or more"
    key boundary.rows_per_file threshold.rows_per_file -1 "-1: it must be 0 or more"
    { cat today.toml; printf '[boundary]\nrows_per_file = -1\n'; } >old.toml
    says "threshold.rows_per_file is -1" 1 "$ease" run old.toml --out out
    { cat today.toml; printf '[boundary]\nseed = 1\n[threshold]\nrows_per_file = 1\n'; } >both.toml
    says '"boundary" is the former name of "threshold", and both are given' 1 "$ease" run both.toml --out out
    { cat today.toml; printf '[classify]\nkind = "answer"\nthreshold = 0.4\n'; } >old.toml
    says "the classifier 'generative' has no threshold" 1 "$ease" run old.toml --out out
    { cat today.toml; printf '[general]\nwhen_cut_off = 3\n'; } >old.toml
    says "general.when_truncated: expected a string" 1 "$ease" run old.toml --out out
    [ ! -e out ] || fail "something was written"
    ;;
  values)
    refused --harmful -4 "it must be 0 or more" sample rows.jsonl --out o.jsonl
    refused --benign -1 "it must be 0 or more" sample rows.jsonl --out o.jsonl
    refused --seed -1 "it must be 0 or more" sample rows.jsonl --out o.jsonl
    refused --seed 99999999999999999999 "it is too large a number" sample rows.jsonl --out o.jsonl
    refused --benign 2.5 "it must be a whole number" sample rows.jsonl --out o.jsonl
    refused --benign many "it must be a whole number" sample rows.jsonl --out o.jsonl
    refused --rows-per-file 0 "it must be 1 or more" threshold "$model" --think rows.jsonl --direct rows.jsonl --out o
    refused --max-rows -1 "it must be 1 or more" sample rows.jsonl --out o.jsonl
    asking=(diagnose rows.jsonl --model "$model" --out o.jsonl)
    for value in nan -1 inf; do refused --temperature $value "it must be" "${asking[@]}"; done
    for value in 0 7 nan; do refused --top-p $value "it must be above 0 and at most 1" "${asking[@]}"; done
    refused --min-p 2 "it must lie between 0 and 1" "${asking[@]}"
    refused --top-k -1 "it must be 0 or more" "${asking[@]}"
    refused --max-tokens 0 "it must be 1 or more" "${asking[@]}"
    refused --repetition-penalty 0 "it must be a finite number above 0" "${asking[@]}"
    refused --threads -3 "it must lie between 0 and 4096" "${asking[@]}"
    for value in 0 -2; do refused --max-batch-rows $value "it must lie between 1 and 65536" "${asking[@]}"; done
    asking=(diagnose rows.jsonl --model $remote --out o.jsonl)
    for value in 0 -2; do refused --max-in-flight $value "it must lie between 1 and 65536" "${asking[@]}"; done
    refused --requests-per-minute -1 "it must be 0 or more" "${asking[@]}"
    refused --idle-timeout 0 "it must be above 0" "${asking[@]}"
    refused --price-in -1 "it must be 0 or more" "${asking[@]}"
    refused --threshold 7 "it must lie between 0 and 1" guard-filter answered.jsonl --unsafe o.jsonl
    refused --threshold nan "it must lie between 0 and 1" classify rows.jsonl --model "$model" --out o.jsonl
    refused --max-unparsed -1 "it must lie between 0 and 1" guard-filter answered.jsonl --unsafe o.jsonl
    refused --tries 0 "it must be 1 or more" cot rows.jsonl --out o.jsonl --model "$model"
    training=(finetune answered.jsonl --model "$model" --out o)
    for value in 0 -2; do
      refused --batch-size $value "it must lie between 1 and 65536" "${training[@]}"
      refused --gradient-accumulation-steps $value "it must lie between 1 and 65536" "${training[@]}"
      refused --epochs $value "it must be above 0" "${training[@]}"
    done
    for value in 0 -1e-4 nan 7; do refused --learning-rate $value "it must be above 0 and at most 1" "${training[@]}"; done
    refused --max-length 1 "it must be 2 or more" "${training[@]}"
    refused --warmup-ratio 2 "it must lie between 0 and 1" "${training[@]}"
    refused --weight-decay -1 "it must be 0 or more" "${training[@]}"
    refused --max-grad-norm -1 "it must be 0 or more" "${training[@]}"
    refused --validation-fraction 1 "it must be 0 or more, and below 1" "${training[@]}"
    refused --save-steps -1 "it must be 0 or more" "${training[@]}"
    refused --save-total-limit 0 "it must be 1 or more" "${training[@]}"
    refused --lora-rank -1 "it must lie between 0 and 65536" "${training[@]}"
    refused --nproc 0 "it must lie between 1 and 1024" "${training[@]}"
    [ ! -e o.jsonl ] && [ ! -e o ] || fail "something was written"

    # Words that are mistyped are named, with the one that was meant.
    says 'there is no command "diagnos"; did you mean diagnose?' 2 "$ease" diagnos x
    says 'there is no command "compare"' 2 "$ease" compare out
    ! grep -q "did you mean" err.txt || fail "guessed: $(cat err.txt)"
    says "name a command" 2 "$ease"
    says "ease diagnose: there is no option --modle; did you mean --model?" 2 "$ease" diagnose --modle x
    says "there is no option --max-row; did you mean --max-rows?" 2 "$ease" diagnose rows.jsonl --model "$model" --out o --max-row=3
    says '"b.jsonl" was not expected' 2 "$ease" diagnose a.jsonl b.jsonl --model "$model" --out o
    says "--model is required" 2 "$ease" diagnose rows.jsonl --out o.jsonl
    [ "$(wc -l <err.txt)" = 1 ] || fail "more than one line: $(cat err.txt)"
    # A server without its scheme is not a model at OpenAI.
    OPENAI_API_KEY=none says "without it the prompts would go to api.openai.com" 1 "$ease" diagnose rows.jsonl --out o.jsonl -q \
      --model openai:smol@localhost:8000/v1
    ;;
  files)
    cp answered.jsonl kept
    ln -s answered.jsonl link.jsonl
    ln answered.jsonl hard.jsonl
    mkdir -p sub && ln -s .. sub/up
    over="the command reads this file, and would write over it; name another output"
    for out in answered.jsonl ./answered.jsonl link.jsonl hard.jsonl sub/../answered.jsonl sub/up/answered.jsonl "$PWD/answered.jsonl"; do
      for more in "" --overwrite; do
        says "$out: $over" 1 "$ease" guard-filter answered.jsonl --unsafe "$out" $more -q
        says "$out: $over" 1 "$ease" guard-filter link.jsonl --unsafe u.jsonl --safe "$out" $more -q
      done
    done
    says "rows.jsonl: $over" 1 "$ease" sample rows.jsonl --out rows.jsonl -q
    says "rows.jsonl: $over" 1 "$ease" diagnose rows.jsonl --model "$model" --out rows.jsonl -q
    says "rows.jsonl: $over" 1 "$ease" diagnose rows.jsonl --model "$model" --out a.jsonl --failed rows.jsonl -q
    says "rows.jsonl: $over" 1 "$ease" diagnose rows.jsonl --model "$model" --out a.jsonl --on-bad-row reject --bad-rows rows.jsonl -q
    says "rows.jsonl: $over" 1 "$ease" evaluate answered.jsonl rows.jsonl --model "$model" --answers rows.jsonl -q
    says "rows.jsonl: $over" 1 "$ease" generate --input rows.jsonl --model "$model" --out rows.jsonl -q
    says "answered.jsonl: $over" 1 "$ease" mix --component a=rows.jsonl --component b=answered.jsonl:3 --out answered.jsonl -q
    says "rows.jsonl: $over" 1 "$ease" mix --component b=answered.jsonl --held-out rows.jsonl --out rows.jsonl -q
    says "answered.jsonl: $over" 1 "$ease" finetune answered.jsonl --model "$model" --out o --training-log answered.jsonl -q
    cp -r "$model" m && "$ease" export m --gguf f16 --out m.gguf -q >said.txt
    says "m/: $over" 1 "$ease" finetune answered.jsonl --model m --out m/ --overwrite -q
    says "m.gguf: $over" 1 "$ease" export m.gguf --gguf q8_0 --out m.gguf --overwrite -q
    says "m.gguf: $over" 1 "$ease" diagnose rows.jsonl --model m.gguf --out m.gguf --overwrite -q
    says "m: $over" 1 "$ease" threshold m --think rows.jsonl --direct rows.jsonl --out m --overwrite -q
    cp answered.jsonl m/rows.jsonl
    says "m/rows.jsonl: the command reads this file, and would replace the folder it is in (./m)" 1 "$ease" finetune m/rows.jsonl \
      --model "$model" --out ./m --overwrite -q
    cmp kept m/rows.jsonl && cmp kept answered.jsonl

    twice="two of the command's outputs would be written to this file"
    says "y.jsonl: $twice" 1 "$ease" guard-filter answered.jsonl --unsafe y.jsonl --safe y.jsonl -q
    says "sub/../y.jsonl: $twice (also named y.jsonl)" 1 "$ease" guard-filter answered.jsonl --unsafe y.jsonl --safe sub/../y.jsonl -q
    says "y.jsonl.failed.jsonl: $twice" 1 "$ease" diagnose rows.jsonl --model "$model" --out y.jsonl --on-bad-row reject --bad-rows y.jsonl.failed.jsonl -q
    says "y.jsonl.journal: a log or journal" 1 "$ease" diagnose rows.jsonl --model "$model" --out z.jsonl --failed y.jsonl.journal --log y.jsonl.journal -q
    for file in rows.jsonl y.jsonl; do
      says "$file: a log or journal would be written to a file that the command reads or writes" 1 "$ease" sample rows.jsonl --out y.jsonl --log $file
    done
    says "-: no file's name; write /dev/stdout for the standard output" 1 "$ease" sample rows.jsonl --out -
    [ ! -e - ] && [ ! -e y.jsonl ] && [ "$(wc -l <rows.jsonl)" = 4 ] || fail "something was written: $(ls)"

    # A finished output, and a side file of an older run, are replaced where that is said.
    there="there is a file already; --overwrite replaces it"
    asking=(--model "$model" --precision float32 --max-tokens 2 -q)
    again() { # OUTPUT COMMAND...: once; not a second time; again with --overwrite
      local out=$1
      shift
      "$ease" "$@" >said.txt || fail "status $?: $*"
      cp "$out" before
      says "$out: $there" 1 "$ease" "$@"
      cmp before "$out"
      "$ease" "$@" --overwrite >said.txt
      cmp before "$out"
    }
    again s.jsonl sample rows.jsonl --out s.jsonl --benign 2
    again d.jsonl diagnose rows.jsonl --out d.jsonl "${asking[@]}"
    again g.jsonl generate --input rows.jsonl --out g.jsonl "${asking[@]}"
    again u.jsonl guard-filter answered.jsonl --unsafe u.jsonl --safe safe.jsonl -q
    cp -r "$model" wide # its tokens are single characters: the classifier's question is longer than its context
    sed -i 's/"max_position_embeddings": *512/"max_position_embeddings": 8192/' wide/config.json
    again c.jsonl classify rows.jsonl --out c.jsonl --model wide --precision float32 -q
    again t.jsonl cot rows.jsonl --out t.jsonl -q
    again e.jsonl evaluate rows.jsonl --answers e.jsonl "${asking[@]}"
    again p.jsonl score answered.jsonl --out p.jsonl --model "$model" -q
    again x.jsonl mix --component a=answered.jsonl --out x.jsonl
    again x.gguf export "$model" --gguf q8_0 --out x.gguf -q
    for part in 1 2; do again h.shard-$part-of-2.jsonl diagnose rows.jsonl --out h.jsonl --shard $part/2 "${asking[@]}"; done
    again h.jsonl merge h.jsonl
    rm d.jsonl && echo '{}' >d.jsonl.failed.jsonl
    says "d.jsonl.failed.jsonl: $there" 1 "$ease" diagnose rows.jsonl --out d.jsonl "${asking[@]}"
    rm h.shard-1-of-2.jsonl
    says "h.shard-1-of-2.jsonl.manifest: $there" 1 "$ease" diagnose rows.jsonl --out h.jsonl --shard 1/2 "${asking[@]}"
    training=(finetune answered.jsonl --model "$model" --precision float32 --epochs 1 --out trained -q)
    "$ease" "${training[@]}" >said.txt
    says "trained: there is a model already; --overwrite replaces it" 1 "$ease" "${training[@]}"
    for option in --overwrite --overwrite-output-dir --overwrite_output_dir; do "$ease" "${training[@]}" $option >said.txt; done

    # A command that goes on has no finished output yet, and needs no leave. Streams can be written to at any time.
    { cat rows.jsonl; printf '{"prompt":"%s"}\n' "$(head -c 2000 /dev/zero | tr '\0' x)"; } >long.jsonl
    says "1 of 5 rows failed" 3 "$ease" diagnose long.jsonl --out l.jsonl "${asking[@]}"
    mv l.jsonl finished && rm l.jsonl.failed.jsonl
    [ -e l.jsonl.journal ] || fail "no journal"
    says "1 of 5 rows failed" 3 "$ease" diagnose long.jsonl --out l.jsonl "${asking[@]}"
    cmp finished l.jsonl
    "$ease" sample rows.jsonl --out /dev/stdout --benign 2 | cat >both.txt
    head -2 both.txt | cmp - s.jsonl
    "$ease" sample rows.jsonl --out /dev/stdout --benign 2 >both.txt
    head -2 both.txt | cmp - s.jsonl
    echo first >both.txt
    "$ease" sample rows.jsonl --out /dev/stdout --benign 2 >>both.txt
    [ "$(head -1 both.txt)" = first ] && [ "$(wc -l <both.txt)" = 4 ] || fail "appended to: $(cat both.txt)"
    "$ease" guard-filter answered.jsonl --unsafe /dev/null --safe /dev/null --unparsed /dev/null -q >said.txt
    ;;
  early)
    # What can be known is said before a model is opened: a journal would appear with it.
    early() { # SAYS COMMAND...
      says "$1" 1 "$ease" "${@:2}" -q
      [ ! -e o.jsonl.journal ] && [ ! -e o.jsonl ] && [ ! -e o ] || fail "it had begun: ${*:2}"
    }
    asking=(--model "$model" --precision float32 --out o.jsonl)
    judging=(--guard judge --model "$model" --precision float32 --unsafe o.jsonl)
    printf 'colour\nred\n' >no_prompt.csv
    : >empty.jsonl
    early "gone.jsonl" diagnose gone.jsonl "${asking[@]}"
    early "empty.jsonl: the file is empty" classify empty.jsonl "${asking[@]}"
    early "no_prompt.csv" diagnose no_prompt.csv "${asking[@]}"
    early "nowhere" diagnose rows.jsonl --columns prompt=nowhere "${asking[@]}"
    early "response" guard-filter rows.jsonl "${judging[@]}"
    early "response" cot rows.jsonl --keep-answer --out o.jsonl
    early "categories" cot no_prompt.csv --columns prompt=colour --out o.jsonl
    early "no_prompt.csv" evaluate rows.jsonl no_prompt.csv --model "$model" --answers o.jsonl
    early "completion" score rows.jsonl --columns completion=none "${asking[@]}"
    early "completion" finetune no_prompt.csv --columns prompt=colour --model "$model" --out o
    early "no_prompt.csv" mix --component a=answered.jsonl --component b=no_prompt.csv --out o.jsonl
    early "no_prompt.csv" threshold "$model" --think rows.jsonl --direct no_prompt.csv --out o
    # Side files appear with their first row, which may be hours away.
    early "cannot write rows.jsonl/x: $PWD/rows.jsonl is not a folder" diagnose rows.jsonl "${asking[@]}" --failed rows.jsonl/x
    early "cannot write rows.jsonl/x: $PWD/rows.jsonl is not a folder" guard-filter answered.jsonl "${judging[@]}" --safe rows.jsonl/x
    mkdir folder
    early "folder: this is a folder; name a file" classify rows.jsonl "${asking[@]}" --rejects folder
    early "cannot write rows.jsonl/deep/model/config.json: $PWD/rows.jsonl is not a folder" finetune answered.jsonl --model "$model" --out rows.jsonl/deep/model
    # The second model of a command is opened behind the first.
    early "gone.gguf" cot rows.jsonl --teacher model --model "$model" --guard judge --guard-model gone.gguf --out o.jsonl
    early "gone.gguf" evaluate rows.jsonl --model "$model" --guard judge --guard-model gone.gguf --answers o.jsonl
    early "gone.gguf" finetune answered.jsonl --model gone.gguf --out o
    # With --on-bad-row reject the first row may be a bad one.
    { echo '{"no":"prompt"}'; cat rows.jsonl; } >first_bad.jsonl
    status=0
    "$ease" diagnose first_bad.jsonl "${asking[@]}" --max-tokens 1 --on-bad-row reject -q >said.txt || status=$?
    [ $status = 3 ] && [ "$(wc -l <o.jsonl)" = 4 ] || fail "status $status: $(cat said.txt)"
    # What can be read once is not looked at first.
    rm o.jsonl
    "$ease" diagnose /dev/stdin "${asking[@]}" --max-tokens 1 -q <rows.jsonl >said.txt
    [ "$(wc -l <o.jsonl)" = 4 ] || fail "a pipe: $(cat said.txt)"
    ;;
  reports)
    # A report has every option of its command, as it was given or by default.
    reported() { # COMMAND...: --help and the report name the same options
      "$ease" "$1" --help | sed '/^Accepted without effect/,$d' | grep -oE '^ +(-[a-z],)*--[a-z-]+' | sed 's/.*--//; s/-/_/g' | grep -vxE 'help|log|log_level|log_text' | sort >help.txt
      "$ease" "$@" --json -q >report.json
      sed 's/.*"settings":{//; s/}.*//' report.json | grep -oE '"[a-z_]+":' | tr -d '":' | grep -vxE 'input|prompt' | sort >keys.txt
      [ "$(wc -l <help.txt)" -gt 5 ] || fail "--help of $1: $(cat help.txt)"
      grep -vx input help.txt | diff - keys.txt || fail "$1: the report's settings are not the options of --help"
    }
    has() { grep -qF -- "$1" report.json || fail "the report has no $1: $(cat report.json)"; }
    asking=(--model "$model" --precision float32 --max-tokens 2)
    reported sample rows.jsonl --out s.jsonl --benign 2
    has '"benign":2,'
    reported diagnose rows.jsonl --out d.jsonl "${asking[@]}" --temperature 0.5 --stop x --stop y
    for one in '"input":"rows.jsonl"' '"max_tokens":2,' '"temperature":0.5,' '"stop":["x","y"]' '"seed":42,' '"fresh":false' '"bad_rows":null' \
      '"precision":"float32"'; do has "$one"; done
    reported generate --input rows.jsonl --out g.jsonl "${asking[@]}"
    reported guard-filter answered.jsonl --unsafe u.jsonl
    reported cot rows.jsonl --out t.jsonl
    reported mix --component a=answered.jsonl:2 --out x.jsonl
    has '"component":["a=answered.jsonl:2"]'
    reported evaluate rows.jsonl --answers e.jsonl "${asking[@]}"
    reported score answered.jsonl --out p.jsonl --model "$model"
    reported export "$model" --gguf q8_0 --out x.gguf
    reported finetune answered.jsonl --model "$model" --out m --precision float32 --learning-rate 1e-4
    has '"learning_rate":1e-04'
    ;;
  *) fail "no such case: $case" ;;
esac
echo "ok: $case"
