// SPDX-License-Identifier: Apache-2.0
#pragma once
// A file of rows as a program's user names it: its format, schema and columns in words, what is to become of bad rows, how
// many rows, which shard of them. The reader is that of io/rows; here the words are read, bad rows get their file, and each
// row knows its place in the input.
//
//     input_rows<prompt, other_keys> source{{.file = "prompts.csv", .columns = "prompt=question", .on_bad_row = "reject"}};
//     for (auto const& row : source.placed()) ...
//     source.close();  // the file of bad rows appears, if there were any
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ease/core/compiled.hpp>
#include <ease/core/random.hpp>
#include <ease/hub/named_rows.hpp>
#include <ease/io/files/file_use.hpp>
#include <ease/io/rows/read_records.hpp>
#include <ease/io/rows/reject_file.hpp>
#include <ease/record/fields.hpp>
#include <ease/record/prompt_hash.hpp>
#include <ease/record/shard.hpp>
#include <filesystem>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace ease::inline v1 {

// Words that are not known are errors when the file is opened.
struct input_options {
  std::string file{};  // or with what holds for it alone behind it: "rows.csv?columns=prompt=Goal" (io/formats/row_spec.hpp)
  std::string format{"automatic"};
  std::string schema{"automatic"};
  std::string columns{};  // FIELD=COLUMN,...
  std::string rows_at{};  // the key of a JSON object that holds the rows
  std::string on_bad_row{"stop"};
  std::string bad_rows{};  // file for them; empty: INPUT.bad.jsonl
  std::string several_turns{"last"};
  std::shared_ptr<reject_file> bad_sink{};  // one file for those of several inputs: share_bad_rows
  bool keep_bad_rows{true};                 // whether they are written, by this process
  std::string where{};                      // COLUMN=VALUE,... (io/formats/row_filter.hpp); empty: every row
  std::string where_as{};                   // what the user typed for it, for messages; empty: "where COLUMN=..."
  std::string split{};                      // of a data set of the hub, where its name says none
  std::size_t max_rows{std::numeric_limits<std::size_t>::max()};
  std::size_t random_rows{0};     // draw so many, by their prompts and the seed; 0: all. The file is read twice
  bool tells_too_few{true};       // whether fewer than that are worth a note
  std::uint64_t random_seed{42};  // which ones
  bool allow_empty{false};
  ease::shard shard{};         // the rows that are worked on
  std::size_t rows_before{0};  // of the files before this one, where several are read as one

  std::function<std::string(conversation const&)> why_no_tools{};  // as in read_options
  std::function<void(std::string const&)> on_guess{};              // told what was guessed of the file

  std::string bad_rows_file() const { return bad_rows.empty() ? path_of_rows(file) + ".bad.jsonl" : bad_rows; }
  // With what stands behind the file's name taken in; the same again if nothing does.
  input_options spelled_out() const;
};

// A file that was written, and which rows of the input stand in it.
struct placed_file {
  std::filesystem::path path;
  std::vector<std::size_t> positions{};
  bool exists{true};
};

read_options to_read_options(input_options const& in);

// Inputs whose bad rows have one file by name write it together; it appears when the first of them is closed, so that none
// is before all are read.
inline void share_bad_rows(std::span<input_options* const> all) {
  std::map<std::string, std::shared_ptr<reject_file>> made;
  for (auto* const in : all) {
    if (in->on_bad_row != "reject" || in->bad_rows.empty()) continue;
    auto& one = made[in->bad_rows];
    if (!one) one = std::make_shared<reject_file>(in->bad_rows);
    in->bad_sink = one;
  }
}

// The rows of an input file, of one shard of them; keeps the file of bad rows that goes with them. Bad rows have no key: the
// first shard has them all, and counts the keys that nothing reads.
template <class... Fs>
class input_rows {
 public:
  explicit input_rows(input_options const& said) : input_rows{said.spelled_out(), as_they_are{}} {}
  input_rows(input_rows const&) = delete;
  input_rows& operator=(input_rows const&) = delete;

  // Throws what reading the file would: it is not there, or its first row is none of these. Where bad rows are let pass, the
  // first may be one. What can be read only once is left alone.
  static void look_at(input_options const& said) {
    auto const in = said.spelled_out();
    if (in.file == "-" || is_stream(in.file)) return;
    auto const rows = read_records<Fs...>(in.file, to_read_options(in));
    if (in.on_bad_row == "stop") (void)rows.begin();
  }

  // All of them, whatever the shard.
  auto rows() {
    return rows_ | std::views::filter([this](auto const&) { return !draws_ || is_drawn(); }) |
           std::views::take(static_cast<std::ptrdiff_t>(std::min<std::size_t>(limit_, PTRDIFF_MAX)));
  }
  // Those of the shard, each with its place in the file.
  auto placed() {
    placed_ = true;
    return rows() | std::views::filter([this](auto const& row) {
             ++seen_;
             bool const mine = shard_.is_whole() || shard_.owns(prompt_hash(get<prompt>(row), get_or_default<history>(row)));
             owned_ += mine ? 1U : 0U;
             return mine;
           }) |
           std::views::transform([this](auto& row) { return joined(std::move(row), make_record<row_position>(seen_ - 1)); });
  }
  // How the file is read, and which of its rows.
  std::string description() const {
    return rows_.description() + which_ + (not_drawn_ > 0 ? fmt::format(", {} drawn at random", drawn_.size()) + seed_ : "");
  }
  // What was read, by its name as it was given.
  rows_read source() const {
    auto const all = counts();
    return {file_, rows_.name(), all.read, all.given};
  }
  read_counts counts() const {
    auto all = rows_.counts();
    all.given -= not_drawn_, all.left_out += not_drawn_;
    if (has_bad_rows()) all.drawn_of_wanted = drawn_of_wanted_;
    if (!placed_) return all;
    auto const bad = has_bad_rows() ? all.rejected : 0;
    if (!has_bad_rows()) return {owned_, owned_, 0};
    all.read = owned_ + bad + all.left_out, all.given = owned_, all.rejected = bad;
    return all;
  }
  // How many rows there will be in all, of the shard if there is one, by the fraction of the file that was read so far; 0
  // where the file's end is not known.
  std::size_t expected() const {
    if (draws_ && !placed_) return std::min(drawn_.size(), limit_);
    auto const read = rows_.counts().given;
    auto const fraction = rows_.fraction_read();
    if (fraction <= 0 || read == 0) return 0;
    auto const whole = std::min(static_cast<double>(read) / fraction, static_cast<double>(limit_));
    return static_cast<std::size_t>(placed_ ? whole * static_cast<double>(owned_) / static_cast<double>(read) : whole);
  }
  std::size_t rows_seen() const { return seen_; }  // by placed(), those of other shards and of files before included
  // Makes the file of bad rows appear, if there were any.
  void close() {
    if (bad_ && bad_->rows() > 0) bad_->close();
  }
  // What is wrong with the first bad row that was left out: its file, line and field; empty if there was none.
  std::string const& first_bad_row() const { return first_bad_; }
  // Where bad rows go, if they are kept.
  std::optional<placed_file> bad_rows() const {
    if (!bad_) return std::nullopt;
    placed_file file{.path = bad_path_, .exists = bad_->rows() > 0};
    for (std::size_t i = 0; i < bad_->rows(); ++i) file.positions.push_back(i);
    return file;
  }

 private:
  struct as_they_are {};
  input_rows(input_options const& in, as_they_are)
      : file_{in.file},
        shard_{in.shard},
        limit_{in.max_rows},
        draws_{in.random_rows > 0},
        which_{in.where.empty() ? "" : ", " + (in.where_as.empty() ? "where " + in.where : in.where_as)},
        seed_{fmt::format(" (seed {})", in.random_seed)},
        seen_{in.rows_before} {
    if (draws_) draw(in);
    auto options = to_read_options(in);
    if (!draws_) options.most_rows = limit_;
    if (options.bad_rows == on_bad_row::reject && in.keep_bad_rows && has_bad_rows()) {
      bad_path_ = in.bad_rows_file();
      bad_ = in.bad_sink ? in.bad_sink : std::make_shared<reject_file>(bad_path_);
    }
    options.on_reject = [this](bad_row const& row) {
      if (first_bad_.empty()) first_bad_ = row.message();
      if (bad_) (*bad_)(row);
    };
    rows_ = read_records<Fs...>(in.file, std::move(options));
  }

  bool has_bad_rows() const { return shard_.number == 1; }

  // The places in the file of `in.random_rows` rows. What can be read only once would be empty the second time.
  void draw(input_options const& in) {
    if (in.file == "-" || is_stream(in.file))
      throw usage_error{"{}: rows are drawn at random from a file that can be read twice; write it to one", in.file};
    std::vector<std::pair<std::uint64_t, std::size_t>> all;
    auto quietly = to_read_options(in);
    quietly.on_guess = {};
    for (auto const& row : read_records<Fs...>(in.file, std::move(quietly)))
      all.emplace_back(random_key(in.random_seed, prompt_hash(get<prompt>(row), get_or_default<history>(row))), all.size());
    auto const taken = std::min(in.random_rows, all.size());
    if (taken < in.random_rows && in.tells_too_few) drawn_of_wanted_ = {taken, in.random_rows};
    std::ranges::nth_element(all, all.begin() + static_cast<std::ptrdiff_t>(taken));
    for (std::size_t k = 0; k < taken; ++k) drawn_.insert(all[k].second);
  }
  bool is_drawn() {
    bool const yes = drawn_.contains(place_++);
    not_drawn_ += yes ? 0U : 1U;
    return yes;
  }

  std::string file_;
  shard shard_;
  std::shared_ptr<reject_file> bad_{};
  std::filesystem::path bad_path_{};
  std::string first_bad_{};
  read_counts::few drawn_of_wanted_{};
  record_reader<record<Fs...>> rows_{};
  std::size_t limit_;
  bool draws_;
  std::string which_, seed_;  // for description()
  std::unordered_set<std::size_t> drawn_{};
  std::size_t place_{0}, not_drawn_{0};
  std::size_t seen_{0}, owned_{0};
  bool placed_{false};
};

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/run/files/input_rows.ipp>
#endif
