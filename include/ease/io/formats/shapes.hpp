// SPDX-License-Identifier: Apache-2.0
#pragma once
// The shapes of rows that are met in the wild, and how each becomes our fields. A shape is either a column map, or a rewrite
// of the row (io/formats/shape_rewrites.hpp); what it does not use stays in the row.
//   ease               our own keys: prompt, response, completion, categories, data_type, ...
//   scripts            the published scripts: original_question or question, response, category or categories
//   star1              STAR-1: id, question, response, category[], source, score
//   messages           TRL: messages [{role, content}]; the last assistant turn is the answer
//   prompt_completion  TRL: prompt and completion, each a string or a list of messages
//   alpaca             instruction, input, output
//   sharegpt           conversations [{from, value}]
//   wildjailbreak      vanilla, adversarial, completion, data_type: the prompt is the one that data_type names
// The answer of a shape that has only one goes to `completion` if the record has that field, else to `response`.
#include <array>
#include <ease/core/error.hpp>
#include <ease/io/formats/column_map.hpp>
#include <ease/io/formats/shape_rewrites.hpp>
#include <ease/record/fields.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ease {

enum class row_shape { automatic, ease, scripts, star1, messages, prompt_completion, alpaca, sharegpt, wildjailbreak };

inline constexpr std::array<std::string_view, 9> row_shape_names{
    "automatic", "ease", "scripts", "star1", "messages", "prompt_completion", "alpaca", "sharegpt", "wildjailbreak"};

constexpr std::string_view name_of(row_shape shape) { return row_shape_names[static_cast<std::size_t>(shape)]; }

inline std::optional<row_shape> row_shape_from(std::string_view name) {
  for (std::size_t i = 0; i < row_shape_names.size(); ++i)
    if (row_shape_names[i] == name) return static_cast<row_shape>(i);
  return std::nullopt;
}

// How the rows of one file become records: first the columns are renamed, then the row is rewritten if the shape needs that.
struct row_plan {
  row_shape shape{row_shape::ease};
  column_map columns{};
  detail::rewrite_function rewrite{nullptr};  // null: renaming is all
  detail::rewrite_context context{};

  // For a person: `scripts shape (prompt from "original_question", completion from "response")`.
  std::string description() const {
    auto out = fmt::format("{} shape", name_of(shape));
    for (auto const& [field, column] : columns.entries)
      out += fmt::format("{}{} from \"{}\"", &column == &columns.entries.front().column ? " (" : ", ", field, column);
    return columns.entries.empty() ? out : out + ')';
  }
};

namespace detail {

class shape_finder {
 public:
  // `first` is the file's first row under its own keys, `wanted` the keys of the record's fields.
  shape_finder(raw_members const& first, std::span<std::string_view const> wanted, column_map const& columns)
      : wanted_{wanted}, columns_{columns} {
    for (auto const& [key, raw] : first) row_.emplace_back(columns.key_of(key), raw);
  }

  row_plan plan(row_shape asked, several_turns turns) {
    auto const shape = asked == row_shape::automatic ? recognise() : asked;
    row_plan out{shape, columns_, nullptr, {answer_key(), turns}};
    switch (shape) {
      case row_shape::scripts:
        if (has("original_question")) {
          map(out, "prompt", "original_question");
          if (has("prompt")) map(out, "teacher_prompt", "prompt");  // the published `cot` keeps the teacher's whole prompt
        } else {
          map(out, "prompt", "question");
        }
        if (!has("categories") && has("category")) map(out, "categories", "category");
        map_answer(out, "response");
        break;
      case row_shape::star1:
        map(out, "prompt", "question");
        map(out, "categories", "category");
        map_answer(out, "response");
        break;
      case row_shape::messages:
        out.rewrite = rewrite_messages;
        break;
      case row_shape::prompt_completion:
        out.rewrite = rewrite_prompt_completion;
        break;
      case row_shape::alpaca:
        out.rewrite = rewrite_alpaca;
        break;
      case row_shape::sharegpt:
        out.rewrite = rewrite_sharegpt;
        break;
      case row_shape::wildjailbreak:
        out.rewrite = rewrite_wildjailbreak;
        break;
      case row_shape::automatic:
      case row_shape::ease:
        break;
    }
    return out;
  }

 private:
  bool has(std::string_view key) const { return find_member(row_, key) != nullptr; }
  bool holds_array(std::string_view key) const {
    auto const* raw = find_member(row_, key);
    return raw != nullptr && raw->starts_with('[');
  }
  bool wants(std::string_view key) const { return std::ranges::find(wanted_, key) != wanted_.end(); }
  std::string_view answer_key() const { return wants("response") && !wants("completion") ? "response" : "completion"; }

  row_shape recognise() const {
    bool const ours =
        has("prompt") && (!wants("completion") || has("completion")) && (!wants("response") || has("response"));
    if (ours && holds_array("prompt")) return row_shape::prompt_completion;
    if (ours) return row_shape::ease;
    if (has("messages")) return row_shape::messages;
    if (has("conversations")) return row_shape::sharegpt;
    if (has("original_question")) return row_shape::scripts;
    if (has("prompt") && holds_array("prompt")) return row_shape::prompt_completion;
    if (has("prompt")) return row_shape::ease;
    if (has("adversarial") && has("data_type")) return row_shape::wildjailbreak;
    if (has("instruction") && has("output")) return row_shape::alpaca;
    if (has("question") && has("category") && has("score")) return row_shape::star1;
    if (has("question")) return row_shape::scripts;
    return row_shape::ease;
  }

  // The user's own map goes first.
  void map(row_plan& out, std::string_view field, std::string_view key) const {
    for (auto const& one : columns_.entries)
      if (one.field == field || one.field == key) return;
    out.columns.set(field, key);
  }
  void map_answer(row_plan& out, std::string_view key) const {
    if (answer_key() == "completion" && wants("completion") && !wants("response") && !has("completion"))
      map(out, "completion", key);
  }

  std::span<std::string_view const> wanted_;
  column_map const& columns_;
  raw_members row_{};
};

}  // namespace detail
}  // namespace ease
