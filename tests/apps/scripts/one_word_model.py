# SPDX-License-Identifier: Apache-2.0
"""A model that answers one word behind every line break, whatever was asked: a guard, or a teacher, for tests.

Run: python3 one_word_model.py MODEL OUT WORD      MODEL: a tiny Llama folder whose tokens are single characters
WORD may hold <think> and </think>, which become tokens of their own.

Attention and MLP add nothing, so that the last token alone decides the next one: embeddings are one direction a token of the word,
and the head maps each to the token behind it. No character may stand twice in the word.
"""
import json
import pathlib
import re
import shutil
import struct
import sys

source, out, word = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]
shutil.copytree(source, out)
config = json.loads((source / "config.json").read_text())
tokenizer = json.loads((source / "tokenizer.json").read_text())
vocabulary = dict(tokenizer["model"]["vocab"])
pieces = re.findall(r"</?think>|.", word)
for mark in (p for p in pieces if len(p) > 1):
    vocabulary[mark] = config["vocab_size"]
    config["vocab_size"] += 1
    tokenizer["added_tokens"].append({"id": vocabulary[mark], "content": mark, "single_word": False, "lstrip": False,
                                      "rstrip": False, "normalized": False, "special": False})
chain = [vocabulary["\u010a"], *(vocabulary[p] for p in pieces), config["eos_token_id"]]  # U+010A: a line break in byte-level BPE
assert len(set(chain)) == len(chain), "a character stands twice"
hidden, words = config["hidden_size"], config["vocab_size"]
assert len(chain) < hidden, "the word is too long"
heads, kv, head = config["num_attention_heads"], config["num_key_value_heads"], config["head_dim"]


def matrix(rows, columns, entries=()):
    values = [0.0] * (rows * columns)
    for row, column, value in entries:
        values[row * columns + column] = value
    return [rows, columns], values


tensors = {"model.norm.weight": ([hidden], [1.0] * hidden)}
place = {token: i + 1 for i, token in enumerate(chain)}
tensors["model.embed_tokens.weight"] = matrix(words, hidden, [(t, place.get(t, 0), 1.0) for t in range(words)])
tensors["lm_head.weight"] = matrix(words, hidden, [(b, place[a], 8.0) for a, b in zip(chain, chain[1:])])
for i in range(config["num_hidden_layers"]):
    layer = f"model.layers.{i}."
    for norm in ("input_layernorm", "post_attention_layernorm"):
        tensors[f"{layer}{norm}.weight"] = ([hidden], [1.0] * hidden)
    for name, rows, columns in (("self_attn.q_proj", heads * head, hidden), ("self_attn.k_proj", kv * head, hidden),
                                ("self_attn.v_proj", kv * head, hidden), ("self_attn.o_proj", hidden, heads * head),
                                ("mlp.gate_proj", config["intermediate_size"], hidden), ("mlp.up_proj", config["intermediate_size"], hidden),
                                ("mlp.down_proj", hidden, config["intermediate_size"])):
        tensors[f"{layer}{name}.weight"] = matrix(rows, columns)
header, data = {}, b""
for name, (shape, values) in tensors.items():
    header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + 4 * len(values)]}
    data += struct.pack(f"<{len(values)}f", *values)
text = json.dumps(header).encode()
(out / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)
config.update(tie_word_embeddings=False, dtype="float32")
(out / "config.json").write_text(json.dumps(config, indent=2))
(out / "tokenizer.json").write_text(json.dumps(tokenizer, ensure_ascii=False))
