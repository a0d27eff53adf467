// SPDX-License-Identifier: Apache-2.0
#pragma once
// Members of an object as raw JSON text: taken out of a document (and checked, since they will be written again), put in,
// and read as a typed value on their own.

#include <cctype>
#include <cstddef>
#include <ease/io/json/json_codec.hpp>
#include <ease/io/json/simdjson.hpp>
#include <ease/record/fields.hpp>
#include <string>
#include <string_view>

namespace ease::inline v1::detail {

// A number may be of any size, and one of the words that Python's json module writes: nobody reads it as a number here.
inline void check_scalar(std::string_view text) {
  if (is_json_number(text) || text == "true" || text == "false" || text == "null") return;
  if (text == "NaN" || text == "Infinity" || text == "-Infinity") return;
  bool const word = !text.empty() && std::isalpha(static_cast<unsigned char>(text.front())) != 0;
  throw not_json(word ? simdjson::N_ATOM_ERROR : simdjson::NUMBER_ERROR);
}

// Walks the value to its end, so that whatever is wrong in it is found: on-demand parsing skips unread values unchecked.
inline void check_json(simdjson::ondemand::value value, int depth = 0) {
  if (depth > 500) throw bad_json{"not valid JSON: nested too deep"};
  switch (value.raw_json_token().front()) {
    case '[':
      for (auto element : expect(value.get_array())) check_json(expect(std::move(element)), depth + 1);
      break;
    case '{':
      for (auto member : expect(value.get_object())) {
        auto one = expect(std::move(member));
        expect(one.unescaped_key());
        check_json(one.value(), depth + 1);
      }
      break;
    case '"':
      expect(value.get_string());
      break;
    default:
      check_scalar(trim(value.raw_json_token()));
  }
}

// The value's text as it stands in the file, except that line breaks between tokens are taken out: it must fit on one line.
// `inside` tells where the walk is afterwards; it is the document the value belongs to.
inline std::string take_raw(simdjson::ondemand::value value, simdjson::ondemand::document& inside) {
  auto const token = value.raw_json_token();
  auto const* const start = token.data();
  check_json(value);
  if (std::string_view{"[{\""}.find(token.front()) == std::string_view::npos) return std::string{trim(token)};
  auto const* const stop = expect(inside.current_location());
  auto const text = trim({start, static_cast<std::size_t>(stop - start)});
  if (text.find('\n') == text.npos) return std::string{text};
  std::string out(text.size(), '\0');
  std::size_t length = 0;
  if (auto const code = simdjson::minify(text.data(), text.size(), out.data(), length)) throw not_json(code);
  out.resize(length);
  return out;
}

// A parser and the padded copy of what it reads; the value it gives lives until the next call.
class raw_parser {
 public:
  // Calls read(value) with the JSON text's value.
  auto read(std::string_view json, auto&& read_value) {
    // In an array, so that a scalar is a value like any other.
    text_.assign(1, '[');
    text_.append(json).append("]");
    text_.reserve(text_.size() + simdjson::SIMDJSON_PADDING);
    auto document = expect(parser_.iterate(text_.data(), text_.size(), text_.capacity()));
    auto elements = expect(document.get_array());
    auto first = elements.begin();
    if (first.error() != simdjson::SUCCESS) throw not_json(first.error());
    if (first == elements.end()) throw bad_json{"not valid JSON: nothing is there"};
    auto out = read_value(expect(*first));
    if (++first != elements.end()) throw bad_json{"not valid JSON: there is text after the value"};
    return out;
  }
  template <class T>
  T as(std::string_view json) {
    return read(json, [](simdjson::ondemand::value value) { return read_json<T>(value); });
  }

 private:
  simdjson::ondemand::parser parser_{};
  std::string text_{};
};

inline std::string json_string(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

inline std::string const* find_member(raw_members const& members, std::string_view key) {
  for (auto const& [name, raw] : members)
    if (name == key) return &raw;
  return nullptr;
}

// Adds a member; one that had the name already is kept under another.
inline void put_member(raw_members& members, std::string_view key, std::string raw) {
  for (auto& [name, old] : members)
    if (name == key) name += "_in_file";
  members.emplace_back(key, std::move(raw));
}

inline void remove_member(raw_members& members, std::string_view key) {
  std::erase_if(members, [&](auto const& member) { return member.first == key; });
}

}  // namespace ease::inline v1::detail
