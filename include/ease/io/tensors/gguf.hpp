// SPDX-License-Identifier: Apache-2.0
#pragma once
// Reads GGUF files, and those that llama-gguf-split has cut into parts, NAME-00001-of-00003.gguf: any part named opens all of
// them. Their metadata are the first part's. Non-goals: expanding the blocks (dequantise.hpp), what the keys mean (llm/).
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ease/core/error.hpp>
#include <ease/core/printable.hpp>
#include <ease/io/tensors/gguf_part.hpp>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ease::inline v1 {

namespace detail {

// NAME-00001-of-00003.gguf: the path's beginning and which part of how many; none for other names.
struct gguf_part_name {
  std::string before{};
  std::int64_t number{0}, count{0};

  std::filesystem::path path_of(std::int64_t part) const {
    return fmt::format("{}-{:05}-of-{:05}.gguf", before, part, count);
  }
  static std::optional<gguf_part_name> of(std::filesystem::path const& path) {
    constexpr std::size_t tail = std::string_view{"-00001-of-00003.gguf"}.size();
    auto const name = path.string();
    if (name.size() < tail) return {};
    std::string_view const end = std::string_view{name}.substr(name.size() - tail);
    auto const digits = [&](std::size_t at) -> std::int64_t {
      std::int64_t value = 0;
      for (char const c : end.substr(at, 5)) {
        if (c < '0' || c > '9') return 0;
        value = value * 10 + (c - '0');
      }
      return value;
    };
    gguf_part_name found{name.substr(0, name.size() - tail), digits(1), digits(10)};
    bool const fits = end[0] == '-' && end.substr(6, 4) == "-of-" && end.substr(15) == ".gguf";
    if (!fits || found.number < 1 || found.number > found.count) return {};
    return found;
  }
};

}  // namespace detail

// Text and tensors point into the files and live as long as this object.
class gguf_file {
 public:
  // Throws if a file breaks the format, holds a tensor of a type that cannot be read, or if a part of it is missing or of
  // another model.
  explicit gguf_file(std::filesystem::path const& path) {
    gguf_part named{path};
    if (auto const count = parts_said_by(named); count > 1)
      open_parts(std::move(named), count);
    else
      parts_.push_back(std::move(named));
    for (gguf_part const& part : parts_)
      for (gguf_tensor const& tensor : part.tensors()) {
        if (!by_name_.emplace(tensor.name, tensors_.size()).second)
          throw error{"{}: tensor '{}' is in another part as well", part.path().string(), printable(tensor.name)};
        tensors_.push_back(tensor);
      }
    auto const said = integer("split.tensors.count").value_or(static_cast<std::int64_t>(tensors_.size()));
    if (parts_.size() > 1 && said != static_cast<std::int64_t>(tensors_.size()))
      throw error{"{}: {} tensors in all parts, metadata 'split.tensors.count' is {}", this->path().string(),
                  tensors_.size(), said};
  }

  std::filesystem::path const& path() const { return parts_.front().path(); }  // of the first part
  std::vector<std::filesystem::path> paths() const {
    std::vector<std::filesystem::path> all;
    for (gguf_part const& part : parts_) all.push_back(part.path());
    return all;
  }
  std::uint32_t version() const { return parts_.front().version(); }
  std::vector<gguf_tensor> const& tensors() const { return tensors_; }
  gguf_tensor const* find(std::string_view name) const {
    auto const at = by_name_.find(name);
    return at == by_name_.end() ? nullptr : &tensors_[at->second];
  }

  std::map<std::string_view, gguf_value> const& metadata() const { return parts_.front().metadata(); }
  // The value at `key`: nothing where it is absent. Throws where it has another type. Integers may be asked for as numbers.
  std::optional<bool> flag(std::string_view key) const { return as<bool>(key, "a boolean"); }
  std::optional<std::int64_t> integer(std::string_view key) const { return as<std::int64_t>(key, "an integer"); }
  std::optional<std::string_view> text(std::string_view key) const { return as<std::string_view>(key, "text"); }
  std::optional<double> number(std::string_view key) const {
    if (auto const at = metadata().find(key); at != metadata().end())
      if (auto const* whole = std::get_if<std::int64_t>(&at->second)) return static_cast<double>(*whole);
    return as<double>(key, "a number");
  }
  std::vector<std::int64_t> integers(std::string_view key) const { return list<std::int64_t>(key, "a list of integers"); }
  std::vector<std::string_view> texts(std::string_view key) const { return list<std::string_view>(key, "a list of texts"); }

 private:
  template <class T>
  std::optional<T> as(std::string_view key, std::string_view what) const {
    return parts_.front().as<T>(key, what);
  }
  template <class T>
  std::vector<T> list(std::string_view key, std::string_view what) const {
    auto const array = as<gguf_array>(key, what);
    if (!array) return {};
    if (auto const* values = std::get_if<std::vector<T>>(&*array)) return *values;
    throw error{"{}: metadata '{}' is not {}", path().string(), key, what};
  }

  static std::int64_t parts_said_by(gguf_part const& part) {
    return part.as<std::int64_t>("split.count", "an integer").value_or(1);
  }
  static std::int64_t number_of(gguf_part const& part) {
    return part.as<std::int64_t>("split.no", "an integer").value_or(0) + 1;
  }

  void open_parts(gguf_part named, std::int64_t count) {
    auto const name = detail::gguf_part_name::of(named.path());
    if (!name || name->count != count || name->number != number_of(named))
      throw error{
          "{}: part {} of {} of a split GGUF, by another name than its own: parts are found as NAME-{:05}-of-{:05}.gguf "
          "(or merge them: llama-gguf-split --merge)",
          named.path().string(),
          number_of(named),
          count,
          number_of(named),
          count};
    std::vector<std::string> missing;
    for (std::int64_t i = 1; i <= count; ++i)
      if (!exists(name->path_of(i))) missing.push_back(name->path_of(i).filename().string());
    if (!missing.empty())
      throw error{"{}: a part of a split GGUF, of whose {} parts {} are not there: {}{}",
                  named.path().string(),
                  count,
                  missing.size(),
                  printable(missing.front()),
                  missing.size() > 1 ? ", ..." : ""};
    parts_.reserve(static_cast<std::size_t>(count));
    for (std::int64_t i = 1; i <= count; ++i) {
      auto const path = name->path_of(i);
      gguf_part& part = i == name->number ? parts_.emplace_back(std::move(named)) : parts_.emplace_back(path);
      if (parts_said_by(part) != count || number_of(part) != i)
        throw error{"{}: not part {} of {}, which its name says it is", path.string(), i, count};
    }
  }

  std::vector<gguf_part> parts_{};
  std::vector<gguf_tensor> tensors_{};
  std::map<std::string_view, std::size_t> by_name_{};
};

}  // namespace ease::inline v1
