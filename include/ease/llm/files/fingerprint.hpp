// SPDX-License-Identifier: Apache-2.0
#pragma once
// Short names for a model's weights, so that a checkpoint is never resumed with another model and no answer of one is taken
// for another's: all numbers count, for setting a boundary changes a single row of them. Non-goal: to keep forgers out.
#include <ATen/ATen.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "ease/core/identity.hpp"
#include "ease/llm/decoder/decoder.hpp"

namespace ease {

namespace detail {
template <class Number>
std::string_view bytes_of(std::span<Number const> numbers) {
  return {reinterpret_cast<char const*>(numbers.data()), numbers.size_bytes()};
}
}  // namespace detail

// Number format, shape and values, on whichever device they lie.
inline void add_tensor(identity& to, at::Tensor const& tensor) {
  auto const plain = tensor.detach().to(at::kCPU).contiguous();
  to.add(at::toString(plain.scalar_type())).add(plain.sizes());
  to.add(std::string_view{static_cast<char const*>(plain.const_data_ptr()), plain.nbytes()});
}

// Of names, number formats, shapes and values of all parameters.
inline std::string fingerprint_of(decoder const& net) {
  identity all;
  for (auto const& [name, weight] : net.named_parameters()) add_tensor(all.add(name), weight);
  return all.text();
}

}  // namespace ease
