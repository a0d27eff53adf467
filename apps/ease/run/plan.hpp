// SPDX-License-Identifier: Apache-2.0
#pragma once
// `ease run --plan`: what a run would do, stage by stage, and about what it would take. Nothing is done or written, and no
// weights are read.
#include <ease/run/folder/run_plan.hpp>

#include "run.hpp"

namespace ease::app {

// The caller sees to it that no weights are downloaded either (descriptions_only, hub/hub_source.hpp).
run_plan plan_run(run_config const& config, run_settings settings);

}  // namespace ease::app
