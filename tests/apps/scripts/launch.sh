#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `ease launch` starts the published training script as `accelerate launch` does; what it was told reaches the command.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
source "$apps/small_run.sh"
export OMP_NUM_THREADS=2
for ((i = 0; i < 30; i++)); do
  printf '{"original_question":"count to %d","response":"One, two.","source":"%s"}\n' $i $([ $((i % 3)) = 0 ] && echo UltraFeedback || echo other)
done >rows.jsonl
common=(--model_name "$model" --dataset_name rows.jsonl --learning_rate 1e-3 --num_train_epochs 1 -q --json)
# Two ranks are what --nproc 2 makes, to the bit.
ease launch --num_processes 2 distill_slm_safety.py "${common[@]}" --output_dir launched --precision float32 >launched.json
ease distill_slm_safety "${common[@]}" --output_dir told --precision float32 --nproc 2 >told.json
cmp launched/model.safetensors told/model.safetensors || fail "launched, and told to be two, differ"
is launched.json /read 30
is launched.json /settings/nproc 2
# Each process takes a batch of its own, as with accelerate: twice the rows a step with two, whoever starts them.
is launched.json /details/rows_per_step 32
is launched.json /details/steps 1
planned() { "${@:2}" --model_name "$model" --dataset_name rows.jsonl --num_train_epochs 3 --plan --json >"$1.json"; }
planned two ease launch --num_processes 2 distill_slm_safety --per_device_train_batch_size 2 --gradient_accumulation_steps 8
planned one ease launch --num_processes 1 distill_slm_safety --per_device_train_batch_size 2 --gradient_accumulation_steps 8
RANK=0 WORLD_SIZE=2 MASTER_ADDR=127.0.0.1 planned started ease distill_slm_safety
planned ours ease distill --nproc 2
while read -r which in_a_step steps; do
  is "$which.json" /rows_per_step "$in_a_step"
  is "$which.json" /steps "$steps"
done <<'T'
two 32 3
one 16 6
started 32 3
ours 16 6
T
grep -q 'rows_per_step.*| 32 |' launched/README.md || fail "the card: $(cat launched/README.md)"
# A finished model is not replaced unless it is said.
fails 1 told -- ease distill_slm_safety "${common[@]}" --output_dir told
ease launch --cpu --mixed_precision no --num_cpu_threads_per_process 1 --num_machines 1 distill_slm_safety "${common[@]}" \
  --output_dir told --overwrite_output_dir >alone.json 2>alone.err
is alone.json /settings/device cpu
is alone.json /settings/precision float32
is alone.json /settings/threads 1
# The rows of one source, and so many of them at random.
ease distill_slm_safety "${common[@]}" --output_dir some --dataset stair_ultrafeedback --samples_per_dataset 4 >some.json
is some.json /read 4
is some.json /rows_in_file 30
is some.json /left_out 26
is some.json /adds_up true
# What cannot be launched.
fails 2 launch -- ease launch --num_processes 2
fails 2 nothing -- ease launch nothing
fails 2 distil_slm_safety.py distill_slm_safety -- ease launch distil_slm_safety.py
fails 2 filter_unsave.py filter_unsafe -- ease filter_unsave.py
for module in "-m package.module" "--module package.module" "-m distill_slm_safety --output_dir x" "--num_processes 2 -m package.module --x 1"; do
  fails 2 -m --module distill_slm_safety -- ease launch $module
done
fails 2 --none -- ease launch --none distill_slm_safety
fails 2 launch another -- ease launch launch distill_slm_safety
for said in "--cpu --device" "--num_processes=2 --nproc" "--mixed_precision=bf16 --precision" "--num_cpu_threads_per_process=1 --threads"; do
  name=${said% *} && fails 2 ${name%=*} ${said#* } -- ease launch ${said% *} distill_slm_safety "${common[@]}" --output_dir no ${said#* } auto
done
# CUDA devices that are not there: no training on the CPU in their place.
CUDA_VISIBLE_DEVICES='' fails 2 --gpu_ids CUDA visible CPU -- ease launch --gpu_ids 0 distill_slm_safety "${common[@]}" --output_dir no
fails 2 --gpu_ids --cpu -- ease launch --gpu_ids 0 --cpu distill_slm_safety "${common[@]}" --output_dir no
others="run" fails 2 --num_processes run -- ease launch --num_processes 2 run none.toml
others="filter_unsafe" fails 2 --num_processes filter_unsafe --shard -- ease launch --num_processes 2 filter_unsafe --input_file rows.jsonl
echo "ok"
