# SPDX-License-Identifier: Apache-2.0
"""The peers of the comparisons in this folder, as their users start them.

    peers.py tokenizer GGUF FOLDER          writes FOLDER/tokenizer.json and config files as transformers reads them from GGUF
    peers.py tokenize TOKENIZER.json TEXT   tokenizers; paced: a line SECONDS, "bytes seconds cpu_seconds"
    peers.py records json|datasets FILE     rows read by Python's json, or the datasets loader; paced in the same way
    peers.py guard GGUF PRECISION FILE      transformers, model.generate of up to 20 tokens a row, a row at a time, as published;
                                            paced: a line ROWS, "rows seconds cpu_seconds"
    peers.py score GGUF PRECISION FILE      lm-eval's HFLM.loglikelihood; paced in the same way
    peers.py start llama|openvino GGUF PROMPT    one token, the whole process
    peers.py asked ROWS IN_FLIGHT URL       an asyncio loop on the openai client; paced: a line SECONDS

A paced peer says "ready" once it can answer. THREADS threads.
"""
import json
import os
import sys
import tempfile
import time
from pathlib import Path

THREADS = int(os.environ.get("THREADS", os.cpu_count()))
os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_VERBOSITY="error", HF_DATASETS_DISABLE_PROGRESS_BARS="1",
                  TOKENIZERS_PARALLELISM="false")


def paced(work):
    """work(what the line says) -> amount"""
    print("ready", flush=True)
    for line in sys.stdin:
        start, cpu = time.perf_counter(), time.process_time()
        amount = work(float(line))
        print(amount, f"{time.perf_counter() - start:.6f}", f"{time.process_time() - cpu:.6f}", flush=True)


def repeated(piece):
    """piece() -> amount; again until the seconds that were asked for are over"""
    def until(seconds):
        end, amount = time.perf_counter() + seconds, 0
        while True:
            amount += piece()
            if time.perf_counter() >= end:
                return amount
    piece()
    paced(until)


def gguf_tokenizer(gguf):
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(str(Path(gguf).parent), gguf_file=Path(gguf).name)


def gguf_model(gguf, precision):
    import torch
    from transformers import AutoModelForCausalLM

    torch.set_num_threads(THREADS)
    return AutoModelForCausalLM.from_pretrained(str(Path(gguf).parent), gguf_file=Path(gguf).name,
                                                dtype=getattr(torch, precision)).eval()


def rows_of(file):
    return [json.loads(line) for line in open(file, encoding="utf-8")]


def tokenizer(gguf, folder):
    gguf_tokenizer(gguf).save_pretrained(folder)


def tokenize(file, text):
    from tokenizers import Tokenizer

    by, text = Tokenizer.from_file(file), Path(text).read_text(encoding="utf-8")
    by.encode_special_tokens = True  # what looks like one in a text is text, as ours has it
    print("tokens", len(by.encode(text, add_special_tokens=False).ids), flush=True)
    size = len(text.encode())
    repeated(lambda: len(by.encode(text, add_special_tokens=False).ids) and size)


def records(how, file):
    size = os.path.getsize(file)

    def by_json():
        if not sum(len(row["prompt"]) for row in rows_of(file)):
            sys.exit("no rows")
        return size

    def by_datasets():
        import datasets

        with tempfile.TemporaryDirectory() as cache:  # its cache would spare the reading
            rows = datasets.load_dataset("json", data_files=file, split="train", cache_dir=cache)
            if not sum(len(row["prompt"]) for row in rows):
                sys.exit("no rows")
        return size

    repeated({"json": by_json, "datasets": by_datasets}[how])


def guard(gguf, precision, file):
    import torch

    words, model, rows = gguf_tokenizer(gguf), gguf_model(gguf, precision), rows_of(file)

    def judge(count):
        for i in range(int(count)):
            row = rows[i % len(rows)]
            turns = [{"role": "user", "content": row["prompt"]}, {"role": "assistant", "content": row["response"]}]
            ids = words.apply_chat_template(turns, return_tensors="pt", return_dict=True)
            with torch.no_grad():
                out = model.generate(**ids, max_new_tokens=20, do_sample=False, pad_token_id=0)
            words.decode(out[0][ids["input_ids"].shape[-1]:], skip_special_tokens=True)
        return int(count)

    first, second = (words.apply_chat_template([{"role": "user", "content": row["prompt"]},
                                                {"role": "assistant", "content": row["response"]}], return_dict=True)["input_ids"]
                     for row in rows[:2])
    shared = next(i for i, (a, b) in enumerate(zip(first, second)) if a != b)
    print("tokens", len(first), "shared", shared, flush=True)
    judge(1)
    paced(judge)


def score(gguf, precision, file):
    from lm_eval.api.instance import Instance
    from lm_eval.models.huggingface import HFLM

    batch = int(os.environ.get("BATCH", "8"))
    model = HFLM(pretrained=gguf_model(gguf, precision), tokenizer=gguf_tokenizer(gguf), batch_size=batch, device="cpu")
    rows, total = rows_of(file), 0

    def of(count):
        nonlocal total
        asks = [Instance("loglikelihood", {}, (row["prompt"], row["response"]), i)
                for i, row in ((i, rows[i % len(rows)]) for i in range(int(count)))]
        total = sum(said[0] for said in model.loglikelihood(asks, disable_tqdm=True))
        return int(count)

    of(1)
    paced(of)
    print("sum", total, file=sys.stderr)


def start(which, gguf, prompt):
    if which == "llama":
        from llama_cpp import Llama

        model = Llama(gguf, n_ctx=1024, n_threads=THREADS, n_threads_batch=THREADS, verbose=False)
        print(model(prompt, max_tokens=1, temperature=0)["choices"][0]["text"])
    else:
        import openvino_genai

        pipeline = openvino_genai.LLMPipeline(gguf, "CPU", INFERENCE_NUM_THREADS=THREADS)
        print(pipeline.generate(prompt, max_new_tokens=1, do_sample=False, apply_chat_template=False))


def asked(rows, in_flight, url):
    import asyncio

    import openai

    client = openai.AsyncOpenAI(base_url=url + ("" if url.rstrip("/").endswith("/v1") else "/v1"), api_key="none")
    gate = asyncio.Semaphore(int(in_flight))
    loop = asyncio.new_event_loop()

    async def one(i):
        async with gate:
            said = await client.chat.completions.create(model="tiny", messages=[{"role": "user", "content": f"question {i}"}])
            return said.choices[0].message.content is not None

    async def all_of_them():
        return sum(await asyncio.gather(*(one(i) for i in range(int(rows)))))

    repeated(lambda: loop.run_until_complete(all_of_them()))


if __name__ == "__main__":
    {f.__name__: f for f in (tokenizer, tokenize, records, guard, score, start, asked)}[sys.argv[1]](*sys.argv[2:])
