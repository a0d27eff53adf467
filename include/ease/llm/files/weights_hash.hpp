// SPDX-License-Identifier: Apache-2.0
#pragma once
// A hash of a model's weights, so that a checkpoint is never resumed with another model and no kept answer is used for
// another model. All elements are hashed: threshold calibration changes a single row. Non-goal: resistance to forgery.
#include <ATen/ATen.h>

#include <cstddef>
#include <ease/core/identity.hpp>
#include <ease/llm/decoder/decoder.hpp>
#include <span>
#include <string>
#include <string_view>

namespace ease::inline v1 {

namespace detail {
template <class Number>
std::string_view bytes_of(std::span<Number const> numbers) {
  return {reinterpret_cast<char const*>(numbers.data()), numbers.size_bytes()};
}
}  // namespace detail

// dtype, shape and values, on any device.
inline void add_tensor(identity& to, at::Tensor const& tensor) {
  auto const plain = tensor.detach().to(at::kCPU).contiguous();
  to.add(at::toString(plain.scalar_type())).add(plain.sizes());
  to.add(std::string_view{static_cast<char const*>(plain.const_data_ptr()), plain.nbytes()});
}

// A hash of the names, dtypes, shapes and values of all parameters.
inline std::string weights_hash(decoder const& net) {
  identity all;
  for (auto const& [name, weight] : net.named_parameters()) add_tensor(all.add(name), weight);
  return all.text();
}

}  // namespace ease::inline v1
