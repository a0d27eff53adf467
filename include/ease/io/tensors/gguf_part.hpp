// SPDX-License-Identifier: Apache-2.0
#pragma once
// One GGUF file, which may be a part of a split one (gguf.hpp), versions 2 and 3, little-endian: typed metadata, then tensors in
// blocks. Files come from strangers: every count and length is held against what is left of the file before it is believed.
// https://github.com/ggml-org/ggml (docs/gguf.md)
#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ease/core/error.hpp>
#include <ease/core/printable.hpp>
#include <ease/io/files/mapped_file.hpp>
#include <ease/io/tensors/ggml_type.hpp>
#include <ease/io/tensors/git_lfs_pointer.hpp>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace ease::inline v1 {

struct gguf_tensor {
  std::string_view name;
  ggml_type type{};
  std::vector<std::int64_t> shape;  // outermost first, as in Hugging Face checkpoints (the file has it the other way round)
  std::span<std::byte const> bytes;
  std::shared_ptr<void> owner{};  // keeps the bytes; who holds it may write to them (file_mapping::copy_on_write)
};

using gguf_array = std::variant<std::vector<std::int64_t>, std::vector<double>, std::vector<std::string_view>>;
using gguf_value = std::variant<bool, std::int64_t, double, std::string_view, gguf_array>;

// Text and tensors point into the file and live as long as this object.
class gguf_part {
 public:
  // Throws if the file breaks the format, or holds a tensor of a type that cannot be read.
  explicit gguf_part(std::filesystem::path const& path) : file_{path, file_mapping::copy_on_write}, left_{file_.bytes()} {
    parse();
  }

  std::filesystem::path const& path() const { return file_.path(); }
  std::uint32_t version() const { return version_; }
  std::vector<gguf_tensor> const& tensors() const { return tensors_; }
  std::map<std::string_view, gguf_value> const& metadata() const { return metadata_; }
  // The value at `key`: nothing where it is absent. Throws where it has another type.
  template <class T>
  std::optional<T> as(std::string_view key, std::string_view what) const {
    auto const at = metadata_.find(key);
    if (at == metadata_.end()) return {};
    if (auto const* value = std::get_if<T>(&at->second)) return *value;
    throw error{"{}: metadata '{}' is not {}", file_.path().string(), key, what};
  }

 private:
  template <class... Args>
  [[noreturn]] void fail(fmt::format_string<Args...> form, Args&&... args) const {
    throw error{"{}: not a sound GGUF file: {}", file_.path().string(),
                printable(fmt::format(form, std::forward<Args>(args)...))};
  }

  std::span<std::byte const> take(std::uint64_t bytes, std::string_view what) {
    if (bytes > left_.size()) fail("{} needs {} bytes, the file has {} left", what, bytes, left_.size());
    auto const taken = left_.first(bytes);
    left_ = left_.subspan(bytes);
    return taken;
  }
  template <class T>
  T read(std::string_view what) {
    T value;
    std::memcpy(&value, take(sizeof value, what).data(), sizeof value);
    return value;
  }
  std::string_view read_text(std::string_view what) {
    auto const bytes = take(read<std::uint64_t>(what), what);
    return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
  }
  // So many items of at least `least` bytes: believed only if they fit.
  std::uint64_t read_count(std::uint64_t least, std::string_view what) {
    auto const count = read<std::uint64_t>(what);
    if (count > left_.size() / least) fail("{} {} cannot fit in the {} bytes left", count, what, left_.size());
    return count;
  }

  template <class T>
  static gguf_value value_of(T x) {
    if constexpr (std::is_floating_point_v<T>)
      return static_cast<double>(x);
    else
      return static_cast<std::int64_t>(x);
  }
  // Calls f with a reader of the type numbered `type`; arrays are handled by the caller.
  template <class F>
  auto with_type(std::uint32_t type, std::string_view key, F&& f) {
    auto const plain = [&]<class T>(std::type_identity<T>) { return f(sizeof(T), [&] { return read<T>(key); }); };
    switch (type) {
      case 0:
        return plain(std::type_identity<std::uint8_t>{});
      case 1:
        return plain(std::type_identity<std::int8_t>{});
      case 2:
        return plain(std::type_identity<std::uint16_t>{});
      case 3:
        return plain(std::type_identity<std::int16_t>{});
      case 4:
        return plain(std::type_identity<std::uint32_t>{});
      case 5:
        return plain(std::type_identity<std::int32_t>{});
      case 6:
        return plain(std::type_identity<float>{});
      case 7:
        return f(std::size_t{1}, [&] { return read<std::uint8_t>(key) != 0; });
      case 8:
        return f(std::size_t{8}, [&] { return read_text(key); });
      case 10:
        return plain(std::type_identity<std::uint64_t>{});
      case 11:
        return plain(std::type_identity<std::int64_t>{});
      case 12:
        return plain(std::type_identity<double>{});
      default:
        fail("metadata '{}' has the unknown type {}", key, type);
    }
  }
  gguf_value read_value(std::string_view key) {
    auto const type = read<std::uint32_t>(key);
    constexpr std::uint32_t array = 9;
    if (type == array) return read_array(key);
    return with_type(type, key, [](std::size_t, auto next) -> gguf_value {
      using value = decltype(next());
      if constexpr (std::is_same_v<value, bool> || std::is_same_v<value, std::string_view>)
        return next();
      else
        return value_of(next());
    });
  }
  gguf_array read_array(std::string_view key) {
    auto const type = read<std::uint32_t>(key);
    return with_type(type, key, [&](std::size_t least, auto next) -> gguf_array {
      using value = decltype(next());
      using wide = std::conditional_t<std::is_floating_point_v<value>, double,
                                      std::conditional_t<std::is_same_v<value, std::string_view>, value, std::int64_t>>;
      std::vector<wide> all(read_count(least, key));
      for (wide& item : all) item = static_cast<wide>(next());
      return all;
    });
  }

  void parse() {
    refuse_git_lfs_pointer(file_);
    if (auto const magic = take(4, "the magic"); std::memcmp(magic.data(), "GGUF", 4) != 0)
      fail("it does not begin with 'GGUF'");
    version_ = read<std::uint32_t>("the version");
    if (version_ != 2 && version_ != 3) fail("version {} (versions 2 and 3 are supported, little-endian)", version_);
    auto const tensors = read_count(0 + 8 + 4 + 4 + 8, "tensors");
    auto const values = read_count(8 + 4 + 1, "metadata values");
    for (std::uint64_t i = 0; i < values; ++i) {
      auto const key = read_text("a metadata key");
      if (!metadata_.emplace(key, read_value(key)).second) fail("metadata '{}' comes twice", key);
    }
    auto const alignment = static_cast<std::uint64_t>(as<std::int64_t>("general.alignment", "an integer").value_or(32));
    if (!std::has_single_bit(alignment) || alignment > 1U << 20U) fail("general.alignment is {}", alignment);
    std::vector<std::uint64_t> offsets;
    for (std::uint64_t i = 0; i < tensors; ++i) offsets.push_back(read_tensor_head());
    auto const head = file_.bytes().size() - left_.size();
    if (auto const padding = (alignment - head % alignment) % alignment; padding <= left_.size())
      left_ = left_.subspan(padding);
    else if (tensors > 0)
      fail("it ends where the tensors should begin");
    for (std::size_t i = 0; i < tensors_.size(); ++i) place(tensors_[i], offsets[i], alignment);
    check_overlaps();
  }

  std::uint64_t read_tensor_head() {
    gguf_tensor t;
    t.name = read_text("a tensor name");
    auto const dimensions = read<std::uint32_t>(t.name);
    if (dimensions < 1 || dimensions > 4) fail("tensor '{}' has {} dimensions", t.name, dimensions);
    for (std::uint32_t d = 0; d < dimensions; ++d) {
      auto const extent = read<std::uint64_t>(t.name);
      if (extent > std::uint64_t{1} << 48U) fail("tensor '{}' has an impossible shape", t.name);
      t.shape.insert(t.shape.begin(), static_cast<std::int64_t>(extent));
    }
    auto const type = read<std::uint32_t>(t.name);
    t.type = static_cast<ggml_type>(type);
    if (info_of(t.type) == nullptr)
      throw error{"{}: tensor '{}' has GGUF type {}, which is not supported; supported: {}", file_.path().string(),
                  printable(t.name), type, supported_ggml_types()};
    auto const offset = read<std::uint64_t>(t.name);
    if (!names_.insert(t.name).second) fail("tensor '{}' comes twice", t.name);
    tensors_.push_back(std::move(t));
    return offset;
  }

  void place(gguf_tensor& t, std::uint64_t offset, std::uint64_t alignment) const {
    ggml_type_info const& info = *info_of(t.type);
    std::uint64_t elements = 1, bytes{};
    for (auto const extent : t.shape)
      if (__builtin_mul_overflow(elements, static_cast<std::uint64_t>(extent), &elements))
        fail("tensor '{}' has an impossible shape", t.name);
    if (static_cast<std::uint64_t>(t.shape.back()) % info.block_elements != 0 ||
        __builtin_mul_overflow(elements / info.block_elements, info.block_bytes, &bytes))
      fail("tensor '{}' has rows of {}, not whole blocks of {}", t.name, t.shape.back(), info.name);
    if (offset % alignment != 0 || offset > left_.size() || bytes > left_.size() - offset)
      fail(
          "tensor '{}' lies outside the file (cut off while downloading, or the first piece of a file that was cut with "
          "split: "
          "join them with cat)",
          t.name);
    t.bytes = left_.subspan(offset, bytes);
    t.owner = file_.owner();
  }

  void check_overlaps() const {
    std::vector<std::span<std::byte const>> spans;
    for (gguf_tensor const& t : tensors_)
      if (!t.bytes.empty()) spans.push_back(t.bytes);
    std::ranges::sort(spans, {}, [](auto s) { return s.data(); });
    for (std::size_t i = 1; i < spans.size(); ++i)
      if (spans[i - 1].data() + spans[i - 1].size() > spans[i].data()) fail("two tensors overlap");
  }

  mapped_file file_;
  std::span<std::byte const> left_;
  std::uint32_t version_{};
  std::map<std::string_view, gguf_value> metadata_{};
  std::vector<gguf_tensor> tensors_{};
  std::set<std::string_view> names_{};
};

}  // namespace ease::inline v1
