# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# For the tests of the options: four rows as they are drawn (rows.jsonl), the same with answers (answered.jsonl).
for ((i = 0; i < 4; i++)); do
  printf '{"prompt":"count to %d","class":"benign","data_type":"adversarial_benign","categories":["harassment"],"kept":[%d]}\n' $i $i
done >rows.jsonl
sed 's/}$/,"response":"One.","completion":"One."}/' rows.jsonl >answered.jsonl
remote=openai:m@http://127.0.0.1:1
