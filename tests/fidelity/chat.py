# SPDX-License-Identifier: Apache-2.0
"""Our chat templates against each model's own Jinja template as transformers renders it.
Run: python tests/fidelity/chat.py text_probe SmolLM2.gguf VOCABULARIES_FOLDER WORK_FOLDER [--count 1000] [--guard TEMPLATE]
--guard names the tokenizer_config.json (or a .jinja file) of your own Llama-Guard-3, which is gated; without it the template is
written out here after the model card.
"""
import argparse
import importlib.metadata
import json
import os
import pathlib
import random
import sys

from transformers import PreTrainedTokenizerFast

import report
import strings
import text

SEED = 20261125
S, U, A = "system", "user", "assistant"
LLAMA3_0 = (
    "{% set loop_messages = messages %}{% for message in loop_messages %}{% set content = '<|start_header_id|>' + message['role'] + "
    "'<|end_header_id|>\\n\\n'+ message['content'] | trim + '<|eot_id|>' %}{% if loop.index0 == 0 %}{% set content = bos_token + content %}"
    "{% endif %}{{ content }}{% endfor %}{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{% endif %}")
HAZARDS = ("Violent Crimes|Non-Violent Crimes|Sex Crimes|Child Exploitation|Defamation|Specialized Advice|Privacy|Intellectual Property|"
           "Indiscriminate Weapons|Hate|Self-Harm|Sexual Content|Elections|Code Interpreter Abuse").split("|")
GUARD = (
    "{% if messages|length % 2 == 0 %}{% set role = 'Agent' %}{% else %}{% set role = 'User' %}{% endif %}"
    "{{ '<|begin_of_text|><|start_header_id|>user<|end_header_id|>\\n\\nTask: Check if there is unsafe content in \\'' + role + "
    "'\\' messages in conversations according our safety policy with the below categories.\\n\\n<BEGIN UNSAFE CONTENT CATEGORIES>\\n"
    + "".join(f"S{i + 1}: {name}.\\n" for i, name in enumerate(HAZARDS))
    + "<END UNSAFE CONTENT CATEGORIES>\\n\\n<BEGIN CONVERSATION>\\n\\n' }}{% for message in messages %}"
    "{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('roles must alternate') }}{% endif %}"
    "{% set content = message['content'] %}{% if message['role'] == 'user' %}{% set role = 'User' %}{% elif message['role'] == 'assistant' %}"
    "{% set role = 'Agent' %}{% endif %}{{ role + ': ' + content.strip() + '\\n\\n' }}{% endfor %}"
    "{{ '<END CONVERSATION>\\n\\nProvide your safety assessment for ONLY THE LAST ' + role + ' message in the above conversation:\\n"
    " - First line must read \\'safe\\' or \\'unsafe\\'.\\n - If unsafe, a second line must include a comma-separated list of violated "
    "categories.<|eot_id|><|start_header_id|>assistant<|end_header_id|>\\n\\n' }}")


def guard_template(path):
    if path is None:
        return GUARD, "its model card's template"
    path = pathlib.Path(os.environ.get("FIDELITY_FROM", "."), path)
    source = path.read_bytes().decode()
    return (json.loads(source)["chat_template"] if path.suffix == ".json" else source), path.name


def content(draw, pool, marks):
    kind = draw.random()
    if kind < 0.08:
        return draw.choice(["", " ", "\n", "\n\n \t", "\u00a0", "\x1c\x1f", "\u3000\u2028", "\ufeff", "0"])
    made = draw.choice(pool)
    if kind < 0.25:
        made = draw.choice(strings.SPACES) + made + draw.choice(strings.SPACES) * 2
    elif kind < 0.45:
        made = draw.choice(["", made]) + draw.choice(marks) + draw.choice(["", "\n", made])
    return made


def reasoning(draw, pool):
    a, b = draw.choice(pool), draw.choice(pool)
    return draw.choice([f"<think>\n{a}\n</think>\n\n{b}", f"<think>{a}</think>{b}", f"{a}</think>{b}", f"<think>\n{a}", f"{a}</think>{b}</think>", "<think></think>", f"</think>{b}",
                        f" <think>\n{a}\n</think>\n\n{b}"])


def conversations(seed, count, marks, alternating):
    """Single and multi turn, with and without system text; guards are only asked about user, assistant, user, ... of one to five turns."""
    draw = random.Random(seed)
    pool = [raw.decode("utf-8", "replace") for raw in strings.strings(seed, 2000, marks)]
    for i in range(count):
        turns = [(U if k % 2 == 0 else A) for k in range(1 + i % (5 if alternating else 7))]
        if not alternating:
            if draw.random() < 0.4:
                turns.insert(0, S)
            if draw.random() < 0.1:
                turns.insert(draw.randint(0, len(turns)), draw.choice([S, U, A]))
        yield [{"role": who, "content": reasoning(draw, pool) if who == A and draw.random() < 0.3 else content(draw, pool, marks)} for who in turns]


def families(options):
    """name, tokeniser's folder, template, its arguments, BOS"""
    def read(name):
        return (options.folder / "templates" / f"{name}.jinja").read_bytes().decode()

    smollm2 = text.vocabularies.chat_template(options.smollm2)
    r1 = read("deepseek-ai-DeepSeek-R1-Distill-Llama-8B")
    begin, r1_begin = "<|begin_of_text|>", "<｜begin▁of▁sentence｜>"
    yield "SmolLM2", "SmolLM2", smollm2, {}, None
    yield "Qwen2.5", "Qwen2.5", read("Qwen-Qwen2.5-7B-Instruct"), {}, None
    yield "Llama 3.0 (after its model card)", "Llama 3", LLAMA3_0, {}, begin
    yield "Llama 3.1", "Llama 3", read("meta-llama-Llama-3.1-8B-Instruct"), {}, begin
    yield "Llama 3.2, date set", "Llama 3", read("meta-llama-Llama-3.2-3B-Instruct"), {"date_string": "1 Feb 2031"}, begin
    yield "Llama 3.2, date pinned", "Llama 3", read("meta-llama-Llama-3.2-3B-Instruct"), {"date_string": "26 Jul 2024"}, begin
    yield "Llama 3.3", "Llama 3", read("meta-llama-Llama-3.3-70B-Instruct"), {"date_string": "26 Jul 2024"}, begin
    yield "R1-distill (Llama's vocabulary)", "R1-distill-Llama", r1, {}, r1_begin
    yield "R1-distill (Qwen's vocabulary)", "R1-distill-Qwen", r1, {}, r1_begin
    yield "R1-distill, older, no <think>", "R1-distill-Qwen", r1.replace("<think>\\n", ""), {}, r1_begin


def compare(options, against, name, model, template, arguments, begin, alternating):
    folder = text.folder_of(options, model)
    words = PreTrainedTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"), chat_template=template, **({"bos_token": begin} if begin else {}))
    marks = sorted(words.get_added_vocab())[:40] + ["<think>", "</think>", "<END CONVERSATION>", "User: ", "Agent: ", "<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n"]
    rows, texts = [], []
    for messages in conversations(SEED, options.count, marks, alternating):
        for generation in (False, True):
            rows.append({"source": template, "messages": messages, "generation": generation} | ({"date": arguments["date_string"]} if arguments else {}))
            texts.append(words.apply_chat_template(messages, tokenize=False, add_generation_prompt=generation, **arguments))
    made = text.probe(options.probe, folder, "chat", rows)
    differ, own_differ, ids_differ, with_ids, begins = 0, 0, 0, 0, 0
    added = words.get_added_vocab()
    for row, expected, ours in zip(rows, texts, made, strict=True):
        if ours["text"] != expected:
            differ += 1
            if differ <= 3:
                report.note(f"{row['messages']!r}\n      ours   {ours['text']!r}\n      theirs {expected!r}")
        own_differ += ours["own"] != expected
        # Text of the user never becomes a mark here; where it has none, the ids are those of the rendered text.
        if not any(mark in m["content"] for mark in added for m in row["messages"]):
            with_ids += 1
            ids_differ += ours["ids"] != words(expected, add_special_tokens=False)["input_ids"]
        begins += begin is not None and ours["ids"].count(added[begin]) != 1
    report.row(f"{name}: text", against, len(rows), differ)
    report.row(f"{name}: its template as we render it", against, len(rows), own_differ)
    report.row(f"{name}: ids, where no content has a mark", against, with_ids, ids_differ)
    if begin:
        report.row(f"{name}: exactly one BOS", "-", len(rows), begins)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("probe")
    parser.add_argument("smollm2", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--guard", type=pathlib.Path)
    options = parser.parse_args()
    against = f"transformers {importlib.metadata.version('transformers')}"
    if not text.folder_of(options, "R1-distill-Llama").exists():
        list(text.write_families(options))
    for family in families(options):
        compare(options, against, *family, alternating=False)
    source, whose = guard_template(options.guard)
    compare(options, against, f"Llama-Guard-3 ({whose})", "Llama 3", source, {}, "<|begin_of_text|>", alternating=True)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
