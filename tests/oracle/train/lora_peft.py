# SPDX-License-Identifier: Apache-2.0
"""Makes tests/fixtures/train/lora: an adapter as PEFT writes it for tests/fixtures/train/llama_untied, the logits PEFT gives
with it and merged, and loss, gradient norm and learning rate of ten optimiser steps on the adapter (rows and settings of
train_reference.py).
With two folders it checks instead that PEFT loads an adapter of ours, and prints the largest difference of its logits from
those of the merged model that was written beside it:
Run: python tests/oracle/train/lora_peft.py [BASE ADAPTER MERGED]
"""
import copy
import sys

import peft
import torch
import transformers
from safetensors.torch import load_file, save_file

from train_reference import ACCUMULATION, BATCH, CLIP, DECAY, OUT, RATE, ROWS, WARMUP, loss_sum


def make():
    torch.manual_seed(5)
    base = transformers.AutoModelForCausalLM.from_pretrained(OUT / "llama_untied", dtype=torch.float32)
    how = peft.LoraConfig(r=3, lora_alpha=12, target_modules=["q_proj", "v_proj", "gate_proj", "down_proj"],
                          task_type="CAUSAL_LM", init_lora_weights=False)
    model = peft.get_peft_model(base, how)
    folder = OUT / "lora"
    model.save_pretrained(folder)
    (folder / "README.md").unlink()
    config = folder / "adapter_config.json"
    config.write_text(config.read_text().replace(str(OUT), "tests/fixtures/train"))
    saved = load_file(OUT / "llama_untied" / "expected.safetensors")
    ids = torch.arange(3, 23) * 7 % 64
    with torch.no_grad():
        expected = dict(input=ids, logits=model(input_ids=ids[None]).logits[0],
                        merged_logits=copy.deepcopy(model).merge_and_unload()(input_ids=ids[None]).logits[0])
    rows = list(zip(saved["ids"].split(saved["lengths"].tolist()), saved["mask"].split(saved["lengths"].tolist())))
    trained = [p for p in model.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=RATE, weight_decay=DECAY)
    windows = [rows[i:i + BATCH * ACCUMULATION] for i in range(0, ROWS, BATCH * ACCUMULATION)]
    schedule = transformers.get_cosine_schedule_with_warmup(optimiser, int(WARMUP * len(windows)), len(windows))
    steps = []
    for window in windows:
        targets = sum(int(mask[1:].sum()) for _, mask in window)
        total = 0.0
        for i in range(0, len(window), BATCH):
            loss = loss_sum(model, window[i:i + BATCH]) / targets
            loss.backward()
            total += loss.item()
        norm = torch.nn.utils.clip_grad_norm_(trained, CLIP).item()
        steps.append([total, norm, schedule.get_last_lr()[0]])
        optimiser.step()
        schedule.step()
        optimiser.zero_grad()
    expected["steps"] = torch.tensor(steps, dtype=torch.float64)
    save_file(expected, folder / "expected.safetensors")


def check(base, adapter, merged):
    load = lambda path: transformers.AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32)
    model = load(base)
    stored = load_file(f"{adapter}/adapter_model.safetensors")
    embedding = stored.get("base_model.model.model.embed_tokens.weight")
    if embedding is not None:
        model.resize_token_embeddings(embedding.shape[0])
    model = peft.PeftModel.from_pretrained(model, adapter)
    for name, tensor in model.state_dict().items():
        short = name.replace(".default", "")
        if "lora_" in name:
            assert torch.equal(tensor, stored[short].float()), name
    ids = torch.arange(1, 41) % model.config.vocab_size
    with torch.no_grad():
        with_adapter, whole = model(input_ids=ids[None]).logits, load(merged)(input_ids=ids[None]).logits
        without = load(base)(input_ids=ids[None]).logits
    print("adapter against merged:", (with_adapter - whole).abs().max().item(), "of logits up to", whole.abs().max().item())
    print("adapter against base:  ", (with_adapter[..., :without.shape[-1]] - without).abs().max().item())


if __name__ == "__main__":
    check(*sys.argv[1:]) if len(sys.argv) == 4 else make()
