#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# card_readers.sh PROGRAM TOOLS: the cards that trainings leave, as huggingface_hub and PyYAML read them, whatever the base model's
# folder is called. The Python is $EASE_HUB_PYTHON or .deps/venv's, with huggingface_hub. Without it the test is skipped.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/hub.sh"
needs_python huggingface_hub yaml
source "$apps/train/training.sh"
export PYTHONDONTWRITEBYTECODE=1
mkdir -p hub/models/org hub/datasets/org/plain
cp -r "$model" hub/models/org/tiny
cp rows.jsonl hub/datasets/org/plain/train.jsonl
hub
train=(--precision float32 --batch-size 8 --gradient-accumulation-steps 1 --epochs 1 -q)
ease distill org/plain --model org/tiny --out of_hub "${train[@]}" >/dev/null
no_hub
number=0
: >names
for name in 'a: b' '"quoted"' "it's" '- list' '#comment' null true 1.5 2026-01-01 'naïve 模型' '{a}' '[a]' '*x' '!tag' '@x' 'a | b' ' spaced ' '~' 'a\b' '`ticks`'; do
  number=$((number + 1))
  cp -r "$model" "./$name"
  printf -- '---\nlicense: other\nlicense_name: "my: licence"\n---\n' >"./$name/README.md"
  extra=()
  [ $((number % 2)) = 0 ] || extra=(--lora-rank 1)
  ease finetune rows.jsonl --model "./$name" --out "out_$number" "${train[@]}" "${extra[@]}" >/dev/null
  printf '%s\n' "$name" >>names
done
ease export of_hub --gguf f32 --out of_hub.gguf -q >/dev/null
"$python" -c "import gguf" 2>/dev/null || echo "the GGUF file is not read: no gguf in $python (pip install gguf)"
"$python" -W ignore - <<'E2' || fail "another reading"
import pathlib
import yaml
from huggingface_hub import ModelCard
of_hub = ModelCard.load("of_hub/README.md").data
assert of_hub.base_model == "org/tiny" and of_hub.datasets == ["org/plain"], of_hub.to_dict()
assert of_hub.library_name == "transformers" and of_hub.pipeline_tag == "text-generation" and of_hub.license is None
assert of_hub.to_dict()["base_model_relation"] == "finetune" and "ease" in of_hub.tags
for number, name in enumerate(pathlib.Path("names").read_text(encoding="utf-8").split("\n")[:-1], 1):
    path = pathlib.Path(f"out_{number}/README.md")
    data = ModelCard.load(path).data
    assert data.base_model == name, (data.base_model, name)
    assert data.license == "other" and data.license_name == "my: licence", data.to_dict()
    assert data.library_name == ("peft" if number % 2 else "transformers"), name
    assert data.to_dict()["base_model_relation"] == ("adapter" if number % 2 else "finetune"), name
    assert data.datasets is None, name
    head = path.read_text(encoding="utf-8").split("---\n")[1]
    assert yaml.safe_load(head)["base_model"] == name, name
try:
    import gguf
except ImportError:
    gguf = None
if gguf is not None:
    fields = gguf.GGUFReader("of_hub.gguf").fields
    keys = gguf.Keys.General
    assert fields[keys.BASE_MODEL_COUNT].contents() == 1
    for key, value in ((keys.BASE_MODEL_NAME, "tiny"), (keys.BASE_MODEL_ORGANIZATION, "org"), (keys.BASE_MODEL_REPO_URL, "https://huggingface.co/org/tiny")):
        assert fields[key.format(id=0)].contents() == value, (key, value)
print("read", number)
E2
echo "ok"
