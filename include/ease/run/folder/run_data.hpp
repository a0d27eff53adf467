// SPDX-License-Identifier: Apache-2.0
#pragma once
// A file or data set of a run, as its report, its plan and the cards of its models name it.
#include <algorithm>
#include <cstddef>
#include <ease/hub/named_rows.hpp>
#include <ease/io/json/json_members.hpp>
#include <ease/run/folder/stage_report.hpp>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace ease::inline v1 {

struct run_data {
  std::string key{};                           // "data.diagnosis"
  std::string file{};                          // as it was named
  std::string name{};                          // the path, or of a data set of the hub ORG/NAME@COMMIT:CONFIG/SPLIT
  std::optional<std::size_t> read{}, given{};  // rows of one pass over it; a plan has read none

  static constexpr auto members() {
    using d = run_data;
    return std::tuple{member("key", &d::key), member("file", &d::file), member("name", &d::name), member("read", &d::read),
                      member("given", &d::given)};
  }
};

// `stages` tell what they read of it; one that no stage has read is looked up.
inline run_data named_data(std::string key, std::string file, std::vector<stage_report> const& stages) {
  run_data found{.key = std::move(key), .file = std::move(file)};
  for (auto const& stage : stages)
    if (auto const at = std::ranges::find(stage.inputs, found.file, &rows_read::file);
        at != stage.inputs.end() && found.name.empty())
      found.name = at->name, found.read = at->read, found.given = at->given;
  if (found.name.empty()) found.name = rows_named(row_spec::parse(found.file).file).name;
  return found;
}

}  // namespace ease::inline v1
