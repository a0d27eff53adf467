# SPDX-License-Identifier: Apache-2.0
"""Reference tokenisers of the model families, made for the `tokenizers` library from the vocabularies in GGUF files.

Independent of include/ease/text/tokenizer/gguf_vocabulary.hpp on purpose: what each family does before merging is written down here from
the models' own tokenizer.json files.
"""
import json

import gguf
import jinja2.sandbox
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers

NORMAL, CONTROL, USER_DEFINED, UNUSED = 1, 3, 4, 5
CL100K = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"


def byte_level(own_pattern):
    return pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=own_pattern)


def split(pattern):
    return pre_tokenizers.Split(Regex(pattern), "isolated")


def chain(*steps):
    return pre_tokenizers.Sequence(list(steps))


def steps_of(family):
    """(pre-tokeniser, normaliser, ignore_merges) of a value of tokenizer.ggml.pre."""
    nfc = normalizers.NFC()
    return {
        "gpt-2": lambda: (byte_level(True), None, False),
        "smollm": lambda: (chain(pre_tokenizers.Digits(individual_digits=True), byte_level(True)), None, False),
        "starcoder": lambda: (chain(pre_tokenizers.Digits(individual_digits=True), byte_level(True)), None, False),
        "qwen2": lambda: (chain(split(CL100K.replace("{1,3}", "")), byte_level(False)), nfc, False),
        "llama-bpe": lambda: (chain(split(CL100K), byte_level(False)), None, True),
    }[family]()


def field(reader, key, otherwise=None):
    found = reader.fields.get(key)
    return otherwise if found is None else found.contents()


def state(path, family=None, added=None):
    """The tokenizer.json of a GGUF file as a dict. `family`: instead of the file's own. `added`: [(text, special)], which take the ids
    of the file's own special tokens and those behind."""
    reader = gguf.GGUFReader(path)
    tokens, merges = field(reader, "tokenizer.ggml.tokens"), field(reader, "tokenizer.ggml.merges")
    types = field(reader, "tokenizer.ggml.token_type") or [NORMAL] * len(tokens)
    own = [(i, tokens[i], kind == CONTROL) for i, kind in enumerate(types)
           if kind in (CONTROL, USER_DEFINED) and tokens[i] != f"[PAD{i}]"]
    if added is not None:
        first = next(i for i, kind in enumerate(types) if kind != NORMAL)
        tokens = tokens[:first] + [text for text, _ in added]
        own = [(first + i, text, special) for i, (text, special) in enumerate(added)]
        types = [NORMAL] * len(tokens)
    vocab = {text: i for i, (text, kind) in enumerate(zip(tokens, types)) if kind != UNUSED and text != f"[PAD{i}]"}
    pre, normalizer, ignore_merges = steps_of(family or field(reader, "tokenizer.ggml.pre"))
    made = Tokenizer(models.BPE())
    made.pre_tokenizer, made.decoder = pre, decoders.ByteLevel()
    if normalizer:
        made.normalizer = normalizer
    out = json.loads(made.to_str())
    out["model"] |= {"vocab": vocab, "merges": [merge.split(" ") for merge in merges], "ignore_merges": ignore_merges}
    out["added_tokens"] = [{"id": i, "content": text, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False,
                            "special": special} for i, text, special in own]
    return out


def plain(description):
    """The same tokeniser under our plain policy: no text becomes a mark, flagged special or only written like one."""
    description = json.loads(json.dumps(description))
    for token in description["added_tokens"]:
        text = token["content"]
        token["special"] |= len(text) > 2 and text[0] == "<" and text[-1] == ">"
    made = Tokenizer.from_str(json.dumps(description))
    made.encode_special_tokens = True
    return made


def from_gguf(path):
    return Tokenizer.from_str(json.dumps(state(path)))


def chat_template(path):
    return field(gguf.GGUFReader(path), "tokenizer.chat_template")


def render(template, messages, add_generation_prompt=True, **more):
    """As transformers renders it: a sandbox with its two options of white space."""
    made = jinja2.sandbox.ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"])
    return made.from_string(template).render(messages=messages, add_generation_prompt=add_generation_prompt, **more)
