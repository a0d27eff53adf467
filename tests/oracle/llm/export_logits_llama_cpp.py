# SPDX-License-Identifier: Apache-2.0
"""Checks that llama.cpp computes transformers' logits from what `ease export` makes of the tiny fixture models: every architecture,
tied and untied, odd head sizes, Llama 3.1's scaling far into the context. Needs gguf, llama-cpp-python, safetensors.
Run: python tests/oracle/llm/export_logits_llama_cpp.py EASE_PROGRAM tests/fixtures/llm
"""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import llama_cpp
import numpy as np
from safetensors.numpy import load_file

ease, fixtures = sys.argv[1], pathlib.Path(sys.argv[2])
FOLDERS = "llama_gqa_untied llama_mha_tied llama3_rope llama_head_size qwen2_tied qwen2_untied qwen3_sharded llama_chat".split()
FILES = "llama qwen2 llama3".split()


def add_tokenizer(folder):
    """A tokeniser for the fixtures that have none: 60 single characters."""
    words = {chr(ord("!") + i): i for i in range(60)}
    (folder / "tokenizer.json").write_text(json.dumps(dict(
        version="1.0", added_tokens=[], normalizer=None, post_processor=None, decoder=dict(type="ByteLevel"),
        pre_tokenizer=dict(type="Sequence", pretokenizers=[dict(type="Digits", individual_digits=True),
                                                           dict(type="ByteLevel", add_prefix_space=False, use_regex=True)]),
        model=dict(type="BPE", vocab=words, merges=[]))))


def logits(path, ids, positions):
    model = llama_cpp.Llama(str(path), n_ctx=8192, n_threads=1, n_threads_batch=1, verbose=False, type_k=llama_cpp.GGML_TYPE_F32,
                            type_v=llama_cpp.GGML_TYPE_F32, flash_attn=False)
    context = model._ctx.ctx
    batch = llama_cpp.llama_batch_init(len(ids), 0, 1)
    batch.n_tokens = len(ids)
    for i, (token, position) in enumerate(zip(ids, positions)):
        batch.token[i], batch.pos[i], batch.n_seq_id[i], batch.seq_id[i][0], batch.logits[i] = int(token), int(position), 1, 0, 1
    assert llama_cpp.llama_decode(context, batch) == 0, path
    rows = [np.ctypeslib.as_array(llama_cpp.llama_get_logits_ith(context, i), (model.n_vocab(),)).copy() for i in range(len(ids))]
    llama_cpp.llama_batch_free(batch)
    return np.stack(rows)


worst = 0.0
with tempfile.TemporaryDirectory() as scratch:
    scratch = pathlib.Path(scratch)
    for name in FOLDERS + FILES:
        if name in FOLDERS:
            source, wanted = scratch / name, load_file(fixtures / name / "expected.safetensors")
            shutil.copytree(fixtures / name, source, ignore=shutil.ignore_patterns("expected.safetensors"))
            if not (source / "tokenizer.json").exists():
                add_tokenizer(source)
        else:
            source, wanted = fixtures / f"{name}.gguf", load_file(fixtures / f"{name}.expected.safetensors")
        out = scratch / f"{name}.out.gguf"
        subprocess.run([ease, "export", source, "--gguf", "f32", "--out", out, "-q"], check=True, stdout=subprocess.DEVNULL)
        got, exact = logits(out, wanted["ids"], wanted["positions"]), wanted["logits"]
        apart = float(np.abs(got - exact).max() / np.abs(exact).max())
        print(f"{name}: farthest {apart:.2e} of the largest logit, {int((got.argmax(1) == exact.argmax(1)).sum())} of {len(exact)} "
              "favourites equal", flush=True)
        worst = max(worst, apart)
sys.exit(not worst < 1e-4)
