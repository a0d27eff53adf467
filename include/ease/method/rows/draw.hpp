// SPDX-License-Identifier: Apache-2.0
#pragma once
// So many rows of each file, drawn without replacement: which ones depends on the prompts and the seed alone, not on their
// order. Rows that share a prompt with one drawn before are not told apart.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ease/core/error.hpp>
#include <ease/core/option.hpp>
#include <ease/core/random.hpp>
#include <ease/record/fields.hpp>
#include <ease/record/prompt_hash.hpp>
#include <ease/stage/pipeline.hpp>
#include <map>
#include <numeric>
#include <span>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace ease::inline v1 {

struct draw_options {
  std::vector<std::size_t> rows_per_file{};  // one number for all files, or one a file; empty: all rows
  std::uint64_t seed{42};

  static constexpr auto options() {
    return std::tuple{option("rows_per_file", &draw_options::rows_per_file, "rows to draw: one number, or one a file"),
                      option("seed", &draw_options::seed, "which rows are drawn")};
  }
};

// `from(row_files<prompt, file_number>{...}) | draw({.rows_per_file = {50, 310}})`. It sees all rows at once.
class draw : public stage<needs<prompt, file_number, maybe<history>>> {
 public:
  static constexpr int version{1};

  explicit draw(draw_options options) : options_{std::move(options)} {}

  static constexpr bool takes_all_rows{true};
  static std::size_t window() { return SIZE_MAX; }
  // With one number for all files, how many there are is known when they are read.
  std::size_t most_rows(std::size_t rows) const {  // run/folder/planned_stage.hpp
    auto const& each = options_.rows_per_file;
    return each.size() > 1 ? std::accumulate(each.begin(), each.end(), std::size_t{0}) : rows;
  }

  void operator()(std::span<input const> rows, emit const& done) const {
    std::map<std::size_t, std::vector<std::pair<std::uint64_t, std::size_t>>> files;
    for (std::size_t i = 0; i < rows.size(); ++i)
      files[get<file_number>(rows[i])].emplace_back(
          random_key(options_.seed, prompt_hash(get<prompt>(rows[i]), get<history>(rows[i]))), i);
    for (auto& [file, found] : files) {
      std::ranges::sort(found);
      auto const wanted = wanted_of(file);
      for (std::size_t k = 0; k < found.size(); ++k) {
        if (k < wanted)
          done(found[k].second, output{});
        else
          done(found[k].second, rejected{"not_drawn"});
      }
    }
  }

  void each_part(auto&& visit) { visit(options_); }

 private:
  std::size_t wanted_of(std::size_t file) const {
    auto const& counts = options_.rows_per_file;
    if (counts.empty()) return SIZE_MAX;
    if (counts.size() == 1) return counts.front();
    if (file < counts.size()) return counts[file];
    throw error{"rows_per_file has {} numbers, and there are {} files or more: give one number, or one a file",
                counts.size(), file + 1};
  }

  draw_options options_;
};

}  // namespace ease::inline v1
