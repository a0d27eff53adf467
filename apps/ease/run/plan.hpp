// SPDX-License-Identifier: Apache-2.0
#pragma once
// `ease run --plan`: what a run would do, stage by stage, and about what it would take. Nothing is done or written, and no
// weights are read.
#include <cstddef>
#include <cstdint>
#include <ease/io/json/json_members.hpp>
#include <ease/run/folder/planned_stage.hpp>
#include <string>
#include <tuple>
#include <vector>

#include "run.hpp"

namespace ease::app {

// Rows and generated tokens are bounds, at most so many; memory and time follow from them, and from how fast this machine
// multiplies matrices now.
struct stage_plan {
  std::string stage{};
  bool done{false};
  std::size_t rows{0}, tokens{0};
  double gigabytes{0}, seconds{0};

  static constexpr auto members() {
    using s = stage_plan;
    return std::tuple{member("stage", &s::stage),   member("done", &s::done),           member("rows", &s::rows),
                      member("tokens", &s::tokens), member("gigabytes", &s::gigabytes), member("seconds", &s::seconds)};
  }
};

struct run_plan {
  std::int64_t parameters{0};
  std::string precision{};
  double disk_gigabytes{0};  // of the trained models
  double seconds{0};         // of what is still to be done
  std::vector<stage_plan> stages{};

  static constexpr auto members() {
    using p = run_plan;
    return std::tuple{member("parameters", &p::parameters), member("precision", &p::precision),
                      member("disk_gigabytes", &p::disk_gigabytes), member("seconds", &p::seconds),
                      member("stages", &p::stages)};
  }
  std::string table() const;
};

run_plan plan_run(run_config const& config, run_settings settings);

}  // namespace ease::app
