# SPDX-License-Identifier: Apache-2.0
"""What our generation is measured against on the CPU.

    peers.py llama FILE.gguf PRECISION        llama.cpp, by llama-cpp-python built for this machine
    peers.py openvino FILE.gguf PRECISION     OpenVINO GenAI, which batches continuously
    peers.py transformers FOLDER PRECISION    transformers' generate, left-padded

A peer prints "ready", and for each line "ROWS PROMPT_TOKENS NEW_TOKENS" on stdin "prompt_tokens new_tokens seconds cpu_seconds".
Greedy, end-of-turn tokens ignored; the prompts are those of bench_paced_generation. THREADS (2) threads.
"""

import os
import sys
import time

THREADS = int(os.environ.get("THREADS", "2"))
MODEL, PRECISION = sys.argv[2], sys.argv[3]


def prompts(rows, tokens):
    return [[(row * 7919 + k * 104729) % 49000 for k in range(tokens)] for row in range(rows)]


def serve(generate):
    """generate(prompts, new tokens) -> tokens made"""
    print("ready", flush=True)
    for line in sys.stdin:
        rows, tokens, fresh = map(int, line.split())
        given = prompts(rows, tokens)
        start, cpu = time.perf_counter(), time.process_time()
        made = generate(given, fresh)
        print(rows * tokens, made, f"{time.perf_counter() - start:.6f}", f"{time.process_time() - cpu:.6f}", flush=True)


def openvino():
    import numpy
    import openvino
    import openvino_genai as genai

    schedule = genai.SchedulerConfig()
    schedule.max_num_batched_tokens, schedule.max_num_seqs, schedule.cache_size = 8192, 256, 4
    schedule.enable_prefix_caching = False
    settings = {"INFERENCE_PRECISION_HINT": "f32" if PRECISION == "float32" else "bf16", "INFERENCE_NUM_THREADS": THREADS}
    pipeline = genai.ContinuousBatchingPipeline(MODEL, schedule, "CPU", settings)

    def generate(given, fresh):
        how = genai.GenerationConfig(max_new_tokens=fresh, ignore_eos=True, do_sample=False)
        rows = [openvino.Tensor(numpy.array([ids], dtype=numpy.int64)) for ids in given]
        return sum(len(answer.m_generation_ids[0]) for answer in pipeline.generate(rows, [how] * len(rows)))

    serve(generate)


def llama():
    import llama_cpp as llama
    import numpy

    llama.llama_backend_init()
    model = llama.llama_model_load_from_file(MODEL.encode(), llama.llama_model_default_params())
    vocabulary = llama.llama_vocab_n_tokens(llama.llama_model_get_vocab(model))

    def generate(given, fresh):
        rows, tokens, most = len(given), len(given[0]), 512
        how = llama.llama_context_default_params()
        how.n_ctx = rows * ((tokens + fresh + 255) // 256 * 256)
        how.n_batch = how.n_ubatch = most
        how.n_seq_max, how.n_threads, how.n_threads_batch = rows, THREADS, THREADS
        context = llama.llama_init_from_model(model, how)
        batch = llama.llama_batch_init(most, 0, 1)
        newest, asked, filled = [0] * rows, [], 0

        def flush():
            nonlocal asked, filled
            if not filled:
                return
            batch.n_tokens = filled
            assert llama.llama_decode(context, batch) == 0
            for index, row in asked:
                logits = numpy.ctypeslib.as_array(llama.llama_get_logits_ith(context, index), shape=(vocabulary,))
                newest[row] = int(logits.argmax())
            asked, filled = [], 0

        def put(token, position, row, last):
            nonlocal filled
            batch.token[filled], batch.pos[filled], batch.n_seq_id[filled] = token, position, 1
            batch.seq_id[filled][0], batch.logits[filled] = row, last
            if last:
                asked.append((filled, row))
            filled += 1
            if filled == most:
                flush()

        for row, ids in enumerate(given):
            for position, token in enumerate(ids):
                put(token, position, row, position == tokens - 1)
        flush()
        for step in range(1, fresh):
            for row in range(rows):
                put(newest[row], tokens + step - 1, row, True)
            flush()
        llama.llama_batch_free(batch)
        llama.llama_free(context)
        return rows * fresh

    serve(generate)


def transformers():
    import torch
    from transformers import AutoModelForCausalLM

    torch.set_num_threads(THREADS)
    model = AutoModelForCausalLM.from_pretrained(MODEL, dtype=getattr(torch, PRECISION))

    def generate(given, fresh):
        ids = torch.tensor(given)
        with torch.inference_mode():
            out = model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=fresh, min_new_tokens=fresh,
                                 do_sample=False, pad_token_id=0)
        return out.shape[0] * (out.shape[1] - ids.shape[1])

    serve(generate)


{"llama": llama, "openvino": openvino, "transformers": transformers}[sys.argv[1]]()
