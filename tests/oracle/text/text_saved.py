# SPDX-License-Identifier: Apache-2.0
"""Loads a tokeniser that `tokenizer::save` wrote the way users do, and compares the ids in its ids.jsonl.

Without a config.json and with one of each model type named, because AutoTokenizer looks there too (transformers 5 takes a
tokeniser class of its own for model type qwen2, whatever tokenizer_config.json says). Exit status 0 if all is equal.
Run: python tests/oracle/text/text_saved.py FOLDER MODEL_TYPE...
"""
import json
import os
import pathlib
import sys

os.environ["HF_HUB_OFFLINE"] = "1"
from transformers import AutoTokenizer  # noqa: E402

folder = pathlib.Path(sys.argv[1])
rows = [json.loads(line) for line in open(folder / "ids.jsonl", encoding="utf-8")]
wrong = 0
for model_type in [None] + sys.argv[2:]:
    if model_type:
        (folder / "config.json").write_text(json.dumps({"model_type": model_type}))
    words = AutoTokenizer.from_pretrained(folder)
    for row in rows:
        wrong += words(bytes.fromhex(row["text"]).decode(), add_special_tokens=False)["input_ids"] != row["ids"]
    expected = "user:\nHi" + words.eos_token
    wrong += words.apply_chat_template([{"role": "user", "content": "Hi"}], tokenize=False) != expected
    wrong += "</think>" not in words.get_vocab()
print(f"{folder.name}: {len(sys.argv) - 1} x {len(rows)} strings, {wrong} differ")
sys.exit(wrong != 0)
