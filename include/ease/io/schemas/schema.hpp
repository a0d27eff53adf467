// SPDX-License-Identifier: Apache-2.0
#pragma once
// How the rows of a file are laid out, and how they become our fields. A schema is a type with
//
//     static constexpr std::string_view name;
//     static fit how_well(first_row const&);                    // whether a file's first row looks like it
//     static void plan(first_row const&, row_plan&);            // which columns are renamed, or how a row is rewritten
//
// in a file beside this one, and its name in the list of all.hpp. What a schema does not use stays in the row. The answer of
// a schema that has only one goes to `completion` if the record has that field, else to `response`. A row's `system`,
// `history` and the like are read behind every schema (io/rows/beside_fields.hpp).
#include <algorithm>
#include <cstdint>
#include <ease/io/json/raw_json.hpp>
#include <ease/io/schemas/column_map.hpp>
#include <ease/io/schemas/several_turns.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ease::inline v1 {

// Of several schemas the one with the greatest fit is taken, of equal ones the first in the list.
enum class fit : std::uint8_t {
  none,
  keys,     // the keys it needs are there
  own_key,  // a key that no other schema has is there
  all,      // all that the record wants is there, under our own names
  talk,     // a conversation, which says more than a prompt beside it
};

// What a rewrite works with (io/json/raw_json.hpp): the members of a row, each a key and its value as JSON text.
using detail::find_member;
using detail::json_string;
using detail::put_member;
using detail::raw_parser;
using detail::remove_member;

struct rewrite_context {
  std::string_view answer_key{"completion"};
  several_turns turns{several_turns::last};
  bool answer_needed{false};           // the record has no row without an answer
  bool keeps_history{true};            // the record has a place for what stands in front of the prompt
  bool chosen{false};                  // the user named the column of the messages: what a row says beside it does not count
  std::vector<std::string>& not_used;  // what the row says and nothing reads
};
// Takes the row's members, under the names the column map gave them, and gives them back changed. Throws bad_field.
using rewrite_function = void (*)(raw_members&, rewrite_context const&, raw_parser&);

namespace detail {
// The reason of a row that says one thing twice, in two ways: in `field`, and in the messages under `key`.
inline std::string second_says(std::string_view why, std::string_view field, std::string_view key) {
  return fmt::format("{}; \"{}\" and \"{}\" say it twice: name the one that counts, as FILE?columns={}={}{}", why, field,
                     key, key, key, field == "prompt" ? " or FILE?columns=prompt=prompt" : "");
}
}  // namespace detail

// How the rows of one file become records: first the columns are renamed, then the row is rewritten if the schema needs that.
struct row_plan {
  std::string_view schema{};
  column_map columns{};
  rewrite_function rewrite{nullptr};  // null: renaming is all
  std::string_view answer_key{"completion"};
  bool talks{false};  // the rows' messages are read

  // For a person: `scripts schema (prompt from "original_question", completion from "response")`.
  std::string description() const {
    auto out = fmt::format("{} schema", schema);
    for (auto const& [field, column] : columns.entries)
      out += fmt::format("{}{} from \"{}\"", &column == &columns.entries.front().column ? " (" : ", ", field, column);
    return columns.entries.empty() ? out : out + ')';
  }
};

// The first row of a file, for schemas to look at: its members, renamed as the user wants, and what the record wants.
class first_row {
 public:
  // `row` has the file's own keys, `wanted` are the keys of the record's fields.
  first_row(raw_members const& row, std::span<std::string_view const> wanted, column_map const& columns)
      : wanted_{wanted}, columns_{&columns} {
    for (auto const& [key, raw] : row) row_.emplace_back(columns.key_of(key), raw);
  }

  bool has(std::string_view key) const { return find_member(row_, key) != nullptr; }
  bool holds_array(std::string_view key) const {
    auto const* raw = find_member(row_, key);
    return raw != nullptr && raw->starts_with('[');
  }
  // Whether the user said where the field stands.
  bool said(std::string_view field) const { return columns_->names(field); }
  bool wants(std::string_view key) const { return std::ranges::find(wanted_, key) != wanted_.end(); }
  // Whether the prompt, and the answer where one is wanted, stand there under our own names.
  bool has_all() const {
    return has("prompt") && (!wants("completion") || has("completion")) && (!wants("response") || has("response"));
  }
  std::string_view answer_key() const { return wants("response") && !wants("completion") ? "response" : "completion"; }

  // The field is read from that column, unless the user's own map says otherwise of either.
  void map(row_plan& out, std::string_view field, std::string_view column) const {
    if (std::ranges::none_of(columns_->entries, [&](auto const& one) { return one.field == field || one.field == column; }))
      out.columns.set(field, column);
  }
  void map_answer(row_plan& out, std::string_view column) const {
    if (answer_key() == "completion" && wants("completion") && !wants("response") && !has("completion"))
      map(out, "completion", column);
  }

 private:
  std::span<std::string_view const> wanted_;
  column_map const* columns_;
  raw_members row_{};
};

}  // namespace ease::inline v1
