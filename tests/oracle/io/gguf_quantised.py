# SPDX-License-Identifier: Apache-2.0
"""Makes tests/fixtures/io/quantise.safetensors: float32 values with extreme sizes, and the bytes that the gguf package packs them
into. Run: python tests/oracle/io/gguf_quantised.py [OUTPUT FOLDER]
"""
import pathlib
import sys

import gguf
import numpy as np
from safetensors.numpy import save_file

OUT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2] / "fixtures" / "io")
dice = np.random.default_rng(11)
F = np.float32


def row(*head):
    return np.concatenate([np.array(head, F), dice.normal(0, 1, 32 - len(head)).astype(F)])


rows = [dice.normal(0, 1, 32) * scale for scale in (1e-45, 1e-41, 1e-38, 1e-8, 5.96e-8, 7.5e-6, 1e-3, 1, 50, 65504, 1e6, 8.3e6, 1e30, 3e38)]
rows += [np.zeros(32), -np.zeros(32), np.full(32, -1.0), np.full(32, 3.4028235e38)]
rows += [np.arange(32) - 15.5, (np.arange(32) - 16) * 127 / 16, np.linspace(-127, 127, 32).round() / 2]  # quarters and halves
rows += [row(65504, 65519.996, 65520, 65535, -65536, 2.0**-24, 2.0**-25, np.nextafter(F(2.0**-25), F(1)), 2.0**-14,
             np.nextafter(F(2.0**-14), F(0)), 3 * 2.0**-25, -(2.0**-26), 1e-45, 1.17549435e-38, 1.00048828125, 1.00146484375)]
rows += [np.array([0x3F808000, 0x3F818000, 0x3F807FFF, 0x3F808001, 0x7F7F7FFF, 0x7F7F8000, 0xFF7FFFFF, 0x00008000, 0x00018000, 0x80000001]
                  + [0x3F800000] * 22, np.uint32).view(F)]  # ties of bfloat16
rows += [row(np.inf), row(0.5, -np.inf), row(np.nan), row(np.nan, np.inf), row(1, 2, -np.nan), np.full(32, np.nan)]
rows += [np.array([0x7F800001, 0x7FA00000, 0xFF812345, 0x7FFFFFFF] + [0x3F000000] * 28, np.uint32).view(F)]  # payloads
for _ in range(24):  # any bits but a payload: which one a block's scale keeps depends on the processor's lanes
    any_bits = dice.integers(0, 2**32, 32, dtype=np.uint64).astype(np.uint32).view(F)
    rows += [np.where(np.isnan(any_bits), F(1), any_bits)]
with np.errstate(all="ignore"):
    values = np.concatenate([np.asarray(r, F) for r in rows])
    arrays = {"values": values}
    for name in "F32 F16 BF16 Q8_0".split():
        packed = gguf.quantize(values.reshape(1, -1), gguf.GGMLQuantizationType[name])
        arrays[name] = np.ascontiguousarray(packed).reshape(-1).view(np.uint8)
OUT.mkdir(parents=True, exist_ok=True)
save_file(arrays, OUT / "quantise.safetensors")
