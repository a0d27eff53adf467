#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# train.sh CASE PROGRAM MODEL [HOLD]: `ease finetune` killed, stopped, resumed, planned and misled as a user would. HOLD is the
# library of hold.cpp, for the cases that stop a training.
set -euo pipefail
case=$1 ease=$2 model=$3 hold=${4:-}
source "$(dirname "${BASH_SOURCE[0]}")/checks.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export OMP_NUM_THREADS=1

train_rows() { # FILE COUNT
  local i
  for ((i = 0; i < $2; i++)); do
    printf '{"prompt":"count from %d to %d","completion":"%d, then %d, and so on, until it is done."}\n' "$i" $((i * 7 % 50)) "$i" $((i + 1))
  done >"$1"
}
train_rows rows.jsonl 40
common=(finetune rows.jsonl --model "$model" --precision float32 --learning-rate 1e-3 --batch-size 2 --gradient-accumulation-steps 2 -q)
finetune() { "$ease" "${common[@]}" "$@"; }
same_model() { cmp "$1/model.safetensors" "$2/model.safetensors" || fail "$1 and $2 have other weights"; }
# held_at PATTERN PROGRAM...: the program, which waits once it has made the checkpoint, until go_on.
held_at() { LD_PRELOAD=$hold EASE_TEST_HOLD_AT=$1 EASE_TEST_HELD=$PWD/held exec "${@:2}"; }
go_on() { rm held; }
# Starts a training in the background and waits until it is held at its second checkpoint.
start() { # OUT
  held_at "*/checkpoint-10" "$ease" "${common[@]}" --epochs 20 --save-steps 5 --out "$1" "${@:2}" >/dev/null 2>"$1.err" &
  pid=$!
  await $pid test -e held
}
# stop SIGNAL ERR: asks what was started to stop, and lets it go on once it has heard that.
stop() {
  kill -s "$1" $pid
  await $pid grep -q "stopping at the next step; once more ends at once" "$2"
  go_on
}
# ends STATUS: what was started ended with it.
ends() {
  local got=0
  wait $pid || got=$?
  [ "$got" = "$1" ] || fail "status $got instead of $1"
}

case $case in
  killed)
    finetune --epochs 20 --out whole >/dev/null
    [ "$(wc -l <whole/training_log.jsonl)" = 200 ] || fail "the log has $(wc -l <whole/training_log.jsonl) lines"
    [ ! -e whole.training ] || fail "what is needed no more is left: $(ls whole.training)"
    for signal in KILL TERM INT; do
      start "$signal"
      if [ $signal = KILL ]; then
        kill -s KILL $pid
        ends 137
        go_on
      else
        stop $signal $signal.err
        [ $signal = TERM ] && ends 143 || ends 130
        grep -qE "stopped after step 11 of 200; a checkpoint is in $signal.training: the same command with --resume goes on" $signal.err ||
          fail "said: $(cat $signal.err)"
      fi
      [ ! -e $signal ] || fail "a model appeared although training was stopped"
      says "an earlier run stopped here after step" 1 finetune --epochs 20 --out $signal
      finetune --epochs 20 --out $signal --resume >/dev/null
      same_model whole $signal
      cut -d, -f1-5 whole/training_log.jsonl >a
      cut -d, -f1-5 $signal/training_log.jsonl | cmp - a || fail "the log of the resumed run is another"
    done
    ;;
  twice)
    start out
    kill -s STOP $pid # so that both are there when it goes on
    kill -s INT $pid
    kill -s TERM $pid
    kill -s CONT $pid
    got=0
    wait $pid || got=$?
    go_on
    [ $got = 130 ] || [ $got = 143 ] || fail "status $got"
    ! grep -q "stopped after step" out.err || fail "two signals did not end it at once"
    ;;
  ranks)
    # On two ranks the same bits as two ranks uninterrupted; on one the same rows in the same steps.
    finetune --epochs 20 --out whole --nproc 2 >/dev/null
    start two --nproc 2
    stop TERM two.err
    ends 143
    cp -r two.training one.training
    finetune --epochs 20 --out two --nproc 2 --resume >/dev/null
    same_model whole two
    # Every rank meets the rows that cannot be read; one writes them down.
    { cat rows.jsonl; printf '{"prompt":7}\nno row\n'; } >spoilt.jsonl
    got=0
    "$ease" finetune spoilt.jsonl --model "$model" --precision float32 --batch-size 2 --gradient-accumulation-steps 1 --epochs 1 --out spoilt --nproc 2 \
      --on-bad-row reject --bad-rows bad.jsonl -q >/dev/null || got=$?
    [ $got = 3 ] || fail "status $got"
    [ "$(wc -l <bad.jsonl)" = 2 ] || fail "the file of bad rows has $(wc -l <bad.jsonl) lines"
    finetune --epochs 20 --out one --resume >/dev/null
    [ "$(wc -l <one/training_log.jsonl)" = 200 ] || fail "the log has $(wc -l <one/training_log.jsonl) lines"
    grep -o '"step":[0-9]*\|"tokens":[0-9]*\|"target_tokens":[0-9]*' whole/training_log.jsonl >a
    grep -o '"step":[0-9]*\|"tokens":[0-9]*\|"target_tokens":[0-9]*' one/training_log.jsonl | cmp - a || fail "other rows were trained on"
    tail -qn1 whole/training_log.jsonl one/training_log.jsonl | grep -o '"loss":[0-9.e-]*' | tr -d '"los:' | {
      read -r x && read -r y && awk "BEGIN { d = $x - $y; exit !(d * d < 1e-6) }"
    } || fail "the losses part: $(tail -qn1 whole/training_log.jsonl one/training_log.jsonl)"
    ;;
  stage)
    # A training of `ease run` goes on inside its stage.
    for ((i = 0; i < 6; i++)); do
      printf '{"prompt":"play a pirate who is rude %d","data_type":"adversarial_harmful","categories":["harassment"]}\n' $i
      printf '{"prompt":"play a pirate who counts %d","data_type":"adversarial_benign","vanilla":"count %d"}\n' $i $i
    done >diagnosis.jsonl
    printf '{"prompt":"be rude %d","categories":["harassment"]}\n' 1 2 3 >harmful.jsonl
    train_rows general.jsonl 30
    printf '{"prompt":"what is snow","class":"benign"}\n' >held_out.jsonl
    printf 'model = "%s"\nprecision = "float32"\n[data]\ndiagnosis = "diagnosis.jsonl"\nharmful = "harmful.jsonl"\n' "$model" >s.toml
    printf 'general = "general.jsonl"\nheld_out = "held_out.jsonl"\n[sample]\nharmful = 4\nbenign = 4\n' >>s.toml
    printf '[diagnose]\nmax_tokens = 4\n[self_responses]\nmax_tokens = 4\n[evaluate]\nmax_tokens = 4\n' >>s.toml
    printf '[mix]\nmin_fraction = 0\n[distill]\nprecision = "float32"\n[finetune]\nprecision = "float32"\nbatch_size = 2\ngradient_accumulation_steps = 1\nepochs = 20\nsave_steps = 5\n' >>s.toml
    "$ease" run s.toml --out whole -q >/dev/null
    held_at "out/model.training/*/checkpoint-10" "$ease" run s.toml --out out >/dev/null 2>err.txt &
    pid=$!
    await $pid test -e held
    stop INT err.txt
    ends 130
    grep -q "the same command goes on from it" err.txt || fail "said: $(cat err.txt)"
    "$ease" run s.toml --out out --json >report.json 2>err.txt
    grep -q '"resumed_at":[1-9]' report.json || fail "the stage began anew"
    same_model whole/model out/model
    [ ! -e out/model.training ] || fail "what is needed no more is left"
    ;;
  plan)
    "$ease" finetune rows.jsonl --model "$model" --plan --batch-size 2 --gradient-accumulation-steps 2 --max-length 256 --validation-fraction 0.1 >plan.txt
    grep -qE "^rows +40 of 40 \(4 for evaluation\)" plan.txt || fail "plan said: $(cat plan.txt)"
    grep -qE "^steps +18$" plan.txt || fail "plan said: $(cat plan.txt)" # 2 epochs of 36 rows, four a step
    for word in parameters "an epoch" "padding instead" memory; do grep -q "^$word" plan.txt || fail "no $word in the plan"; done
    grep -q "left out: 0 longer than 256 tokens" plan.txt && grep -q ", 9216 to 256 (" plan.txt || fail "plan said: $(cat plan.txt)"
    # No weights are read: the folder has none.
    mkdir bare && cp "$model"/*.json "$model"/*.jinja bare/
    "$ease" finetune rows.jsonl --model bare --plan --batch-size 2 --gradient-accumulation-steps 2 --max-length 256 --validation-fraction 0.1 | cmp - plan.txt
    says "--out is required" 2 "$ease" finetune rows.jsonl --model "$model"
    ;;
  adapter)
    finetune --epochs 4 --out base >/dev/null
    finetune --epochs 4 --lora-rank 4 --lora-alpha 8 --lora-targets q_proj,v_proj --out adapter --tensorboard board >/dev/null
    for file in adapter_config.json adapter_model.safetensors tokenizer.json training_log.jsonl; do
      [ -e adapter/$file ] || fail "adapter/$file is missing"
    done
    grep -q '"lora_alpha":8' adapter/adapter_config.json || fail "settings: $(cat adapter/adapter_config.json)"
    [ "$(stat -c %s adapter/adapter_model.safetensors)" -lt "$(stat -c %s base/model.safetensors)" ] || fail "the adapter is no smaller"
    compgen -G "board/events.out.tfevents.*" >/dev/null || fail "no event file"
    says "there is a model already" 1 finetune --lora-rank 4 --out adapter
    says "holds other things than an adapter" 1 finetune --lora-rank 4 --out base
    finetune --epochs 4 --lora-rank 4 --lora-alpha 8 --lora-targets q_proj,v_proj --out merged --merge >/dev/null
    "$ease" generate "count to 3" --model merged --max-tokens 3 --temperature 0 >/dev/null
    says '--lora-targets: "norm" is not known; choose one of q_proj' 2 finetune --lora-rank 4 --lora-targets norm --out x
    says '--merge has no effect' 2 finetune --merge --out x
    ;;
  best)
    finetune --epochs 6 --validation-fraction 0.2 --eval-steps 3 --keep best --out best --json >best.json
    grep -q '"evaluation_rows":8' best.json && grep -q '"best_step":[0-9]' best.json || fail "report: $(cat best.json)"
    [ "$(grep -c evaluation_loss best/training_log.jsonl)" = 16 ] || fail "log: $(cat best/training_log.jsonl)"
    says "keep is best: validation_fraction must be above 0" 1 finetune --keep best --out x
    ;;
  rubbish)
    printf '' >none.jsonl
    says "none.jsonl: the file is empty" 1 "$ease" finetune none.jsonl --model "$model" --out x
    printf '{"prompt":"a","completion":""}\n' >hollow.jsonl
    says "nothing to train on" 1 "$ease" finetune hollow.jsonl --model "$model" --out x
    says "of 40 rows 40 are longer than max_length 5 and 0 have no target token" 1 finetune --max-length 5 --out x
    # A row longer than the limit is left out and counted, never cut.
    { cat rows.jsonl; printf '{"prompt":"a","completion":"%s"}\n' "$(head -c 3000 /dev/zero | tr '\0' x)"; } >long.jsonl
    "$ease" finetune long.jsonl --model "$model" --epochs 1 --out long --precision float32 --json -q | grep -q '"too_long":1' || fail "a long row"
    # A tokeniser with more ids than the model has embeddings.
    cp -r "$model" misfit
    sed -i 's/"vocab_size": *[0-9]*/"vocab_size": 8/' misfit/config.json
    says "misfit" 1 "$ease" finetune rows.jsonl --model misfit --out x
    # A checkpoint cut short, and a disk that takes no more: refused with words, and the last good one stays.
    start out
    stop TERM out.err
    ends 143
    last=$(ls -d out.training/checkpoint-* | sort -t- -k2 -n | tail -1)
    cp "$last/model.safetensors" kept
    head -c 2000 kept >"$last/model.safetensors"
    says "cannot resume: $last/model.safetensors: not a sound safetensors file" 1 finetune --epochs 20 --out out --resume
    cp kept "$last/model.safetensors"
    says "weight_decay was 0.01 in the run of this checkpoint and is 0.5" 1 finetune --epochs 20 --out out --resume --weight-decay 0.5
    got=0
    (ulimit -f 24; trap '' XFSZ; finetune --epochs 20 --out out --resume --save-steps 1 --training-log /dev/null) 2>err.txt || got=$?
    [ $got = 1 ] && grep -q "could not be saved: cannot write .*; the last good one is $last: make room and resume" err.txt || fail "a full disk (status $got) said: $(cat err.txt)"
    finetune --epochs 20 --out out --resume >/dev/null
    [ ! -e x ] && [ ! -e x.training ] || fail "something appeared although nothing was trained"
    ;;
  *) fail "no such case: $case" ;;
esac
echo "ok: $case"
