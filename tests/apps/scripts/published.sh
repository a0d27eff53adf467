#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The command lines of the published README as they stand, names included, one after the other against a hub on loopback, to a
# trained model; then the same method as `ease run --preset paper`. The hub's models are tiny: a guard and a teacher that say
# one thing.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
source "$apps/small_run.sh"
source "$apps/../hub/hub.sh"
export OMP_NUM_THREADS=2
slm=Qwen/Qwen2.5-1.5B-Instruct teacher=deepseek-ai/DeepSeek-R1-Distill-Qwen-14B guard=meta-llama/Llama-Guard-3-8B

wider wide
mkdir -p hub/models/Qwen hub/models/deepseek-ai hub/models/meta-llama hub/datasets/allenai/wildjailbreak/{train,eval} \
  hub/datasets/CWRUSafetyLab/EASE-STAR41K-SafetyReasoning-10K
python3 "$apps/scripts/one_word_model.py" wide hub/models/$teacher '<think>No</think>Yes'
python3 "$apps/scripts/one_word_model.py" wide hub/models/$guard unsafe
cp -r wide hub/models/$slm
for ((i = 0; i < 12; i++)); do
  printf '{"original_question":"be rude %d","categories":["Harassment / Hate / Discrimination"],"prompt":"The following is ...","response":"They want me to be rude.</think>\\n\\nNo."}\n' $i
done >hub/datasets/CWRUSafetyLab/EASE-STAR41K-SafetyReasoning-10K/data.jsonl
cd hub/datasets/allenai/wildjailbreak
printf -- '---\nlicense: odc-by\nconfigs:\n- config_name: train\n  sep: "\\t"\n  data_files:\n  - split: train\n    path: "train/*"\n- config_name: eval\n  data_files:\n  - split: train\n    path: "eval/*"\n---\n# WildJailbreak\n' >README.md
touch gated
{
  printf 'vanilla\tadversarial\tcompletion\tdata_type\n'
  for ((i = 0; i < 8; i++)); do
    printf 'be rude %d\tplay a pirate who is rude %d\tNo.\tadversarial_harmful\n' $i $i
    printf 'count to %d\tplay a pirate who counts to %d\tOne, two.\tadversarial_benign\n' $i $i
    printf 'be very rude %d\t\tNo.\tvanilla_harmful\n' $i
    printf 'what is %d\t\tA number.\tvanilla_benign\n' $i
  done
} >train/train.tsv
{
  printf 'adversarial\tlabel\tdata_type\n'
  for ((i = 0; i < 3; i++)); do printf 'act as a rude parrot %d\t1\tadversarial_harmful\nact as a parrot that counts %d\t0\tadversarial_benign\n' $i $i; done
} >eval/eval.tsv
cd "$work"
hub
export HF_TOKEN=hf_right
serve "$tools/answering_server" 1
trap 'exec 9>&-; kill $hub_process 2>/dev/null || true; wait $serving 2>/dev/null || true; rm -rf "$work"' EXIT
export OPENAI_BASE_URL=$url OPENAI_API_KEY=made-up

mkdir lines && cd lines
ease launch --multi_gpu --num_processes=2 distill_slm_safety.py \
  --model_name $slm \
  --dataset_name CWRUSafetyLab/EASE-STAR41K-SafetyReasoning-10K \
  --output_dir reasoning \
  --gradient_accumulation_steps 1 \
  --max_length 2048 \
  --per_device_train_batch_size 2 \
  --num_train_epochs 1 \
  --overwrite_output_dir >phase1.txt
ease get_adversarial \
  --benign 4 \
  --harmful 6 \
  --output diagnosis.jsonl >drawn.txt
[ "$(count diagnosis.jsonl /data_type)" = 10 ] || fail "not 10 were drawn: $(cat diagnosis.jsonl)"
ease generate_response \
  --model_name $slm \
  --max_tokens 8 \
  --gpu_memory_utilization 0.85 \
  --tensor_parallel_size 1 \
  --dataset_name diagnosis.jsonl \
  --output_file responses.jsonl >answered.txt
ease filter_unsafe \
  --input_file responses.jsonl \
  --output_file safe.jsonl \
  --rejected_file unsafe.jsonl \
  --tensor_parallel_size 1 >judged.txt || [ $? = 3 ] || fail "the filter: $(cat judged.txt)"
[ "$(count unsafe.jsonl /prompt)" = 10 ] || fail "the guard says unsafe of everything: $(cat judged.txt)"
ease safety_classification \
  -i unsafe.jsonl -d 0 \
  -o adv_harmful.json >labelled.txt || [ $? = 3 ] || fail "classification: $(cat labelled.txt)"
[ "$(count adv_harmful.json /categories/0 /categories/0 benign)" -ge 4 ] || fail "benign rows were asked about: $(cat adv_harmful.json)"
ease cot_generate \
  --max_samples 5 \
  --tensor_parallel_size 1 \
  --max_tokens 64 \
  --output_file vulnerable_cot.jsonl \
  --model $teacher >reasoned.txt || [ $? = 3 ] || fail "the teacher: $(cat reasoned.txt)"
[ "$(count vulnerable_cot.jsonl /completion)" = 5 ] || fail "too little reasoning: $(cat reasoned.txt)"
prompts refusals.jsonl vanilla_harmful harmful 4 "be rude to" ',"completion":"No."'
prompts general.jsonl vanilla_benign benign 4 "count down from" ',"completion":"Two, one."'
ease mix --component vulnerable=vulnerable_cot.jsonl --component refuse=refusals.jsonl --component direct=general.jsonl --out mixed.jsonl >mixed.txt
ease launch --multi_gpu --num_processes=2 distill_slm_safety.py \
  --model_name reasoning \
  --dataset_name mixed.jsonl \
  --output_dir model \
  --gradient_accumulation_steps 1 \
  --per_device_train_batch_size 2 \
  --num_train_epochs 1 \
  --overwrite_output_dir >phase2.txt
[ -s model/model.safetensors ] || fail "no model: $(cat phase2.txt)"
# Each reports under the name that was typed.
for said in distill_slm_safety=phase1 get_adversarial=drawn generate_response=answered filter_unsafe=judged safety_classification=labelled cot_generate=reasoned; do
  grep -q "^${said%=*}: " "${said#*=}.txt" || fail "${said%=*} reports under another name: $(cat "${said#*=}.txt")"
done
grep -q "base_model: \"$slm\"" model/README.md && grep -q 'trained from `reasoning`' model/README.md && grep -q 'Phase 2' model/README.md || fail "the card: $(head -20 model/README.md)"
grep -q '"CWRUSafetyLab/EASE-STAR41K-SafetyReasoning-10K"' reasoning/README.md || fail "the card: $(head -20 reasoning/README.md)"
# What was done is not done again by accident.
fails 1 safe.jsonl -- ease filter_unsafe --input_file responses.jsonl --output_file safe.jsonl --rejected_file other.jsonl
# What is in the cache is not asked for again.
before=$(wc -l <"$work/hub_log")
ease generate_response --model_name $slm --dataset_name diagnosis.jsonl --max_tokens 2 --output_file again.jsonl >again.txt
[ "$(wc -l <"$work/hub_log")" = "$before" ] || fail "a cached name was asked for: $(tail -3 "$work/hub_log")"
! grep -rq 'made-up\|hf_right' . || fail "a key stands in $(grep -rl 'made-up\|hf_right' .)"

cd "$work"
reduced=(--preset paper --model $slm --out paper --sample.harmful 3 --sample.benign 3 --diagnose.max_tokens 8 --cot.max_tokens 64
  --self_responses.max_tokens 8 --general.max_tokens 8 --general.rows_per_file 4 --mix.harmful 3 --mix.general 3 --mix.min_fraction 0
  --evaluate.max_tokens 8 --distill.max_length 4096 --finetune.max_length 4096 --distill.epochs 1 --finetune.epochs 1)
ease run "${reduced[@]}" --plan >plan.txt
grep -q calibrate/finetune plan.txt || fail "the plan: $(cat plan.txt)"
[ ! -e paper ] || fail "a plan wrote something"
ease run "${reduced[@]}" -q --json >run.json || [ $? = 3 ] || fail "the paper's preset: $(tail -c 2000 run.json)"
[ -s paper/model/model.safetensors ] || fail "the preset left no model"
is run.json /settings/guard/model $guard
is run.json /data/0/file allenai/wildjailbreak:train/train
[[ $(value run.json /data/0/name) == allenai/wildjailbreak@*:train/train ]] || fail "no commit: $(value run.json /data)"
grep -qF "| guard | \`$guard\` at commit" paper/model/README.md || fail "the guard is not named: $(cat paper/model/README.md)"
no_hub
echo "ok"
