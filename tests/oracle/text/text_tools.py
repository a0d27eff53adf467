# SPDX-License-Identifier: Apache-2.0
"""Conversations with calls of tools and what tools say, as transformers renders them with the models' own templates.

The templates are the models' data and not committed: they are read from the folder models/templates of llama.cpp. Writes
fixtures/text/tools.jsonl, a line a conversation: its messages as OpenAI's API has them (arguments are a text of JSON; the
templates get them as objects, as their documents ask for), and for each family [tokens, FNV-1a hash of the ids, FNV-1a hash of
the text], or null where the template has no place for it. With SOURCES each template goes to a line {"family", "source"} of that
file, for the test's EASE_TOOL_TEMPLATES. Where the text would hold a mark of the vocabulary, ids are not compared.
Run: python tests/oracle/text/text_tools.py TEMPLATES_FOLDER [OUTPUT FOLDER] [SOURCES]      (needs transformers)
"""
import json
import pathlib
import random
import struct
import sys

from transformers import PreTrainedTokenizerFast

templates = pathlib.Path(sys.argv[1])
here = pathlib.Path(__file__).parents[2] / "fixtures" / "text"
out = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else here
FAMILIES = {"qwen2_5": "Qwen-Qwen2.5-7B-Instruct", "llama3": "meta-llama-Llama-3.1-8B-Instruct"}
chance = random.Random(20261129)
PIECES = ["the boat", " is ", "blue", ". ", "Why?", "\n", "  ", "\t", "3.14", "é", "日本語", "😀", '"quoted"', "back\\slash", "{}", "</b>", "don't",
          "\u00a0", "\u2028", "\x7f", "1,000", "end", "[1, 2]", "مرحبا", "'"]
NUMBERS = [0, -7, 12, 10**20, 1.5, -0.25, 1e-7, 1e22, 100000.0, 123456789.125, 1e16, 0.0001, 5e-324, -0.0]
NAMES = ["get_weather", "search", "add", "rename_é", "a.b"]


def text(most):
    return "".join(chance.choice(PIECES) for _ in range(chance.randint(1, most)))


def value(depth=0):
    kind = chance.random()
    if kind < 0.35:
        return text(4)
    if kind < 0.65:
        return chance.choice(NUMBERS)
    if kind < 0.8 or depth > 2:
        return chance.choice([True, False, None, "", [], {}])
    if kind < 0.9:
        return [value(depth + 1) for _ in range(chance.randint(0, 3))]
    return {text(2): value(depth + 1) for _ in range(chance.randint(0, 3))}


def call():
    return {"type": "function", "function": {"name": chance.choice(NAMES), "arguments": {text(2): value() for _ in range(chance.randint(0, 3))}}}


def conversation(one_call):
    turns = [{"role": "system", "content": text(4)}] if chance.random() < 0.4 else []
    for _ in range(chance.randint(1, 3)):
        turns.append({"role": "user", "content": text(5)})
        for _ in range(chance.choice([0, 1, 1, 2])):
            calls = [call() for _ in range(1 if one_call else chance.randint(1, 3))]
            beside = "" if one_call or chance.random() < 0.5 else text(4)
            turns.append({"role": "assistant", "content": beside, "tool_calls": calls})
            turns += [{"role": "tool", "content": text(5)} for _ in calls]
        turns.append({"role": "assistant", "content": text(5).strip() or "yes"})
    return turns if chance.random() < 0.5 else turns[:-1]


def fnv(data):
    hashed = 0xCBF29CE484222325
    for byte in data:
        hashed = (hashed ^ byte) * 0x100000001B3 % 2**64
    return f"{hashed:016x}"


tokenizers = {}
for family, name in FAMILIES.items():
    config = json.loads((here / family / "tokenizer_config.json").read_text(encoding="utf-8"))
    source = (templates / f"{name}.jinja").read_text(encoding="utf-8")
    tokenizers[family] = PreTrainedTokenizerFast(tokenizer_file=str(here / family / "tokenizer.json"), chat_template=source, **config)
if len(sys.argv) > 3:
    with open(sys.argv[3], "w", encoding="utf-8") as file:
        for family in FAMILIES:
            file.write(json.dumps({"family": family, "source": tokenizers[family].chat_template}) + "\n")
with open(out / "tools.jsonl", "w", encoding="utf-8") as file:
    for number in range(300):
        one_call = number % 2 == 0
        messages = conversation(one_call)
        asks = messages[-1]["role"] != "assistant"
        written = json.loads(json.dumps(messages))
        for message in written:
            for each in message.get("tool_calls", []):
                each["function"]["arguments"] = json.dumps(each["function"]["arguments"])
        row = {"messages": written, "asks": asks}
        for family, tokenizer in tokenizers.items():
            # Llama 3's template raises at a second call, and leaves out a text beside one.
            if family == "llama3" and any(len(m["tool_calls"]) > 1 or m["content"].strip() for m in messages if "tool_calls" in m):
                row[family] = None
                continue
            arguments = {"date_string": "26 Jul 2024"} if family == "llama3" else {}
            made = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=asks, **arguments)
            ids = tokenizer(made, add_special_tokens=False)["input_ids"]
            row[family] = [len(ids), fnv(struct.pack(f"<{len(ids)}i", *ids)), fnv(made.encode())]
        file.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")
