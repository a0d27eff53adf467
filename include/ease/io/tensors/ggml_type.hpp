// SPDX-License-Identifier: Apache-2.0
#pragma once
// The tensor types of GGUF files that can be read: what each is called and how its blocks are sized.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ease::inline v1 {

enum class ggml_type : std::uint32_t {
  f32 = 0,
  f16 = 1,
  q4_0 = 2,
  q4_1 = 3,
  q5_0 = 6,
  q5_1 = 7,
  q8_0 = 8,
  q2_k = 10,
  q3_k = 11,
  q4_k = 12,
  q5_k = 13,
  q6_k = 14,
  iq4_nl = 20,
  iq4_xs = 23,
  bf16 = 30
};

struct ggml_type_info {
  ggml_type type;
  std::string_view name;
  std::size_t block_elements, block_bytes;
};

inline constexpr std::array ggml_types{
    ggml_type_info{ggml_type::f32, "F32", 1, 4},          ggml_type_info{ggml_type::f16, "F16", 1, 2},
    ggml_type_info{ggml_type::bf16, "BF16", 1, 2},        ggml_type_info{ggml_type::q8_0, "Q8_0", 32, 34},
    ggml_type_info{ggml_type::q4_0, "Q4_0", 32, 18},      ggml_type_info{ggml_type::q4_1, "Q4_1", 32, 20},
    ggml_type_info{ggml_type::q5_0, "Q5_0", 32, 22},      ggml_type_info{ggml_type::q5_1, "Q5_1", 32, 24},
    ggml_type_info{ggml_type::q4_k, "Q4_K", 256, 144},    ggml_type_info{ggml_type::q5_k, "Q5_K", 256, 176},
    ggml_type_info{ggml_type::q6_k, "Q6_K", 256, 210},    ggml_type_info{ggml_type::q2_k, "Q2_K", 256, 84},
    ggml_type_info{ggml_type::q3_k, "Q3_K", 256, 110},    ggml_type_info{ggml_type::iq4_nl, "IQ4_NL", 32, 18},
    ggml_type_info{ggml_type::iq4_xs, "IQ4_XS", 256, 136}};

// Null for a type that cannot be read.
constexpr ggml_type_info const* info_of(ggml_type type) {
  for (ggml_type_info const& info : ggml_types)
    if (info.type == type) return &info;
  return nullptr;
}

// "F32, F16, ..." for messages.
inline std::string supported_ggml_types() {
  std::string all;
  for (ggml_type_info const& info : ggml_types) (all += all.empty() ? "" : ", ") += info.name;
  return all;
}

}  // namespace ease::inline v1
