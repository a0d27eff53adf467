# SPDX-License-Identifier: Apache-2.0
"""Makes tests/fixtures/llm/adapters: adapters as PEFT writes them for models of tests/fixtures/llm, of each kind that is merged, and
expected.safetensors with the logits of PEFT's merge_and_unload for each. Weights are noise.
Run: python tests/oracle/llm/llm_adapters.py [OUTPUT FOLDER]
"""
import json
import pathlib
import shutil
import sys

import peft
import torch
import transformers
from safetensors.torch import save_file

FIXTURES = pathlib.Path(__file__).parents[2] / "fixtures" / "llm"
OUT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else FIXTURES / "adapters")
UNTIED, TIED = "llama_gqa_untied", "llama_mha_tied"
# name -> base, what LoraConfig is given, rows that the vocabulary grows to
KINDS = dict(
    plain=(UNTIED, dict(r=3, lora_alpha=12, target_modules=["q_proj", "v_proj"]), None),
    rank_stabilised=(UNTIED, dict(r=4, lora_alpha=6, use_rslora=True, target_modules="all-linear"), None),
    dora=(UNTIED, dict(r=2, lora_alpha=3, use_dora=True, target_modules=["k_proj", "down_proj"]), None),
    patterns=(UNTIED, dict(r=2, lora_alpha=4, target_modules=["q_proj", "o_proj", "up_proj"],
                           rank_pattern={"^model.layers.0.self_attn.q_proj": 5, "o_proj": 3}, alpha_pattern={"layers.1.mlp.up_proj": 9}), None),
    some_layers=(UNTIED, dict(r=2, lora_alpha=4, target_modules=["gate_proj"], layers_to_transform=[1]), None),
    fan_in_fan_out=(UNTIED, dict(r=2, lora_alpha=4, target_modules=["o_proj"], fan_in_fan_out=True), None),
    vocabulary=(UNTIED, dict(r=2, lora_alpha=4, target_modules=["embed_tokens", "lm_head"]), None),
    saved_modules=(UNTIED, dict(r=2, lora_alpha=4, target_modules=["q_proj"], modules_to_save=["norm", "lm_head"]), None),
    grown=(UNTIED, dict(r=2, lora_alpha=4, target_modules=["v_proj"]), 70),
    tied_grown=(TIED, dict(r=2, lora_alpha=4, target_modules=["v_proj"]), 70),
    tied_saved_head=(TIED, dict(r=2, lora_alpha=4, target_modules=["v_proj"], modules_to_save=["lm_head"]), None),
    tied_saved_embeddings=(TIED, dict(r=2, lora_alpha=4, target_modules=["v_proj"], modules_to_save=["embed_tokens"]), None),
    chat=("llama_chat", dict(r=2, lora_alpha=8, target_modules=["q_proj", "down_proj"]), None),
)

shutil.rmtree(OUT, ignore_errors=True)
expected = {"ids": torch.arange(3, 23) * 7 % 64}
for seed, (name, (base, how, rows)) in enumerate(KINDS.items()):
    torch.manual_seed(seed)
    load = lambda: transformers.AutoModelForCausalLM.from_pretrained(FIXTURES / base, dtype=torch.float32)
    grown = lambda model: (rows and model.resize_token_embeddings(rows), model)[1]
    model = peft.get_peft_model(grown(load()), peft.LoraConfig(task_type="CAUSAL_LM", init_lora_weights=False, **how))
    with torch.no_grad():
        for p_name, p in model.named_parameters():
            if "modules_to_save" in p_name or "magnitude" in p_name:
                p.add_(0.3 * torch.randn(p.shape))
    model.save_pretrained(OUT / name)
    (OUT / name / "README.md").unlink()
    config = OUT / name / "adapter_config.json"
    text = json.loads(config.read_text())
    text["base_model_name_or_path"] = f"../../{base}"
    config.write_text(json.dumps(text, indent=2) + "\n")
    again = peft.PeftModel.from_pretrained(grown(load()), OUT / name)
    with torch.no_grad():
        expected[name] = again.merge_and_unload()(input_ids=expected["ids"][None]).logits[0].contiguous()
        without = grown(load())(input_ids=expected["ids"][None]).logits[0]
    print(f"{name:24}", (expected[name] - without).abs().max().item(), "from the base")
    files = sorted(p.name for p in (OUT / name).iterdir())
    assert files == ["adapter_config.json", "adapter_model.safetensors"], files
save_file(expected, OUT / "expected.safetensors")
print("peft", peft.__version__, "transformers", transformers.__version__, "torch", torch.__version__)
