// SPDX-License-Identifier: Apache-2.0
// A safetensors file: what is read lies inside the file, in order and without holes, and survives being written again.
#include <ease/io/tensors/safetensors.hpp>
#include <ease/io/tensors/safetensors_writer.hpp>

#include "harness.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  static fuzz::memory_file input;
  static fuzz::folder const output;
  auto const path = input.holding(fuzz::text(data, size));
  fuzz::accepts(size, [&] {
    ease::safetensors_file const file{path};
    std::size_t total = 0;
    std::byte const* next = nullptr;
    for (auto const& entry : file.entries()) {
      fuzz::must(next == nullptr || entry.bytes.data() == next, "tensors follow each other");
      next = entry.bytes.data() + entry.bytes.size();
      total += entry.bytes.size();
      std::size_t elements = 1;
      for (auto const extent : entry.shape) elements *= static_cast<std::size_t>(extent);
      fuzz::must(elements * *ease::safetensors_element_size(entry.dtype) == entry.bytes.size(), "a shape fits its bytes");
      unsigned sum = 0;
      for (std::byte const b : entry.bytes) sum += std::to_integer<unsigned>(b);
      fuzz::must(sum <= 255 * entry.bytes.size(), "every byte can be read");
      fuzz::must(file.find(entry.name) == &entry, "a tensor is found by its name");
    }
    fuzz::must(total + 8 <= size, "no more bytes are read than the file has");
    auto const again = output / "again.safetensors";
    ease::write_safetensors(again, file.entries());
    ease::safetensors_file const copy{again};
    fuzz::must(copy.entries().size() == file.entries().size(), "as many tensors are written as were read");
    for (auto const& entry : file.entries()) {
      auto const* const same = copy.find(entry.name);
      fuzz::must(same != nullptr && same->dtype == entry.dtype && same->shape == entry.shape &&
                     std::ranges::equal(same->bytes, entry.bytes),
                 "a tensor is written as it was read");
    }
  });
  return 0;
}
