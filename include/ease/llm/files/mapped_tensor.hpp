// SPDX-License-Identifier: Apache-2.0
#pragma once
// A tensor in the memory of a mapped file, as transformers has it: a model is ready as soon as its file is mapped, and its
// pages are read when they are needed. Writing to it copies the page and leaves the file alone. A file that is replaced by
// another of its name goes on to be seen; one that is cut or written to in place does not (io/files/mapped_file.hpp).
#include <ATen/ATen.h>
#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

namespace ease::inline v1 {

// A contiguous CPU tensor of `shape` whose memory is `bytes`, which `owner` keeps and lets be written to. Undefined where the
// bytes do not stand where numbers of `type` may, which safetensors does not promise, and for vectors: what is small is
// better copied than kept with its page. Precondition: `bytes` has the size that shape and type make.
inline at::Tensor mapped_tensor(std::span<std::byte const> bytes, std::shared_ptr<void> const& owner, at::IntArrayRef shape,
                                at::ScalarType type) {
  auto* const data = const_cast<std::byte*>(bytes.data());  // NOLINT(cppcoreguidelines-pro-type-const-cast): see above
  auto const at = reinterpret_cast<std::uintptr_t>(data);   // NOLINT(cppcoreguidelines-pro-type-reinterpret-cast)
  if (owner == nullptr || bytes.empty() || shape.size() < 2 || at % c10::elementSize(type) != 0) return {};
  // A matrix that is released leaves no pages behind, though the mapping of its neighbours stays.
  auto const release = [owner, at, size = bytes.size()](void*) {
    constexpr std::uintptr_t page = 4096;
    auto const first = (at + page - 1) / page * page, last = (at + size) / page * page;
    if (first < last) ::madvise(reinterpret_cast<void*>(first), last - first, MADV_DONTNEED);  // NOLINT
  };
  return at::from_blob(data, shape, release, at::TensorOptions{}.dtype(type));
}

}  // namespace ease::inline v1
