// SPDX-License-Identifier: Apache-2.0
#pragma once
// The files and data sets of a run, as its report, its plan and the cards of its models name them.
#include <concepts>
#include <ease/hub/named_rows.hpp>
#include <ease/run/folder/moved_names.hpp>
#include <ease/run/folder/run_data.hpp>
#include <map>
#include <string>
#include <vector>

#include "run_config.hpp"

namespace ease::app {

// Each file of [data] and of the later steps, in their order, with what the stages read of it.
inline std::vector<run_data> data_of(run_config const& config, std::vector<stage_report> const& stages = {}) {
  std::vector<run_data> all;
  auto const add = [&](std::string const& table, auto const& options) {
    each_option(options, [&]<class T>(auto const& one, T const& files) {
      if constexpr (std::same_as<T, std::vector<std::string>>)
        for (auto const& file : files) all.push_back(named_data(fmt::format("{}.{}", table, one.name), file, stages));
    });
  };
  add("data", config.data);
  config.later.each([&](auto const& step) { add(std::string{step.name}, step); });
  return all;
}

// What the names of the hub stand for now, by how they are written.
inline std::map<std::string, std::string> hub_names_of(run_config const& config, std::vector<reported_model> const& models) {
  std::map<std::string, std::string> all;
  for (auto const& one : models)
    if (hub_name_in(one.model, hub_kind::model) && !one.name.empty()) all["model " + one.model] = one.name;
  for (auto const& one : data_of(config))
    if (auto const file = row_spec::parse(one.file).file; hub_name_in(file, hub_kind::dataset))
      all["data set " + file] = one.name;
  return all;
}

}  // namespace ease::app
