# SPDX-License-Identifier: Apache-2.0
"""SmolLM2-135M-Instruct as transformers computes it in float32, against `ease generate` and `ease score`.

Greedy answers are compared as text. Where they part, transformers' two likeliest logits at that token tell a near tie (closer
than 1e-4), which rounding may decide either way, from a difference. The same requests are put one by one, all at once and
seven at a time, so that slots of the cache are used again and prompts of unequal length are read in pieces.
Run: python tests/fidelity/models.py PROGRAM SmolLM2-135M-Instruct.Q4_1.gguf WORK_FOLDER [--prompts 64] [--tokens 128] [--keep]
"""
import argparse
import importlib.metadata
import pathlib
import subprocess
import sys

import torch
from transformers import AutoModelForCausalLM

import report
import vocabularies

NEAR_TIE = 1e-4
TOPICS = ["a lighthouse", "baking bread", "the water cycle", "learning to swim", "a city park", "the violin", "growing tomatoes", "old maps",
          "a rainy afternoon", "the number 1729", "paper boats", "train journeys", "honey bees", "chess", "a mountain lake", "winter coats"]
ASKS = ["Write two sentences about {}.", "What should a child know about {}?", "List 3 facts about {}.",
        "Make up the beginning of a story in which {} matters, and say how it goes on."]
LONG = ("It was 7:45 on a Monday, and the small harbour was quiet. Boat 12 lay at the pier, boat 31 was out at sea. "
        "The keeper wrote each name in a book, drank a cup of tea and looked at the grey water. ")
SCORED = [("The capital of France is", " Paris."), ("One, two, three,", " four, five, six, seven."), ("Water boils at", " 100 degrees Celsius at sea level."),
          ("def add(a, b):\n    return", " a + b\n"), ("Der Himmel ist", " blau und die Sonne scheint."), ("日本の首都は", "東京です。"),
          ("Two plus two", " equals 4, and 12 times 12 is 144."), ("Dear friend,\n\n", "thank you for your letter of 3 May 2021! 😀")]


def prompts(count):
    """Of very unequal length: every eighth has a long preface."""
    made = [ask.format(topic) for ask in ASKS for topic in TOPICS]
    return [LONG * (1 + i // 8) + text if i % 8 == 5 else text for i, text in enumerate(made[:count])]


def greedy(model, ids, limit):
    """The answer's ids without the end, and at each step how far the second likeliest logit lay below the first."""
    stops, made, gaps = {0, 2}, [], []
    step, cache = torch.tensor([ids]), None
    for _ in range(limit):
        with torch.no_grad():
            out = model(step, past_key_values=cache, use_cache=True)
        best = out.logits[0, -1].topk(2)
        cache, token = out.past_key_values, int(best.indices[0])
        gaps.append(float(best.values[0] - best.values[1]))
        if token in stops:
            break
        made.append(token)
        step = torch.tensor([[token]])
    return made, gaps


def log_likelihoods(model, pairs):
    """Summed over the completion's tokens. [(prompt ids, completion ids)]"""
    out = []
    for before, after in pairs:
        with torch.no_grad():
            logits = model(torch.tensor([before + after])).logits[0].float()
        scores = torch.log_softmax(logits, -1)[len(before) - 1:-1]
        out.append([float(scores[i, token]) for i, token in enumerate(after)])
    return out


def ours(program, command, rows, out, *options):
    source = out.with_suffix(".in.jsonl")
    report.write_jsonl(source, rows)
    subprocess.run([program, command, "--input", source, "--out", out, "--overwrite", "-q", *options], check=True, stdout=subprocess.DEVNULL)
    return report.jsonl(out)


def text_of(row):
    """The answer of a row that `ease generate` wrote, cut off or not."""
    answer = row["response"]
    return answer if isinstance(answer, str) else answer.get("partial", answer.get("text", ""))


def compare_greedy(options, words, expected, against):
    for name, more in (("one at a time", ["--max-batch-rows", "1"]), ("all at once", []), ("7 at a time", ["--max-batch-rows", "7"])):
        out = options.work / f"greedy.{name.replace(' ', '_')}.jsonl"
        rows = ours(options.program, "generate", [{"prompt": r["prompt"]} for r in expected], out, "--model", options.gguf, "--temperature", "0",
                    "--precision", "float32", "--max-tokens", str(options.tokens), *more)
        by_prompt = {r["prompt"]: r for r in rows}
        differ, ties, closest_apart = 0, 0, 0.0
        for row in expected:
            mine, theirs = text_of(by_prompt[row["prompt"]]), words.decode(row["ids"], skip_special_tokens=True)
            if mine == theirs:
                continue
            same = next(k for k in range(len(row["ids"]) + 1)
                        if not mine.startswith(words.decode(row["ids"][:k + 1], skip_special_tokens=True).rstrip("\ufffd")) or k == len(row["ids"]))
            gap = row["gaps"][min(same, len(row["gaps"]) - 1)]
            ties, differ = ties + (gap < NEAR_TIE), differ + (gap >= NEAR_TIE)
            closest_apart = max(closest_apart, gap)
            report.note(f"parts at token {same}, where the two likeliest are {gap:.2g} apart: {row['prompt'][:60]!r}")
        report.row(f"greedy text, {options.tokens} tokens, {name}", against, len(expected), differ,
                   f"{ties} near ties" + (f", {closest_apart:.1e}" if ties or differ else ""))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("gguf", type=pathlib.Path)
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("--prompts", type=int, default=64)
    parser.add_argument("--tokens", type=int, default=128)
    parser.add_argument("--keep", action="store_true", help="use transformers' answers of the run before")
    options = parser.parse_args()
    against = f"transformers {importlib.metadata.version('transformers')}, torch {torch.__version__.split('+')[0]}"
    words, template = vocabularies.from_gguf(options.gguf), vocabularies.chat_template(options.gguf)
    model = AutoModelForCausalLM.from_pretrained(options.gguf.parent, gguf_file=options.gguf.name, dtype=torch.float32).eval()

    def encode(text):
        return words.encode(text, add_special_tokens=False).ids

    kept = options.work / "greedy.expected.jsonl"
    expected = report.jsonl(kept) if options.keep and kept.exists() else []
    for prompt in prompts(options.prompts)[len(expected):]:
        ids, gaps = greedy(model, encode(vocabularies.render(template, [{"role": "user", "content": prompt}])), options.tokens)
        expected.append({"prompt": prompt, "ids": ids, "gaps": gaps})
        report.write_jsonl(kept, expected)
    texts = SCORED + [(f"{r['prompt']}\n", words.decode(r["ids"][:24], skip_special_tokens=True)) for r in expected]
    pairs = [(encode(before), encode(after)) for before, after in texts]
    exact = log_likelihoods(model, pairs)
    narrow = log_likelihoods(model.to(torch.bfloat16), pairs)

    compare_greedy(options, words, expected, against)
    questions = [{"prompt": before, "completion": after} for before, after in texts]
    farthest = {}
    for precision, rows in (("float32", "7"), ("float32", "64"), ("bfloat16", "64")):
        out = options.work / f"score.{precision}.{rows}.jsonl"
        scored = ours(options.program, "score", questions, out, "--model", options.gguf, "--precision", precision, "--max-batch-rows", rows)
        assert all(row["tokens"] == len(e) for row, e in zip(scored, exact)), "rows score other tokens than the reference"
        off = [abs(row["logprob"] - sum(e)) / len(e) for row, e in zip(scored, exact)]
        farthest[precision] = off
        if precision == "float32":
            report.row(f"log-likelihood a token, {rows} at a time", against, len(off), sum(x >= 1e-4 for x in off), f"{max(off):.1e}")
    theirs = [abs(sum(n) - sum(e)) / len(e) for n, e in zip(narrow, exact)]
    mean = {"ours": sum(farthest["bfloat16"]) / len(theirs), "theirs": sum(theirs) / len(theirs)}
    report.row("bfloat16 log-likelihood, mean distance a token from float32", against, len(theirs), int(mean["ours"] > 1.1 * mean["theirs"]),
               f"{mean['ours']:.4f} (transformers {mean['theirs']:.4f})")
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
