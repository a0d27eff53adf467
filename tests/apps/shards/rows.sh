# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# For the tests of --shard, which source it: rows, and no numbers of parts from the environment of whoever runs the test.
unset RANK WORLD_SIZE SLURM_PROCID SLURM_NTASKS SLURM_ARRAY_TASK_ID OMPI_COMM_WORLD_RANK OMPI_COMM_WORLD_SIZE
# 30 different prompts, some of them two and three times, all rows different in another key.
for ((i = 0; i < 50; i++)); do
  printf '{"prompt":"count to %d","class":"%s","completion":" One.","categories":["harassment"],"kept":[%d]}\n' \
    $((i * i % 30)) "$([ $((i % 3)) = 0 ] && echo jailbreak || echo benign)" $i
done >rows.jsonl
