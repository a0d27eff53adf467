# SPDX-License-Identifier: Apache-2.0
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
        with open(path, "ab") as file:
            file.writelines(json.dumps(dict(zip(HEAD, r))).encode() + b"\n" for r in rows)
    return any(r[3] for r in rows)


def jsonl(path):
    """The rows of a file, read as bytes: text mode alters newlines."""
    return [json.loads(line) for line in pathlib.Path(path).read_bytes().split(b"\n") if line.strip()]


def write_jsonl(path, lines):
    pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
    pathlib.Path(path).write_bytes(b"".join(json.dumps(line, separators=(",", ":")).encode() + b"\n" for line in lines))
