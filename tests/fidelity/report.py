"""One row a comparison: what was compared with which version, how many cases, how many differ, the largest difference."""
import json
import os
import pathlib

HEAD = ("what", "against", "cases", "differ", "largest")
rows = []


def row(what, against, cases, differ, largest="-"):
    """`differ` above 0 makes `finish` fail."""
    rows.append((what, against, cases, differ, largest))
    print(f"| {what} | {against} | {cases} | {differ} | {largest} |", flush=True)


def note(text):
    print(f"    {text}", flush=True)


def finish():
    """The exit status; the rows also go to the file that FIDELITY_ROWS names, if it is set."""
    if path := os.environ.get("FIDELITY_ROWS"):
        with open(path, "a", encoding="utf-8") as file:
            file.writelines(json.dumps(dict(zip(HEAD, r))) + "\n" for r in rows)
    return any(r[3] for r in rows)


def jsonl(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def write_jsonl(path, lines):
    pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
