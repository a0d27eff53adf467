#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A model is written as GGUF, answers as it did, and says what it is.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../start.sh"
ease export "$model" --gguf f32 --out wide.gguf --json -q >report.json
is report.json /tensors '{"F32":20}'
is report.json /pre smollm
is report.json /think_tokens null
ease inspect "$model" --json >folder.json
ease inspect wide.gguf --json >file.json
is folder.json /name llama_chat
is file.json /name wide
without_names() { sed 's/"model":"[^"]*","name":"[^"]*",//' "$1"; }
cmp <(without_names folder.json) <(without_names file.json)
diff <(ease inspect "$model") <(ease inspect wide.gguf)
for from in "$model" wide.gguf; do
  ease generate --model "$from" "count to 3" --temperature 0 --max-tokens 12 --precision float32 --json
done >answers.jsonl
[ "$(count answers.jsonl /text)" = 2 ] && [ "$(value answers.jsonl /text | sort -u | wc -l)" = 1 ] || fail "the file answers otherwise: $(cat answers.jsonl)"
cp wide.gguf kept
fails 1 wide.gguf --overwrite -- ease export "$model" --gguf q8_0 --out wide.gguf
cmp kept wide.gguf
ease export wide.gguf --gguf q8_0 --out narrow.gguf --overwrite --json -q >report.json
is report.json /tensors '{"F16":2,"F32":5,"Q8_0":13}'
ease generate --model narrow.gguf "count to 3" --max-tokens 2 >/dev/null
fails 2 --gguf q3 f32 f16 bf16 q8_0 -- ease export "$model" --gguf q3 --out other.gguf
fails 1 nowhere/other.gguf nowhere -- ease export "$model" --gguf f16 --out nowhere/other.gguf
[ ! -e other.gguf ] && [ ! -e nowhere ] || fail "an output appeared although the command failed"
echo "ok"
