// SPDX-License-Identifier: Apache-2.0
#pragma once
// Writes a safetensors file, whole or not at all.
#include <fmt/ranges.h>

#include <cstddef>
#include <cstdint>
#include <ease/io/files/atomic_file.hpp>
#include <ease/io/json/json_text.hpp>
#include <ease/io/tensors/safetensors.hpp>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace ease::inline v1 {

// Tensors are laid out in the order given; give wider elements first, so that all are aligned. The metadata say that the
// tensors are torch's, which readers of older `transformers` ask for. Throws if the disk does not take the file.
inline void write_safetensors(std::filesystem::path const& path, std::span<safetensors_entry const> tensors) {
  std::string header = R"({"__metadata__":{"format":"pt"})";
  std::uint64_t offset = 0;
  for (safetensors_entry const& t : tensors) {
    header += ',';
    append_json_string(header, t.name);
    header += fmt::format(R"(:{{"dtype":"{}","shape":[{}],"data_offsets":[{},{}]}})", t.dtype, fmt::join(t.shape, ","),
                          offset, offset + t.bytes.size());
    offset += t.bytes.size();
  }
  header += '}';
  header.append((8 - header.size() % 8) % 8, ' ');

  atomic_file file{path};
  std::uint64_t const length = header.size();
  for (unsigned i = 0; i < sizeof length; ++i) {
    char const byte = static_cast<char>(length >> (8 * i) & 0xFFU);
    file.write({&byte, 1});
  }
  file.write(header);
  for (safetensors_entry const& t : tensors) file.write({reinterpret_cast<char const*>(t.bytes.data()), t.bytes.size()});
  file.commit();
}

}  // namespace ease::inline v1
