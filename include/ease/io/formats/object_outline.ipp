// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of io/formats/object_outline.hpp; core/compiled.hpp says where they are compiled.
#include <cctype>
#include <ease/io/formats/object_outline.hpp>

namespace ease::inline v1 {

namespace detail::outline {

using namespace std::string_view_literals;

// Keys that rows have: an object with one of them, of a text or of messages, is a row itself.
inline bool is_of_a_row(std::string_view key) {
  static constexpr std::array some{"prompt"sv,        "completion"sv,  "response"sv, "messages"sv,
                                   "conversations"sv, "instruction"sv, "question"sv, "query"sv,
                                   "input"sv,         "output"sv,      "answer"sv,   "adversarial"sv,
                                   "vanilla"sv,       "goal"sv,        "text"sv,     "conversation"sv};
  std::string lower{key};
  for (auto& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return std::ranges::find(some, lower) != some.end();
}
inline bool has(std::vector<std::string> const& keys, std::string_view key) {
  return std::ranges::find(keys, key) != keys.end();
}
// [{"role": ..., "content": ...}]: a conversation, not rows.
inline bool holds_messages(object_outline::member const& one) {
  return one.opens == '[' && one.inside == '{' &&
         (has(one.inner_keys, "role") || has(one.inner_keys, "from") || has(one.inner_keys, "human"));
}
inline bool are_numbers(std::vector<std::string> const& keys) {
  return !keys.empty() && keys.front() == "0" &&
         std::ranges::all_of(keys, [](std::string const& key) { return key.find_first_not_of("0123456789") == key.npos; });
}
inline std::string listed(auto const& members) {
  std::string all;
  for (auto const& one : members) all.append(all.empty() ? "\"" : ", \"").append(one.key).append("\"");
  return all;
}

}  // namespace detail::outline

EASE_INLINE object_rows rows_in_object(object_outline const& of, std::string_view rows_at, std::string_view file,
                                       bool says_lines) {
  using namespace detail::outline;
  auto const& all = of.members();
  if (!of.is_whole()) {
    if (!rows_at.empty()) throw usage_error{"{}: rows={}: the file is not one JSON object with that key", file, rows_at};
    return {};
  }
  auto const others = [&](std::string_view key) {
    std::vector<std::string> out;
    for (auto const& one : all)
      if (one.key != key) out.push_back(one.key);
    return out;
  };
  if (!rows_at.empty()) {
    auto const one = std::ranges::find(all, rows_at, &object_outline::member::key);
    if (one == all.end())
      throw usage_error{"{}: rows={}: there is no such key; the file has {}", file, rows_at, listed(all)};
    if (one->opens != '[' && one->opens != '{')
      throw usage_error{"{}: rows={}: the key holds neither an array nor an object", file, rows_at};
    return {true, one->key, one->opens == '{', others(rows_at)};
  }
  for (auto const& one : all)
    if (is_of_a_row(one.key) &&
        (one.opens == '"' || holds_messages(one) || (says_lines && one.key.starts_with("conversation")) ||
         (says_lines && one.key == "messages")))
      return {};
  std::vector<object_outline::member> places;
  for (auto const& one : all)
    if (one.opens == '[' && one.inside == '{' && !holds_messages(one)) places.push_back(one);
  if (places.size() > 1)
    throw usage_error{"{}: rows may stand under each of {}; say which, as {}?rows={}", file, listed(places), file,
                      places.front().key};
  if (places.size() == 1) return {true, places.front().key, false, others(places.front().key)};
  // A single row of JSON lines may hold lists of its own.
  auto const columns = [&](std::string_view how) -> object_rows {
    if (says_lines) return {};
    throw error{
        "{}: the file holds columns, not rows ({}); write a row a line: df.to_json(FILE, orient=\"records\", lines=True) of "
        "pandas, ds.to_json(FILE) of datasets",
        file, how};
  };
  bool const numbered = std::ranges::any_of(all, [](auto const& one) { return are_numbers(one.inner_keys); });
  if (of.all_open('{') && numbered) return columns(fmt::format("{}, each an object of cells", listed(all)));
  auto const split = [&](std::string_view key) {
    return std::ranges::any_of(all, [&](auto const& one) { return one.key == key && one.opens == '['; });
  };
  if (split("columns") && split("data")) return columns("their names under \"columns\", their cells under \"data\"");
  if (of.all_open('[')) {
    static constexpr std::array for_rows{"data"sv, "rows"sv, "examples"sv, "items"sv, "instances"sv, "train"sv};
    if (all.size() == 1 && all[0].inside == '\0' && std::ranges::find(for_rows, all[0].key) != for_rows.end())
      return {true, all[0].key, false, {}};
    return columns(fmt::format("{}, each an array of cells", listed(all)));
  }
  bool const a_row = std::ranges::any_of(all, [](auto const& one) { return is_of_a_row(one.key); });
  if (of.all_open('{') && !a_row) return {true, {}, true, {}};
  return {};
}

}  // namespace ease::inline v1
