# SPDX-License-Identifier: Apache-2.0
"""What our training is measured against: a plain loop on transformers, TRL's SFTTrainer, and the published padding to 8192.

    peers.py rows fixed|prompted|realistic FILE   writes rows as bench_paced_training reads them
    peers.py transformers|trl|trl-plain|padded PRECISION ROWS_A_STEP FILE

A peer prints "ready" after a first step, and for each line on stdin the next step's "tokens trained_tokens seconds cpu_seconds".
The model has random weights and the shape of SmolLM2-135M; AdamW is torch's fused one; gradients are clipped at norm 1.
"""

import os
import random
import sys
import time

VOCABULARY, PADDED = 49152, 8192


def write_rows(kind, file):
    """fixed: 512 tokens, all trained. prompted: 512, of which the last 150 are trained, the share in the rows of the
    method's phase 1. realistic: 100 to 1500 tokens, median 350, a quarter of each is the prompt."""
    dice = random.Random(1)
    with open(file, "w") as out:
        for _ in range(512 if kind == "realistic" else 64):
            length = min(1500, max(100, round(350 * dice.lognormvariate(0, 0.6)))) if kind == "realistic" else 512
            prompt = {"fixed": 0, "prompted": 362, "realistic": length // 4}[kind]
            print(prompt, *(dice.randrange(VOCABULARY) for _ in range(length)), file=out)


def read_rows(file):
    for line in open(file):
        untrained, *ids = map(int, line.split())
        yield ids, [-100 if i < untrained else t for i, t in enumerate(ids)]


def make_model(precision):
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(1)
    config = LlamaConfig(hidden_size=576, num_hidden_layers=30, num_attention_heads=9, num_key_value_heads=3,
                         intermediate_size=1536, vocab_size=VOCABULARY, max_position_embeddings=8192, rope_theta=1e5,
                         tie_word_embeddings=True, use_cache=False, attn_implementation="sdpa")
    model = LlamaForCausalLM(config)
    return model.to(torch.bfloat16) if precision == "bfloat16" else model


first = True


def report(tokens, trained, seconds, cpu_seconds):
    """Says what a step took and waits to be asked for the next."""
    global first
    print("ready" if first else f"{tokens} {trained} {seconds:.6f} {cpu_seconds:.6f}", flush=True)
    first = False
    if not sys.stdin.readline():
        os._exit(0)


def plain_loop(precision, rows_a_step, file, padded):
    import torch

    model = make_model(precision)
    model.train()
    if padded:
        model.gradient_checkpointing_enable()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-5, weight_decay=0.01, fused=True)
    rows = list(read_rows(file))
    at = 0
    while True:
        chosen = [rows[(at + i) % len(rows)] for i in range(rows_a_step)]
        at += rows_a_step
        width = PADDED if padded else max(len(ids) for ids, _ in chosen)
        ids = torch.tensor([r + [0] * (width - len(r)) for r, _ in chosen])
        labels = torch.tensor([t + [-100] * (width - len(t)) for _, t in chosen])
        mask = torch.tensor([[1] * len(r) + [0] * (width - len(r)) for r, _ in chosen])
        start, cpu_start = time.perf_counter(), time.process_time()
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "mixed"):
            loss = model(input_ids=ids, attention_mask=mask, labels=labels).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        loss.item()
        seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu_start
        report(sum(len(r) for r, _ in chosen), sum(t != -100 for _, row in chosen for t in row[1:]), seconds, cpu_seconds)


def trl(precision, rows_a_step, file, defaults):
    """defaults: as SFTConfig has them, which recomputes activations; otherwise without that."""
    import datasets
    from tokenizers import Tokenizer, models
    from transformers import PreTrainedTokenizerFast, TrainerCallback
    from trl import SFTConfig, SFTTrainer

    datasets.disable_progress_bars()
    rows = list(read_rows(file))
    data = datasets.Dataset.from_dict({"input_ids": [r for r, _ in rows], "labels": [t for _, t in rows]})
    words = {f"w{i}": i for i in range(VOCABULARY)}
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.WordLevel(words, unk_token="w0")),
                                        eos_token="w0", pad_token="w0", unk_token="w0")

    class Pace(TrainerCallback):
        def on_step_begin(self, *_, **__):
            self.start, self.cpu_start = time.perf_counter(), time.process_time()

        def on_step_end(self, *_, **__):
            seconds, cpu_seconds = time.perf_counter() - self.start, time.process_time() - self.cpu_start
            trained = sum(t != -100 for t in rows[0][1][1:])  # the first has nothing before it
            report(rows_a_step * len(rows[0][0]), rows_a_step * trained, seconds, cpu_seconds)

    config = SFTConfig(output_dir="/tmp/unused", per_device_train_batch_size=rows_a_step, gradient_accumulation_steps=1,
                       max_steps=100000, learning_rate=1e-5, weight_decay=0.01, max_grad_norm=1.0, use_cpu=True,
                       bf16=precision == "mixed", max_length=len(rows[0][0]), optim="adamw_torch_fused",
                       save_strategy="no", logging_strategy="no", report_to=[], disable_tqdm=True,
                       dataloader_pin_memory=False, **({} if defaults else {"gradient_checkpointing": False}))
    SFTTrainer(model=make_model(precision), args=config, train_dataset=data, processing_class=tokenizer,
               callbacks=[Pace()]).train()


if __name__ == "__main__":
    if sys.argv[1] == "rows":
        write_rows(sys.argv[2], sys.argv[3])
    elif sys.argv[1] in ("transformers", "padded"):
        plain_loop(sys.argv[2], int(sys.argv[3]), sys.argv[4], sys.argv[1] == "padded")
    else:
        trl(sys.argv[2], int(sys.argv[3]), sys.argv[4], sys.argv[1] == "trl")
