# SPDX-License-Identifier: Apache-2.0
"""Our token ids against the `tokenizers` library and llama.cpp's golden files, and how long inputs without word breaks take.
Run: python tests/fidelity/text.py text_probe SmolLM2.gguf VOCABULARIES_FOLDER WORK_FOLDER [--count 100000] [--llama-cpp PYTHON]
--llama-cpp names a Python that has llama-cpp-python: then its ids are compared as well, for the families that stand in GGUF files.
"""
import argparse
import importlib.metadata
import json
import pathlib
import subprocess
import sys
import unicodedata

from tokenizers import Tokenizer

import report
import strings
import vocabularies

SEED = 20261124
BLOCK = 10000  # strings at a time: what is compared need not all be in memory
QWEN = [("<|endoftext|>", True), ("<|im_start|>", True), ("<|im_end|>", True)] + [
    (f"<|{name}|>", True) for name in ("object_ref_start", "object_ref_end", "box_start", "box_end", "quad_start", "quad_end", "vision_start",
                                       "vision_end", "vision_pad", "image_pad", "video_pad")]
CODE = [("<tool_call>", False), ("</tool_call>", False)] + [(f"<|{name}|>", False) for name in ("fim_prefix", "fim_middle", "fim_suffix", "fim_pad",
                                                                                              "repo_name", "file_sep")]
R1 = [("<｜end▁of▁sentence｜>", True), ("<｜User｜>", False), ("<｜Assistant｜>", False), ("<｜begin▁of▁sentence｜>", True), ("<|EOT|>", False),
      ("<think>", False), ("</think>", False)]
GOLDEN = "gpt-2 llama-bpe qwen2 qwen35 starcoder refact command-r falcon mpt deepseek-coder deepseek-llm".split()
# 1 MB of each: one character, two in turn, what a special token begins with.
UNITS = ["a", " ", "\n", "\t", "0", "=", "<", "'", "_", "中", "é", "\u0301", "\u0315", "e\u0301", "\u0315\u0301", "ab", "a ", " \n", "0a", "\r\n", "\u00a0", "\u200d", "😀", "\x00", "가", "\u1100", "'s", "1,"]
RUNS, ENDS = [" ", "\t", "\u00a0", "0", "a", "'", "!", "中"], ["5", "x", "!", "中", "\u0301", "\x01"]


def families(smollm2, folder):
    """name, tokenizer.json as a dict, GGUF file that holds the same (or None)"""
    qwen, llama = folder / "ggml-vocab-qwen2.gguf", folder / "ggml-vocab-llama-bpe.gguf"
    yield "SmolLM2", vocabularies.state(smollm2), smollm2
    yield "GPT-2", vocabularies.state(folder / "ggml-vocab-gpt-2.gguf"), folder / "ggml-vocab-gpt-2.gguf"
    yield "Qwen2.5", vocabularies.state(qwen, added=QWEN + CODE), None
    yield "Llama 3", vocabularies.state(llama), llama
    yield "R1-distill-Qwen", vocabularies.state(qwen, added=R1 + QWEN[8:] + CODE), None
    yield "R1-distill-Llama", vocabularies.state(llama, added=[R1[3], R1[0], *[(f"<|reserved_special_token_{i}|>", True) for i in range(9)], *R1[1:3], *R1[5:]]), None


def folder_of(options, name):
    return options.work / name.replace(" ", "_")


def write_families(options):
    """Writes each family's tokenizer.json into its folder, then yields name, tokenizer.json, GGUF file that holds the same (or None)."""
    for name, description, gguf_file in families(options.smollm2, options.folder):
        folder = folder_of(options, name)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "tokenizer.json").write_bytes(json.dumps(description, ensure_ascii=False).encode())
        yield name, description, gguf_file


def probe(program, model, what, rows):
    return answers([program, model, what], rows)


def answers(command, rows):
    """What a program says to rows, one for one. Bytes both ways: text mode alters newlines, and str.splitlines cuts at U+2028 and its
    like as well."""
    lines = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    out = subprocess.run(command, input=lines, capture_output=True, check=False)
    if out.returncode:
        raise SystemExit(out.stderr.decode("utf-8", "replace").strip())
    return [json.loads(line) for line in out.stdout.split(b"\n")[:-1]]


class Tally:
    def __init__(self):
        self.cases, self.shown, self.wrong = 0, 0, {"plain": 0, "parsed": 0, "decoding": 0, "streaming": 0}

    def miss(self, kind, raw, mine, theirs):
        self.wrong[kind] += 1
        self.shown += 1
        if self.shown <= 5:
            report.note(f"{kind}: {raw!r}\n      ours   {mine}\n      theirs {theirs}")


def compare_block(tally, program, model, block, parsed, plain):
    texts = [raw.decode("utf-8", "replace") for raw in block]
    rows = probe(program, model, "encode", [{"text": raw.hex()} for raw in block])
    for kind, reference in (("parsed", parsed), ("plain", plain)):
        theirs = [e.ids for e in reference.encode_batch(texts, add_special_tokens=False)]
        for raw, text, row, ids in zip(block, texts, rows, theirs, strict=True):
            if row[kind] != ids:
                tally.miss(kind, raw, row[kind], ids)
            back = bytes.fromhex(row[f"{kind}_back"]) if f"{kind}_back" in row else raw
            normal = reference.normalizer.normalize_str(text) if reference.normalizer else text
            # The text's own bytes (invalid ones replaced, normalised where the model does), or all that the vocabulary has of them.
            if back not in (text.encode(), normal.encode()):
                whole = reference.decode(row[kind], skip_special_tokens=False)
                if back.decode("utf-8", "replace") != whole:
                    tally.miss("decoding", raw, back, whole)
    tally.wrong["streaming"] += sum("stream_differs" in row for row in rows)
    tally.cases += len(block)


def compare_ids(options, against):
    """From the file users have: GGUF where the vocabulary stands in one; then a tenth of it through the family's tokenizer.json.
    Returns the families' marks."""
    marks = {}
    for name, description, gguf_file in write_families(options):
        marks[name] = [t["content"] for t in description["added_tokens"]]
        if options.family and name not in options.family:
            continue
        parsed, plain = Tokenizer.from_str(json.dumps(description)), vocabularies.plain(description)
        texts = strings.strings(SEED, options.count, marks[name])
        folder = folder_of(options, name)
        for kind, model, some in ([("GGUF", gguf_file, texts)] if gguf_file else []) + [("tokenizer.json", folder, texts[::10] if gguf_file else texts)]:
            tally = Tally()
            for at in range(0, len(some), BLOCK):
                compare_block(tally, options.probe, model, some[at:at + BLOCK], parsed, plain)
            for what, wrong in tally.wrong.items():
                report.row(f"{name} ({kind}), {what}", against, tally.cases, wrong)
    return marks


def compare_llama_cpp(options):
    """Where it differs from `tokenizers` on purpose we follow the latter: its character classes are of a newer Unicode, and it lets a byte
    that the vocabulary lacks part what stands around it. So a string that differs is compared again without characters that this Python
    does not know or the vocabulary cannot write. Invalid bytes are replaced before, as we read them."""
    for name, description, gguf_file in families(options.smollm2, options.folder):
        if gguf_file is None or (options.family and name not in options.family):
            continue

        def differing(texts, kind, shown):
            rows = [{"text": text.encode().hex()} for text in texts]
            theirs = answers([options.llama_cpp, pathlib.Path(__file__).with_name("llama_cpp_ids.py"), gguf_file], rows)
            apart = [(t, m[kind], o[kind]) for t, m, o in zip(texts, probe(options.probe, gguf_file, "encode", rows), theirs, strict=True) if m[kind] != o[kind]]
            for text, mine, other in apart[:shown]:
                report.note(f"{kind}: {text!r}\n      ours   {mine}\n      theirs {other}")
            return [text for text, _, _ in apart]

        texts = [raw.decode("utf-8", "replace") for raw in strings.strings(SEED, options.count, [t["content"] for t in description["added_tokens"]])]
        for kind in ("plain", "parsed"):
            apart = [text for at in range(0, len(texts), BLOCK) for text in differing(texts[at:at + BLOCK], kind, 0)]
            characters = sorted(set("".join(apart)))
            written = probe(options.probe, gguf_file, "encode", [{"text": c.encode().hex()} for c in characters])
            odd = {c for c, row in zip(characters, written, strict=True) if unicodedata.category(c) == "Cn" or "plain_back" in row}
            known = ["".join(c for c in text if c not in odd) for text in apart]
            report.row(f"{name} (GGUF), {kind}", "llama.cpp", len(texts), len(differing(known, kind, 3)),
                       f"{len(apart)} with characters newer than Unicode {unicodedata.unidata_version} or bytes the vocabulary lacks")


def compare_golden(options):
    for name in GOLDEN:
        path = options.folder / f"ggml-vocab-{name}.gguf"
        texts = (path.parent / f"{path.name}.inp").read_bytes().decode().split("\n__ggml_vocab_test__\n")
        expected = [[int(i) for i in line.split()] for line in (path.parent / f"{path.name}.out").read_bytes().splitlines()]
        rows = probe(options.probe, path, "encode", [{"text": text.encode().hex()} for text in texts[:len(expected)]])
        differ = [i for i, (row, ids) in enumerate(zip(rows, expected, strict=True)) if row["plain"] != ids]
        report.row(f"golden ids of ggml-vocab-{name}", "llama.cpp's files", len(expected), len(differ))
        for i in differ[:3]:
            report.note(f"{texts[i]!r}\n      ours   {rows[i]['plain']}\n      theirs {expected[i]}")


def measure_time(options, marks_of):
    models = [(name, folder_of(options, name), marks) for name, marks in marks_of.items()]
    models += [(name, options.folder / f"ggml-vocab-{name}.gguf", ["<|endoftext|>"]) for name in GOLDEN if name not in ("gpt-2", "llama-bpe", "qwen2")]
    for name, model, marks in models:
        units = UNITS + sorted({mark[:len(mark) // 2] for mark in marks[:12]}) + [marks[0], marks[0][:-1]]
        # And runs that end in another kind of character: what a pattern has read in vain it might read again from every start.
        inputs = [(unit, "") for unit in units] + [(unit, end) for unit in RUNS for end in ENDS]
        rows = probe(options.probe, model, "time", [{"text": unit.encode().hex(), "repeat": 1_000_000 // len(unit.encode()) + 1, "end": end.encode().hex()}
                                                    for unit, end in inputs])
        times = [max(r["plain"], r["parsed"]) for r in rows]
        slowest = inputs[times.index(max(times))]
        report.row(f"{name}: 1 MB of one repeated unit takes under 1 s of processor time", "-", 2 * len(rows), sum(t >= 1000 for t in times),
                   f"{max(times):.0f} ms of {slowest[0]!r}" + (f" and {slowest[1]!r} at the end" if slowest[1] else ""))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("probe")
    parser.add_argument("smollm2", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--family", action="append", help="only this one; may be given several times")
    parser.add_argument("--llama-cpp")
    options = parser.parse_args()
    compare_golden(options)
    if options.llama_cpp:
        compare_llama_cpp(options)
    measure_time(options, compare_ids(options, f"tokenizers {importlib.metadata.version('tokenizers')}"))
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
