# SPDX-License-Identifier: Apache-2.0
"""Makes tests/fixtures/train: tiny random models, rows, and what a plain training loop on transformers gives for them: loss,
gradient norm and learning rate of ten optimiser steps (two padded rows a micro-batch, two micro-batches a step, the last step
half full), and the norm of each trained weight; also transformers' learning-rate schedules.
Run: python tests/oracle/train/train_reference.py [OUTPUT FOLDER]
"""
import pathlib
import sys

import torch
import transformers
from safetensors.torch import save_file
from torch.nn.functional import cross_entropy

OUT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2] / "fixtures" / "train")
SMALL = dict(vocab_size=64, hidden_size=32, num_hidden_layers=2, intermediate_size=48, num_attention_heads=4,
             num_key_value_heads=2, max_position_embeddings=64)
BATCH, ACCUMULATION, ROWS, RATE, WARMUP, DECAY, CLIP = 2, 2, 38, 3e-3, 0.2, 0.1, 1.0


def rows(generator):
    for _ in range(ROWS):
        length = int(torch.randint(4, 25, (1,), generator=generator))
        ids = torch.randint(0, SMALL["vocab_size"], (length,), generator=generator)
        first = int(torch.randint(0, length - 1, (1,), generator=generator))
        mask = (torch.arange(length) >= first).to(torch.uint8)
        yield ids, mask


def loss_sum(model, batch):
    """Right-padded, as a data collator does; the sum over the targets."""
    width = max(len(ids) for ids, _ in batch)
    ids = torch.zeros(len(batch), width, dtype=torch.long)
    attention = torch.zeros(len(batch), width, dtype=torch.long)
    labels = torch.full((len(batch), width), -100)
    for i, (row, mask) in enumerate(batch):
        ids[i, :len(row)] = row
        attention[i, :len(row)] = 1
        labels[i, :len(row)] = torch.where(mask.bool(), row, -100)
    logits = model(input_ids=ids, attention_mask=attention).logits
    return cross_entropy(logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten(), reduction="sum", ignore_index=-100)


def make(name, config, seed):
    folder = OUT / name
    torch.manual_seed(seed)
    model = transformers.AutoModelForCausalLM.from_config(config, attn_implementation="eager").float()
    with torch.no_grad():
        for parameter_name, p in model.named_parameters():
            noise = torch.randn(p.shape)
            p.copy_(1 + 0.2 * noise if parameter_name.endswith("norm.weight") else noise * p.shape[-1] ** -0.5)
    model.save_pretrained(folder)
    data = list(rows(torch.Generator().manual_seed(seed)))
    vectors = [p for p in model.parameters() if p.dim() < 2]
    matrices = [p for p in model.parameters() if p.dim() >= 2]
    optimiser = torch.optim.AdamW([dict(params=matrices, weight_decay=DECAY), dict(params=vectors, weight_decay=0.0)], lr=RATE)
    windows = [data[i:i + BATCH * ACCUMULATION] for i in range(0, ROWS, BATCH * ACCUMULATION)]
    schedule = transformers.get_cosine_schedule_with_warmup(optimiser, int(WARMUP * len(windows)), len(windows))
    seen = []
    for window in windows:
        targets = sum(int(mask[1:].sum()) for _, mask in window)
        loss = 0.0
        for i in range(0, len(window), BATCH):
            part = loss_sum(model, window[i:i + BATCH]) / targets
            part.backward()
            loss += part.item()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        seen.append((loss, norm.item(), schedule.get_last_lr()[0]))
        optimiser.step()
        schedule.step()
        optimiser.zero_grad()
    save_file({"ids": torch.cat([ids for ids, _ in data]), "mask": torch.cat([mask for _, mask in data]),
               "lengths": torch.tensor([len(ids) for ids, _ in data]), "steps": torch.tensor(seen, dtype=torch.float64),
               **{"norm of " + name: p.detach().double().norm() for name, p in model.named_parameters()}},
              folder / "expected.safetensors")


def schedules():
    """[3 kinds, 4 (warm-up, total) pairs, 25 steps] at peak 1; past the end too."""
    kinds = [lambda o, w, t: transformers.get_constant_schedule_with_warmup(o, w),
             transformers.get_linear_schedule_with_warmup, transformers.get_cosine_schedule_with_warmup]
    table = []
    for kind in kinds:
        for warmup, total in ((0, 20), (1, 20), (5, 20), (20, 20)):
            optimiser = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
            schedule = kind(optimiser, warmup, total)
            for _ in range(25):
                table.append(schedule.get_last_lr()[0])
                optimiser.step()
                schedule.step()
    save_file({"rates": torch.tensor(table, dtype=torch.float64).view(3, 4, 25)}, OUT / "schedules.safetensors")


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    make("llama_untied", transformers.LlamaConfig(**SMALL, tie_word_embeddings=False), 1)
    make("qwen2_tied", transformers.Qwen2Config(**SMALL, tie_word_embeddings=True), 2)
    make("qwen3_untied", transformers.Qwen3Config(**SMALL, head_dim=12, tie_word_embeddings=False), 3)
    schedules()
    print("transformers", transformers.__version__, "torch", torch.__version__)
