# SPDX-License-Identifier: Apache-2.0
"""Makes tests/fixtures/text/strings.jsonl, some of the strings of script/fidelity, and fixtures/text/<family>/digests.txt: for each
string a digest (FNV-1a, 32 bits) of the ids `tokenizers` gives, special tokens parsed and in the plain policy. The ids themselves
would be ten times as large. Run: python tests/oracle/text/text_strings.py [OUTPUT FOLDER]
"""
import json
import pathlib
import sys

from tokenizers import Tokenizer

here = pathlib.Path(__file__).parents[2]
sys.path.insert(0, str(here / "fidelity"))
import strings  # noqa: E402
import vocabularies  # noqa: E402

fixtures = here / "fixtures" / "text"
out = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else fixtures
FAMILIES = ["gpt2", "smollm2", "qwen2_5", "llama3", "r1_distill", "odd"]


def digest(ids):
    value = 2166136261
    for number in ids:
        for byte in number.to_bytes(4, "little"):
            value = (value ^ byte) * 16777619 % 2**32
    return f"{value:08x}"


states = {name: json.loads((fixtures / name / "tokenizer.json").read_text(encoding="utf-8")) for name in FAMILIES}
marks = sorted({token["content"] for state in states.values() for token in state["added_tokens"]})
made = [raw for raw in strings.strings(5, 1500, marks) if len(raw) < 250][:1000]
with open(out / "strings.jsonl", "w", encoding="utf-8") as file:
    for raw in made:
        try:
            row = {"text": raw.decode()}
        except UnicodeDecodeError:
            row = {"hex": raw.hex()}
        file.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")
for name, state in states.items():
    parsed, plain = Tokenizer.from_str(json.dumps(state)), vocabularies.plain(state)
    (out / name).mkdir(parents=True, exist_ok=True)
    with open(out / name / "digests.txt", "w", encoding="utf-8") as file:
        for raw in made:
            text = raw.decode("utf-8", "replace")
            both = [digest(words.encode(text, add_special_tokens=False).ids) for words in (parsed, plain)]
            file.write(" ".join(both) + "\n")
