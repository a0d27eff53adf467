// SPDX-License-Identifier: Apache-2.0
#pragma once
// The table [threshold] of `ease run`: prompts by which the point from which the model thinks is set after phase 2.
#include <cstddef>
#include <cstdint>
#include <ease/core/option.hpp>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace ease::app {

struct run_context;

struct threshold_step {
  static constexpr std::string_view name{"threshold"}, formerly{"boundary"};
  static constexpr std::string_view help{"If the table is present: sets the point from which the model thinks"};

  std::size_t rows_per_file{100};
  std::vector<std::string> think{}, direct{};
  std::uint64_t seed{42};

  static constexpr auto options() {
    using t = threshold_step;
    constexpr auto unused = [](t const& x) -> std::string_view {
      return x.works() ? "" : "rows_per_file is 0: the threshold stays where training left it";
    };
    return std::tuple{
        option("rows_per_file", &t::rows_per_file, "Prompts of each file (0: the threshold stays where training left it)",
               at_least(0)),
        option("think", &t::think, "Files of prompts to reason about (none: those of [data] that were not trained on)")
            .path()
            .idle(unused),
        option("direct", &t::direct, "Files of prompts to answer at once (none: likewise)").path().idle(unused),
        option("seed", &t::seed, "Which prompts").idle(unused)};
  }
  constexpr bool works() const { return rows_per_file > 0; }
  std::vector<std::vector<std::string>> inputs() const { return {think, direct}; }
  void look() const;
  // `model`: what was fine-tuned; `out`: the same with its threshold set.
  void run(run_context const& at, std::string const& model, std::string const& out) const;
};

}  // namespace ease::app
