// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where a forward pass keeps what its layers compute.
#include <cstddef>
#include <cstdint>
#include <memory>

namespace ease::inline v1 {

// Memory of one pass, of which all threads take the same pieces in the same order. Two halves: a layer's results stay until
// the layer after next.
class pass_memory {
 public:
  void reserve(std::size_t bytes_of_layer) {
    std::size_t const half = (bytes_of_layer + line - 1) / line * line;
    if (half <= half_) return;
    half_ = half;
    all_ = std::make_unique_for_overwrite<std::byte[]>(2 * half_ + line);  // NOLINT(cppcoreguidelines-avoid-c-arrays)
  }
  std::byte* half(std::size_t layer) {
    auto const begin = reinterpret_cast<std::uintptr_t>(all_.get());  // NOLINT(cppcoreguidelines-pro-type-reinterpret-cast)
    return all_.get() + ((begin + line - 1) / line * line - begin) + (layer % 2) * half_;
  }

 private:
  static constexpr std::size_t line = 64;
  std::size_t half_{0};
  std::unique_ptr<std::byte[]> all_{};  // NOLINT(cppcoreguidelines-avoid-c-arrays)
};

}  // namespace ease::inline v1
