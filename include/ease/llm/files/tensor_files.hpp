// SPDX-License-Identifier: Apache-2.0
#pragma once
// Tensors by name to and from safetensors files: a model's weights, a checkpoint's optimiser state, an adapter.
#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ease/core/error.hpp>
#include <ease/io/tensors/safetensors.hpp>
#include <ease/io/tensors/safetensors_writer.hpp>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ease::inline v1 {

using named_tensors = std::vector<std::pair<std::string, at::Tensor>>;

namespace detail {

inline std::size_t bytes_of(at::Tensor const& t) { return static_cast<std::size_t>(t.numel()) * t.element_size(); }

inline at::ScalarType float_type_of(std::string_view file, safetensors_entry const& entry) {
  if (entry.dtype == "F32") return at::kFloat;
  if (entry.dtype == "F16") return at::kHalf;
  if (entry.dtype == "BF16") return at::kBFloat16;
  throw error{"{}: tensor '{}' has dtype {}, which is not supported for weights; supported: F32, F16, BF16", file,
              entry.name, entry.dtype};
}

inline void copy_in(std::string_view file, safetensors_entry const& entry, at::Tensor const& weight) {
  auto const type = float_type_of(file, entry);
  auto* const data = const_cast<std::byte*>(entry.bytes.data());  // only read from
  if (reinterpret_cast<std::uintptr_t>(data) % c10::elementSize(type) == 0) {
    weight.copy_(at::from_blob(data, weight.sizes(), at::TensorOptions{}.dtype(type)));
  } else {  // the format does not promise alignment
    at::Tensor aligned = at::empty(weight.sizes(), at::TensorOptions{}.dtype(type));
    std::memcpy(aligned.data_ptr(), data, entry.bytes.size());
    weight.copy_(aligned);
  }
}

}  // namespace detail

// float32 and bfloat16 only. The file appears complete or not at all. Throws if it cannot be written.
inline void write_tensors(std::filesystem::path const& path, named_tensors const& tensors) {
  std::vector<at::Tensor> held;  // copies of tensors on a device or with strides
  std::vector<safetensors_entry> entries;
  for (auto const& [name, tensor] : tensors) {
    at::Tensor const& plain = held.emplace_back(tensor.detach().to(at::kCPU).contiguous());
    bool const narrow = plain.scalar_type() == at::kBFloat16;
    if (!narrow && plain.scalar_type() != at::kFloat)
      throw error{"{}: parameter '{}' is {}, only float32 and bfloat16 are written", path.string(), name,
                  c10::toString(plain.scalar_type())};
    entries.push_back({name, narrow ? "BF16" : "F32", plain.sizes().vec(),
                       std::span{static_cast<std::byte const*>(plain.data_ptr()), detail::bytes_of(plain)}});
  }
  write_safetensors(path, entries);
}

// Fills `tensors` with those of the same names. Throws unless the file has exactly these, each of the same shape and dtype.
inline void read_tensors(std::filesystem::path const& path, named_tensors const& tensors) {
  c10::NoGradGuard const no_gradient;
  safetensors_file const file{path};
  for (auto const& [name, tensor] : tensors) {
    auto const* const entry = file.find(name);
    if (entry == nullptr) throw error{"{}: tensor '{}' is missing", path.string(), name};
    if (entry->shape != tensor.sizes().vec() || detail::float_type_of(path.string(), *entry) != tensor.scalar_type())
      throw error{"{}: tensor '{}' has another shape or dtype than expected", path.string(), name};
    detail::copy_in(path.string(), *entry, tensor);
  }
  if (file.entries().size() != tensors.size())
    throw error{"{}: {} tensors, expected are {}", path.string(), file.entries().size(), tensors.size()};
}

}  // namespace ease::inline v1
