"""Loads a tokeniser that `tokenizer::save` wrote the way users do, and compares the ids in its ids.jsonl.

With a config.json of each architecture beside it, because AutoTokenizer looks there too. Exit status 0 if all is equal.
Run: python tests/oracle/text_saved.py FOLDER
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
for model_type, architecture in ((None, None), ("llama", "LlamaForCausalLM"), ("qwen2", "Qwen2ForCausalLM")):
    if model_type:
        (folder / "config.json").write_text(json.dumps({"model_type": model_type, "architectures": [architecture]}))
    words = AutoTokenizer.from_pretrained(folder)
    for row in rows:
        wrong += words(bytes.fromhex(row["text"]).decode(), add_special_tokens=False)["input_ids"] != row["ids"]
    expected = "user:\nHi" + words.eos_token
    wrong += words.apply_chat_template([{"role": "user", "content": "Hi"}], tokenize=False) != expected
    assert words.convert_tokens_to_ids("</think>") == len(words) - 1 or "</think>" in words.get_vocab()
print(f"{folder.name}: {3 * len(rows)} strings, {wrong} differ")
sys.exit(wrong != 0)
