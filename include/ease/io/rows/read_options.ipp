// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of io/rows/read_options.hpp; core/compiled.hpp says where they are compiled.
#include <fmt/format.h>

#include <algorithm>
#include <ease/io/formats/all.hpp>
#include <ease/io/json/terminal_text.hpp>
#include <ease/io/rows/read_options.hpp>
#include <ease/io/schemas/all.hpp>
#include <ease/record/row_words.hpp>

namespace ease::inline v1 {

EASE_INLINE read_options reading_as(row_spec const& said, read_options base) {
  if (said.format) base.format = *said.format;
  if (said.schema) base.schema = *said.schema;
  if (said.rows) base.rows_at = *said.rows;
  try {
    if (said.several_turns) {
      auto const turns = from_word<several_turns>(*said.several_turns);
      if (!turns) throw usage_error{"several_turns \"{}\" is not known; choose refuse, first or last", *said.several_turns};
      base.turns = *turns;
    }
    if (said.on_bad_row && *said.on_bad_row != "stop" && *said.on_bad_row != "reject")
      throw usage_error{"on_bad_row \"{}\" is not known; choose stop or reject", *said.on_bad_row};
    if (said.on_bad_row) base.bad_rows = *said.on_bad_row == "reject" ? on_bad_row::reject : on_bad_row::stop;
    check_options(base);
    if (said.columns) base.columns = column_map::parse(*said.columns);
    if (said.where) base.where = row_filter::parse(*said.where);
  } catch (usage_error const& problem) {
    if (said.file.empty()) throw;
    throw usage_error{"{}: {}", said.file, problem.what()};
  }
  return base;
}

namespace detail {

// "a (2), b (1)", eight of them at most, cut behind `most` bytes, without those that `left_out` names.
inline std::string counted_text(std::map<std::string, std::size_t> const& all, std::size_t most, auto&& left_out) {
  std::string out;
  std::size_t named = 0, more = 0;
  for (auto const& [key, count] : all) {
    if (left_out(key)) continue;
    if (named == 8) {
      ++more;
      continue;
    }
    out += fmt::format("{}{} ({})", named++ == 0 ? "" : ", ",
                       terminal_text(key.size() <= most ? key : key.substr(0, most) + "...", true), count);
  }
  return more == 0 ? out : fmt::format("{} and {} more", out, more);
}

// What can be done about each kind of key that no model is given, by the first key of the kind.
inline std::string way_out_of(std::map<std::string, std::size_t> const& not_given) {
  std::string out;
  auto const first = [&](given_kind kind, auto&& say) {
    for (auto const& [key, count] : not_given)
      if (given_kind_of(key) == kind) return void(out += "; " + say(terminal_text(key.substr(0, 40), true)));
  };
  first(given_kind::text,
        [](auto const& key) { return fmt::format("FILE?columns=system={} makes {} the system message", key, key); });
  first(given_kind::tools, [](auto const& key) {
    return fmt::format("no model is told of the tools in {}: write them into the rows' system message", key);
  });
  first(given_kind::media,
        [](auto const& key) { return fmt::format("models read text alone here: leave out rows that need their {}", key); });
  first(given_kind::examples,
        [](auto const& key) { return fmt::format("write {} as the rows' history, messages in front of the prompt", key); });
  return out;
}

}  // namespace detail

EASE_INLINE std::string read_counts::not_used_text() const {
  return detail::counted_text(not_used, 40,
                              [](auto const& key) { return std::ranges::find(own_keys, key) != own_keys.end(); });
}

EASE_INLINE std::string read_counts::notes() const {
  std::string out;
  auto const add = [&](std::string const& text) { out += (out.empty() ? "" : "; ") + text; };
  auto const none = [](auto const&) { return false; };
  if (drawn_of_wanted.wanted > 0)
    add(fmt::format("{} rows were there, and {} were to be drawn", drawn_of_wanted.drawn, drawn_of_wanted.wanted));
  if (auto const keys = not_used_text(); !keys.empty()) add("nothing reads these keys of the rows: " + keys);
  if (!not_given.empty())
    add(fmt::format("not given to the model: {}{}", detail::counted_text(not_given, 40, none),
                    detail::way_out_of(not_given)));
  if (!guessed.empty()) add("guessed: " + detail::counted_text(guessed, 200, none));
  return out;
}

EASE_INLINE void check_options(read_options const& options) {
  check_file_format(options.format);
  check_row_schema(options.schema);
}
EASE_INLINE std::string known_file_formats() { return file_format_names(); }
EASE_INLINE std::string known_row_schemas() { return row_schema_names(); }

}  // namespace ease::inline v1
