# SPDX-License-Identifier: Apache-2.0
"""llama.cpp's token ids of rows {"text": hex} on standard input, special tokens plain and parsed; for text.py, which runs it in an
environment that has llama-cpp-python. Run: python tests/fidelity/llama_cpp_ids.py MODEL.gguf
"""
import json
import sys

import llama_cpp

model = llama_cpp.Llama(sys.argv[1], vocab_only=True, verbose=False)
for line in sys.stdin.buffer:
    text = bytes.fromhex(json.loads(line)["text"])
    row = {kind: model.tokenize(text, add_bos=False, special=kind == "parsed") for kind in ("plain", "parsed")}
    sys.stdout.buffer.write(json.dumps(row).encode() + b"\n")
