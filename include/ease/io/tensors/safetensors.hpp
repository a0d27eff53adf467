// SPDX-License-Identifier: Apache-2.0
#pragma once
// Reads the safetensors format: 8 bytes of header length, a JSON header, then the tensors' bytes. Files come from strangers:
// every length and offset is checked before anything is read through it, and the reference's own rules are held to (no
// overlap, no holes, nothing left over). https://github.com/huggingface/safetensors#format
// Non-goal: making tensors of it (llm/files/weights.hpp).

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ease/core/error.hpp>
#include <ease/core/printable.hpp>
#include <ease/io/files/mapped_file.hpp>
#include <ease/io/json/simdjson.hpp>
#include <ease/io/tensors/git_lfs_pointer.hpp>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ease::inline v1 {

struct safetensors_entry {
  std::string name;
  std::string dtype;  // as the format writes it: F32, BF16, ...
  std::vector<std::int64_t> shape;
  std::span<std::byte const> bytes;  // little-endian, row-major; lives as long as the file object
  std::shared_ptr<void> owner{};     // keeps the bytes; who holds it may write to them (file_mapping::copy_on_write)
};

// Bytes of one element; nothing for a name the format does not have.
constexpr std::optional<std::size_t> safetensors_element_size(std::string_view dtype) {
  struct known {
    std::string_view name;
    std::size_t size;
  };
  constexpr std::array all{known{"F64", 8}, known{"F32", 4}, known{"F16", 2},  known{"BF16", 2},    known{"I64", 8},
                           known{"I32", 4}, known{"I16", 2}, known{"I8", 1},   known{"U64", 8},     known{"U32", 4},
                           known{"U16", 2}, known{"U8", 1},  known{"BOOL", 1}, known{"F8_E4M3", 1}, known{"F8_E5M2", 1}};
  for (known const& k : all)
    if (k.name == dtype) return k.size;
  return {};
}

class safetensors_file {
 public:
  static constexpr std::uint64_t max_header{100'000'000};  // the reference's own limit

  // Throws if the file breaks any rule of the format.
  explicit safetensors_file(std::filesystem::path const& path) : file_{path, file_mapping::copy_on_write} { parse(); }

  std::vector<safetensors_entry> const& entries() const { return entries_; }  // in the order of their bytes
  std::map<std::string, std::string> const& metadata() const { return metadata_; }
  std::filesystem::path const& path() const { return file_.path(); }

  safetensors_entry const* find(std::string_view name) const {
    auto const at = std::ranges::find(entries_, name, &safetensors_entry::name);
    return at == entries_.end() ? nullptr : &*at;
  }

 private:
  template <class... Args>
  [[noreturn]] void fail(fmt::format_string<Args...> form, Args&&... args) const {
    throw error{"{}: not a sound safetensors file: {}", file_.path().string(),
                printable(fmt::format(form, std::forward<Args>(args)...))};
  }

  void parse() {
    auto const all = file_.bytes();
    refuse_git_lfs_pointer(file_);
    std::uint64_t length{};
    if (all.size() < sizeof length) fail("{} bytes are too few", all.size());
    for (std::size_t i = 0; i < sizeof length; ++i) length |= std::to_integer<std::uint64_t>(all[i]) << (8 * i);
    if (length > max_header || length > all.size() - sizeof length)
      fail("its header says {} bytes, the file has {} (cut off while downloading?)", length, all.size());
    auto const header = all.subspan(sizeof length, length);
    data_ = all.subspan(sizeof length + length);

    simdjson::dom::parser parser;
    simdjson::dom::object object;
    auto const wrong =
        parser.parse(reinterpret_cast<char const*>(header.data()), header.size(), true).get_object().get(object);
    if (wrong) fail("its header: {}", simdjson::error_message(wrong));
    for (auto const [key, value] : object) {
      if (key == "__metadata__")
        read_metadata(value);
      else
        entries_.push_back(read_entry(std::string{key}, value));
    }
    check_names();
    check_layout();
  }

  void read_metadata(simdjson::dom::element value) {
    simdjson::dom::object object;
    if (value.get(object)) fail("__metadata__ is not an object");
    for (auto const [key, text] : object) {
      std::string_view s;
      if (text.get(s)) fail("__metadata__ holds something that is not a string");
      metadata_.insert_or_assign(std::string{key}, std::string{s});
    }
  }

  safetensors_entry read_entry(std::string name, simdjson::dom::element value) const {
    std::string_view dtype;
    simdjson::dom::array shape, offsets;
    if (value["dtype"].get(dtype) || value["shape"].get(shape) || value["data_offsets"].get(offsets) || offsets.size() != 2)
      fail("tensor '{}' lacks dtype, shape or data_offsets", name);
    auto const element = safetensors_element_size(dtype);
    if (!element) fail("tensor '{}' has the unknown dtype '{}'", name, dtype);
    std::uint64_t begin{}, end{};
    if (offsets.at(0).get(begin) || offsets.at(1).get(end) || begin > end || end > data_.size())
      fail("tensor '{}' lies outside the file", name);
    safetensors_entry entry{std::move(name), std::string{dtype}, {}, data_.subspan(begin, end - begin), file_.owner()};
    std::uint64_t bytes = *element;
    for (auto const item : shape) {
      std::uint64_t extent{};
      if (item.get(extent) || extent > std::uint64_t{1} << 48 || __builtin_mul_overflow(bytes, extent, &bytes))
        fail("tensor '{}' has an impossible shape", entry.name);
      entry.shape.push_back(static_cast<std::int64_t>(extent));
    }
    if (bytes != entry.bytes.size())
      fail("tensor '{}': shape and dtype make {} bytes, its offsets {}", entry.name, bytes, entry.bytes.size());
    return entry;
  }

  void check_names() const {
    std::vector<std::string_view> names;
    for (auto const& e : entries_) names.push_back(e.name);
    std::ranges::sort(names);
    if (auto const twice = std::ranges::adjacent_find(names); twice != names.end()) fail("tensor '{}' comes twice", *twice);
  }

  void check_layout() {
    std::ranges::stable_sort(entries_, {}, [](auto const& e) { return std::pair{e.bytes.data(), e.bytes.size()}; });
    std::byte const* next = data_.data();
    for (auto const& e : entries_) {
      if (e.bytes.data() != next) fail("tensor '{}' overlaps its neighbour or leaves a hole before it", e.name);
      next += e.bytes.size();
    }
    if (next != data_.data() + data_.size())
      fail("{} bytes after the last tensor belong to none", data_.data() + data_.size() - next);
  }

  mapped_file file_;
  std::span<std::byte const> data_{};
  std::vector<safetensors_entry> entries_{};
  std::map<std::string, std::string> metadata_{};
};

}  // namespace ease::inline v1
