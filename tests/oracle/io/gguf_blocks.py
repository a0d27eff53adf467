# SPDX-License-Identifier: Apache-2.0
"""Makes tests/fixtures/io/dequantise.safetensors: random blocks of each GGUF type with extreme scales, and what the gguf
package expands them to. `half_checksum` in the metadata covers every half that is a number. Run: python tests/oracle/io/gguf_blocks.py
"""
import pathlib
import sys

import gguf
import numpy as np
from safetensors.numpy import save_file

OUT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2] / "fixtures" / "io")
TYPES = "F32 F16 BF16 Q8_0 Q4_0 Q4_1 Q5_0 Q5_1 Q4_K Q5_K Q6_K Q2_K Q3_K IQ4_NL IQ4_XS".split()
# Where a block keeps its half-precision scales.
SCALES = dict(Q8_0=[0], Q4_0=[0], Q4_1=[0, 2], Q5_0=[0], Q5_1=[0, 2], Q4_K=[0, 2], Q5_K=[0, 2], Q6_K=[208], Q2_K=[80, 82], Q3_K=[108],
              IQ4_NL=[0], IQ4_XS=[0])
# Each comes as every scale: zeros, the least and the greatest denormal, the least normal, the greatest, what is no number, one.
EXTREME = np.array([0.0, -0.0, 2.0**-24, -(2.0**-24), 1023 * 2.0**-24, 2.0**-14, 65504.0, -65504.0, np.inf, -np.inf, np.nan, 1.0],
                   np.float16)
PLAIN = dict(F32=np.array([0, 1 << 31, 1, 0x807FFFFF, 0x00800000, 0x7F7FFFFF, 0x7F800000, 0xFF800000, 0x7FC00000], np.uint32),
             F16=np.array([0, 1 << 15, 1, 0x83FF, 0x0400, 0x7BFF, 0x7C00, 0xFC00, 0x7E00], np.uint16),
             BF16=np.array([0, 1 << 15, 1, 0x807F, 0x0080, 0x7F7F, 0x7F80, 0xFF80, 0x7FC0], np.uint16))

dice = np.random.default_rng(7)
arrays = {}
for name in TYPES:
    kind = gguf.GGMLQuantizationType[name]
    elements, size = gguf.GGML_QUANT_SIZES[kind]
    count = {1: 256, 32: 28, 256: 14}[elements]
    raw = dice.integers(0, 256, (count, size), dtype=np.uint8)
    if name in PLAIN:
        raw[:len(PLAIN[name])] = PLAIN[name].reshape(-1, 1).view(np.uint8)
    for turn, offset in enumerate(SCALES.get(name, [])):  # a second scale meets the first at another extreme each time round
        blocks = np.arange(count)
        scale = EXTREME[(blocks + turn * (3 + blocks // len(EXTREME))) % len(EXTREME)]
        scale[-2:] = dice.normal(0, 0.1, 2).astype(np.float16)
        raw[:, offset:offset + 2] = scale.reshape(-1, 1).view(np.uint8)
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
