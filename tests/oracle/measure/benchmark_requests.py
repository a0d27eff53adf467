# SPDX-License-Identifier: Apache-2.0
"""Makes tests/fixtures/measure: made-up rows of each benchmark, laid out as users have them, and what lm-eval asks of them;
HellaSwag's cleaning of 200 made-up scenes; what lm-eval finds in 240 made-up answers to GSM8K.
Run: python tests/oracle/measure/benchmark_requests.py [OUT]
"""
import csv
import json
import pathlib
import random
import sys

from lm_eval.api.metrics import exact_match_hf_evaluate
from lm_eval.api.model import TemplateLM
from lm_eval.filters.extraction import RegexFilter
from lm_eval.tasks.hellaswag.utils import preprocess

import lm_eval_tasks

OUT = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2] / "fixtures" / "measure"
THINGS = ["a kettle", "the old map", "two  lamps", "a “quoted” word", "ΣΊΣΥΦΟΣ", "a jar of honey 🍯", "São Paulo",
          "the number 12,5", "rain\nand snow", "an ice-cold [drink]", "it’s late", " a leading space"]
draw = random.Random(22)


class Characters:
    """Stands for a model whose tokens are characters: shows what lm-eval moves from the context to the continuation."""
    backend = "causal"

    @staticmethod
    def tok_encode(text, **_):
        return list(text)


def write(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="\n") as out:
        for row in rows:
            out.write(json.dumps(row, ensure_ascii=False) + "\n")


def some(count):
    return draw.sample(THINGS, count)


def sentence():
    return f"Which of these goes with {draw.choice(THINGS)} and {draw.choice(THINGS)}?"


def subject_rows(count):
    rows = []
    for _ in range(count):
        rows.append([draw.choice(["", " "]) + sentence() + draw.choice(["", "  ", "\n"]), *some(4), draw.randrange(4)])
    return rows


def make_data(data):
    for subject in ("astronomy", "high_school_physics"):
        for split, count in (("dev", 5), ("test", 4)):
            path = data / f"mmlu/{split}/{subject}_{split}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            with open(path, "w", encoding="utf-8", newline="") as out:
                table = csv.writer(out, lineterminator="\n")
                table.writerow(["question", "choice0", "choice1", "choice2", "choice3", "answer"])
                table.writerows(subject_rows(count))
    for split, count in (("train", 6), ("test", 5)):
        rows = []
        for _ in range(count):
            a, b = draw.randrange(2, 90), draw.randrange(1000, 3000)
            rows.append({"question": f"There are {a} boxes with {b} apples each. How many are there?" + draw.choice(["", " "]),
                         "answer": f"There are {a}*{b}=<<{a}*{b}={a * b}>>{a * b} apples.\n#### {a * b:,}"})
        write(data / f"gsm8k/{split}.jsonl", rows)
    folder = data / "multiple_choice"
    for end in ("_train", ""):
        for task in ("arc_easy", "arc_challenge"):
            write(folder / f"{task}{end}.jsonl", [{"choices": some(n), "query": "Question: " + sentence(), "gold": n - 1}
                                                 for n in (4, 3, 5, 4)])
        write(folder / f"openbook_qa{end}.jsonl", [{"query": f"A person with {thing} wants" + more, "choices": some(4), "gold": i}
                                                   for i, (thing, more) in enumerate(zip(some(4), ["", " ", " to\u00a0", "\n"]))])
        write(folder / f"piqa{end}.jsonl", [{"choices": some(2), "gold": i % 2, "query": f"Question: {thing}{more}\n"}
                                            for i, (thing, more) in enumerate(zip(some(4), ["", " ", ".", "\n"]))])
        write(folder / f"winogrande{end}.jsonl",
              [{"context_options": [f"The {one} stood by the {other} since the {it}{more}" for it in (one, other)],
                "continuation": "was small.", "gold": i % 2}
               for i, (one, other, more) in enumerate([("box", "bus", ""), ("élan", "éclair", ""), ("cup", "mug", " "), ("a", "b", "")])])
        write(folder / f"hellaswag{end}.jsonl", [scene() for _ in range(4)])


PIECES = ["A man", "she Runs", " [title]", "[header]", "[step] ", "  ", " ", "   ", "[", "]", "[a [b] c]", "[two\nlines]", "\n", "İstanbul", "ßtraße",
          "ΟΔΟΣ", "Σ", "ΑΣ.", "ΑΣΑ", "’S", "ﬁsh", "ǆungla", "École", "42 Cats", "…", "\u00a0", "\u2003end", "Ab\u0301C", "and then", "THE END", "he puts [substeps] it down", "[title]"]


def text(least):
    return "".join(draw.choice(["", " "]) + draw.choice(PIECES) for _ in range(draw.randrange(least, 7)))


def scene():
    return {"activity_label": draw.choice(["Making tea", "Cutting the grass", " [header] Reading", "Running  a marathon"]), "ctx_a": text(1),
            "ctx_b": text(0), "endings": [draw.choice(["so", "Then", "É"]) + text(1) for _ in range(4)], "label": draw.choice([0, 1, 2, 3, "0", "3"])}


def requests(data, task, shots):
    for part, one in lm_eval_tasks.tasks_of(task, data, shots):
        one.build_all_requests(rank=0, world_size=1)
        rows = {}
        for asked in one.instances:
            row = rows.setdefault(asked.doc_id, {"task": task, "part": part, "shots": one.config.num_fewshot, "row": asked.doc_id})
            if task == "gsm8k":
                row["context"] = asked.arguments[0]
                row["gold"] = asked.doc["answer"]
                continue
            context, continuation = TemplateLM._encode_pair(Characters, *asked.arguments)
            row.setdefault("contexts", []).append("".join(context))
            row.setdefault("continuations", []).append("".join(continuation))
            row["lengths"] = [len(choice) for choice in one.doc_to_choice(asked.doc)]
            row["gold"] = one.doc_to_text(asked.doc) if task == "winogrande" else one.doc_to_target(asked.doc)
        yield from rows.values()


ANSWERS = ["#### 18", "####18", "#### -5", "#### $1,200.", "#### 1.5", "The answer is 42.", "so 3 + 4 = 7", "$20", "- 3", "-3", "--4.5", "1,000,000.", "#### ",
           "#### x 9", "..", "$", "-", "18", "It costs $18.00", "#### 18 and #### 19", "\n#### 7\n", "٣", "#### 2,5,", "eighteen", "####  4", "9-8", "5%"]
GOLDS = ["It is <<9+9=18>>18.\n#### 18", "#### 1,200", "#### -5", "#### 7", "#### 1.5", "a #### b\n#### 42"]


def answers():
    strict = RegexFilter(r"#### (\-?[0-9\.\,]+)")
    flexible = RegexFilter(r"(-?[$0-9.,]{2,})|(-?[0-9]+)", group_select=-1)
    ignored = [",", r"\$", r"(?s).*#### ", r"\.$"]
    for i in range(240):
        said = ANSWERS[i] if i < len(ANSWERS) else " ".join(draw.choice(ANSWERS) for _ in range(draw.randrange(1, 5)))
        gold = draw.choice(GOLDS)
        row = {"answer": said, "gold": gold, "extracted": [], "equal": []}
        for one in (strict, flexible):
            found = list(one.apply([[said]], [{}]))[0][0]
            row["extracted"].append(found)
            row["equal"].append(bool(exact_match_hf_evaluate([found], [gold], regexes_to_ignore=ignored, ignore_case=True)["exact_match"]))
        yield row


def main():
    data = OUT / "benchmarks"
    make_data(data)
    made = []
    for task in ("mmlu", "gsm8k", "arc_easy", "arc_challenge", "piqa", "openbook_qa", "winogrande", "hellaswag"):
        for shots in (None, 2):
            made += requests(data, task, shots)
    write(OUT / "requests.jsonl", made)
    scenes = []
    for _ in range(200):
        row = scene()
        query = preprocess(row["activity_label"] + ": " + row["ctx_a"] + " " + row["ctx_b"].capitalize())
        scenes.append({**row, "query": query, "choices": [preprocess(one) for one in row["endings"]]})
    write(OUT / "hellaswag.jsonl", scenes)
    write(OUT / "gsm8k.jsonl", answers())


if __name__ == "__main__":
    main()
