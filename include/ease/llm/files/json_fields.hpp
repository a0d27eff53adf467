// SPDX-License-Identifier: Apache-2.0
#pragma once
// A small JSON file (config.json and the like) whose fields are read by name and type; a field of another type is an error
// that names the file and the field. A null counts as absent, as it does for Python's readers of the same files; a whole
// number may be written as 16.0, and numbers as Python writes them (io/json/python_json.hpp) stop nobody who does not read
// them.

#include <cmath>
#include <concepts>
#include <cstdint>
#include <ease/core/error.hpp>
#include <ease/core/printable.hpp>
#include <ease/io/json/python_json.hpp>
#include <ease/io/json/simdjson.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ease::inline v1 {

class json_fields {
 public:
  // Throws if the file cannot be read or is not a JSON object.
  explicit json_fields(std::filesystem::path const& path) : path_{path.string()} {
    simdjson::padded_string text;
    if (auto const wrong = simdjson::padded_string::load(path_).get(text))
      throw error{"{}: {}", path_, simdjson::error_message(wrong)};
    if (!parser_.parse(text).get_object().get(object_)) return;
    if (auto const wrong = parser_.parse(standard_json(text)).get_object().get(object_))
      throw error{"{}: {}", path_, simdjson::error_message(wrong)};
  }

  std::string const& path() const { return path_; }
  std::optional<bool> flag(std::string_view name) const { return get<bool>(object_, name, "true or false"); }
  std::optional<std::int64_t> integer(std::string_view name) const {
    return get<std::int64_t>(object_, name, "a whole number");
  }
  std::optional<double> number(std::string_view name) const { return get<double>(object_, name, "a number"); }
  std::optional<std::string_view> text(std::string_view name) const { return get<std::string_view>(object_, name, "text"); }

  std::int64_t required(std::string_view name) const {
    if (auto const value = integer(name)) return *value;
    throw error{"{}: field '{}' is missing", path_, name};
  }
  bool has(std::string_view name) const { return value(object_, name).has_value(); }

  // A list of T, or one T standing for a list of one; empty where absent. A null in it counts as absent, too.
  template <class T>
  std::vector<T> list(std::string_view name, std::string_view what) const {
    auto const found = value(object_, name);
    if (!found) return {};
    std::vector<T> all;
    T one;
    simdjson::dom::array many;
    if (takes(*found, one)) return {one};
    if (found->get(many)) wrong_type(name, what);
    for (auto const item : many) {
      if (item.is_null()) continue;
      if (!takes(item, one)) wrong_type(name, what);
      all.push_back(one);
    }
    return all;
  }

  // The object at `name` as a parent for `number_in`; nothing where absent.
  std::optional<simdjson::dom::object> object(std::string_view name) const {
    return get<simdjson::dom::object>(object_, name, "an object");
  }
  std::optional<double> number_in(simdjson::dom::object parent, std::string_view name) const {
    return get<double>(parent, name, "a number");
  }
  std::optional<std::string_view> text_in(simdjson::dom::object parent, std::string_view name) const {
    return get<std::string_view>(parent, name, "text");
  }
  std::optional<bool> flag_in(simdjson::dom::object parent, std::string_view name) const {
    return get<bool>(parent, name, "true or false");
  }
  // All that the file has, in its order.
  simdjson::dom::object all() const { return object_; }

 private:
  [[noreturn]] void wrong_type(std::string_view name, std::string_view what) const {
    throw error{"{}: field '{}' is not {}", path_, printable(name), what};  // a name may be the file's own
  }
  static std::optional<simdjson::dom::element> value(simdjson::dom::object parent, std::string_view name) {
    simdjson::dom::element found;
    if (parent.at_key(name).get(found) || found.is_null()) return {};
    return found;
  }
  template <class T>
  std::optional<T> get(simdjson::dom::object parent, std::string_view name, std::string_view what) const {
    std::optional<T> out;
    if (auto const found = value(parent, name)) {
      T wanted{};
      if (!takes(*found, wanted)) wrong_type(name, what);
      out = std::move(wanted);
    }
    return out;
  }
  template <class T>
  static bool takes(simdjson::dom::element from, T& wanted) {
    if (!from.get(wanted)) return true;
    if constexpr (std::same_as<T, std::int64_t>) {
      constexpr double most = 9007199254740992.0;  // beyond it a double is no particular whole number
      double number{};
      if (from.get(number) || std::trunc(number) != number || std::abs(number) > most) return false;
      wanted = static_cast<std::int64_t>(number);
      return true;
    }
    return false;
  }

  std::string path_;
  simdjson::dom::parser parser_{};
  simdjson::dom::object object_{};
};

}  // namespace ease::inline v1
