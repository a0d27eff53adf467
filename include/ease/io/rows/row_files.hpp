// SPDX-License-Identifier: Apache-2.0
#pragma once
// The rows of one or several files as one range that can be walked more than once: each begin() opens the files again, so
// that two pipelines may have it as their source. A row's `file_number`, if the record has it, is its file's place in the
// list. `first_rows` takes so many rows of each file. A file may bring how it alone is read: "a.csv?columns=prompt=Goal"
// (io/formats/row_spec.hpp).
//
//     row_files<prompt, data_type, other_keys> prompts{{"jailbreaks.jsonl", "questions.jsonl"}};
#include <algorithm>
#include <cstddef>
#include <ease/core/identity.hpp>
#include <ease/hub/named_rows.hpp>
#include <ease/io/rows/read_records.hpp>
#include <ease/io/rows/reject_file.hpp>
#include <filesystem>
#include <iterator>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace ease::inline v1 {

namespace detail {
template <class F>
inline constexpr bool is_file_number = std::same_as<F, file_number>;

// The reader's record: without what no file holds.
template <class Done, class... Fs>
struct fields_in_files;
template <class... Ds>
struct fields_in_files<record<Ds...>> : std::type_identity<record<Ds...>> {};
template <class... Ds, class F, class... Fs>
struct fields_in_files<record<Ds...>, F, Fs...>
    : std::conditional_t<is_file_number<F>, fields_in_files<record<Ds...>, Fs...>,
                         fields_in_files<record<Ds..., F>, Fs...>> {};
}  // namespace detail

struct row_files_options {
  read_options reading{};
  std::size_t first_rows{std::numeric_limits<std::size_t>::max()};  // of each file
  // Where bad rows that are left out go, of a file that does not say it (`bad_rows`): the n-th file's to this and
  // "-n.bad.jsonl". Empty: nowhere, they are counted alone.
  std::string bad_rows{};
};

template <some_field... Fs>
class row_files {
  using in_file = typename detail::fields_in_files<record<>, Fs...>::type;

 public:
  using row = record<Fs...>;

  explicit row_files(std::vector<std::string> paths, row_files_options options = {})
      : paths_{std::move(paths)}, options_{std::move(options)} {}

  class iterator {
   public:
    using iterator_concept = std::input_iterator_tag;
    using iterator_category = std::input_iterator_tag;
    using value_type = row;
    using difference_type = std::ptrdiff_t;
    using reference = row&;
    using pointer = row*;

    iterator() = default;
    explicit iterator(row_files* of) : of_{of} {}
    row& operator*() const { return of_->current_; }
    iterator& operator++() {
      of_->next();
      return *this;
    }
    void operator++(int) { ++*this; }
    bool at_end() const { return !of_->reading_; }
    friend bool operator==(iterator const& at, std::default_sentinel_t) { return at.at_end(); }

   private:
    row_files* of_{nullptr};
  };

  // Begins a new pass, from the first file. Throws ease::error if a file cannot be read.
  iterator begin() {
    counts_ = {};
    description_.clear();
    sources_.clear();
    at_ = 0;
    open();
    next();
    return iterator{this};
  }
  std::default_sentinel_t end() const { return {}; }

  // Of the last pass, or so far.
  read_counts counts() const {
    auto all = counts_;
    if (reading_) all += reader_.counts();
    return all;
  }
  // The files of the last pass, each with its rows.
  std::vector<rows_read> const& sources() const { return sources_; }
  // How the last file of the last pass was read.
  std::string const& description() const { return description_; }

  // The files' bytes, and how they are read. The files are named by their content: they may lie elsewhere.
  void identify(identity& id) const {
    id.add("row_files").add(paths_.size());
    for (auto const& path : paths_) {
      auto const spec = row_spec::parse(path);
      id.add(content_of_rows(spec.file));
      each_option(spec, [&](auto const& one, auto const& value) {
        if (value) id.add(one.name).add(option_text(*value));
      });
    }
    for (auto const key : fields_of<row>().keys) id.add(key);
    auto const& r = options_.reading;
    id.add(r.format).add(r.schema).add(r.turns).add(r.bad_rows).add(r.max_row_bytes).add(options_.first_rows);
    for (auto const& [field, column] : r.columns.entries) id.add(field).add(column);
  }

 private:
  void open() {
    reader_ = {};
    reading_ = false;
    if (at_ == paths_.size()) return;
    auto const spec = row_spec::parse(paths_[at_]);
    auto reading = reading_as(spec, options_.reading);
    rejects_.reset();
    auto const named = spec.bad_rows.value_or("");
    if (!options_.bad_rows.empty() && !reading.on_reject) {
      auto to = named.empty() ? fmt::format("{}-{}.bad.jsonl", options_.bad_rows, at_ + 1) : named;
      reading.on_reject = [this, to = std::move(to)](bad_row const& bad) {
        if (!rejects_) {
          std::filesystem::create_directories(std::filesystem::absolute(to).parent_path());
          rejects_ = std::make_shared<reject_file>(to);
        }
        (*rejects_)(bad);
      };
    }
    reader_ = record_reader<in_file>{spec.file, std::move(reading)};
    most_ = std::min(options_.first_rows, spec.max_rows.value_or(options_.first_rows));
    taken_ = 0;
    reading_ = true;
  }
  void next() {
    while (reading_) {
      if (taken_ < most_) {
        auto it = reader_.begin();
        if (taken_ > 0) ++it;
        if (it != reader_.end()) {
          if (taken_ == 0) description_ = reader_.description();
          ++taken_;
          take(*it);
          return;
        }
      }
      auto const of_file = reader_.counts();
      counts_ += of_file;
      sources_.push_back({paths_[at_], reader_.name(), of_file.read, of_file.given});
      if (rejects_) rejects_->close();
      ++at_;
      open();
    }
  }
  void take(in_file& from) {
    [&]<class... Gs>(record<Gs...>& r) { ((get<Gs>(current_) = std::move(get<Gs>(r))), ...); }(from);
    if constexpr (one_of<file_number, Fs...>) get<file_number>(current_) = at_;
  }

  std::vector<std::string> paths_;
  row_files_options options_;
  std::size_t at_{0}, taken_{0}, most_{0};  // `most_`: rows of the file at hand
  record_reader<in_file> reader_{};         // of file at_
  bool reading_{false};
  row current_{};
  read_counts counts_{};
  std::string description_{};
  std::vector<rows_read> sources_{};
  std::shared_ptr<reject_file> rejects_{};  // of the file at hand, once it has a bad row
};

}  // namespace ease::inline v1
