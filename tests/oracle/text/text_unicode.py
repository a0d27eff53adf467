# SPDX-License-Identifier: Apache-2.0
"""Which characters `tokenizers` takes for letters, numbers, marks, white space and single digits, and how it normalises.

Writes fixtures/text/unicode_classes.txt (class, first, last in hex) and fixtures/text/normal_forms.jsonl.
Run: python tests/oracle/text/text_unicode.py [OUTPUT FOLDER]
"""
import json
import pathlib
import random
import sys

from tokenizers import Regex, normalizers, pre_tokenizers

out = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2] / "fixtures" / "text"
everything = [c for c in range(1, 0x110000) if not 0xD800 <= c < 0xE000]


def ranges(points):
    found = []
    for c in sorted(points):
        if found and found[-1][1] == c - 1:
            found[-1][1] = c
        else:
            found.append([c, c])
    return found


def matched_by(pattern):
    split = pre_tokenizers.Split(Regex(pattern), "removed")
    points = set()
    for i in range(0, len(everything), 4096):
        some = everything[i : i + 4096]
        kept = {ord(c) for piece, _ in split.pre_tokenize_str("".join(map(chr, some))) for c in piece}
        points |= set(some) - kept
    return points


digits = pre_tokenizers.Digits(individual_digits=True)
classes = {name: matched_by(pattern) for name, pattern in (("L", r"\p{L}"), ("N", r"\p{N}"), ("M", r"\p{M}"), ("s", r"\s"))}
classes["D"] = {c for c in everything if len(digits.pre_tokenize_str("a" + chr(c))) == 2}
lines = [f"{name} {a:x} {b:x}\n" for name, points in classes.items() for a, b in ranges(points)]
(out / "unicode_classes.txt").write_text("".join(lines))

draw = random.Random(7)
marks = [c for c in everything if c in classes["M"]]
bases = [ord(c) for c in "aeiouAEIOUcnsyzκαиעبक가각ΩÅﬁ①"] + list(range(0xC0, 0x180)) + list(range(0x1E00, 0x1F00))
samples = ["", "plain ASCII", "e\u0301", "\u1100\u1161\u11a8", "\u0344", "a\u0315\u0301\u0316", "\U00011935\U00011930", "\u09c7\u09be"]
samples += ["".join(chr(draw.choice(bases if draw.random() < 0.4 else marks)) for _ in range(draw.randint(2, 8))) for _ in range(400)]
with open(out / "normal_forms.jsonl", "w", encoding="utf-8") as file:
    for text in samples:
        row = {"text": text}
        for form in ("NFC", "NFD"):
            row[form] = getattr(normalizers, form)().normalize_str(text)
        file.write(json.dumps(row) + "\n")
