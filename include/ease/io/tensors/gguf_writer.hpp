// SPDX-License-Identifier: Apache-2.0
#pragma once
// Writes a GGUF file of version 3, whole or not at all: metadata and the list of tensors first, then the tensors' bytes as
// they come, so that no tensor need be held longer than it takes to hand it over. Equal calls give equal bytes.
// Non-goals: packing numbers (quantise.hpp), what the keys mean (llm/export_gguf.hpp), split files, big-endian ones.
#include <bit>
#include <cstddef>
#include <cstdint>
#include <ease/core/error.hpp>
#include <ease/core/printable.hpp>
#include <ease/io/files/atomic_file.hpp>
#include <ease/io/tensors/ggml_type.hpp>
#include <filesystem>
#include <initializer_list>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace ease::inline v1 {

//   gguf_writer w{path};
//   w.text("general.architecture", "llama");  w.tensor("a", ggml_type::f32, {2, 3});    any number of either, then
//   w.write(bytes_of_a);  w.commit();                                                   the tensors' bytes in their order
class gguf_writer {
 public:
  // Throws ease::error if the file cannot be written.
  explicit gguf_writer(std::filesystem::path const& path) : file_{path} {}

  void flag(std::string_view key, bool value) { head(key, id_of<bool>()), put<std::uint8_t>(values_, value ? 1 : 0); }
  void count(std::string_view key, std::uint32_t value) { head(key, id_of<std::uint32_t>()), put(values_, value); }
  void number(std::string_view key, float value) { head(key, id_of<float>()), put(values_, value); }
  void text(std::string_view key, std::string_view value) { head(key, string_id), put_text(values_, value); }
  void integers(std::string_view key, std::span<std::int32_t const> all) {
    head(key, array_id), put(values_, id_of<std::int32_t>()), put<std::uint64_t>(values_, all.size());
    for (auto const value : all) put(values_, value);
  }
  void texts(std::string_view key, std::span<std::string const> all) {
    head(key, array_id), put(values_, string_id), put<std::uint64_t>(values_, all.size());
    for (std::string const& value : all) put_text(values_, value);
  }

  // Announces a tensor. shape: outermost first, as gguf_tensor has it. Throws if rows are not whole blocks of the type.
  void tensor(std::string_view name, ggml_type type, std::span<std::int64_t const> shape) {
    fresh(name);
    ggml_type_info const* const info = info_of(type);
    if (info == nullptr || shape.empty() || shape.size() > 4)
      fail("tensor '{}' has {} dimensions or a type that is not known", printable(name), shape.size());
    std::uint64_t elements = 1;
    for (auto const extent : shape) {
      if (extent < 1) fail("tensor '{}' has an extent of {}", printable(name), extent);
      elements *= static_cast<std::uint64_t>(extent);
    }
    auto const row = static_cast<std::uint64_t>(shape.back());
    if (row % info->block_elements != 0)
      fail("tensor '{}' has rows of {}, which are not whole blocks of {}", printable(name), row, info->name);
    put_text(tensors_, name);
    put(tensors_, static_cast<std::uint32_t>(shape.size()));
    for (std::size_t i = shape.size(); i-- > 0;) put(tensors_, static_cast<std::uint64_t>(shape[i]));
    put(tensors_, static_cast<std::uint32_t>(type));
    put(tensors_, end_);
    std::uint64_t const bytes = elements / info->block_elements * info->block_bytes;
    waiting_.push_back({std::string{name}, bytes});
    end_ += bytes + padding(bytes);
  }
  void tensor(std::string_view name, ggml_type type, std::initializer_list<std::int64_t> shape) {
    tensor(name, type, std::span<std::int64_t const>{shape.begin(), shape.size()});
  }

  // The next bytes of the tensor whose turn it is; a tensor may be handed over in pieces, a piece lies within one tensor.
  void write(std::span<std::byte const> bytes) {
    if (!begun_) begin();
    if (at_ == waiting_.size()) fail("there is no tensor left for {} bytes", bytes.size());
    auto const& [name, size] = waiting_[at_];
    if (bytes.size() > size - written_) fail("tensor '{}' has {} bytes, more were given", printable(name), size);
    file_.write({reinterpret_cast<char const*>(bytes.data()), bytes.size()});
    written_ += bytes.size();
    if (written_ < size) return;
    pad(size);
    written_ = 0;
    ++at_;
  }

  // Makes the file appear under its name. Throws if a tensor's bytes are missing.
  void commit() {
    if (!begun_) begin();
    if (at_ < waiting_.size())
      fail("tensor '{}' has {} bytes, {} were given", printable(waiting_[at_].name), waiting_[at_].bytes, written_);
    file_.commit();
  }

  std::filesystem::path const& path() const { return file_.path(); }
  std::uint64_t tensor_bytes() const { return end_; }  // of all tensors announced so far, the padding between them included

 private:
  struct announced {
    std::string name;
    std::uint64_t bytes;
  };
  static constexpr std::uint64_t alignment = 32;  // what readers take for granted
  static constexpr std::uint32_t string_id = 8, array_id = 9;

  template <class T>
  static constexpr std::uint32_t id_of() {
    if constexpr (std::is_same_v<T, bool>) return 7;
    if constexpr (std::is_same_v<T, float>) return 6;
    if constexpr (std::is_same_v<T, std::int32_t>) return 5;
    if constexpr (std::is_same_v<T, std::uint32_t>) return 4;
  }
  static constexpr std::uint64_t padding(std::uint64_t size) { return (alignment - size % alignment) % alignment; }

  template <class... Args>
  [[noreturn]] void fail(fmt::format_string<Args...> form, Args&&... args) const {
    throw error{"cannot write {}: {}", file_.path().string(), fmt::format(form, std::forward<Args>(args)...)};
  }
  template <class T>
  static void put(std::string& out, T value) {
    static_assert(std::endian::native == std::endian::little);
    out.append(reinterpret_cast<char const*>(&value), sizeof value);
  }
  static void put_text(std::string& out, std::string_view text) {
    put(out, static_cast<std::uint64_t>(text.size()));
    out += text;
  }

  void fresh(std::string_view name) {
    if (begun_) fail("'{}' comes after the first tensor's bytes", printable(name));
    if (!names_.emplace(name).second) fail("'{}' comes twice", printable(name));
  }
  void head(std::string_view key, std::uint32_t type) {
    fresh(key);
    put_text(values_, key);
    put(values_, type);
    ++value_count_;
  }

  void begin() {
    begun_ = true;
    std::string start{"GGUF"};
    put(start, std::uint32_t{3});
    put(start, static_cast<std::uint64_t>(waiting_.size()));
    put(start, value_count_);
    for (std::string const* part : {&start, &values_, &tensors_}) file_.write(*part);
    pad(start.size() + values_.size() + tensors_.size());
    values_ = {}, tensors_ = {};
  }
  void pad(std::uint64_t size) { file_.write(std::string(padding(size), '\0')); }

  atomic_file file_;
  std::string values_{}, tensors_{};  // the two lists of the header, as the file has them
  std::vector<announced> waiting_{};
  std::set<std::string, std::less<>> names_{};
  std::uint64_t value_count_{0}, end_{0}, written_{0};
  std::size_t at_{0};  // whose turn it is
  bool begun_{false};
};

}  // namespace ease::inline v1
