# SPDX-License-Identifier: Apache-2.0
"""Checks a folder that save_model wrote: transformers loads it without complaint and computes the logits of the fixture.
Run: python tests/oracle/llm/llm_saved.py SAVED_FOLDER tests/fixtures/llm/llama_chat
"""
import pathlib
import sys

import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

saved, fixture = map(pathlib.Path, sys.argv[1:])
expected = load_file(fixture / "expected.safetensors")
model, notes = AutoModelForCausalLM.from_pretrained(saved, dtype=torch.float32, output_loading_info=True)
problems = {k: v for k, v in notes.items() if v}
with torch.no_grad():
    logits = model.eval()(expected["ids"][None], position_ids=expected["positions"][None]).logits[0]
print("loading notes:", problems, "| equal logits:", torch.equal(logits, expected["logits"]))
theirs, ours = AutoTokenizer.from_pretrained(fixture), AutoTokenizer.from_pretrained(saved)
turns = [dict(role="user", content="What is the sum of 12 and 30?")]
same = ours.apply_chat_template(turns) == theirs.apply_chat_template(turns)
print("equal chat ids:", same, "| eos:", ours.eos_token, model.generation_config.eos_token_id, model.config.tie_word_embeddings)
sys.exit(bool(problems) or not same or not torch.equal(logits, expected["logits"]))
