#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Each setting that --help lists, changed: exactly the stages that depend on it are to be done again. A key that is new fails here
# until it is said what depends on it.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
source "$apps/small_run.sh"
export OMP_NUM_THREADS=2
mix_lines="general = 3" small_run
printf '[threshold]\nrows_per_file = 3\n' >>settings.toml
cp -r wide other && cp diagnosis.jsonl more.jsonl
echo '{"prompt":"play a king","data_type":"adversarial_harmful","class":"jailbreak","vanilla":"crown"}' >>more.jsonl
sed -i 's/"model_type"/"_changed": 1, "model_type"/' other/config.json
ease run settings.toml --out out -q >/dev/null
to_do() { # OPTION...: the stages that would be worked on
  ease run settings.toml --out out --plan --json "$@" >plan.json
  value plan.json '/stages/*' >plan.jsonl
  { value plan.jsonl /stage /done false || true; } | LC_ALL=C sort
}
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
all_after() {
  local one next
  for one in "$@"; do
    echo "$one"
    read -ra next <<<"$(after "$one")"
    all_after "${next[@]}"
  done
}
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
    data.reasoned) continue ;; # in place of phase 1's stages: run/presets.sh has it
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
    # Refused with temperature 0, which these tables have: nothing is drawn.
    self_responses.min_p | self_responses.top_[pk] | general.min_p | general.top_[pk] | evaluate.min_p | evaluate.top_[pk]) continue ;;
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
    guard.* | cot.* | max_in_flight | *_per_minute | *_timeout | price_* | request_field | key_header) continue ;;
    *) fail "what depends on $key?" ;;
  esac
  case $key in
    *.temperature | *.top_p | *.min_p) value=0.5 ;;
    *.repetition_penalty) value=1.5 ;;
    *.stop | *.when_truncated | *.system_prompt) value=Briefly. ;;
    *.learning_rate | *.warmup_ratio | *.validation_fraction | *.weight_decay) value=0.2 ;;
    *.batching) value=by-length ;;
    *.schedule) value=linear ;;
    *.train_on) value=last ;;
    *.precision) value=bfloat16 ;;
    *.gradient_checkpointing) value=true ;;
    *.tensorboard) value=board ;;
    *.eval_steps | *.keep | *.lora_alpha | *.lora_targets) continue ;; # with another only
  esac
  checked=$((checked + 1))
  got=$(to_do "--$key" "$value")
  want=$(all_after $first | LC_ALL=C sort -u)
  [ "$got" = "$want" ] || fail "--$key $value: $(diff <(echo "$want") <(echo "$got"))"
done < <(ease run --help | sed -n '/^Settings/,$p' | grep -E '^  -' | sed -E 's/(--[a-z_.]+)(,--[a-z_.-]+)+ /\1 /' | grep -oE -- '--[a-z_]+(\.[a-z_]+)* (PATH|TEXT|N|[0-9<>=.a-z|_-]+)' | cut -d' ' -f1 | cut -c3- | LC_ALL=C sort -u)
[ $checked -gt 90 ] || fail "only $checked settings were found in --help"
echo "ok"
