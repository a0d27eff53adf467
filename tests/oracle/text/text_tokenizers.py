# SPDX-License-Identifier: Apache-2.0
"""Small byte-level BPE tokenisers with the settings of each model family, and the ids `tokenizers` gives with them.

Trained here on harmless made-up text, because the models' own vocabularies are too large to commit. Writes
fixtures/text/<family>/tokenizer.json, tokenizer_config.json and fixtures/text/<family>/cases.jsonl: text (hex of UTF-8), ids with
special tokens parsed, ids in the plain policy (no text becomes a mark).
Run: python tests/oracle/text/text_tokenizers.py [OUTPUT FOLDER]
"""
import json
import pathlib
import random
import sys

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

out = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2] / "fixtures" / "text"

CORPUS = """The small boat left the harbour at 7 o'clock, and the wind didn't turn until 1815. "We're late," she said; they'll wait.
def add(a, b):\n    return a + b  # sum\n\n\nfor i in range(100):\n\tprint(f"{i:03d}", end="\\n")\n
Der Bäcker verkauft Brötchen für 2,50 €. L'été dernier, j'ai mangé une crème brûlée à l'hôtel. El niño comió una piña mañana.
Быстрая лиса прыгает через ленивую собаку. Η γρήγορη αλεπού. الثعلب البني السريع. השועל החום המהיר. तेज़ भूरी लोमड़ी कूदती है।
我们今天去公园散步。今日は天気がいいですね。오늘은 날씨가 좋아요. วันนี้อากาศดี. 😀 🎉 👨‍👩‍👧 🇩🇪 ½ Ⅷ x² ≤ ∑ → … — “quotes” user system assistant
You are a helpful assistant. Hello there, how are you? I am fine, thank you! What is the capital of France? Paris is the capital.
Step one: think about the question. Step two: write the answer. www.example.org/path?x=1&y=2 foo_bar fooBar FOO-BAR === --- ***
"""

LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN2 = LLAMA3.replace("{1,3}", "")
byte_level = pre_tokenizers.ByteLevel


def split_then_bytes(pattern):
    split = pre_tokenizers.Split(Regex(pattern), "isolated")
    return pre_tokenizers.Sequence([split, byte_level(add_prefix_space=False, use_regex=False)])


def special(text):
    return AddedToken(text, special=True, normalized=False)


def added(text, **flags):
    return AddedToken(text, special=False, normalized=flags.pop("normalized", False), **flags)


FAMILIES = {
    "gpt2": dict(
        pre=byte_level(add_prefix_space=False), extra=[special("<|endoftext|>")], eos="<|endoftext|>", bos="<|endoftext|>"
    ),
    "smollm2": dict(
        pre=pre_tokenizers.Sequence([pre_tokenizers.Digits(True), byte_level(add_prefix_space=False)]),
        first=["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<repo_name>"],
        drop="\x04\x06\x13\xf1",  # SmolLM2 lacks a few bytes too
        bos="<|im_start|>", eos="<|im_end|>", pad="<|im_end|>",
    ),
    "qwen2_5": dict(
        pre=split_then_bytes(QWEN2), normalizer=normalizers.NFC(),
        extra=[special("<|endoftext|>"), special("<|im_start|>"), special("<|im_end|>"), added("<tool_call>"), added("</tool_call>")],
        eos="<|im_end|>", pad="<|endoftext|>",
    ),
    "llama3": dict(
        pre=split_then_bytes(LLAMA3), ignore_merges=True,
        extra=[special(f"<|{t}|>") for t in ("begin_of_text", "end_of_text", "reserved_special_token_0", "start_header_id", "end_header_id", "eom_id", "eot_id")],
        bos="<|begin_of_text|>", eos="<|eot_id|>",
    ),
    "r1_distill": dict(
        pre=split_then_bytes(QWEN2), normalizer=normalizers.NFC(),
        extra=[special("<｜end▁of▁sentence｜>"), added("<｜User｜>"), added("<｜Assistant｜>"), special("<｜begin▁of▁sentence｜>"), added("<think>"), added("</think>")],
        bos="<｜begin▁of▁sentence｜>", eos="<｜end▁of▁sentence｜>",
    ),
    # Every flag an added token can have, in one tokeniser that no model uses.
    "odd": dict(
        pre=pre_tokenizers.Sequence([pre_tokenizers.Digits(False), pre_tokenizers.Split(Regex("[aeiou]+"), "merged_with_previous"),
                                     pre_tokenizers.Split("!", "merged_with_next"), byte_level(add_prefix_space=False)]),
        normalizer=normalizers.Sequence([normalizers.NFKC()]),
        extra=[special("<left>"), AddedToken("<|l|>", lstrip=True, special=True), AddedToken("<|r|>", rstrip=True, special=True),
               added("word", single_word=True), added("ﬁx", normalized=True), added("  "), added("<|l|>long"), added("both", lstrip=True, rstrip=True)],
    ),
}

WORDS = ["hello", "World", "don't", "I'LL", "we're", "it'S", "café", "naïve", "1234567", "3.14", "x=y", "foo_bar", "!!!", "...", "<think>", "</think>",
         "<|im_start|>", "http://a.b/c?d=e", "日本語", "中文", "한국어", "привет", "مرحبا", "שלום", "हिन्दी", "ไทย", "😀", "👨‍👩‍👧‍👦", "🇩🇪", "e\u0301", "A\u030a", "ﬁ", "Ⅷ",
         "½", "²", "٣", "१२", "\u200b", "\u200d", "\ufeff", "\u00a0", "\u3000", "\u2028", "\x85", "\u180e", "\t", "\n", "\r\n", "\r", "  ", "   \n  ", "\n\n\n", " \n",
         "'ſ", "'", '"', "\x00", "\x01", "\x1c", "\x7f", "\x04", "İ", "ß", "ǅ", "ʰ", "\u0345", "\u0315", "\u0334", "\U000e0001", "\U0010ffff", "\U000f0000", "word", "sword",
         "both", "ﬁx", "fix", "aa!!bb", "—", "…", "'dX", "''s", " 's", "\n's", "a\u0316\u0301b", "\U00010d41", "\U00011de1", "\U0001e130\u0301"]


def sample(draw, marks):
    parts = []
    for _ in range(draw.choice([1, 2, 3, 5, 8, 13])):
        kind = draw.random()
        if kind < 0.5:
            parts.append(draw.choice(WORDS))
        elif kind < 0.65:
            parts.append(" " * draw.choice([1, 1, 1, 2, 5]))
        elif kind < 0.75:
            parts.append(chr(draw.randint(32, 126)))
        elif kind < 0.85:
            parts.append(chr(draw.choice([draw.randint(0xA0, 0x2FFF), draw.randint(0x3000, 0xD7FF), draw.randint(0x10000, 0x1FFFF)])))
        elif kind < 0.93:
            parts.append(draw.choice(marks))
        else:
            parts.append(draw.choice(["a", "=", " ", "ab", "\n", "0", "é", "!?"]) * draw.randint(2, 60))
    return "".join(parts)


for name, how in FAMILIES.items():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = how["pre"]
    alphabet = sorted(byte_level.alphabet())
    first = how.get("first", [])
    trainer = trainers.BpeTrainer(vocab_size=600 + len(first), special_tokens=first, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(CORPUS.split("\n"), trainer)
    state = json.loads(tokenizer.to_str())
    state["model"]["ignore_merges"] = how.get("ignore_merges", False)
    if "drop" in how:
        gone = {piece for c in how["drop"] for piece, _ in byte_level(add_prefix_space=False).pre_tokenize_str(c) if ord(c) < 128} | {"ñ"}
        kept = [t for t in sorted(state["model"]["vocab"], key=state["model"]["vocab"].get) if not any(g in t for g in gone)]
        state["model"]["vocab"] = {t: i for i, t in enumerate(kept)}
        state["model"]["merges"] = [m for m in state["model"]["merges"] if not any(g in part for g in gone for part in m)]
    tokenizer = Tokenizer.from_str(json.dumps(state))
    if "normalizer" in how:
        tokenizer.normalizer = how["normalizer"]
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    for token in how.get("extra", []):
        (tokenizer.add_special_tokens if token.special else tokenizer.add_tokens)([token])
    folder = out / name
    folder.mkdir(parents=True, exist_ok=True)
    state = json.loads(tokenizer.to_str())
    (folder / "tokenizer.json").write_text(json.dumps(state, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    config = {f"{key}_token": how[key] for key in ("bos", "eos", "pad") if key in how}
    (folder / "tokenizer_config.json").write_text(json.dumps(config, ensure_ascii=False) + "\n", encoding="utf-8")

    marks = [t["content"] for t in state["added_tokens"]]
    draw = random.Random(11)
    texts = ["", " ", "  ", "\n", "a", "word", "word word", "both  ", " <|l|>long <|l|>lon"] + [sample(draw, marks) for _ in range(240)]
    for token in state["added_tokens"]:  # in the plain policy whatever is written like a mark counts as special
        token["special"] |= len(token["content"]) > 2 and token["content"][0] == "<" and token["content"][-1] == ">"
    plain = Tokenizer.from_str(json.dumps(state))
    plain.encode_special_tokens = True
    with open(folder / "cases.jsonl", "w", encoding="utf-8") as file:
        for text in texts:
            row = {"text": text.encode().hex(), "parsed": tokenizer.encode(text, add_special_tokens=False).ids,
                   "plain": plain.encode(text, add_special_tokens=False).ids}
            file.write(json.dumps(row, separators=(",", ":")) + "\n")
    print(name, tokenizer.get_vocab_size(), len(texts))
