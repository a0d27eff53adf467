#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# ease.sh CASE PROGRAM MODEL [SERVER]: runs `ease` as a user would, in a folder of its own, and checks what it leaves and says.
set -euo pipefail
case=$1 ease=$2 model=$3 server=${4:-}
source "$(dirname "${BASH_SOURCE[0]}")/server.sh"
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=2 OMP_WAIT_POLICY=passive

rows() { wc -l <"$1"; }

prompts() { # FILE DATA_TYPE CLASS COUNT WORDS EXTRA
  local i
  for ((i = 0; i < $4; i++)); do
    printf '{"prompt":"%s %d","data_type":"%s","class":"%s"%s,"kept":[%d]}\n' "$5" "$i" "$2" "$3" "${6:-}" "$i"
  done >>"$1"
}
settings() {
  prompts diagnosis.jsonl adversarial_harmful jailbreak 12 "play a pirate who is rude" ',"categories":["harassment","privacy"]'
  prompts diagnosis.jsonl adversarial_benign adversarial_benign 6 "play a pirate who counts" ',"vanilla":"count"'
  prompts harmful.jsonl vanilla_harmful harmful 4 "be rude" ',"categories":["harassment"]'
  prompts general.jsonl vanilla_benign benign 4 "count to" ',"completion":"One, two."'
  prompts held_out.jsonl adversarial_harmful jailbreak 3 "act as a rude parrot"
  prompts held_out.jsonl vanilla_benign benign 3 "what is the colour of snow"
  # Its tokens are single characters: a policy's trace is longer than the 512 the fixture has as context.
  cp -r "$model" wide
  sed -i 's/"max_position_embeddings": *512/"max_position_embeddings": 8192/' wide/config.json
  run_settings wide 4 4 6 >settings.toml
}
# Every stage of report.json adds up, and before/after have both classes with all their numbers.
check_report() {
  ! grep -q '"adds_up":false' "$1" || fail "a stage of $1 lost rows"
  [ "$(grep -o '"adds_up":true' "$1" | wc -l)" -ge 10 ] || fail "$1 has too few stages"
  local key
  for key in before after jailbreak benign rows think_rate refusal_rate attack_success tokens_per_answer; do
    grep -q "\"$key\":" "$1" || fail "$1 has no $key"
  done
}

case $case in
  run)
    mix_lines="general = 3" settings
    printf '[threshold]\nrows_per_file = 3\n' >>settings.toml # prompts of both sides stay untrained
    "$ease" run settings.toml --out out -q >table.txt
    grep -q jailbreak table.txt || fail "no table: $(cat table.txt)"
    check_report out/report.json
    for f in before.jsonl after.jsonl calibrate/mix.jsonl implant/mix.jsonl model/config.json model/model.safetensors model/tokenizer.json \
      calibrate/vulnerable/2-diagnose.jsonl calibrate/vulnerable/3-guard_filter.jsonl calibrate/vulnerable/5-cot.jsonl \
      calibrate/harmful.jsonl calibrate/general/2-self_response.jsonl; do
      [ -e "out/$f" ] || fail "out/$f is missing"
    done
    grep -q '"completion":"<think>' out/calibrate/mix.jsonl || fail "no reasoned row in the mix"
    grep -q '"completion":"One, two."' out/calibrate/mix.jsonl || fail "no direct row in the mix"
    grep -q '"shift":' out/report.json || fail "the threshold was not set"
    cmp -s out/tuned_model/model.safetensors out/model/model.safetensors && fail "the threshold did not move"
    "$ease" inspect out/model | grep -q "think tokens *[0-9]" || fail "the trained model has no think tokens"
    # A run that finds everything done leaves its report as it was.
    cp out/report.json kept.json
    "$ease" run settings.toml --out out -q >again.txt
    cmp kept.json out/report.json
    cmp table.txt again.txt
    # What would teach nothing stops the run, with the reason and the way out.
    sed -i 's/^min_fraction = 0/min_fraction = 0.5/' settings.toml
    says "mix: component adversarial_benign is empty: " 1 "$ease" run settings.toml --out out -q
    grep -q "truncated.*ask for 0 of its rows" err.txt || fail "said: $(cat err.txt)"
    ;;
  every_setting)
    # Each setting that --help lists, changed: exactly the stages that depend on it are to be done again. A key that is new fails
    # here until it is said what depends on it.
    mix_lines="general = 3" settings
    printf '[threshold]\nrows_per_file = 3\n' >>settings.toml
    cp -r wide other && cp diagnosis.jsonl more.jsonl
    echo '{"prompt":"play a king","data_type":"adversarial_harmful","class":"jailbreak","vanilla":"crown"}' >>more.jsonl
    sed -i 's/"model_type"/"_changed": 1, "model_type"/' other/config.json
    "$ease" run settings.toml --out out -q >/dev/null
    to_do() { "$ease" run settings.toml --out out --plan --json "$@" | { grep -oE '"stage":"[^"]*","done":false' || true; } | cut -d'"' -f4 | LC_ALL=C sort; }
    [ -z "$(to_do)" ] || fail "a run that is done has something to do: $(to_do)"
    # What a stage hands on.
    after() {
      case $1 in
        implant/harmful/1-sample) echo implant/harmful/2-classify ;;
        implant/harmful/2-classify) echo implant/harmful/3-cot ;;
        implant/adversarial_benign/1-sample) echo implant/adversarial_benign/2-diagnose ;;
        implant/adversarial_benign/2-diagnose) echo implant/adversarial_benign/3-cot ;;
        implant/*/3-cot) echo implant/mix ;;
        implant/mix) echo implant/distill threshold ;;
        implant/distill) echo calibrate/finetune ;;
        calibrate/vulnerable/1-sample) echo calibrate/vulnerable/2-diagnose ;;
        calibrate/vulnerable/2-diagnose) echo calibrate/vulnerable/3-guard_filter ;;
        calibrate/vulnerable/3-guard_filter) echo calibrate/vulnerable/4-classify ;;
        calibrate/vulnerable/4-classify) echo calibrate/vulnerable/5-cot ;;
        calibrate/adversarial_benign/1-sample) echo calibrate/adversarial_benign/2-diagnose ;;
        calibrate/adversarial_benign/2-diagnose) echo calibrate/adversarial_benign/3-cot ;;
        calibrate/general/1-draw) echo calibrate/general/2-self_response ;;
        calibrate/*/5-cot | calibrate/*/3-cot | calibrate/harmful | calibrate/general/2-self_response) echo calibrate/mix ;;
        calibrate/mix) echo calibrate/finetune threshold ;;
        calibrate/finetune | threshold) echo threshold/threshold ;;
        threshold/threshold) echo after ;;
        before | after) echo "$1/evaluate" ;;
      esac
    }
    all_after() { for one in "$@"; do echo "$one"; all_after $(after "$one"); done; }
    samples="implant/harmful/1-sample implant/adversarial_benign/1-sample calibrate/vulnerable/1-sample calibrate/adversarial_benign/1-sample"
    own="implant/adversarial_benign/2-diagnose calibrate/adversarial_benign/2-diagnose"
    traces="implant/harmful/3-cot calibrate/vulnerable/5-cot"
    labels="implant/harmful/2-classify calibrate/vulnerable/4-classify"
    asked="before after $own $labels calibrate/vulnerable/2-diagnose calibrate/general/2-self_response"
    checked=0
    while read -r key; do
      value=3 first=
      case $key in
        chat_template | *.chat_template) continue ;; # one other than the model's own does not fit the fixture
        precision) value=bfloat16 first=$asked ;;
        model) value=other first="$asked implant/distill" ;;
        seed) value=7 first="before after $samples $own calibrate/vulnerable/2-diagnose calibrate/general/1-draw calibrate/general/2-self_response implant/mix implant/distill calibrate/mix calibrate/finetune threshold" ;;
        system_prompt) value=Briefly. first="before after $own calibrate/vulnerable/2-diagnose calibrate/general/2-self_response" ;;
        refusal) value=No. first=calibrate/harmful ;;
        device) value=cpu ;;
        max_batch_rows | threads) ;;
        data.diagnosis) value=more.jsonl first=$samples ;;
        data.reasoning) value=more.jsonl first="implant/harmful/1-sample implant/adversarial_benign/1-sample" ;;
        data.harmful) value=more.jsonl first=calibrate/harmful ;;
        data.general) value=more.jsonl first="calibrate/general/1-draw threshold" ;;
        data.held_out) value=more.jsonl first="before after implant/mix calibrate/mix threshold" ;;
        data.max_prompt_bytes) value=20 first="$samples calibrate/general/1-draw" ;;
        sample.harmful) first="implant/harmful/1-sample calibrate/vulnerable/1-sample" ;;
        sample.benign) first="implant/adversarial_benign/1-sample calibrate/adversarial_benign/1-sample" ;;
        sample.seed) first="calibrate/vulnerable/1-sample calibrate/adversarial_benign/1-sample" ;;
        reasoning.harmful) first=implant/harmful/1-sample ;;
        reasoning.benign) first=implant/adversarial_benign/1-sample ;;
        reasoning.seed) first="implant/harmful/1-sample implant/adversarial_benign/1-sample" ;;
        diagnose.*) first=calibrate/vulnerable/2-diagnose ;;
        self_responses.*) first=$own ;;
        general.rows_per_file) first=calibrate/general/1-draw ;;
        general.max_prompt_bytes) value=20 first=calibrate/general/1-draw ;;
        general.seed) first="calibrate/general/1-draw calibrate/general/2-self_response" ;;
        general.*) first=calibrate/general/2-self_response ;;
        classify.kind) value=generative first=$labels ;;
        classify.model) value=other first=$labels ;;
        classify.threshold) value=0.4 first=$labels ;;
        cot.check) value=false first=$traces ;;
        mix.keep_safe) value=true first=calibrate/vulnerable/3-guard_filter ;;
        mix.min_fraction) value=0.01 first="implant/mix calibrate/mix" ;;
        mix.seed) first="implant/mix calibrate/mix" ;;
        mix.*) value=1 first=calibrate/mix ;;
        distill.save_* | distill.tensorboard | distill.gradient_checkpointing | distill.micro_batch_tokens) ;;
        finetune.save_* | finetune.tensorboard | finetune.gradient_checkpointing | finetune.micro_batch_tokens) ;;
        distill.*) first=implant/distill ;;
        finetune.*) first=calibrate/finetune ;;
        threshold.rows_per_file | threshold.seed) value=2 first=threshold ;;
        threshold.think | threshold.direct) value=more.jsonl first=threshold ;;
        evaluate.guard.kind) value=refusal first="before/evaluate after/evaluate" ;;
        evaluate.guard.*) continue ;; # refused with the guard that reads phrases
        evaluate.*) first="before after" ;;
        # Without effect with the others here: refused, as options.sh has it. Those of remote models change no result.
        guard.* | evaluate.guard.* | cot.* | max_in_flight | *_per_minute | *_timeout | price_*) continue ;;
        *) fail "what depends on $key?" ;;
      esac
      case $key in
        *.temperature | *.top_p | *.min_p) value=0.5 ;;
        *.repetition_penalty) value=1.5 ;;
        *.stop | *.when_truncated | *.system_prompt) value=Briefly. ;;
        *.learning_rate | *.warmup_ratio | *.validation_fraction | *.weight_decay) value=0.2 ;;
        *.batching) value=by-length ;;
        *.schedule) value=linear ;;
        *.precision) value=bfloat16 ;;
        *.gradient_checkpointing) value=true ;;
        *.tensorboard) value=board ;;
        *.eval_steps | *.keep | *.lora_alpha | *.lora_targets) continue ;; # with another only
        *.warmup_ratio) value=0.5 ;;
      esac
      checked=$((checked + 1))
      got=$(to_do "--$key" "$value")
      want=$(all_after $first | LC_ALL=C sort -u)
      [ "$got" = "$want" ] || fail "--$key $value: $(diff <(echo "$want") <(echo "$got"))"
    done < <("$ease" run --help | sed -n '/^Settings/,$p' | grep -E '^  -' | grep -oE -- '--[a-z_]+(\.[a-z_]+)* (PATH|TEXT|N|[0-9<>=.a-z|_-]+)' | cut -d' ' -f1 | cut -c3- | LC_ALL=C sort -u)
    [ $checked -gt 90 ] || fail "only $checked settings were found in --help"
    ;;
  stale)
    # A folder run again knows what has changed: a held-out prompt that was trained on, a number of tries, a precision.
    serve "$server"
    settings
    printf '[cot]\nkind = "model"\nmodel = "openai:teacher@%s"\n' "$url" >>settings.toml
    "$ease" run settings.toml --out out -q >/dev/null
    grep -q '"prompt":"be rude 2"' out/calibrate/mix.jsonl || fail "the row is not in the mix"
    printf '{"prompt":"Be  rude 2","class":"harmful"}\n' >>held_out.jsonl
    "$ease" run settings.toml --out out >/dev/null 2>log.txt
    ! grep -q '"prompt":"be rude 2"' out/calibrate/mix.jsonl || fail "a held-out prompt is trained on"
    grep -q '^calibrate/vulnerable/5-cot: already done' log.txt && ! grep -qE '^calibrate/(mix|finetune): already done' log.txt ||
      fail "wrong stages: $(cat log.txt)"
    again() { # SED WORKS HOLDS: after the change the stages WORKS (a pattern) run again, and those of HOLDS do not
      sed -i "$1" settings.toml
      "$ease" run settings.toml --out out >/dev/null 2>log.txt
      ! grep -E "^($2): already done" log.txt || fail "$1: $2 did not run again"
      [ -z "$3" ] || grep -qE "^($3): already done" log.txt || fail "$1: $3 ran again"
    }
    echo 'tries = 2' >>settings.toml
    again '' 'implant/harmful/3-cot|calibrate/vulnerable/5-cot|calibrate/mix' 'calibrate/vulnerable/4-classify'
    again 's/^tries = 2/tries = 4/' 'implant/harmful/3-cot|calibrate/vulnerable/5-cot' 'calibrate/vulnerable/4-classify'
    again 's/^precision = "float32"$/precision = "bfloat16"/' 'before|implant/harmful/2-classify|calibrate/vulnerable/2-diagnose' ''
    # Prompts in the run's own files would be lost.
    sed 's#"general.jsonl"#"out/calibrate/general/1-draw.jsonl"#' settings.toml >own.toml
    says "out/calibrate/general/1-draw.jsonl: the command reads this file, and writes its own into that folder" 1 "$ease" run own.toml --out out -q
    # A folder of an earlier version is refused, and started over with --fresh.
    mkdir out/.stages
    says "an earlier version of ease ran here" 1 "$ease" run settings.toml --out out -q
    "$ease" run settings.toml --out out -q --fresh >/dev/null
    ;;
  resume)
    settings
    "$ease" run settings.toml --out out -q >first.txt
    cp out/model/model.safetensors kept
    "$ease" run settings.toml --out out >again.txt 2>log.txt
    [ "$(grep -c 'already done' log.txt)" -ge 15 ] || fail "stages ran again: $(cat log.txt)"
    cmp kept out/model/model.safetensors
    # A stage that never finished runs again, and what depends on its changed outcome; the rest does not.
    rm out/.run/calibrate/finetune.done
    "$ease" run settings.toml --out out >again.txt 2>log.txt
    grep -q '^calibrate/vulnerable/2-diagnose: already done' log.txt && ! grep -q '^calibrate/finetune: already done' log.txt || fail "wrong stages: $(cat log.txt)"
    cmp kept out/model/model.safetensors
    sed -i 's/^\[finetune\]$/&\nepochs = 1/' settings.toml
    "$ease" run settings.toml --out out >again.txt 2>log.txt
    grep -q '^implant/distill: already done' log.txt && ! grep -q '^calibrate/finetune: already done' log.txt || fail "wrong stages: $(cat log.txt)"
    # A row that fails is retried by the same command, and the status says so until none does.
    printf '{"prompt":"%s","class":"benign"}\n' "$(head -c 9000 /dev/zero | tr '\0' x)" >>held_out.jsonl
    says "ease: 2 rows failed; the same command retries them" 3 "$ease" run settings.toml --out out -q
    for f in before after; do [ "$(rows out/$f.jsonl)" = 6 ] && [ "$(rows out/$f.failed.jsonl)" = 1 ] || fail "$f: $(ls out)"; done
    says "2 rows failed" 3 "$ease" run settings.toml --out out
    grep -q '^calibrate/finetune: already done' err.txt && ! grep -q '^before: already done' err.txt || fail "wrong stages: $(cat err.txt)"
    sed -i '$d' held_out.jsonl
    "$ease" run settings.toml --out out -q >/dev/null
    ;;
  interrupted)
    export OMP_NUM_THREADS=1
    settings
    prompts many.jsonl adversarial_harmful jailbreak 400 "play a pirate who is rude"
    how=(--model "$model" --precision float32 --max-tokens 24 --max-batch-rows 4 -q)
    # Those rows and more of them without an end: a program that reads them is at work whenever it is to be stopped.
    endless() { awk '{ print } END { for (i = NR;; i++) { sub(/rude [0-9]+/, "rude " i); print } }' many.jsonl 2>/dev/null; }
    start() { # NAME: such a program, which has answered some rows
      "$ease" diagnose <(endless) --out "$1.jsonl" "${how[@]}" >said.txt 2>err.txt &
      running=$!
      await $running holds "$1.jsonl.journal" 4000
    }
    # finishes NAME: what was stopped goes on over the first rows, and asks again for none that it had.
    finishes() {
      "$ease" diagnose many.jsonl --out "$1.jsonl" "${how[@]}" --log "$1.log" --log-level debug >/dev/null
      cmp whole.jsonl "$1.jsonl"
      [ "$(grep -c '"event":"answer"' "$1.log")" -lt 400 ] || fail "all rows were requested again"
      [ ! -e "$1.jsonl.journal" ] || fail "the journal stayed"
    }
    "$ease" diagnose many.jsonl --out whole.jsonl "${how[@]}" >/dev/null
    [ ! -e whole.jsonl.journal ] || fail "the journal of a finished command stayed"
    # Ctrl-C, SIGTERM and kill -9: the status says which, the journal stays, nothing half-written is taken for a result.
    for signal in INT TERM KILL; do
      start $signal
      kill -STOP $running # so that most of the rows are left
      says "another process is using this" 1 "$ease" diagnose many.jsonl --model "$model" --out $signal.jsonl -q
      kill -$signal $running
      kill -CONT $running
      status=0
      wait $running || status=$?
      [ "$status" = $((128 + $(kill -l $signal))) ] || fail "SIG$signal: status $status ($(cat err.txt))"
      [ "$signal" = KILL ] || grep -q "the same command resumes" err.txt || fail "said: $(cat err.txt)"
      [ ! -e $signal.jsonl ] && holds $signal.jsonl.journal 4000 || fail "after SIG$signal: $(ls -l)"
      finishes $signal
    done
    # A second signal ends it at once; what was in the journal by then stays there.
    start twice
    kill -STOP $running # so that both are there when it goes on
    kill -INT $running
    kill -TERM $running
    before=$(stat -c %s twice.jsonl.journal)
    kill -CONT $running
    status=0
    wait $running || status=$?
    [ "$status" = 130 ] || [ "$status" = 143 ] || fail "two signals: status $status"
    grep -q "once more ends at once" err.txt && ! grep -q "command resumes" err.txt || fail "two signals did not end it at once: $(cat err.txt)"
    [ "$(stat -c %s twice.jsonl.journal)" -ge "$before" ] && [ ! -e twice.jsonl ] || fail "after two signals: $(ls -l)"
    finishes twice
    # No room, no place, nobody reading: one line, and status 1.
    says "No space left on device" 1 "$ease" diagnose diagnosis.jsonl --model "$model" --out /dev/full --max-tokens 4 -q
    "$ease" run settings.toml --out out -q >/dev/null
    mkdir out2
    status=0
    (trap '' XFSZ; ulimit -f 8; exec "$ease" run settings.toml --out out2 -q) >/dev/null 2>err.txt || status=$?
    [ "$status" = 1 ] && grep -q "File too large" err.txt || fail "a full disk: status $status, $(cat err.txt)"
    "$ease" run settings.toml --out out2 -q >/dev/null
    cmp out/calibrate/mix.jsonl out2/calibrate/mix.jsonl
    cmp out/model/model.safetensors out2/model/model.safetensors
    { "$ease" diagnose many.jsonl --model "$model" --out /dev/stdout --max-tokens 4 -q 2>err.txt || echo $? >status.txt; } | true
    [ "$(cat status.txt)" = 1 ] && grep -q "Broken pipe" err.txt || fail "a closed pipe: $(cat status.txt err.txt)"
    says "cannot" 1 "$ease" run settings.toml --out /proc/nowhere -q
    # A folder that must not be written to. Root may write everywhere, unless it gives that up.
    mkdir closed && chmod 555 closed
    as_other() { if [ "$(id -u)" = 0 ]; then setpriv --bounding-set=-dac_override --inh-caps=-dac_override "$@"; else "$@"; fi; }
    if as_other touch closed/probe 2>/dev/null || ! as_other true; then
      echo "not tested here: a read-only folder (this user can write to it, or setpriv is missing)"
    else
      says "cannot write closed/a.jsonl: Permission denied" 1 as_other "$ease" diagnose diagnosis.jsonl --model "$model" --out closed/a.jsonl -q
      says "closed/out" 1 as_other "$ease" run settings.toml --out closed/out -q
      grep -q "Permission denied" err.txt || fail "said: $(cat err.txt)"
      says "cannot write closed/m.jsonl: Permission denied" 1 as_other "$ease" mix --component a=general.jsonl --out closed/m.jsonl
    fi
    ;;
  stopped_run)
    # A run says where it is, has its folder for itself, and resumes: while its teacher waits for an answer.
    serve "$server"
    settings
    printf '[cot]\nkind = "model"\nmodel = "openai:teacher@%s"\ntries = 3\n' "$url" >>settings.toml
    says "no run was started here" 1 "$ease" status .
    tell "hold 1"
    "$ease" run settings.toml --out out -q >/dev/null 2>run.txt &
    running=$!
    await $running one_is_held
    says "another run (process $running) is active here" 1 "$ease" run settings.toml --out out -q
    kill -INT $running
    await $running grep -q "once more ends at once" run.txt
    tell release # what was asked is waited for
    status=0
    wait $running || status=$?
    [ "$status" = 130 ] || fail "a run that is stopped ends with $status: $(cat run.txt)"
    "$ease" status out >status.txt
    grep -q "command resumes it" status.txt || fail "status: $(cat status.txt)"
    "$ease" run settings.toml --out out -q >/dev/null
    "$ease" status out | tail -1 | grep -qx finished || fail "status: $("$ease" status out)"
    "$ease" status out --json | grep -q '"finished":true,"running":false' || fail "status --json"
    "$ease" run settings.toml --out out --fresh >/dev/null 2>log.txt
    ! grep -q "already done" log.txt || fail "--fresh did not start over"
    ;;
  stages)
    settings
    "$ease" sample diagnosis.jsonl --out drawn.jsonl --harmful 3 --benign 2
    [ "$(rows drawn.jsonl)" = 5 ] || fail "sample"
    grep -q '"kept":\[' drawn.jsonl || fail "a key that no stage reads is lost"
    "$ease" diagnose drawn.jsonl --model_name "$model" --output_file answered.jsonl --max_tokens 5 --precision float32 -q
    [ "$(rows answered.jsonl)" = 5 ] || fail "diagnose"
    "$ease" guard-filter answered.jsonl --unsafe bad.jsonl --safe good.jsonl --json -q | grep -q '"adds_up":true' || fail "guard-filter"
    grep adversarial_harmful bad.jsonl | sed 's/"response_tokens":[0-9]*,*//' >vulnerable.jsonl
    "$ease" cot vulnerable.jsonl --teacher policy --out reasoned.jsonl -q
    grep -q '"completion":"<think>' reasoned.jsonl || fail "cot"
    "$ease" mix --component reason=reasoned.jsonl --component direct=general.jsonl:2 --held-out held_out.jsonl --out mixed.jsonl | grep -q direct
    "$ease" distill mixed.jsonl --model "$model" --out trained --precision float32 --per_device_train_batch_size 2 -q
    "$ease" evaluate held_out.jsonl --model trained --precision float32 --max-tokens 4 -q | grep -q jailbreak || fail "evaluate"
    "$ease" threshold trained --think diagnosis.jsonl --direct held_out.jsonl --leave-out mixed.jsonl --out set --json -q >set.json
    grep -q '"shift":.*"think_rate_after":' set.json || fail "threshold: $(cat set.json)"
    says "no prompt is left that should think: all are in the files to leave out" 1 "$ease" threshold trained --think mixed.jsonl \
      --direct held_out.jsonl --leave-out mixed.jsonl --out other -q
    says "has no <think> token: fine-tune it first" 1 "$ease" threshold "$model" --think diagnosis.jsonl --direct general.jsonl --out other -q
    says "there is a model already" 1 "$ease" finetune mixed.jsonl --model "$model" --out trained -q
    printf '{"prompt":"a b","completion":" c"}\n' >pairs.jsonl
    "$ease" score pairs.jsonl --model "$model" --out scored.jsonl -q >/dev/null
    grep -q '"logprob":-' scored.jsonl || fail "score"
    ids=$("$ease" tokenize --model "$model" "to and fro <|im_end|>")
    [ "$("$ease" tokenize --model "$model" --decode "$ids")" = "to and fro <|im_end|>" ] || fail "tokenize"
    # A prompt that is too long for the context fails alone, is kept, and the exit status says so.
    { cat drawn.jsonl; printf '{"prompt":"%s"}\n' "$(head -c 2000 /dev/zero | tr '\0' x)"; } >long.jsonl
    status=0
    "$ease" diagnose long.jsonl --model "$model" --out some.jsonl --max-tokens 3 --precision float32 -q || status=$?
    [ "$status" = 3 ] && [ "$(rows some.jsonl)" = 5 ] && [ "$(rows some.jsonl.failed.jsonl)" = 1 ] || fail "a long prompt (status $status)"
    ;;
  export)
    "$ease" export "$model" --gguf f32 --out wide.gguf -q >said.txt
    grep -q "20 F32 tensors; pre-tokeniser smollm, think tokens none" said.txt || fail "export said: $(cat said.txt)"
    "$ease" inspect "$model" >folder.txt
    "$ease" inspect wide.gguf >file.txt
    cmp folder.txt file.txt
    for from in "$model" wide.gguf; do
      "$ease" generate --model "$from" "count to 3" --temperature 0 --max-tokens 12 --precision float32 --json
    done >answers.txt
    [ "$(sort -u answers.txt | wc -l)" = 1 ] || fail "the file answers otherwise: $(cat answers.txt)"
    says "wide.gguf: there is a file already; --overwrite replaces it" 1 "$ease" export "$model" --gguf q8_0 --out wide.gguf
    "$ease" export wide.gguf --gguf q8_0 --out narrow.gguf --overwrite --json -q | grep -q '"tensors":{"F16":2,"F32":5,"Q8_0":13}' || fail "q8_0"
    "$ease" generate --model narrow.gguf "count to 3" --max-tokens 2 >/dev/null
    says 'choose f32, f16, bf16 or q8_0' 1 "$ease" export "$model" --gguf q3 --out other.gguf
    says 'there is no folder' 1 "$ease" export "$model" --gguf f16 --out nowhere/other.gguf
    [ ! -e other.gguf ] || fail "an output appeared although the run failed"
    ;;
  ranks)
    prompts general.jsonl vanilla_benign benign 12 "count to" ',"completion":"One, two."'
    train() { "$ease" finetune general.jsonl --model "$model" --precision float32 --learning-rate 1e-3 -q "$@"; }
    rank_of() { tr '\0' '\n' <"/proc/$1/environ" | sed -n 's/^RANK=//p'; }
    child() { # LAUNCHER RANK: its process, once it trains
      local p tries
      for ((tries = 0; tries < 600; tries++)); do
        for p in $(cat "/proc/$1/task/$1/children"); do
          # Both ranks have met when they have Gloo's connections: two sockets each for the store and more for the pair.
          if [ "$(rank_of "$p" 2>/dev/null)" = "$2" ] && [ "$(ls -l "/proc/$p/fd" 2>/dev/null | grep -c socket:)" -ge 4 ]; then
            echo "$p"
            return
          fi
        done
        sleep 0.1
      done
      fail "no rank $2 of $1"
    }
    # Two processes train what one does, and only rank 0 speaks.
    train --out one --json >one.json
    train --out two --json --nproc 2 >two.json 2>two.err
    [ "$(wc -l <two.json)" = 1 ] && [ ! -s two.err ] || fail "not one line: $(cat two.json two.err)"
    for key in first_loss last_loss; do
      values=$(sed -n "s/.*\"$key\":\([^,]*\),.*/\1/p" one.json two.json | tr '\n' ' ')
      awk '{ d = $1 - $2; exit NF != 2 || d * d > 1e-10 * $1 * $1 }' <<<"$values" || fail "$key: $values"
    done
    cmp one/config.json two/config.json
    # As torchrun, srun and mpirun start them.
    export MASTER_ADDR=127.0.0.1 MASTER_PORT=$((20000 + $$ % 10000)) WORLD_SIZE=2
    RANK=1 train --out three --json >rank1.txt 2>&1 &
    RANK=0 train --out three --json >rank0.txt 2>&1 || fail "rank 0: $(cat rank0.txt)"
    wait $! || fail "rank 1: $(cat rank1.txt)"
    [ ! -s rank1.txt ] && [ "$(wc -l <rank0.txt)" = 1 ] || fail "they said: $(cat rank1.txt rank0.txt)"
    cmp one/config.json three/config.json
    RANK=0 EASE_RENDEZVOUS_SECONDS=1 says "1 of 2 ranks came within 1 s; missing: rank 1" 1 train --out four
    RANK=0 says "leave one of the two out" 1 train --out four --nproc 2
    unset MASTER_ADDR MASTER_PORT WORLD_SIZE
    # A rank that dies takes the job down, with one line that names it; nobody is left behind.
    for gone in 1 0; do
      "$ease" finetune general.jsonl --model "$model" --precision float32 -q --out four --epochs 100000 --nproc 2 >out.txt 2>err.txt &
      launcher=$!
      first=$(child $launcher 0) second=$(child $launcher 1)
      [ $gone = 0 ] && kill -9 "$first" || kill -9 "$second"
      status=0
      timeout 60 tail --pid=$launcher -f /dev/null || fail "still running a minute after rank $gone was killed"
      wait $launcher || status=$?
      [ $status = 137 ] || fail "status $status: $(cat err.txt)"
      [ "$(cat err.txt)" = "ease: rank $gone of 2 was killed by signal 9 (Killed); the other ranks were ended" ] || fail "said: $(cat err.txt)"
      [ ! -e "/proc/$first" ] && [ ! -e "/proc/$second" ] || fail "a rank is left behind"
    done
    "$ease" finetune general.jsonl --model "$model" --precision float32 -q --out four --epochs 100000 --nproc 2 >out.txt 2>err.txt &
    launcher=$!
    first=$(child $launcher 0) second=$(child $launcher 1)
    kill -9 $launcher
    wait $launcher 2>/dev/null || true
    timeout 60 tail --pid="$first" --pid="$second" -f /dev/null || fail "ranks outlive the process that started them"
    says "nowhere.jsonl: cannot read" 1 "$ease" finetune nowhere.jsonl --model "$model" --out four --nproc 2 -q
    [ ! -e four ] || fail "an output appeared although the run failed"
    ;;
  remote)
    # serve NAME MILLISECONDS FAULTS_PERCENT: a server whose address is in $url; it ends with this script.
    serve() {
      mkfifo "hold.$1"
      "$server" "$2" "$3" <"hold.$1" >"url.$1" 2>"requests.$1" &
      eval "exec $fd>hold.$1"
      fd=$((fd + 1))
      await $! test -s "url.$1"
      url=$(cat "url.$1")
    }
    fd=7
    serve ill 2 5
    ill=$url
    serve well 2 0
    well=$url
    # 10 000 rows through a server that spoils one answer in twenty: all there, none twice, and the report says what it took.
    for ((i = 0; i < 10000; i++)); do printf '{"prompt":"question %d"}\n' "$i"; done >many.jsonl
    "$ease" diagnose many.jsonl --model "openai:m@$ill" --out ill.jsonl --max-in-flight 256 --price-in 1 --price-out 2 -q --json >report.json
    "$ease" diagnose many.jsonl --model "openai:m@$well" --out well.jsonl --max-in-flight 64 -q >said.txt
    cmp ill.jsonl well.jsonl || fail "faults changed an answer, a row or their order"
    [ "$(grep -o '"prompt":"question [0-9]*"' ill.jsonl | sort -u | wc -l)" = 10000 ] || fail "rows are missing"
    grep -q '"adds_up":true' report.json && grep -q '"answered":10000,"failed":0,"prompt_tokens":30000,"completion_tokens":90000,' report.json &&
      grep -q '"from_journal":0,"cost":0.21}' report.json || fail "the report: $(cat report.json)"
    [ "$(sed -n 's/.*"retries":\([0-9]*\),.*/\1/p' report.json)" -gt 300 ] || fail "too few faults: $(cat report.json)"
    grep -q '10000 requests (0 retries), 30000 + 90000 tokens' said.txt || fail "the summary: $(cat said.txt)"
    # Of two servers one is not there: the other answers for it, and a person is told.
    "$ease" diagnose many.jsonl --max-rows 300 --model "openai:m@http://127.0.0.1:1/v1,$well" --out two.jsonl -q --json >report.json 2>err.txt
    head -300 well.jsonl | cmp - two.jsonl
    grep -q '^ease: http://127.0.0.1:1/v1 is paused for 5 s: ' err.txt || fail "said: $(cat err.txt)"
    # The answer as it comes is the answer.
    "$ease" generate "hello" --model "openai:m@$well" >streamed.txt
    "$ease" generate "hello" --model "openai:m@$well" --json >whole.json
    grep -q "Thought" streamed.txt && [ "$(wc -l <streamed.txt)" = 5 ] || fail "streamed: $(cat streamed.txt)"
    # What a model says to a terminal is shown, not obeyed; a file gets it as it is.
    script -qec "'$ease' generate 'Speak to my terminal' --model 'openai:m@$well'" typescript >/dev/null </dev/null
    ! grep -q -e $'\e\[31m' -e $'\e\]0;' typescript && grep -qF 'x1b]0;another title' typescript || fail "a terminal got: $(cat -v typescript)"
    "$ease" generate "Speak to my terminal" --model "openai:m@$well" >piped.txt
    grep -qF $'\e[31mred\e]0;another title\a' piped.txt || fail "a pipe got: $(cat -v piped.txt)"
    # Labels held to a schema.
    "$ease" classify many.jsonl --max-rows 5 --model "openai:m@$well" --classifier generative --out classified.jsonl -q --json >report.json
    [ "$(grep -c '"categories":\["harassment"\]' classified.jsonl)" = 5 ] || fail "labels: $(cat classified.jsonl)"
    # A judge whose server gives no log-probabilities: one line says how many rows failed and why, also under -q.
    head -5 well.jsonl >judged.jsonl
    says "ease: guard_filter: 5 of 5 rows failed, the first because: the server gives no log-probabilities" 3 "$ease" guard-filter \
      judged.jsonl --guard judge --model "openai:m@$well" --unsafe u.jsonl -q
    grep -q 'each stands with its reason in u.jsonl.failed.jsonl$' err.txt && [ "$(wc -l <err.txt)" = 1 ] || fail "said: $(cat err.txt)"
    says "evaluate: 5 of 5 verdicts are missing, more than the allowed fraction of 0.2; the first failure: the server gives no" \
      1 "$ease" evaluate judged.jsonl --model "openai:m@$well" --guard judge --guard-model "openai:m@$well" -q
    says "ease: evaluate: some verdicts are missing; the first failure: the server gives no log-probabilities" 0 \
      "$ease" evaluate judged.jsonl --model "openai:m@$well" --guard judge --guard-model "openai:m@$well" --max-unparsed 1 -q
    # Limits and time-outs are taken, from the command line and from a file.
    started=$(date +%s%N)
    "$ease" diagnose many.jsonl --max-rows 5 --model "openai:m@$well" --out slow.jsonl --requests-per-minute 120 -q >said.txt
    [ $((($(date +%s%N) - started) / 1000000)) -ge 1400 ] || fail "5 requests at 2 a second took less than 1.4 s"
    for option in --idle-timeout --silence-timeout; do # the second is its earlier name
      says "--idle-timeout: 0 is out of range" 2 "$ease" diagnose many.jsonl --model "openai:m@$well" $option 0 --out o.jsonl -q
    done
    printf 'requests_per_minute = "many"\n' >bad.toml
    says 'bad.toml:1: requests_per_minute: expected a number' 1 "$ease" run bad.toml --out out
    for ((i = 7; i < fd; i++)); do eval "exec $i>&-"; done
    wait
    ;;
  remote_names)
    printf '{"prompt":"a"}\n' >p.jsonl
    says "openai:MODEL@URL" 1 "$ease" diagnose p.jsonl --model openai:m@ftp://x --out o.jsonl -q
    says "URL,URL" 1 "$ease" diagnose p.jsonl --model openai:m@http://127.0.0.1:1,127.0.0.1:2 --out o.jsonl -q
    OPENAI_API_KEY= says "OPENAI_API_KEY" 1 "$ease" diagnose p.jsonl --model openai:some@https://example.invalid/v1 --out o.jsonl -q
    [ ! -e o.jsonl ] || fail "an output appeared although the run failed"
    ;;
  rubbish)
    says "no such model" 1 "$ease" inspect nowhere
    says "no such file" 1 "$ease" run nowhere.toml --out out
    printf 'modle = "x"\n' >bad.toml
    says 'bad.toml:1: unknown key "modle"' 1 "$ease" run bad.toml --out out
    printf '[sample]\nharmful = "many"\n' >bad.toml
    says 'bad.toml:2: sample.harmful: expected a whole number' 1 "$ease" run bad.toml --out out
    printf '{"prompt":"a"}\n{"prompt":7}\n{"prompt":"c"' >rows.jsonl
    says 'rows.jsonl:2: field "prompt"' 1 "$ease" diagnose rows.jsonl --model "$model" --out o.jsonl -q
    [ ! -e o.jsonl ] || fail "an output appeared although the run failed"
    status=0
    "$ease" diagnose rows.jsonl --model "$model" --out o.jsonl --max-tokens 2 --on-bad-row reject --precision float32 -q || status=$?
    [ "$status" = 3 ] && [ "$(rows o.jsonl)" = 1 ] && [ "$(rows rows.jsonl.bad.jsonl)" = 2 ] || fail "rejected rows (status $status)"
    printf '' >empty.jsonl
    says "empty.jsonl: the file is empty" 1 "$ease" diagnose empty.jsonl --model "$model" --out o.jsonl --overwrite -q
    says "is not known; choose one of refusal, llama-guard, judge" 2 "$ease" guard-filter rows.jsonl --unsafe u.jsonl --guard oracle -q
    says 'chat template "chatty" is not known; choose one of smollm2' 1 "$ease" generate "hello" --model "$model" --chat-template chatty -q
    # A model that is no guard gives no verdicts: the stage fails, and the rows stand in the side file.
    for ((i = 0; i < 5; i++)); do printf '{"prompt":"question %d","response":"answer %d"}\n' "$i" "$i"; done >judged.jsonl
    for guard in judge llama-guard; do
      says "5 of 5 verdicts could not be read" 1 "$ease" guard-filter judged.jsonl --guard $guard --model "$model" --precision float32 \
        --unsafe $guard.jsonl -q
      [ "$(rows $guard.jsonl.unparsed.jsonl)" = 5 ] || fail "$guard: unparsed rows are missing"
    done
    says "write NAME=FILE" 1 "$ease" mix --component rows.jsonl --out o.jsonl
    status=0
    "$ease" nonsense >/dev/null 2>&1 || status=$?
    [ "$status" = 2 ] || fail "an unknown command ends with $status"
    for command in run status sample diagnose guard-filter classify cot mix distill finetune threshold evaluate merge generate tokenize score inspect export; do
      "$ease" "$command" --help >help.txt
      grep -qi example help.txt || fail "$command --help has no example"
      [ "$(grep -cE '^  --log(-level|-text)? ' help.txt)" = 3 ] || fail "$command --help does not list the log's options"
    done
    ;;
  *) fail "no such case: $case" ;;
esac
echo "ok: $case"
