// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where tensors live, as types (`torch_generator<cuda>`), and the dtypes that weights are kept in.
// Non-goal: several devices in one model.
#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include <concepts>
#include <cstdint>
#include <ease/core/compiled.hpp>
#include <string_view>

namespace ease::inline v1 {

struct cpu {
  static constexpr std::string_view name{"cpu"};
  static at::Device device() { return at::Device{at::kCPU}; }
};

struct cuda {
  static constexpr std::string_view name{"cuda"};
  // Throws where there is no CUDA device: touching CUDA's own classes without a driver would abort the program.
  static at::Device device();
};

template <class D>
concept device_choice = requires {
  { D::device() } -> std::same_as<at::Device>;
  { D::name } -> std::convertible_to<std::string_view>;
};

enum class precision : std::uint8_t { float32, bfloat16 };

inline at::ScalarType scalar_type(precision p) { return p == precision::bfloat16 ? at::kBFloat16 : at::kFloat; }
inline std::string_view to_string(precision p) { return p == precision::bfloat16 ? "bfloat16" : "float32"; }

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/llm/decoder/device.ipp>
#endif
