// SPDX-License-Identifier: Apache-2.0
#pragma once
// How a file of rows is to be read, and what came of it.
#include <cstddef>
#include <ease/core/compiled.hpp>
#include <ease/io/formats/row_filter.hpp>
#include <ease/io/formats/row_spec.hpp>
#include <ease/io/json/json_members.hpp>
#include <ease/io/rows/bad_row.hpp>
#include <ease/io/schemas/column_map.hpp>
#include <ease/io/schemas/several_turns.hpp>
#include <ease/record/fields.hpp>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <tuple>

namespace ease::inline v1 {

struct read_options {
  std::string format{"automatic"};           // a name of io/formats/all.hpp
  std::string schema{"automatic"};           // how rows are laid out: a name of io/schemas/all.hpp
  column_map columns{};                      // field <- the file's key, before any schema
  std::string rows_at{};                     // the key of a JSON object that holds the rows; empty: the only one that can
  row_filter where{};                        // other rows are left out, and counted
  several_turns turns{several_turns::last};  // for schemas of conversations
  on_bad_row bad_rows{on_bad_row::stop};
  std::function<void(bad_row const&)> on_reject{};     // called for each rejected row (io/rows/reject_file.hpp writes them)
  std::function<void(std::string const&)> on_guess{};  // told in a line what was guessed of a file, and how to say it
  // Asked of rows with messages of tools, by what stands in front of the answer: why they cannot be used; empty: they can.
  std::function<std::string(conversation const&)> why_no_tools{};
  std::size_t max_row_bytes{std::size_t{64} << 20U};               // a longer row is a bad row
  std::size_t most_rows{std::numeric_limits<std::size_t>::max()};  // that are given; of the rest only the columns count
  bool allow_empty{false};  // a file without anything in it has no rows, rather than being an error
  std::string shown{};      // what errors call the file; empty: its path
};

// `base` with what is said of one file alone. Throws usage_error, which names the file if it has a name, for what cannot be
// meant.
read_options reading_as(row_spec const& said, read_options base = {});

// Throws ease::error if there is no format or no schema of the name.
void check_options(read_options const& options);

// The names that there are, for help: "automatic, jsonl, ...".
std::string known_file_formats();
std::string known_row_schemas();

struct read_counts {
  std::size_t read{0};
  std::size_t given{0};
  std::size_t rejected{0};
  std::size_t left_out{0};  // sound or not, they were not asked for: read == given + rejected + left_out
  // Keys that nothing reads and no file is written with, and in how many rows (of messages: how often) they stand. The keys of
  // messages follow that of their list: "messages.name".
  std::map<std::string, std::size_t> not_used{};
  // Keys whose names say that the model should have been given what they hold, and it is not: in how many rows they stand.
  std::map<std::string, std::size_t> not_given{};
  // What was guessed of rows, in words, and of how many.
  std::map<std::string, std::size_t> guessed{};
  // Where fewer rows were there than were to be drawn at random: how many, of how many; else 0 of 0.
  struct few {
    std::size_t drawn{0}, wanted{0};

    static constexpr auto members() { return std::tuple{member("drawn", &few::drawn), member("wanted", &few::wanted)}; }
  } drawn_of_wanted{};

  static constexpr auto members() {
    return std::tuple{member("read", &read_counts::read),         member("given", &read_counts::given),
                      member("rejected", &read_counts::rejected), member("left_out", &read_counts::left_out),
                      member("not_used", &read_counts::not_used), member("not_given", &read_counts::not_given),
                      member("guessed", &read_counts::guessed),   member("drawn_of_wanted", &read_counts::drawn_of_wanted)};
  }
  read_counts& operator+=(read_counts const& more) {
    read += more.read, given += more.given, rejected += more.rejected, left_out += more.left_out;
    for (auto const& [key, count] : more.not_used) not_used[key] += count;
    for (auto const& [key, count] : more.not_given) not_given[key] += count;
    for (auto const& [what, count] : more.guessed) guessed[what] += count;
    drawn_of_wanted.drawn += more.drawn_of_wanted.drawn, drawn_of_wanted.wanted += more.drawn_of_wanted.wanted;
    return *this;
  }
  // For a person: "score (2), messages.name (1)", eight of them at most and without the keys of files of ours; empty if no
  // other is left.
  std::string not_used_text() const;
  // All of what a person should know: keys that nothing reads, what no model is given, what was guessed. Empty if nothing.
  std::string notes() const;
};

// One file of rows, or one data set of the hub, that was read.
struct rows_read {
  std::string file{};             // as it was named
  std::string name{};             // what that was: the path, or ORG/NAME@COMMIT:CONFIG/SPLIT
  std::size_t read{0}, given{0};  // as in read_counts

  static constexpr auto members() {
    return std::tuple{member("file", &rows_read::file), member("name", &rows_read::name), member("read", &rows_read::read),
                      member("given", &rows_read::given)};
  }
};

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/io/rows/read_options.ipp>
#endif
