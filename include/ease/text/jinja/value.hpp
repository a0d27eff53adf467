// SPDX-License-Identifier: Apache-2.0
#pragma once
// Values and names of a Jinja template. Lists and maps are shared, as in Python.
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ease/core/error.hpp>
#include <memory>
#include <ranges>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ease::inline v1::jinja {

// What a template says by raise_exception: it does not take these messages.
struct refusal : error {
  using error::error;
};

// A map that a template only passes on to tojson: the arguments of a tool's call, as json.dumps writes them.
struct json_map {
  std::string text;
  friend bool operator==(json_map const&, json_map const&) = default;
};

struct value;
using list = std::vector<value>;
using map = std::vector<std::pair<std::string, value>>;  // in order, as Python's

// std::monostate: not defined.
struct value {
  std::variant<std::monostate, std::nullptr_t, bool, std::int64_t, std::string, json_map, std::shared_ptr<list>,
               std::shared_ptr<map>>
      is{};
  std::uint8_t depth{0};  // of lists and maps inside each other

  template <class T>
  T const* as() const {
    return std::get_if<T>(&is);
  }
  list const* as_list() const {
    auto const* const shared = as<std::shared_ptr<list>>();
    return shared ? shared->get() : nullptr;
  }
  map* as_map() const {
    auto const* const shared = as<std::shared_ptr<map>>();
    return shared ? shared->get() : nullptr;
  }
  std::string const& text(std::string_view what) const {
    if (auto const* const found = as<std::string>()) return *found;
    throw error("jinja: {} needs a string", what);
  }
  std::int64_t number(std::string_view what) const {
    if (auto const* const found = as<std::int64_t>()) return *found;
    throw error("jinja: {} needs a whole number", what);
  }
  bool defined() const { return !as<std::monostate>(); }
};

inline value of(std::string text) { return {std::move(text)}; }
// What holds another value is one deeper. Deep ones are refused: they are compared, and destroyed, by recursion.
inline std::uint8_t deeper(std::uint8_t so_far, value const& inside) {
  if (inside.depth >= 64) throw error("jinja: lists or maps are nested too deeply");
  return std::max(so_far, static_cast<std::uint8_t>(inside.depth + 1));
}
inline value of(list items) {
  std::uint8_t depth = 1;
  for (auto const& one : items) depth = deeper(depth, one);
  return {std::make_shared<list>(std::move(items)), depth};
}
inline value of(map items) {
  std::uint8_t depth = 1;
  for (auto const& [key, one] : items) depth = deeper(depth, one);
  return {std::make_shared<map>(std::move(items)), depth};
}

inline std::size_t size_of(value const& v) {
  if (auto const* const items = v.as_list()) return items->size();
  if (auto const* const items = v.as_map()) return items->size();
  std::string const& text = v.text("length");  // in characters
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

inline bool truth(value const& v) {
  if (auto const* const flag = v.as<bool>()) return *flag;
  if (auto const* const number = v.as<std::int64_t>()) return *number != 0;
  if (!v.defined() || v.as<std::nullptr_t>()) return false;
  if (auto const* const map_text = v.as<json_map>()) return map_text->text != "{}";
  return size_of(v) > 0;
}

inline bool equal(value const& a, value const& b) {
  if (auto const *x = a.as_list(), *y = b.as_list(); x && y)
    return std::equal(x->begin(), x->end(), y->begin(), y->end(), equal);
  if (a.as_map() || b.as_map()) throw error("jinja: maps cannot be compared here");
  return a.is == b.is;
}

inline value member(value const& of, std::string_view name) {
  if (auto const* const items = of.as_map()) {
    for (auto const& [key, v] : *items)
      if (key == name) return v;
  }
  return {};
}

inline bool holds(value const& whole, value const& part) {
  if (auto const* const items = whole.as_list())
    return std::any_of(items->begin(), items->end(), [&](value const& v) { return equal(v, part); });
  if (whole.as_map()) return member(whole, part.text("in")).defined();
  return whole.text("in").find(part.text("in")) != std::string::npos;
}

inline std::string written(value const& v) {
  if (auto const* const text = v.as<std::string>()) return *text;
  if (auto const* const number = v.as<std::int64_t>()) return fmt::format("{}", *number);
  if (auto const* const flag = v.as<bool>()) return *flag ? "True" : "False";
  if (!v.defined()) return {};
  if (v.as<std::nullptr_t>()) return "None";
  throw error("jinja: a list or a map cannot be written");
}

// The remaining budget of one rendering, in bytes or so: a template is untrusted, and ten letters of it can use any amount
// of memory and time.
class allowance {
 public:
  void spend(std::size_t amount) {
    if (amount > left_) throw error("jinja: the template does not come to an end, or makes too much text");
    left_ -= amount;
  }
  void spend_on(value const& v) {
    constexpr std::size_t each = 64;  // of a list or a map, and some for the text in it
    if (auto const* const text = v.as<std::string>()) spend(each + text->size());
    if (auto const* const map_text = v.as<json_map>()) spend(each + map_text->text.size());
    if (auto const* const items = v.as_list())
      for (auto const& one : *items) spend_on_one(one);
    if (auto const* const items = v.as_map())
      for (auto const& [key, one] : *items) spend(key.size()), spend_on_one(one);
    spend(each);
  }

 private:
  void spend_on_one(value const& v) {
    auto const* const text = v.as<std::string>();
    spend(64 + (text ? text->size() : 0));
  }
  std::size_t left_{2'000'000};
};

// Variables and their values; those of a loop shadow outer ones.
class scopes {
 public:
  scopes() : all_(1) {}
  value find(std::string_view name) const {
    for (auto const& scope : all_ | std::views::reverse)
      for (auto const& [key, v] : scope) {
        left_.spend(1);
        if (key != name) continue;
        if (auto const* const text = v.as<std::string>()) left_.spend(text->size());
        return v;
      }
    return {};
  }
  void set(std::string_view name, value v) {
    for (auto& [key, old] : all_.back())
      if (key == name) return void(old = std::move(v));
    all_.back().emplace_back(name, std::move(v));
  }
  void open() { all_.emplace_back(); }
  void close() { all_.pop_back(); }

  allowance& left() const { return left_; }

 private:
  std::vector<map> all_;
  mutable allowance left_{};
};

}  // namespace ease::inline v1::jinja
