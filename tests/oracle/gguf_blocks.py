"""Makes tests/fixtures/io/dequantise.safetensors: random blocks of each GGUF type with extreme scales, and what the gguf
package expands them to. `half_checksum` in the metadata covers every half that is a number. Run: python tests/oracle/gguf_blocks.py
"""
import pathlib
import sys

import gguf
import numpy as np
from safetensors.numpy import save_file

OUT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[1] / "fixtures" / "io")
TYPES = "F32 F16 BF16 Q8_0 Q4_0 Q4_1 Q5_0 Q5_1 Q4_K Q5_K Q6_K".split()
# Where a block keeps its half-precision scales.
SCALES = dict(Q8_0=[0], Q4_0=[0], Q4_1=[0, 2], Q5_0=[0], Q5_1=[0, 2], Q4_K=[0, 2], Q5_K=[0, 2], Q6_K=[208])
EXTREME = np.array([0.0, -0.0, 5.96e-8, -5.96e-8, 6.09e-5, 65504.0, -65504.0, 1.0, -1.0, np.inf], np.float16)

dice = np.random.default_rng(7)
arrays = {}
for name in TYPES:
    kind = gguf.GGMLQuantizationType[name]
    elements, size = gguf.GGML_QUANT_SIZES[kind]
    count = {1: 256, 32: 24, 256: 12}[elements]
    raw = dice.integers(0, 256, (count, size), dtype=np.uint8)
    for offset in SCALES.get(name, []):
        scale = np.where(np.arange(count) % 2 == 0, dice.choice(EXTREME, count), dice.normal(0, 0.1, count).astype(np.float16))
        raw[:, offset:offset + 2] = scale.astype(np.float16).reshape(-1, 1).view(np.uint8)
    with np.errstate(all="ignore"):
        wide = gguf.dequantize(raw.reshape(1, -1), kind).reshape(-1).astype(np.float32)
    arrays[name + ".blocks"], arrays[name + ".values"] = raw.reshape(-1), wide
bits = np.arange(65536, dtype=np.uint16)
numbers = bits[~np.isnan(bits.view(np.float16))]
checksum = 0
for pattern in numbers.view(np.float16).astype(np.float32).view(np.uint32):
    checksum = (checksum * 31 + int(pattern)) % 2**64
OUT.mkdir(parents=True, exist_ok=True)
save_file(arrays, OUT / "dequantise.safetensors", metadata={"half_checksum": str(checksum)})
