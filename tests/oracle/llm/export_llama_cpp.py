# SPDX-License-Identifier: Apache-2.0
"""Checks files that `ease export` wrote against llama.cpp: they are well formed, load, give the same token ids, keep <think> one
token, and answer greedily with the same text. Where two texts part, both are followed to that token and llama.cpp's logits there
say how near a tie it was. Needs gguf and llama-cpp-python.
Run: python tests/oracle/llm/export_llama_cpp.py EASE_PROGRAM MODEL [TYPE...] [--tokens N] [--keep FOLDER]
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import gguf
import llama_cpp
import numpy as np
from llama_cpp.llama_chat_format import Jinja2ChatFormatter

PROMPTS = ["Why is the sky blue?", "Write two lines about a river.", "What is 12 plus 30?", "Name three fruits.",
           "How do I boil an egg?", "Translate 'good morning' into French.", "Give me a title for a story about a lighthouse.",
           "What does a gardener do in spring?", "Explain in one sentence what a comet is.", "List the days of the week."]
TEXT = ("the string 12, 1234567  two  spaces\n\n\tand tabs na\u00efve caf\u00e9 \u4f60\u597d \U0001f642 it's we'll I'D\r\n"
        "x = [1, 2]; // end a<b>c 3.14159 and 2,718 \u0645\u0631\u062d\u0628\u0627  ")
NEAR_TIE = {"f32": 1e-3, "f16": 0.05, "bf16": 0.2, "q8_0": 0.5}  # logits; llama.cpp narrows the activations too

arguments = argparse.ArgumentParser()
arguments.add_argument("ease")
arguments.add_argument("model")
arguments.add_argument("types", nargs="*", default=["f32", "f16", "bf16", "q8_0"])
arguments.add_argument("--tokens", type=int, default=48)
arguments.add_argument("--keep")
asked = arguments.parse_args()


def ease(*words):
    done = subprocess.run([asked.ease, *map(str, words)], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"ease {' '.join(map(str, words))}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def parts(text):
    """A text as its parts between the marks: ease states an answer so, without the white space around them."""
    return [part.strip() for part in text.replace("</think>", "<think>").split("<think>") if part.strip()]


def answers(path, folder):
    """What ease answers to each prompt, in parts."""
    rows = folder / "prompts.jsonl"
    rows.write_bytes(b"".join(json.dumps(dict(prompt=p)).encode() + b"\n" for p in PROMPTS))
    ease("generate", "--model", path, "--input", rows, "--out", folder / "answers.jsonl", "--temperature", 0, "--max-tokens", asked.tokens,
         "--precision", "float32", "--threads", 1, "--json", "-q")
    for line in (folder / "answers.jsonl").read_bytes().splitlines():
        response = json.loads(line)["response"]
        if isinstance(response, str):
            yield parts(response)
        else:
            (kind, said), = response.items()
            yield [said[part].strip() for part in ("reasoning", "text") if said[part].strip()] if kind == "reasoned" else parts(said)


def sound(path, kind):
    """The gguf package reads the file, and every tensor has a type that was asked for."""
    file = gguf.GGUFReader(path)
    text = {key: field.contents() for key, field in file.fields.items()}
    rows = text["tokenizer.ggml.tokens"]
    types = {t.tensor_type.name for t in file.tensors}
    assert len(rows) == len(text["tokenizer.ggml.token_type"]) == text[text["general.architecture"] + ".vocab_size"], path
    assert types <= {"F32", "F16", kind.upper()} and all(np.isfinite(t.data).all() for t in file.tensors if t.tensor_type == 0), types
    return text


class llama:
    def __init__(self, path):
        narrow = llama_cpp.GGML_TYPE_F32  # keys and values unrounded, as ours are
        self.all = llama_cpp.Llama(str(path), n_ctx=1024, n_threads=1, n_threads_batch=1, verbose=False, logits_all=True, type_k=narrow,
                                   type_v=narrow, flash_attn=False)

    def ids(self, text, special=False):
        return self.all.tokenize(text.encode(), add_bos=False, special=special)

    def logits(self, ids):
        self.all.reset()
        self.all.eval(ids)
        return self.all.scores[len(ids) - 1]

    def text(self, ids):
        return self.all.detokenize(ids, special=True).decode(errors="replace")

    def greedy(self, prompt, stops, most):
        out = []
        self.all.reset()
        self.all.eval(prompt)
        while len(out) < most:
            best = int(self.all.scores[self.all.n_tokens - 1].argmax())
            if best in stops:
                break
            out.append(best)
            self.all.eval([best])
        return out


def parting(model, prompt, ours, theirs):
    """How far llama.cpp's two logits lie apart where the texts part; and after how many tokens."""
    same = next((i for i, (a, b) in enumerate(zip(ours, theirs)) if a != b), min(len(ours), len(theirs)))
    scores = model.logits(prompt + theirs[:same])
    top = np.sort(scores)[-2:]
    other = scores[ours[same]] if same < len(ours) else top[0]
    return same, float(scores.max() - other)


wrong = 0
with tempfile.TemporaryDirectory() as scratch:
    folder = pathlib.Path(asked.keep or scratch)
    for kind in asked.types:
        path = folder / f"{kind}.gguf"
        report = ease("export", asked.model, "--gguf", kind, "--out", path, "--overwrite", "--json", "-q")
        keys = sound(path, kind)
        model = llama(path)
        unlike = model.ids(TEXT) != ease("tokenize", "--model", asked.model, "--json", TEXT)["ids"]
        chat = Jinja2ChatFormatter(template=keys["tokenizer.chat_template"], bos_token="", eos_token="")
        marks = [model.ids(mark) for mark in ("<think>", "</think>")]
        if report["think_tokens"]:
            unlike += marks != [[i] for i in report["think_tokens"]]
        stops = {keys["tokenizer.ggml.eos_token_id"]}
        equal, near, far, tokens = 0, [], [], 0
        asks = [chat(messages=[dict(role="user", content=prompt)]).prompt for prompt in PROMPTS]
        every = "".join(asks)
        unlike += model.ids(every, special=True) != ease("tokenize", "--model", path, "--special", "--json", every)["ids"]
        for ask, ours in zip(asks, answers(path, pathlib.Path(scratch))):
            ids = model.ids(ask, special=True)
            theirs = model.greedy(ids, stops, asked.tokens)
            tokens += len(theirs)
            if parts(model.text(theirs)) == ours:
                equal += 1
                continue
            apart = parting(model, ids, model.ids(" ".join(ours)), theirs)
            (near if apart[1] <= NEAR_TIE[kind] else far).append(apart)
        print(f"{kind}: {report['tensors']}, pre {report['pre']}, think {report['think_tokens']}; {equal} of {len(PROMPTS)} greedy texts "
              f"equal ({tokens} tokens), near ties {near}, others {far}; unlike ids or prompts {unlike}", flush=True)
        wrong += len(far) + unlike
sys.exit(wrong != 0)
