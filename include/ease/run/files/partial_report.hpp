// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the report of one shard of the rows (record/shard.hpp) adds to that of the whole, in the shard's manifest: the use of
// remote models, the counts of an evaluation, the names of the inputs. Whoever merges the shards adds these up.
#include <cstddef>
#include <ease/core/compiled.hpp>
#include <ease/io/json/json_members.hpp>
#include <ease/method/evaluate.hpp>
#include <ease/run/files/step_report.hpp>
#include <ease/run/folder/stage_report.hpp>
#include <string>
#include <tuple>
#include <vector>

namespace ease::inline v1 {

struct partial_report {
  struct one_class {
    class_scores counts{};
    std::size_t first_row{0};  // of the input, in this class

    static constexpr auto members() {
      return std::tuple{member("counts", &one_class::counts), member("first_row", &one_class::first_row)};
    }
  };
  std::vector<remote_use> remote{};
  std::vector<one_class> scores{};
  std::vector<rows_read> inputs{};
  std::string input{};                   // how a file of rows was understood
  std::vector<reported_model> models{};  // that were asked

  static constexpr auto members() {
    using p = partial_report;
    return std::tuple{member("remote", &p::remote), member("scores", &p::scores), member("inputs", &p::inputs),
                      member("input", &p::input), member("models", &p::models)};
  }

  static partial_report of(step_report const& part);
  bool is_empty() const { return remote.empty() && scores.empty() && inputs.empty() && models.empty(); }
  // Adds that of another shard. Classes stay in the order in which the input has them; the inputs are the same ones in the same
  // order, whatever each machine calls them.
  partial_report& operator+=(partial_report const& more);
  // The sum as part of the whole command's report.
  void report_to(step_report& whole) const;
};

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/run/files/partial_report.ipp>
#endif
