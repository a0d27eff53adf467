# SPDX-License-Identifier: Apache-2.0
"""Makes tests/fixtures/llm/rope.jsonl and rope.expected.safetensors: configurations of tests/fixtures/llm/llama_gqa_untied with other
rotary embeddings, one a line, and the logits that transformers computes for each of them at early and at late positions.
Run: python tests/oracle/llm/llm_rope.py [OUTPUT FOLDER]
"""
import json
import pathlib
import sys
import tempfile

import torch
import transformers
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

FIXTURES = pathlib.Path(__file__).parents[2] / "fixtures" / "llm"
OUT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else FIXTURES)
LONG = dict(max_position_embeddings=8192)
YARN = dict(type="yarn", factor=4.0, original_max_position_embeddings=64)
# Each is put into config.json, which has max_position_embeddings 256 and no rotary settings of its own.
VARIANTS = dict(
    plain=dict(rope_theta=10000),
    linear=dict(rope_theta=10000.0, rope_scaling=dict(type="linear", factor=4)),
    linear_v5=dict(rope_parameters=dict(rope_type="linear", rope_theta=500000.0, factor=2.5)),
    dynamic=dict(rope_scaling=dict(type="dynamic", factor=4.0)),
    yarn=dict(rope_theta=10000.0, rope_scaling=YARN),
    yarn_attention=dict(rope_scaling=YARN | dict(attention_factor=1.3)),
    yarn_mscale=dict(rope_scaling=YARN | dict(mscale=1.5, mscale_all_dim=0.7)),
    yarn_mscale_alone=dict(rope_scaling=YARN | dict(mscale=1.5)),
    yarn_betas=dict(rope_scaling=YARN | dict(beta_fast=8, beta_slow=2)),
    yarn_beta_zero=dict(rope_scaling=YARN | dict(beta_fast=0, beta_slow=None)),
    yarn_untruncated=dict(rope_scaling=YARN | dict(truncate=False, beta_fast=8)),
    yarn_factor_null=LONG | dict(rope_scaling=dict(rope_type="yarn", factor=None, original_max_position_embeddings=2048)),
    yarn_no_original=dict(rope_scaling=dict(rope_type="yarn", factor=2.0)),
    yarn_v5=LONG | dict(rope_parameters=dict(rope_type="yarn", rope_theta=1e6, factor=4.0, original_max_position_embeddings=2048)),
    llama3_original_beside=LONG | dict(original_max_position_embeddings=512, rope_theta=500000.0,
                                       rope_scaling=dict(rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
                                                         original_max_position_embeddings=1024)),
    scaling_before_parameters=dict(rope_scaling=dict(type="linear", factor=3.0), rope_parameters=dict(rope_type="default", rope_theta=77.0)),
    empty_scaling=dict(rope_scaling={}, rope_parameters=dict(rope_type="linear", factor=2.0, rope_theta=1234.5)),
    stale_theta=dict(rope_theta=10000.0, rope_parameters=dict(rope_type="default", rope_theta=500000.0)),
)

plain = json.loads((FIXTURES / "llama_gqa_untied" / "config.json").read_text())
for key in ("rope_parameters", "rope_scaling", "rope_theta"):
    plain.pop(key, None)
weights = load_file(FIXTURES / "llama_gqa_untied" / "model.safetensors")
ids = torch.randint(0, plain["vocab_size"], (24,), generator=torch.Generator().manual_seed(21))
expected, lines = {"ids": ids}, []
for name, change in VARIANTS.items():
    config = plain | change
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "config.json").write_text(json.dumps(config))
        save_file(weights, pathlib.Path(folder) / "model.safetensors", metadata={"format": "pt"})
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    for where, start in (("early", 0), ("late", config["max_position_embeddings"] - 25)):
        positions = torch.arange(start, start + len(ids))
        with torch.no_grad():
            expected[f"{name} {where}"] = model(ids[None], position_ids=positions[None]).logits[0].contiguous()
    lines.append(json.dumps(dict(name=name, config=config)))
(OUT / "rope.jsonl").write_text("\n".join(lines) + "\n")
save_file(expected, OUT / "rope.expected.safetensors")
print("transformers", transformers.__version__, "torch", torch.__version__, len(VARIANTS), "configurations")
