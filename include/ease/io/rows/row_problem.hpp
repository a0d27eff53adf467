// SPDX-License-Identifier: Apache-2.0
#pragma once
// Says what is wrong with a row that could not be read: the cause behind simdjson's word, and the field it is in.
#include <algorithm>
#include <cstddef>
#include <ease/io/formats/row_text.hpp>
#include <ease/io/formats/table_rows.hpp>
#include <ease/io/json/python_json.hpp>
#include <ease/io/json/raw_json.hpp>
#include <ease/io/rows/bad_row.hpp>
#include <ease/io/rows/read_options.hpp>
#include <ease/io/schemas/check_columns.hpp>
#include <ease/io/schemas/schema.hpp>
#include <ease/record/answer.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ease::inline v1::detail {

// The key of the member that the byte at `offset` belongs to, in an object of which only that byte's neighbourhood is
// broken.
inline std::string member_at(std::string_view object, std::size_t offset) {
  std::string readable{object};  // with one ASCII byte for each that is not: offsets stay
  for (auto& c : readable)
    if (static_cast<unsigned char>(c) >= 0x80) c = '?';
  readable.reserve(readable.size() + simdjson::SIMDJSON_PADDING);
  std::string key;
  try {
    simdjson::ondemand::parser parser;
    auto document = expect(parser.iterate(readable.data(), readable.size(), readable.capacity()));
    for (auto member : expect(document.get_object())) {
      auto one = expect(std::move(member));
      if (static_cast<std::size_t>(one.key().raw() - readable.data()) > offset) break;
      key = std::string{expect(one.unescaped_key())};
    }
  } catch (bad_value const&) {  // more is wrong with the row: the last key that could be read is the best guess
  }
  return key;
}

// The text of a table's cell, "" if it has no such column; nothing if there is no table.
inline std::optional<std::string> cell_of(table_rows const* table, std::string_view column) {
  if (table == nullptr) return std::nullopt;
  auto const& names = table->columns();
  auto const at = static_cast<std::size_t>(std::ranges::find(names, column) - names.begin());
  return at < table->cells().size() ? table->cells()[at] : "";
}

inline std::string_view name_of(simdjson::ondemand::json_type kind) {
  using simdjson::ondemand::json_type;
  return kind == json_type::array    ? "an array"
         : kind == json_type::string ? "a string"
         : kind == json_type::number ? "a number"
                                     : "a word";
}

// Turns what went wrong while `row` was read into the row's problem. `field` is the one being read, if any; `cell`: its text,
// where the row is one of a table.
inline void explain(bad_row& out, row_text const& row, std::optional<std::string> const& cell, std::string field,
                    error const& cause) {
  bool const is_json = !cell;
  out.line = row.line;
  out.group = row.group;
  out.raw = row.text;
  out.field = std::move(field);
  out.reason = cause.what();
  if (!row.problem.empty()) {
    out.reason = row.problem;
  } else if (!simdjson::validate_utf8(row.text.data(), row.text.size())) {
    std::size_t bad = 0;
    while (auto const length = utf8_length(row.text, bad)) bad += length;
    out.reason = fmt::format("not valid UTF-8: byte 0x{:02x} at byte {} of the row",
                             static_cast<unsigned char>(row.text[bad]), bad + 1);
    if (is_json) out.field = member_at(row.text, bad);
  } else if (auto const why =
                 dynamic_cast<bad_json const*>(&cause) != nullptr ? near_json(cell ? *cell : row.text) : std::string{};
             !why.empty()) {
    out.reason = "not valid JSON: " + why;
  } else if (dynamic_cast<bad_json const*>(&cause) != nullptr && row.ends_file) {
    out.reason = "the last line is cut off: the file ends inside its JSON";
  } else if (dynamic_cast<bad_json const*>(&cause) != nullptr && trim(row.text) == "{") {
    out.reason = "not valid JSON: a row of JSON lines stands on one line; put rows over several lines into an array";
  }
}

// What a row that lacks `column` has, and how to say where the field stands.
inline std::string what_lacks(raw_members const& members, std::string_view column, std::string_view field) {
  std::vector<std::string> names;
  for (auto const& [key, raw] : members) names.push_back(key);
  if (field == "completion" && column == field && find_member(members, "response") != nullptr)
    return fmt::format(
        "missing: the row has no \"completion\", it has {}; a \"response\" is what a model answered, and is trained "
        "on where that is said: FILE?columns=completion=response",
        quoted_list(names));
  return fmt::format("missing: the row has no \"{}\", it has {}; name the column that holds it, as FILE?columns={}=COLUMN",
                     column, quoted_list(names), field);
}

// A conversation in a file whose first row has none, beside a prompt: which of them is asked must not depend on the first row.
inline void refuse_unplanned(row_plan const& plan, read_options const& options, std::string_view key, std::string_view raw) {
  if (plan.talks || (key != "messages" && key != "conversations")) return;
  if (!raw.starts_with('[') && !raw.starts_with("\"[{")) return;
  if (options.schema != "automatic" || options.columns.names("prompt")) return;
  auto const rest = trim(raw.substr(1));
  if (rest.starts_with(']') || (rest.empty() && raw.data()[raw.size()] == ']'))
    return;  // a token ends where the next begins
  throw bad_field{key, second_says("the file's first row has no messages, so that its prompt is read", "prompt", key)};
}

// What is said of reasoning without an opening mark: whoever wrote the text may have meant the mark as a word of it.
inline constexpr std::string_view lone_mark =
    "what stands in front of a </think> without a <think> is reasoning; write the <think> to say so";

// Whether a JSON string begins with a mark of reasoning.
inline bool opens_thought(std::string_view json, raw_parser& parser) {
  return json.starts_with("\"<think>") || find_think_marks(parser.as<std::string>(json)).opened;
}

}  // namespace ease::inline v1::detail
