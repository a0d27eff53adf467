# SPDX-License-Identifier: Apache-2.0
"""Folders of tokeniser files as users have them, and what transformers makes of each: fixtures/text/files.jsonl.

The first row has a small tokenizer.json, with @ADDED@ for its added tokens and @VOCAB@ for entries of the vocabulary behind its
own, and the texts. Every other row is a folder: its files ("base" stands for that tokenizer.json), the report it is after, and the
ids that AutoTokenizer gives, with special tokens parsed; BOS, EOS and padding; the prompt of "a", null where transformers refuses.
Run: python tests/oracle/text/text_files.py OUTPUT.jsonl
"""
import json
import os
import pathlib
import sys
import tempfile

os.environ["HF_HUB_OFFLINE"] = "1"
from tokenizers import pre_tokenizers  # noqa: E402
from transformers import AutoTokenizer  # noqa: E402

LETTERS = sorted(pre_tokenizers.ByteLevel.alphabet())
MERGES = ["h e", "l l", "he ll", "hell o", "Ġ w", "o r", "Ġw or", "l d", "Ġwor ld", "Ġ t", "Ġt he", "1 2", "12 3", "Ġ Ġ", "( s"]
VOCAB = LETTERS + [m.replace(" ", "") for m in MERGES]
MARKS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
BASE = json.dumps({
    "version": "1.0", "truncation": None, "padding": None, "added_tokens": "@ADDED@", "normalizer": None,
    "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
    "post_processor": None, "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
    "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None, "end_of_word_suffix": None,
              "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
              "vocab": {t: i for i, t in enumerate(VOCAB)} | {"@VOCAB@": 0}, "merges": MERGES},
}, ensure_ascii=False).replace('"@ADDED@"', "@ADDED@").replace(', "@VOCAB@": 0', "@VOCAB@")
FIRST = len(VOCAB)
TEXTS = ["hello world", "<|im_start|>user\nhi<|im_end|>\n<|endoftext|>", "a <pad> b[PAD]c", "x <mask>  y", "one<extra>two <img> <left> |x|",
         "12345 (self) don't", "nai\u0308ve na\u00efve", "  <|im_end|>  "]
TEMPLATE = "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}{% endfor %}"
OTHER = "{% for m in messages %}{{ 'other:' + m.content }}{% endfor %}"


def added(*tokens, first=FIRST, **flags):
    return [{"id": first + i, "content": t, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True} | flags
            for i, t in enumerate(tokens)]


def decoder(tokens):
    return {str(t["id"]): {k: v for k, v in t.items() if k != "id"} for t in tokens}


def object_of(text, **flags):
    return {"content": text, "lstrip": False, "rstrip": False, "normalized": False, "single_word": False} | flags


def base(tokens=(), vocab=()):
    extra = "".join(f", {json.dumps(t)}: {FIRST + i}" for i, t in enumerate(vocab))
    return {"base": BASE.replace("@ADDED@", json.dumps(list(tokens))).replace("@VOCAB@", extra)}


def config(**fields):
    return {"tokenizer_class": "PreTrainedTokenizerFast", "chat_template": TEMPLATE} | fields


THREE = base(added(*MARKS))
VOCAB_FILES = {"vocab.json": json.dumps({t: i for i, t in enumerate(VOCAB + MARKS)}, ensure_ascii=False),
               "merges.txt": "#version: 0.2\n" + "\n".join(MERGES) + "\n"}
FOLDERS = [  # name, where it was reported, files
    ("special tokens in tokenizer_config.json alone", "huggingface/transformers 17431: special tokens that files disagree on",
     {"tokenizer.json": base(vocab=MARKS), "tokenizer_config.json": config(bos_token="<|im_start|>", eos_token="<|im_end|>", pad_token="<|endoftext|>")}),
    ("special tokens in special_tokens_map.json alone, as objects", "meta-pytorch/tokenizers 146: special_tokens_map.json is what says which BOS and EOS",
     {"tokenizer.json": base(vocab=MARKS), "tokenizer_config.json": config(), "special_tokens_map.json": {"bos_token": object_of("<|im_start|>"), "eos_token": "<|im_end|>"}}),
    ("special tokens in added_tokens_decoder alone", "dotnet/machinelearning 7507: a vocabulary without added tokens",
     {"tokenizer.json": base(), "tokenizer_config.json": config(eos_token="<|im_end|>", added_tokens_decoder=decoder(added(*MARKS)))}),
    ("added_tokens_decoder with ids of its own", "huggingface/tokenizers 914: a token expected to have another id",
     {"tokenizer.json": base(), "tokenizer_config.json": config(eos_token="<|im_end|>", added_tokens_decoder=decoder(added(*MARKS, first=FIRST + 7)))}),
    ("added_tokens_decoder with other flags than tokenizer.json", "huggingface/transformers 27279: added tokens handled in two ways",
     {"tokenizer.json": THREE, "tokenizer_config.json": config(eos_token="<|im_end|>", added_tokens_decoder=decoder(added(*MARKS, lstrip=True)))}),
    ("tokens in added_tokens.json", "axolotl-ai-cloud/axolotl 1322: tokens that tokenizer.json has with other ids",
     {"tokenizer.json": base(), "tokenizer_config.json": config(eos_token="<|im_end|>"), "added_tokens.json": {t: FIRST + i for i, t in enumerate(MARKS)}}),
    ("added_tokens.json against tokenizer.json", "axolotl-ai-cloud/axolotl 1322",
     {"tokenizer.json": THREE, "tokenizer_config.json": config(eos_token="<|im_end|>"), "added_tokens.json": {"<extra>": FIRST, "<mask>": FIRST + 3}}),
    ("added_tokens.json is not read beside added_tokens_decoder", "axolotl-ai-cloud/axolotl 1322",
     {"tokenizer.json": THREE, "tokenizer_config.json": config(eos_token="<|im_end|>", added_tokens_decoder=decoder(added(*MARKS))), "added_tokens.json": {"<extra>": FIRST + 3}}),
    ("special_tokens_map.json against tokenizer_config.json", "pytorch/executorch 15215: the end of the base model stays in one of two files",
     {"tokenizer.json": THREE, "tokenizer_config.json": config(eos_token="<|endoftext|>"), "special_tokens_map.json": {"eos_token": object_of("<|im_end|>")}}),
    ("special_tokens_map.json against tokenizer_config.json with a decoder", "pytorch/executorch 15215",
     {"tokenizer.json": THREE, "tokenizer_config.json": config(eos_token="<|endoftext|>", added_tokens_decoder=decoder(added(*MARKS))), "special_tokens_map.json": {"eos_token": "<|im_end|>"}}),
    ("a pad token of no vocabulary", "meta-llama/llama-cookbook 189: a padding token past the embeddings",
     {"tokenizer.json": THREE, "tokenizer_config.json": config(eos_token="<|im_end|>", pad_token="<pad>")}),
    ("a pad token of no vocabulary, of an object", "OpenRLHF/OpenRLHF 87: [PAD] past the embeddings",
     {"tokenizer.json": THREE, "tokenizer_config.json": config(eos_token="<|im_end|>"), "special_tokens_map.json": {"pad_token": object_of("[PAD]")}}),
    ("further special tokens", "haotian-liu/LLaVA 94: tokens of images and padding",
     {"tokenizer.json": THREE, "tokenizer_config.json": config(eos_token="<|im_end|>", additional_special_tokens=["<extra>", "<|im_start|>"], image_token="<img>")}),
    ("a null BOS", "the tokenizer_config.json of Qwen2.5", {"tokenizer.json": THREE, "tokenizer_config.json": config(bos_token=None, eos_token="<|im_end|>", unk_token=None)}),
    ("no limit of length", "jzhang38/TinyLlama 23, sgl-project/sglang 37054: 1000000000000000019884624838656",
     {"tokenizer.json": THREE, "tokenizer_config.json": config(eos_token="<|im_end|>", model_max_length=int(1e30))}),
    ("the template in chat_template.jinja", "transformers 5.23, tokenization_utils_base.py: where save_pretrained writes it",
     {"tokenizer.json": THREE, "tokenizer_config.json": {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<|im_end|>"}, "chat_template.jinja": TEMPLATE}),
    ("two templates, in both files", "transformers 5.23, tokenization_utils_base.py: independent files take priority",
     {"tokenizer.json": THREE, "tokenizer_config.json": config(eos_token="<|im_end|>", chat_template=OTHER), "chat_template.jinja": TEMPLATE}),
    ("a list of templates", "ggml-org/llama.cpp 6484: several named templates",
     {"tokenizer.json": THREE, "tokenizer_config.json": config(eos_token="<|im_end|>", chat_template=[{"name": "tool_use", "template": OTHER}, {"name": "default", "template": TEMPLATE}])}),
    ("a list of templates without a default", "ggml-org/llama.cpp 6484, huggingface/transformers 31429",
     {"tokenizer.json": THREE, "tokenizer_config.json": config(eos_token="<|im_end|>", chat_template=[{"name": "tool_use", "template": OTHER}, {"name": "rag", "template": TEMPLATE}])}),
    ("a list of templates and chat_template.jinja", "transformers 5.23, tokenization_utils_base.py: additional_chat_templates",
     {"tokenizer.json": THREE, "tokenizer_config.json": config(eos_token="<|im_end|>", chat_template=[{"name": "tool_use", "template": OTHER}]), "chat_template.jinja": TEMPLATE}),
    ("further templates in their folder", "transformers 5.23, tokenization_utils_base.py: additional_chat_templates",
     {"tokenizer.json": THREE, "tokenizer_config.json": config(eos_token="<|im_end|>", chat_template=OTHER), "chat_template.jinja": TEMPLATE, "additional_chat_templates/tool_use.jinja": OTHER}),
    ("vocab.json and merges.txt, GPT-2", "ggml-org/llama.cpp 3732: merges.txt beside vocab.json", VOCAB_FILES | {"tokenizer_config.json": config(tokenizer_class="GPT2Tokenizer")}),
    ("vocab.json and merges.txt, Qwen2", "dotnet/machinelearning 7507: vocab.json of Qwen",
     VOCAB_FILES | {"tokenizer_config.json": config(tokenizer_class="Qwen2Tokenizer", bos_token=None, eos_token="<|im_end|>", pad_token="<|endoftext|>",
                                                   added_tokens_decoder=decoder(added(*MARKS)))}),
    ("merges.txt without #version", "ggml-org/llama.cpp 3732: #version in merges.txt", VOCAB_FILES | {"merges.txt": "\n".join(MERGES), "tokenizer_config.json": config(tokenizer_class="Qwen2Tokenizer")}),
    ("merges.txt with CRLF", "ggml-org/llama.cpp 3732: #version in merges.txt",
     VOCAB_FILES | {"merges.txt": "#version: 0.2\r\n" + "\r\n".join(MERGES) + "\r\n", "tokenizer_config.json": config(tokenizer_class="GPT2TokenizerFast")}),
    ("vocab.json and merges.txt without a class", "dotnet/machinelearning 7507",
     VOCAB_FILES | {"tokenizer_config.json": {"eos_token": "<|im_end|>", "chat_template": TEMPLATE}, "config.json": {"model_type": "qwen2"}}),
]

with open(sys.argv[1], "w", encoding="utf-8") as out:
    out.write(json.dumps({"base": BASE, "texts": TEXTS}, ensure_ascii=False) + "\n")
    for name, source, files in FOLDERS:
        with tempfile.TemporaryDirectory() as folder:
            for file, content in files.items():
                path = pathlib.Path(folder) / file
                path.parent.mkdir(exist_ok=True)
                text = content if isinstance(content, str) else content["base"] if "base" in content else json.dumps(content, ensure_ascii=False)
                path.write_bytes(text.encode())
            words = AutoTokenizer.from_pretrained(folder)
            try:
                prompt = words.apply_chat_template([{"role": "user", "content": "a"}], tokenize=False)
            except ValueError:
                prompt = None
            row = {"name": name, "source": source, "files": {}, "prompt": prompt, "bos": words.bos_token_id, "eos": words.eos_token_id, "pad": words.pad_token_id,
                   "ids": [words(text, add_special_tokens=False)["input_ids"] for text in TEXTS]}
            for file, content in files.items():
                if isinstance(content, dict) and "base" in content:
                    start, end = BASE.split("@ADDED@")[0], BASE.split("@ADDED@")[1]
                    middle = content["base"][len(start):]
                    tokens = middle[:middle.index(end.split("@VOCAB@")[0])]
                    vocab = middle[len(tokens) + len(end.split("@VOCAB@")[0]):-len(end.split("@VOCAB@")[1])]
                    row["files"][file] = {"added": tokens, "vocab": vocab}
                else:
                    row["files"][file] = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
print(len(FOLDERS), "folders")
