// SPDX-License-Identifier: Apache-2.0
#pragma once
// The models of a command as its report names them: of an adapter its base too (llm/model_place.hpp).
#include <algorithm>
#include <ease/core/error.hpp>
#include <ease/llm/model_description.hpp>
#include <ease/llm/model_place.hpp>
#include <ease/named/model.hpp>
#include <ease/run/files/step_report.hpp>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace ease::inline v1 {

// One that is not found has its name alone; nothing is downloaded for a report.
inline reported_model report_of_model(std::string const& name) {
  reported_model out{.model = name};
  if (is_remote(name)) return out;
  try {
    auto const place = find_model(name, model_part::what_is_there);
    out.name = place.name;
    std::tie(out.base, out.commit) = place.hub_base();
    if (out.base.empty()) out.base = place.base.string();
    for (auto const& one : place.adapters) out.adapters.push_back(one.string());
  } catch (error const&) {
  }
  return out;
}

// Each once, in this order; none for an empty name.
inline std::vector<reported_model> report_of_models(std::vector<std::string> const& names) {
  std::vector<reported_model> all;
  for (auto const& name : names)
    if (!name.empty() && std::ranges::find(all, name, &reported_model::model) == all.end())
      all.push_back(report_of_model(name));
  return all;
}

}  // namespace ease::inline v1
