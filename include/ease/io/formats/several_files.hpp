// SPDX-License-Identifier: Apache-2.0
#pragma once
// The rows of all files that a name stands for (hub/named_rows.hpp), read one after the other as one, by a reader of one file.
#include <fmt/format.h>

#include <ease/core/error.hpp>
#include <ease/hub/named_rows.hpp>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

namespace ease::inline v1::detail {

// `Reader`: counts(), start(), next(), at_end(), fraction_read(), description(), as io/rows/row_file.hpp says what they do.
template <class Reader>
class several_files {
 public:
  using counts_of = std::remove_cvref_t<decltype(std::declval<Reader const&>().counts())>;

  // Each file is opened as Reader{path, options, more...}, with references wrapped; of several, one may be empty, and guesses are told of the first.
  template <class Options, class... More>
  several_files(std::filesystem::path const& name, Options const& said, More... more)
      : places_{rows_named(name.string())}, may_be_empty_{said.allow_empty}, open_{[=, this] {
          auto options = said;
          if (at_ > 0) options.on_guess = {};
          options.allow_empty = said.allow_empty || !alone();
          if (at_ < places_.shown.size()) options.shown = places_.shown[at_];
          reader_.emplace(places_.files[at_], std::move(options), more...);
        }} {
    for (auto const& one : places_.files) {
      std::error_code none;
      auto const size = std::filesystem::file_size(one, none);
      bytes_.push_back(none ? 0 : static_cast<double>(size));
    }
    open_();
  }
  several_files(several_files const&) = delete;  // what opens a file holds its address
  several_files& operator=(several_files const&) = delete;

  counts_of const& counts() {
    counts_ = before_;
    return counts_ += reader_->counts();
  }
  void start() {
    reader_->start();
    go_on();
  }
  void next() {
    reader_->next();
    go_on();
  }
  bool at_end() const { return reader_->at_end() && at_ + 1 == places_.files.size(); }
  double fraction_read() const {
    double done = 0, all = 0;
    for (std::size_t i = 0; i < bytes_.size(); ++i) {
      all += bytes_[i];
      done += i < at_ ? bytes_[i] : i == at_ ? bytes_[i] * reader_->fraction_read() : 0;
    }
    return alone() || all == 0 ? reader_->fraction_read() : done / all;
  }
  // What the name stands for: a path, or ORG/NAME@COMMIT:CONFIG/SPLIT.
  std::string const& name() const { return places_.name; }
  std::string description() const {
    if (alone() && places_.files.front().string() == places_.name) return reader_->description();
    std::string files;
    for (auto const& one : places_.files) files.append(files.empty() ? "" : ", ").append(one.filename().string());
    if (places_.files.size() > 4) files = fmt::format("{} files", places_.files.size());
    return fmt::format("{} ({}), {}", places_.name, files, reader_->description());
  }

 private:
  bool alone() const { return places_.files.size() == 1; }
  void go_on() {
    while (reader_->at_end() && at_ + 1 < places_.files.size()) {
      before_ += reader_->counts();
      ++at_;
      open_();
      reader_->start();
    }
    if (!may_be_empty_ && !alone() && at_end() && counts().read == 0) throw error{"{}: its files are empty", places_.name};
  }

  hub_rows places_;
  bool may_be_empty_;
  std::function<void()> open_;
  std::vector<double> bytes_{};
  std::size_t at_{0};  // the file at hand
  counts_of before_{}, counts_{};
  std::optional<Reader> reader_{};
};

}  // namespace ease::inline v1::detail
