# SPDX-License-Identifier: Apache-2.0
"""Makes tests/fixtures/llm/bfloat16.safetensors: sequences of unequal length, and how far transformers' bfloat16 logits lie from its
float32 logits over them (root mean square) for each model of tests/oracle/llm/llm_models.py: enough tokens that chance does not decide.
Run: python tests/oracle/llm/llm_bfloat16.py [OUTPUT FOLDER]
"""
import pathlib
import sys

import torch
import transformers
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM

FIXTURES = pathlib.Path(__file__).parents[2] / "fixtures" / "llm"
OUT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else FIXTURES)
# Not the GGUF file of Llama 3: transformers does not read its rope_freqs. The folder with the same scaling is there.
MODELS = "llama_gqa_untied llama_mha_tied llama3_rope llama_head_size qwen2_tied qwen2_untied qwen3_sharded llama_chat llama.gguf qwen2.gguf".split()
LENGTHS = [200, 31, 1, 128, 64, 7, 200, 97, 160, 50, 112, 150]

ids = [torch.randint(0, 64, (length,), generator=torch.Generator().manual_seed(100 + i)) for i, length in enumerate(LENGTHS)]
out = {"ids": torch.cat(ids), "lengths": torch.tensor(LENGTHS)}


def logits(model):
    with torch.no_grad():
        return torch.cat([model(sequence[None]).logits[0].double() for sequence in ids])


for name in MODELS:
    where = dict(pretrained_model_name_or_path=FIXTURES, gguf_file=name) if name.endswith(".gguf") else dict(pretrained_model_name_or_path=FIXTURES / name)
    model = AutoModelForCausalLM.from_pretrained(**where, dtype=torch.float32).eval()
    wide = logits(model)
    out["off " + name.removesuffix(".gguf")] = (logits(model.bfloat16()) - wide).square().mean().sqrt()
save_file(out, OUT / "bfloat16.safetensors")
print("transformers", transformers.__version__, "torch", torch.__version__, {k: float(v) for k, v in out.items() if v.ndim == 0})
