#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# No output replaces an input or another output, whatever path or link names it, with --overwrite neither.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
source "$apps/few_rows.sh"
cp answered.jsonl kept
ln -s answered.jsonl link.jsonl
ln answered.jsonl hard.jsonl
mkdir -p sub && ln -s .. sub/up
# over FILE NAME... -- COMMAND...: it reads FILE and would write over it; that is not what --overwrite allows.
over() {
  fails 1 "$@"
  lacks --overwrite
}
for out in answered.jsonl ./answered.jsonl link.jsonl hard.jsonl sub/../answered.jsonl sub/up/answered.jsonl "$PWD/answered.jsonl"; do
  over "$out" -- ease guard-filter answered.jsonl --unsafe "$out" -q
  over "$out" -- ease guard-filter link.jsonl --unsafe u.jsonl --safe "$out" --overwrite -q
done
over rows.jsonl -- ease sample rows.jsonl --out rows.jsonl -q
over rows.jsonl -- ease diagnose rows.jsonl --model "$model" --out rows.jsonl -q
over rows.jsonl -- ease diagnose rows.jsonl --model "$model" --out a.jsonl --failed rows.jsonl -q
over rows.jsonl -- ease diagnose rows.jsonl --model "$model" --out a.jsonl --on-bad-row reject --bad-rows rows.jsonl -q
over rows.jsonl -- ease evaluate answered.jsonl rows.jsonl --model "$model" --answers rows.jsonl -q
over rows.jsonl -- ease generate --input rows.jsonl --model "$model" --out rows.jsonl -q
over answered.jsonl -- ease mix --component a=rows.jsonl --component b=answered.jsonl:3 --out answered.jsonl -q
over rows.jsonl -- ease mix --component b=answered.jsonl --held-out rows.jsonl --out rows.jsonl -q
over answered.jsonl -- ease finetune answered.jsonl --model "$model" --out o --training-log answered.jsonl -q
cp -r "$model" m && ease export m --gguf f16 --out m.gguf -q >said.txt
over m/ -- ease finetune answered.jsonl --model m --out m/ --overwrite -q
over m.gguf -- ease export m.gguf --gguf q8_0 --out m.gguf --overwrite -q
over m.gguf -- ease diagnose rows.jsonl --model m.gguf --out m.gguf --overwrite -q
over m -- ease threshold m --think rows.jsonl --direct rows.jsonl --out m --overwrite -q
# The files of a model's folder are what is read, by a link to them too.
ln -s m/model.safetensors weights
for out in m/model.safetensors m/config.json m/tokenizer.json weights; do
  over "$out" -- ease export m --gguf f32 --out "$out" --overwrite -q
  over "$out" -- ease generate --input rows.jsonl --model m --out "$out" --overwrite -q
  over "$out" -- ease generate --input rows.jsonl --model m --out g.jsonl --failed "$out" --overwrite -q
done
over m/model.safetensors -- ease finetune answered.jsonl --model m --out o --training-log m/model.safetensors -q
mkdir linked && for file in m/*; do ln -s "../$file" linked/; done
over m -- ease finetune answered.jsonl --model linked --out m --overwrite -q
rm -r linked weights
cp answered.jsonl m/rows.jsonl
over m/rows.jsonl ./m -- ease finetune m/rows.jsonl --model "$model" --out ./m --overwrite -q
cmp kept m/rows.jsonl && cmp kept answered.jsonl
cmp m/model.safetensors "$model/model.safetensors"
# Nor does anything appear in the folder of a model that is read, of an adapter or of its base.
ease finetune answered.jsonl --model m --precision float32 --epochs 1 --lora-rank 2 --out adapter -q >said.txt
ls -R m adapter >before
for folder in m adapter; do
  over $folder/sub -- ease distill_slm_safety --dataset_name answered.jsonl --model_name adapter --output_dir $folder/sub
  over $folder/x.jsonl -- ease generate_response --dataset_name rows.jsonl --model_name adapter --output_file $folder/x.jsonl
  over $folder/x.jsonl -- ease evaluate rows.jsonl --model adapter --answers $folder/x.jsonl --max-tokens 2 -q
  over $folder/x.jsonl -- ease diagnose rows.jsonl --model adapter --out x.jsonl --failed $folder/x.jsonl --max-tokens 2 -q
  over $folder/x.gguf -- ease export adapter --gguf f32 --out $folder/x.gguf
  over $folder/x.log -- ease score answered.jsonl --model adapter --out x.jsonl --log $folder/x.log -q
done
ls -R m adapter | cmp - before || fail "something was written: $(ls m adapter)"

# Two outputs in one file.
over y.jsonl -- ease guard-filter answered.jsonl --unsafe y.jsonl --safe y.jsonl -q
over sub/../y.jsonl y.jsonl -- ease guard-filter answered.jsonl --unsafe y.jsonl --safe sub/../y.jsonl -q
over y.jsonl.failed.jsonl -- ease diagnose rows.jsonl --model "$model" --out y.jsonl --on-bad-row reject --bad-rows y.jsonl.failed.jsonl -q
over y.jsonl.journal -- ease diagnose rows.jsonl --model "$model" --out z.jsonl --failed y.jsonl.journal --log y.jsonl.journal -q
for file in rows.jsonl y.jsonl; do over $file -- ease sample rows.jsonl --out y.jsonl --log $file; done
fails 2 - /dev/stdout -- ease diagnose rows.jsonl --model "$model" --out y.jsonl --failed - -q
[ ! -e - ] && [ ! -e y.jsonl ] && [ "$(rows rows.jsonl)" = 4 ] || fail "something was written: $(ls)"
echo "ok"
