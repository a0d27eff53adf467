# SPDX-License-Identifier: Apache-2.0
"""Makes tests/fixtures/llm/smollm2.greedy.jsonl: what transformers answers greedily (float32, at most 64 tokens) with
SmolLM2-135M-Instruct, and how near its closest decision was. Run: python tests/oracle/llm/llm_greedy.py SmolLM2-135M-Instruct.Q4_1.gguf
"""
import json
import pathlib
import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

PROMPTS = [
    "What is the capital of France?", "Explain how rain forms in two sentences.", "Write a short poem about the sea.",
    "List three healthy breakfast ideas.", "How do I boil an egg?", "Translate 'good morning' into Spanish.",
    "Write a Python function that adds two numbers.", "Who wrote Romeo and Juliet?",
    "Give me tips for learning to play the guitar.", "What is the difference between a lake and a river?",
    "Summarise the story of the tortoise and the hare.", "Describe a sunny day in the mountains.",
]
path = pathlib.Path(sys.argv[1])
tokenizer = AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name)
model = AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=torch.float32).eval()
with open(pathlib.Path(__file__).parents[2] / "fixtures" / "llm" / "smollm2.greedy.jsonl", "w") as out:
    for prompt in PROMPTS:
        ids = tokenizer.apply_chat_template([{"role": "user", "content": prompt}], add_generation_prompt=True, return_tensors="pt",
                                            return_dict=True)
        made = model.generate(**ids, do_sample=False, max_new_tokens=64, return_dict_in_generate=True, output_scores=True)
        best = torch.stack(made.scores)[:, 0].topk(2).values
        text = tokenizer.decode(made.sequences[0, ids["input_ids"].shape[1]:], skip_special_tokens=True)
        out.write(json.dumps({"prompt": prompt, "text": text, "tokens": len(made.scores),
                              "closest": round((best[:, 0] - best[:, 1]).min().item(), 5)}) + "\n")
