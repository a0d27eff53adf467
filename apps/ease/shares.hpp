// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a part of a command's rows (--shard) says besides its rows, in its manifest: the use of remote models, and the counts
// of `ease evaluate`. `ease merge` adds the parts up.
#include <cstddef>
#include <ease/io/json/json_members.hpp>
#include <ease/method/evaluate.hpp>
#include <ease/run/folder/stage_report.hpp>
#include <string>
#include <tuple>
#include <vector>

#include "step_report.hpp"

namespace ease::app {

struct share {
  struct one_class {
    class_scores counts{};
    std::size_t first_row{0};  // of the input, in this class

    static constexpr auto members() {
      return std::tuple{member("counts", &one_class::counts), member("first_row", &one_class::first_row)};
    }
  };
  std::vector<remote_use> remote{};
  std::vector<one_class> scores{};

  static constexpr auto members() { return std::tuple{member("remote", &share::remote), member("scores", &share::scores)}; }

  static share of(step_report const& part);
  bool is_empty() const { return remote.empty() && scores.empty(); }
  // Adds the share of another part. Classes stay in the order in which the input has them.
  share& operator+=(share const& more);
  // The sum as part of the whole command's report.
  void report_to(step_report& whole) const;
};

}  // namespace ease::app
