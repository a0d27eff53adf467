# SPDX-License-Identifier: Apache-2.0
"""lm-eval's own tasks over rows of a folder laid out as `ease benchmark --data` expects it: its definitions are read from its
files, only the rows come from elsewhere, and shots are the first ones where lm-eval draws them at random."""
import csv
import json
import os
import pathlib

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import datasets
import lm_eval
from lm_eval.api.task import ConfigurableTask
from lm_eval.tasks._yaml_loader import load_yaml

FILES = {"arc_easy": "arc/arc_easy.yaml", "arc_challenge": "arc/arc_challenge.yaml", "piqa": "piqa/piqa.yaml",
         "openbook_qa": "openbookqa/openbookqa.yaml", "winogrande": "winogrande/default.yaml",
         "hellaswag": "hellaswag/hellaswag.yaml", "gsm8k": "gsm8k/gsm8k.yaml"}
SHOTS = {"mmlu": 5, "gsm8k": 5}


def lines(path):
    return [json.loads(line) for line in open(path, encoding="utf-8")]


def hub_row(task, row):
    """A row of the multiple_choice folder in the layout of the task's data set on the hub; one that has it already as it is."""
    if "context_options" in row:
        one, other = row["context_options"]
        same = os.path.commonprefix([one, other])
        assert "_" not in same, row
        return {"sentence": same + "_ " + row["continuation"], "option1": one[len(same):], "option2": other[len(same):],
                "answer": str(row["gold"] + 1)}
    if "query" not in row:
        return {**row, "label": str(row["label"])} if "label" in row else row
    labels = "ABCDEFGH"[:len(row["choices"])]
    if task == "piqa":
        asked = row["query"]
        assert asked.startswith("Question: ") and asked.endswith("\n"), row
        return {"goal": asked[10:-1], "sol1": row["choices"][0], "sol2": row["choices"][1], "label": row["gold"]}
    out = {"choices": {"text": row["choices"], "label": list(labels)}, "answerKey": labels[row["gold"]]}
    if task == "openbook_qa":
        return {"question_stem": row["query"], **out}
    assert row["query"].startswith("Question: "), row
    return {"question": row["query"][10:], **out}


def mmlu_rows(path):
    rows = csv.DictReader(open(path, encoding="utf-8", newline=""))
    return [{"question": r["question"], "choices": [r[f"choice{i}"] for i in range(4)], "answer": int(r["answer"])}
            for r in rows]


def parts_of(task, data):
    """(name of the part, rows, rows for shots) of each part: MMLU has its subjects, others one part without a name."""
    data = pathlib.Path(data)
    if task == "mmlu":
        for path in sorted((data / "mmlu/test").glob("*_test.csv")):
            subject = path.name.removesuffix("_test.csv")
            yield subject, mmlu_rows(path), mmlu_rows(data / f"mmlu/dev/{subject}_dev.csv")
    elif task == "gsm8k":
        shots = next(p for p in (data / "gsm8k/train.jsonl", data / "gsm8k/train_200.jsonl") if p.exists())
        yield "", lines(data / "gsm8k/test.jsonl"), lines(shots)
    else:
        shots = data / f"multiple_choice/{task}_train.jsonl"
        yield "", [hub_row(task, r) for r in lines(data / f"multiple_choice/{task}.jsonl")], \
            [hub_row(task, r) for r in lines(shots)] if shots.exists() else []


def tasks_of(task, data, shots=None, limit=None):
    """(part, task of lm-eval) for each part, over its first `limit` rows."""
    folder = pathlib.Path(lm_eval.__file__).parent / "tasks"
    for part, rows, shot_rows in parts_of(task, data):
        file = f"mmlu/default/mmlu_{part}.yaml" if task == "mmlu" else FILES[task]
        config = load_yaml(folder / file, resolve_func=True)
        questions = config.get("test_split") or config["validation_split"]
        answered = config.get("fewshot_split") or config.get("training_split")
        splits = {questions: datasets.Dataset.from_list(rows[:limit])}
        if shot_rows:
            splits[answered] = datasets.Dataset.from_list(shot_rows)
        for split in ("training_split", "validation_split", "test_split", "fewshot_split"):
            if config.get(split) not in splits:
                config.pop(split, None)
        config["custom_dataset"] = lambda made=datasets.DatasetDict(splits), **_: made
        config["num_fewshot"] = SHOTS.get(task, 0) if shots is None else shots
        if shot_rows:
            config["fewshot_split"] = answered
            config["fewshot_config"] = {**(config.get("fewshot_config") or {}), "sampler": "first_n"}
        config.pop("tag", None), config.pop("metadata", None)
        config["task"] = f"{task}_{part}" if part else task
        yield part, ConfigurableTask(config=config)
