// SPDX-License-Identifier: Apache-2.0
#pragma once
// The steps of `ease run` behind the fine-tuning, in order. Each is a struct of options, a table of the settings under its
// name; where the table is there, and works() says so, the step makes a model of the one before it. What else it has:
// inputs(), the files that it reads; look(), which throws what reading them would; run(context, model, out). A new one is a
// file in steps/ and its place in the list below.
#include <cstddef>
#include <ease/core/option.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "steps/threshold.hpp"

namespace ease::app {

template <class Step>
struct step_table {
  std::optional<Step> table{};
  static constexpr auto options() {
    auto const table_option = option(Step::name, &step_table::table, Step::help);
    if constexpr (requires { Step::formerly; })
      return std::tuple{table_option.formerly(Step::formerly)};
    else
      return std::tuple{table_option};
  }
};

template <class... Steps>
struct step_tables : step_table<Steps>... {
  static constexpr auto options() { return std::tuple{inherited<step_tables, step_table<Steps>>...}; }
  static constexpr std::string_view names[]{Steps::name...};

  // Those whose tables are there.
  void each(auto&& visit) { (static_cast<void>(step_table<Steps>::table && (visit(*step_table<Steps>::table), true)), ...); }
  void each(auto&& visit) const {
    (static_cast<void>(step_table<Steps>::table && (visit(*step_table<Steps>::table), true)), ...);
  }
  // The names of those that work, in order.
  std::vector<std::string_view> at_work() const {
    std::vector<std::string_view> all;
    each([&](auto const& step) {
      if (step.works()) all.push_back(step.name);
    });
    return all;
  }
  // The folder that a step's model gets: the last one's is `model`.
  std::string model_of(std::string_view step) const {
    auto const all = at_work();
    return !all.empty() && all.back() == step ? "model" : std::string{step} + "_model";
  }
};

using later_steps = step_tables<threshold_step>;

}  // namespace ease::app
