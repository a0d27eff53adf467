// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which of the instruction sets that our kernels are compiled for they use: the best that the machine has, and no better one
// than EASE_CPU_CAPABILITY=default|avx2|avx512|avx512_bf16 allows, which is read here alone, once. The words are those of libtorch's
// own ATEN_CPU_CAPABILITY; its oneDNN is held back by ONEDNN_MAX_CPU_ISA, simdjson by SIMDJSON_FORCE_IMPLEMENTATION.
#include <algorithm>
#include <cstdint>
#include <ease/core/environment.hpp>
#include <ease/core/error.hpp>
#include <string_view>

namespace ease::inline v1::detail {

enum class cpu_capability : std::uint8_t { baseline, avx2, avx512, avx512_bf16 };

inline cpu_capability capability_of_machine() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl"))
    return __builtin_cpu_supports("avx512bf16") ? cpu_capability::avx512_bf16 : cpu_capability::avx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return cpu_capability::avx2;
#endif
  return cpu_capability::baseline;
}

// What a word allows; empty: everything.
inline cpu_capability capability_named(std::string_view word) {
  if (word == "default") return cpu_capability::baseline;
  if (word == "avx2") return cpu_capability::avx2;
  if (word == "avx512") return cpu_capability::avx512;
  if (word == "avx512_bf16" || word.empty()) return cpu_capability::avx512_bf16;
  throw error{"environment variable EASE_CPU_CAPABILITY=\"{}\": choose default, avx2, avx512 or avx512_bf16", word};
}

inline cpu_capability capability_in_use() {
  static cpu_capability const used =
      std::min(capability_of_machine(), capability_named(first_set({"EASE_CPU_CAPABILITY"}).value));
  return used;
}

// As capability_in_use, for kernels that have the choice: on Intel's cores vdpbf16ps does less than the two multiply-adds that it
// stands for (Sapphire Rapids: 84 GFLOP/s a core, those 165). EASE_CPU_CAPABILITY=avx512_bf16 has it used all the same.
inline cpu_capability capability_of_kernels() {
  auto const allowed = capability_in_use();
#if defined(__x86_64__)
  bool const asked_for = first_set({"EASE_CPU_CAPABILITY"}).value == "avx512_bf16";
  if (allowed == cpu_capability::avx512_bf16 && !asked_for && __builtin_cpu_is("intel")) return cpu_capability::avx512;
#endif
  return allowed;
}

}  // namespace ease::inline v1::detail
