// SPDX-License-Identifier: Apache-2.0
#pragma once
// The models that a command asks, by name, and the journal of what they say:
//
//     model_cache models{{.max_batch_rows = 16}};
//     models.keep_in("answered.jsonl.journal");
//     auto& slm = models.open("SmolLM2");  // the same model for the same name
//
// In a run folder, whose stages open models late and free them, named_models (named/named_model.hpp) takes its place.
#include <ease/core/compiled.hpp>
#include <ease/journal/journal.hpp>
#include <ease/named/model.hpp>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace ease::inline v1 {

// Models by name, opened once and shared until `clear`; and the journal of what they say, which appears when one is opened.
class model_cache {
 public:
  explicit model_cache(model_options options, model_notices notices = {})
      : options_{std::move(options)}, notices_{std::move(notices)} {}
  // What models say from here on is kept in a file, and not asked for again. An empty path: not kept.
  void keep_in(std::filesystem::path path) {
    journal_.reset();
    journal_path_ = std::move(path);
  }
  journal* kept() {
    if (!journal_ && !journal_path_.empty()) journal_.emplace(journal_path_);
    return journal_ ? &*journal_ : nullptr;
  }
  // Nothing more is kept; the file stays, or goes where all that was asked for was had.
  void keep_no_more(bool file_stays) {
    if (journal_ && file_stays) journal_->sync();
    journal_.reset();
    std::error_code ignored;
    if (!file_stays && !journal_path_.empty()) std::filesystem::remove(journal_path_, ignored);
    journal_path_.clear();
  }
  any_model& open(std::string const& name);
  // Of those that were opened, in that order.
  std::vector<std::string> const& identities() const { return identities_; }
  void clear() { open_.clear(); }
  remote_options const& remote() const { return options_.remote; }
  void quiet(bool yes) { quiet_ = yes; }
  bool quiet() const { return quiet_; }

 private:
  model_options options_;
  model_notices notices_;
  bool quiet_{false};
  std::filesystem::path journal_path_{};
  std::optional<journal> journal_{};
  std::map<std::string, std::unique_ptr<any_model>> open_{};
  std::vector<std::string> identities_{};
};

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/named/model_cache.ipp>
#endif
