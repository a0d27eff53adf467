# SPDX-License-Identifier: Apache-2.0
"""`ease benchmark` against lm-eval on transformers in float32, question by question: the same rows, lm-eval's own definitions
(tests/oracle/measure/lm_eval_tasks.py). Compared are the choice, the choice by characters, each log-likelihood, and of GSM8K what
was extracted and whether it matches. A choice that two log-likelihoods nearer than 1e-4 decide is a near tie, which rounding may
decide either way; it is counted apart.
Run: python tests/fidelity/benchmarks.py PROGRAM SmolLM2-135M-Instruct.Q4_1.gguf WORK_FOLDER --data FOLDER [--limit 40]
     [--tasks piqa mmlu] [--batch-size 8] [--keep]
"""
import argparse
import importlib.metadata
import json
import os
import pathlib
import subprocess
import sys
import time

import report

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "oracle/measure"))
TASKS = ["mmlu", "gsm8k", "arc_easy", "arc_challenge", "piqa", "openbook_qa", "winogrande", "hellaswag"]
NEAR_TIE = 1e-4


def limit_of(task, limit, subjects=57):
    """Rows of each part: all subjects of MMLU are asked."""
    return max(1, limit // subjects) if task == "mmlu" else limit


def theirs(gguf, data, task, limit, batch_size):
    """lm-eval's answers, by (part, row), and the seconds they took."""
    import lm_eval_tasks
    import torch
    from lm_eval.evaluator import evaluate
    from lm_eval.models.huggingface import HFLM
    from transformers import AutoModelForCausalLM, AutoTokenizer
    if not hasattr(theirs, "model"):
        tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
        model = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.float32).eval()
        theirs.model = HFLM(pretrained=model, tokenizer=tokenizer, batch_size=batch_size)
    found, tasks = {}, {}
    for part, one in lm_eval_tasks.tasks_of(task, data, limit=limit_of(task, limit)):
        tasks[one.config.task] = one
        found[one.config.task] = part
    start = time.perf_counter()
    done = evaluate(lm=theirs.model, task_dict=tasks, log_samples=True, bootstrap_iters=0, verbosity="ERROR")
    seconds = time.perf_counter() - start
    out = {}
    for name, samples in done["samples"].items():
        for s in samples:
            row = out.setdefault(f"{found[name]}/{s['doc_id']}", {})
            if task == "gsm8k":
                which = s["filter"].replace("-", "_")
                row.setdefault("extracted", {})[which] = s["filtered_resps"][0]
                row.setdefault("exact_match", {})[which] = bool(s["exact_match"])
                continue
            one = tasks[name]
            values = [float(r[0][0]) for r in s["resps"]]
            lengths = [len(choice) for choice in one.doc_to_choice(s["doc"])]
            row["loglikelihoods"], row["lengths"] = values, lengths
            row["right"] = {m: bool(s[m]) for m in ("acc", "acc_norm") if m in s}
    return {"rows": out, "seconds": seconds}


def ours(program, gguf, data, task, limit, work):
    items = work / f"{task}.items.jsonl"
    done = subprocess.run([program, "benchmark", task, "--model", gguf, "--data", data, "--limit", str(limit_of(task, limit)), "--items",
                           items, "--overwrite", "--fresh", "--json", "-q"], stdout=subprocess.PIPE, check=True)
    scores = json.loads(done.stdout)["scores"][0]
    return {f"{row.get('part', '')}/{row['index']}": row for row in report.jsonl(items)}, scores


def likeliest(values):
    return max(range(len(values)), key=values.__getitem__)


def compare(task, mine, reference):
    differ, ties, largest = 0, 0, 0.0
    for where, them in reference.items():
        us = mine[where]
        if task == "gsm8k":
            if us["extracted"] != them["extracted"] or us["exact_match"] != them["exact_match"]:
                differ += 1
                report.note(f"{task} {where}: {us['extracted']} {us['exact_match']}, lm-eval {them['extracted']} {them['exact_match']}")
            continue
        values = them["loglikelihoods"]
        largest = max(largest, max(abs(a - b) for a, b in zip(us["loglikelihoods"], values, strict=True)))
        normalised = [v / n for v, n in zip(values, them["lengths"])]
        for key, scores in (("choice", values), ("choice_norm", normalised)):
            if us[key] == likeliest(scores):
                continue
            if sorted(scores)[-1] - scores[us[key]] < NEAR_TIE:
                ties += 1
            else:
                differ += 1
                report.note(f"{task} {where}: {key} {us[key]}, lm-eval {likeliest(scores)}")
        differ += us["right"] != {m: v for m, v in them["right"].items() if m in us["right"]} and us["choice"] == likeliest(values) \
            and us["choice_norm"] == likeliest(normalised)
    return differ, ties, largest


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("gguf", type=pathlib.Path)
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--limit", type=int, default=40, help="questions a task")
    parser.add_argument("--tasks", nargs="+", default=TASKS, choices=TASKS)
    parser.add_argument("--batch-size", type=int, default=8, help="lm-eval's")
    parser.add_argument("--keep", action="store_true", help="lm-eval's answers of the run before")
    options = parser.parse_args()
    options.data = pathlib.Path(os.environ.get("FIDELITY_FROM", "."), options.data).resolve()
    options.work.mkdir(parents=True, exist_ok=True)
    version = importlib.metadata.version("lm_eval")
    for task in options.tasks:
        if task == "hellaswag" and not (options.data / "multiple_choice/hellaswag.jsonl").exists():
            continue
        mine, scores = ours(options.program, options.gguf, options.data, task, options.limit, options.work)
        kept = options.work / f"{task}.lm_eval.json"
        if not (options.keep and kept.exists()):
            kept.write_text(json.dumps(theirs(options.gguf, options.data, task, options.limit, options.batch_size)))
        reference = json.loads(kept.read_text())
        rows = reference["rows"]
        differ, ties, largest = compare(task, mine, rows)
        differ += len(mine) != len(rows)
        shares = "; ".join(f"{m['metric']} {100 * m['value']:.2f}" for m in scores["metrics"])
        report.note(f"{task}: {shares} %; {len(mine) / scores['seconds']:.2f} questions a second, lm-eval {len(rows) / reference['seconds']:.2f}")
        report.row(f"{task}, {scores['shots']} shots: choices, and with `acc_norm` choices by characters" if task != "gsm8k" else
                   f"{task}, {scores['shots']} shots: what is extracted and both matches", f"lm-eval {version} on transformers, float32", len(rows),
                   differ, f"{largest:.1e}" + (f", {ties} near ties" if ties else ""))
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
