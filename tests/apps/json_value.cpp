// SPDX-License-Identifier: Apache-2.0
// json_value [-k] FILE POINTER [POINTER VALUE]...: prints what stands at the JSON pointer in each JSON text of the file (one
// text, or one a line), on a line each, strings without their quotes. A `*` in the pointer stands for each element or member.
// Further pairs choose the texts that have VALUE at POINTER. -k prints the names of the members instead of the object.
// It ends with 1 if there is nothing to print, or if a chosen text has nothing at the pointer.
#include <simdjson.h>

#include <cstdio>
#include <span>
#include <string>
#include <string_view>

namespace {
using simdjson::dom::element;

std::string text(element const& at) {
  auto written = simdjson::minify(at);
  return at.is_string() ? written.substr(1, written.size() - 2) : written;
}

// Whether there is something, in each element that a `*` stands for.
bool print(element const& from, std::string_view pointer, bool keys) {
  auto const star = pointer.find("/*");
  element at = from;
  if (star != 0 && !pointer.empty() && from.at_pointer(pointer.substr(0, star)).get(at) != simdjson::SUCCESS) return false;
  bool const last = star == std::string_view::npos;
  if (last && !keys) return std::puts(text(at).c_str()) >= 0;
  bool all = true;
  if (simdjson::dom::object object; at.get(object) == simdjson::SUCCESS) {
    for (auto const& [key, value] : object)
      all = (last ? std::puts(std::string{key}.c_str()) >= 0 : print(value, pointer.substr(star + 2), keys)) && all;
    return all;
  }
  simdjson::dom::array array;
  if (last || at.get(array) != simdjson::SUCCESS) return false;
  for (element const& one : array) all = print(one, pointer.substr(star + 2), keys) && all;
  return all;
}
}  // namespace

int main(int argc, char** argv) try {
  std::span<char*> given{argv + 1, argv + argc};
  bool const keys = !given.empty() && std::string_view{given[0]} == "-k";
  if (keys) given = given.subspan(1);
  if (given.size() < 2 || given.size() % 2 != 0) return 2;
  auto const json = simdjson::padded_string::load(given[0]).take_value();
  simdjson::dom::parser parser;
  auto texts = parser.parse_many(json, json.size() + 1).take_value();
  bool all = true, any = false;
  for (element const one : texts) {
    bool chosen = true;
    element at;
    for (std::size_t i = 2; i < given.size(); i += 2)
      chosen = chosen && one.at_pointer(given[i]).get(at) == simdjson::SUCCESS && text(at) == given[i + 1];
    if (chosen) any = true, all = print(one, given[1], keys) && all;
  }
  return any && all && texts.truncated_bytes() == 0 ? 0 : 1;
} catch (std::exception const& e) {
  return std::fprintf(stderr, "json_value: %s: %s\n", argc > 1 ? argv[1] : "", e.what()), 1;
}
