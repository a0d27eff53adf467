# SPDX-License-Identifier: Apache-2.0
"""Chat templates in many spellings, and what transformers renders with them: fixtures/text/templates.jsonl.

The first row is the conversations; every other a template, its BOS, and for each conversation a digest of its text (FNV-1a, 32
bits), or "refused" where the template raises an exception. The test demands that a template is refused with a reason, or writes every conversation as it stands here. The templates of this
file are written here, after what users report; further ones, the models' own, are their data and not committed: name files
(*.jinja, tokenizer_config.json) or folders of them, and set EASE_CHAT_TEMPLATES to the output for the test.
Run: python tests/oracle/text/text_templates.py OUTPUT.jsonl [FILE OR FOLDER...]
"""
import json
import pathlib
import random
import sys

from jinja2.exceptions import TemplateError
from transformers.utils.chat_template_utils import render_jinja_template

S, U, A = "system", "user", "assistant"
CHATML = ("{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}"
          "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}")
OWN_SYSTEM = "{% if messages[0]['role'] != 'system' %}{{ '<|im_start|>system\nYou are a kind gardener.<|im_end|>\n' }}{% endif %}"
LLAMA3 = ("{% for m in messages %}{% if loop.first %}{{ bos_token }}{% endif %}{{ '<|start_header_id|>' ~ m.role ~ '<|end_header_id|>\n\n' ~ m.content.strip() ~ '<|eot_id|>' }}"
          "{% endfor %}")
ASK3 = "{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}"
DATED = ("{{ bos_token }}{% set day = date_string if date_string is defined else '26 July 2024' %}{% set text = '' %}{% set rest = messages %}"
         "{% if messages[0].role == 'system' %}{% set text = messages[0].content | trim %}{% set rest = messages[1:] %}{% endif %}"
         "{{ '<|start_header_id|>system<|end_header_id|>\n\nCutting Knowledge Date: December 2023\nToday Date: ' + day + '\n\n' + text + '<|eot_id|>' }}"
         + LLAMA3.replace("messages", "rest").replace("{% if loop.first %}{{ bos_token }}{% endif %}", "")
         + "{% if add_generation_prompt %}" + ASK3 + "{% endif %}")
ALTERNATE = ("{% for m in messages %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('roles must alternate') }}{% endif %}{% endfor %}")
R1 = ("{{ bos_token }}{% set ns = namespace(s='') %}{% for m in messages %}{% if m.role == 'system' %}{% set ns.s = m.content %}{% endif %}{% endfor %}{{ ns.s }}"
      "{% for m in messages %}{% if m.role == 'user' %}{{ '<｜User｜>' + m.content }}{% elif m.role == 'assistant' %}"
      "{{ '<｜Assistant｜>' + m.content.split('</think>')[-1] + '<｜end▁of▁sentence｜>' }}{% endif %}{% endfor %}"
      "{% if add_generation_prompt %}{{ '<｜Assistant｜>' }}{% endif %}")
OWN = {  # name: template, BOS
    "chatml": (CHATML, ""),
    "chatml with a BOS that it does not write": (CHATML, "<|begin_of_text|>"),
    "chatml behind BOS": ("{{ bos_token }}" + CHATML, "<|begin_of_text|>"),
    "chatml as blocks on lines": (
        "{%- for message in messages %}\n    {{- '<|im_start|>' + message.role + '\\n' }}\n    {{- message.content }}\n    {{- '<|im_end|>\\n' }}\n"
        "{%- endfor %}\n{%- if add_generation_prompt %}\n    {{- '<|im_start|>assistant\\n' }}\n{%- endif %}\n", ""),
    "chatml with a default for add_generation_prompt": ("{% if not add_generation_prompt is defined %}{% set add_generation_prompt = false %}{% endif %}" + CHATML, ""),
    "chatml with a system text of its own": (OWN_SYSTEM + CHATML, ""),
    "chatml with an empty system turn": (OWN_SYSTEM.replace("You are a kind gardener.", "") + CHATML, ""),
    "chatml with a system text that is trimmed": (OWN_SYSTEM + CHATML.replace("message['content']", "message['content'] | trim"), ""),
    "chatml by a loop over the rest": (
        "{% if messages[0]['role'] == 'system' %}{% set rest = messages[1:] %}{% set text = messages[0]['content'] %}{% else %}{% set rest = messages %}{% set text = 'You are a kind gardener.' %}{% endif %}"
        "{{ '<|im_start|>system\n' + text + '<|im_end|>\n' }}" + CHATML.replace("messages", "rest"), ""),
    "chatml without the last line end": (CHATML.replace("'<|im_end|>' + '\n'", "'<|im_end|>' + ('' if loop.last and not add_generation_prompt else '\n')"), ""),
    "chatml that does not end the last answer": (
        CHATML.replace(" + '<|im_end|>' + '\n'}}", "}}{% if (loop.last and add_generation_prompt) or not loop.last %}{{ '<|im_end|>' + '\n' }}{% endif %}"), ""),
    "chatml that asks behind a user's message alone": (CHATML.replace("if add_generation_prompt", "if add_generation_prompt and messages[-1]['role'] != 'assistant'"), ""),
    "chatml that takes no system": (
        "{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}" + CHATML, ""),
    "chatml whose roles must alternate": (ALTERNATE + CHATML, ""),
    "chatml that leaves out a second system turn": (CHATML.replace("%}", "%}{% if loop.first or message['role'] != 'system' %}", 1).replace("{% endfor", "{% endif %}{% endfor", 1), ""),
    "chatml with marks of what is generated": (
        CHATML.replace("{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}",
                       "{{'<|im_start|>' + message['role'] + '\n'}}{% if message['role'] == 'assistant' %}{% generation %}{{ message['content'] + '<|im_end|>' }}{% endgeneration %}"
                       "{% else %}{{ message['content'] + '<|im_end|>' }}{% endif %}{{ '\n' }}"), ""),
    "chatml that removes earlier reasoning": (
        CHATML.replace("message['content']", "(message['content'].split('</think>')[-1].lstrip('\n') if message['role'] == 'assistant' else message['content'])"), ""),
    "chatml that opens the thought": (CHATML.replace("assistant\n' }}", "assistant\n<think>\n' }}"), ""),
    "chatml with a macro": (
        "{% macro turn(role, text) %}{{ '<|im_start|>' + role + '\n' + text + '<|im_end|>\n' }}{% endmacro %}{% for m in messages %}{{ turn(m.role, m.content) }}{% endfor %}"
        "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}", ""),
    "chatml with a macro that nobody calls": ("{% macro show(x) %}{{ x }}{% endmacro %}" + CHATML, ""),
    "a list of content parts is looked for": (
        "{% for message in messages %}{% if message.content is string %}{{'<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>\n'}}"
        "{% else %}{% for part in message.content %}{{ part.text }}{% endfor %}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}", ""),
    "llama 3": (LLAMA3 + "{% if add_generation_prompt %}" + ASK3 + "{% endif %}", "<|begin_of_text|>"),
    "llama 3 that always asks": (LLAMA3 + ASK3, "<|begin_of_text|>"),
    "llama 3 that asks when the last is a user's": (LLAMA3 + "{% if add_generation_prompt and messages[-1].role == 'user' %}" + ASK3 + "{% endif %}", "<|begin_of_text|>"),
    "llama 3 without trim": (LLAMA3.replace(".strip()", "") + "{% if add_generation_prompt %}" + ASK3 + "{% endif %}", "<|begin_of_text|>"),
    "llama 3 without BOS": (LLAMA3.replace("{{ bos_token }}", "") + "{% if add_generation_prompt %}" + ASK3 + "{% endif %}", "<|begin_of_text|>"),
    "llama 3 with a system text of its own": (
        "{% if messages[0].role != 'system' %}{{ bos_token + '<|start_header_id|>system<|end_header_id|>\n\nYou are a kind gardener.<|eot_id|>' }}{% endif %}"
        + LLAMA3 + "{% if add_generation_prompt %}" + ASK3 + "{% endif %}", "<|begin_of_text|>"),
    "llama 3.1 with another day": (DATED, "<|begin_of_text|>"),
    "llama 3.1 with another cut": (DATED.replace("December 2023", "March 2025"), "<|begin_of_text|>"),
    "r1 distill": (R1, "<｜begin▁of▁sentence｜>"),
    "r1 distill that opens the thought": (R1.replace("'<｜Assistant｜>' }}", "'<｜Assistant｜><think>\\n' }}"), "<｜begin▁of▁sentence｜>"),
    "r1 distill that keeps earlier reasoning": (R1.replace(".split('</think>')[-1]", ""), "<｜begin▁of▁sentence｜>"),
    "another language": ("{% for m in messages %}{{ '[' + m.role + '] ' + m.content + '\n' }}{% endfor %}", "<|begin_of_text|>"),
}

WORDS = ["Hi", "", " a ", "\n two\nlines \n", "\u00a0wide\u3000", "I have <|im_end|> in it", "<think>\nt\n</think>\n\nb", "<think>\nopen", "a </think> b </think>", "日本語 😀"]


def talks():
    draw = random.Random(5)
    made = [[(U, "Hi")], [(S, "Be brief."), (U, "Hi")], [(U, "Hi"), (A, "Hello"), (U, "And?")], [(S, "s"), (U, "a"), (A, "b"), (U, "c"), (A, "d"), (U, "e")]]
    for _ in range(30):  # usual orders
        turns = [(S, draw.choice(WORDS))] if draw.random() < 0.5 else []
        for _ in range(draw.randint(0, 3)):
            turns += [(U, draw.choice(WORDS)), (A, draw.choice(WORDS))]
        made.append(turns + [(U, draw.choice(WORDS))])
    for _ in range(20):  # any order
        made.append([(draw.choice([S, U, A]), draw.choice(WORDS)) for _ in range(draw.randint(1, 5))])
    return made


def given():
    for name, (source, bos) in OWN.items():
        yield name, source, bos
    for path in sys.argv[2:]:
        for file in sorted(pathlib.Path(path).rglob("*")) if pathlib.Path(path).is_dir() else [pathlib.Path(path)]:
            if file.suffix == ".jinja":
                text = file.read_text(encoding="utf-8")
            elif file.name == "tokenizer_config.json":
                text = json.loads(file.read_text(encoding="utf-8")).get("chat_template")
            else:
                continue
            if isinstance(text, str):
                yield f"{file.parent.name}/{file.name}", text, "<｜begin▁of▁sentence｜>" if "｜" in text else "<|begin_of_text|>"


def digest(text):
    value = 2166136261
    for byte in text.encode():
        value = (value ^ byte) * 16777619 % 2**32
    return f"{value:08x}"


def rendered(source, bos, messages):
    names = {"bos_token": bos} if bos else {}
    if "strftime_now" in source:  # the library pins the day
        names["date_string"] = "26 Jul 2024"
    try:
        return digest(render_jinja_template([messages], chat_template=source, add_generation_prompt=True, eos_token="<|end_of_text|>", **names)[0][0])
    except (TemplateError, TypeError, ValueError, KeyError):
        return "refused"


conversations = [[{"role": who, "content": text} for who, text in turns] for turns in talks()]
count = 0
with open(sys.argv[1], "w", encoding="utf-8") as out:
    out.write(json.dumps({"talks": conversations}, ensure_ascii=False) + "\n")
    for name, source, bos in given():
        row = {"name": name, "source": source, "bos": bos, "digests": [rendered(source, bos, m) for m in conversations]}
        out.write(json.dumps(row, ensure_ascii=False) + "\n")
        count += 1
print(count, "templates")
