# SPDX-License-Identifier: Apache-2.0
"""Which tokens of a conversation TRL trains with assistant_only_loss: 1 000 generated conversations for each chat family.

TRL's training templates mark what the assistant writes with {% generation %}; transformers makes a mask of it. TRL has none for
SmolLM2: its template is written here with the marks around an answer and its end mark. Writes fixtures/text/masks.jsonl, a line
a conversation: its messages, and for each family [tokens, FNV-1a hash of the ids, [first, one past the last, ...] of the mask].
Run: python tests/oracle/text/text_masks.py [OUTPUT FOLDER]      (needs trl, transformers and jinja2)
"""
import json
import pathlib
import random
import struct
import sys

import trl
from transformers import PreTrainedTokenizerFast

here = pathlib.Path(__file__).parents[2] / "fixtures" / "text"
out = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here
templates = pathlib.Path(trl.__file__).parent / "chat_templates"
SMOLLM2 = (
    "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\n"
    "You are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n' }}{% endif %}"
    "{% if message['role'] == 'assistant' %}{{ '<|im_start|>assistant\n' }}{% generation %}{{ message['content'] + '<|im_end|>' }}"
    "{% endgeneration %}{{ '\n' }}{% else %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}"
    "{% endif %}{% endfor %}"
)
FAMILIES = {
    "smollm2": SMOLLM2,
    "qwen2_5": (templates / "qwen2_5_training.jinja").read_text(encoding="utf-8"),
    "llama3": (templates / "llama3_training.jinja").read_text(encoding="utf-8"),
    "r1_distill": (templates / "deepseek_r1_distill_training.jinja").read_text(encoding="utf-8"),
}
# R1-distill's prompts open the reasoning, so its last answer has one.
REASONING = "<think>\nOne step.\n</think>\n\n"

chance = random.Random(20261128)
PIECES = ["the boat", " is ", "blue", ". ", "Why?", "\n", "\n\n", "  ", "\t", "3.14", "2027", "é", "e\u0301", "日本語", "😀", "مرحبا",
          "don't", "def f(x):\n    return x", "- one\n- two", "*bold*", "A", "…", "\u00a0", "naïve", "हिन्दी", "//", "{}", "end", "x = 1;",
          "<b>", "it's", "THE", "\r\n", "?!", "1,000", "I", " we", " and", " so on"]


def text(most):
    return "".join(chance.choice(PIECES) for _ in range(chance.randint(1, most)))


def full(most):
    while not (made := text(most).strip()):
        pass
    return made


def answer(last):
    said = full(8) if last else text(8)
    return f"<think>\n{full(6)}\n</think>\n\n{full(6)}" if chance.random() < 0.3 else said


def conversation():
    turns = [["system", text(5)]] if chance.random() < 0.4 else []
    count = chance.choice([1, 2, 2, 3, 3, 4])
    for i in range(count):
        turns += [["user", text(8)], ["assistant", answer(i + 1 == count)]]
    return turns


def hash_of(ids):
    value = 0xCBF29CE484222325
    for byte in struct.pack(f"<{len(ids)}i", *ids):
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return f"{value:016x}"


tokenizers = {}
for name in FAMILIES:
    config = json.loads((here / name / "tokenizer_config.json").read_text(encoding="utf-8"))
    tokenizers[name] = PreTrainedTokenizerFast(tokenizer_file=str(here / name / "tokenizer.json"), **config)

with open(out / "masks.jsonl", "w", encoding="utf-8") as file:
    for _ in range(1000):
        turns = conversation()
        row = {"messages": turns}
        for name, template in FAMILIES.items():
            messages = [{"role": who, "content": content} for who, content in turns]
            if name == "r1_distill" and not messages[-1]["content"].startswith("<think>"):
                messages[-1]["content"] = REASONING + messages[-1]["content"]
            made = tokenizers[name].apply_chat_template(messages, chat_template=template, tokenize=True, return_dict=True,
                                                        return_assistant_tokens_mask=True)
            ids, mask = made["input_ids"], made["assistant_masks"]
            edges = [i for i in range(len(mask) + 1) if (mask[i] if i < len(mask) else 0) != (mask[i - 1] if i else 0)]
            row[name] = [len(ids), hash_of(ids), edges]
        file.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")
