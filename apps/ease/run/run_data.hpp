// SPDX-License-Identifier: Apache-2.0
#pragma once
// The files and data sets of a run, as its report, its plan and the cards of its models name them.
#include <algorithm>
#include <concepts>
#include <cstddef>
#include <ease/core/error.hpp>
#include <ease/hub/named_rows.hpp>
#include <ease/io/files/atomic_file.hpp>
#include <ease/io/json/json_members.hpp>
#include <ease/run/files/step_report.hpp>
#include <ease/run/folder/stage_report.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "run_config.hpp"

namespace ease::app {

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

// Each file of [data] and of the later steps, in their order, with what the stages read of it.
inline std::vector<run_data> data_of(run_config const& config, std::vector<stage_report> const& stages = {}) {
  std::vector<run_data> all;
  auto const add = [&](std::string const& table, auto const& options) {
    each_option(options, [&]<class T>(auto const& one, T const& files) {
      if constexpr (std::same_as<T, std::vector<std::string>>)
        for (auto const& file : files) {
          run_data found{.key = fmt::format("{}.{}", table, one.name), .file = file};
          for (auto const& stage : stages)
            if (auto const at = std::ranges::find(stage.inputs, file, &rows_read::file);
                at != stage.inputs.end() && found.name.empty())
              found.name = at->name, found.read = at->read, found.given = at->given;
          if (found.name.empty()) found.name = rows_named(row_spec::parse(file).file).name;
          all.push_back(std::move(found));
        }
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

// A run goes on with what its names stand for now. Where a branch has moved since its last start, that is said before anything
// is done again. `folder`: the run's own, .run; a plan leaves no note there.
inline void tell_of_moved_names(std::filesystem::path const& folder, std::map<std::string, std::string> const& now,
                                bool planning, std::function<void(std::string const&)> const& say) {
  auto const file = folder / "names.json";
  auto all = now;
  if (std::ifstream in{file, std::ios::binary}; in) {
    std::string const text{std::istreambuf_iterator<char>{in}, {}};
    std::map<std::string, std::string> before;
    try {
      before = from_json_text<std::map<std::string, std::string>>(text, file.string());
    } catch (error const&) {  // a note, and nothing depends on it
    }
    all.insert(before.begin(), before.end());
    for (auto const& [name, is] : now)
      if (auto const was = before.find(name); was != before.end() && was->second != is)
        say(
            fmt::format("{} is {} now, and was {} when it was last named here: what its files decide is done again; name {} "
                        "to go on with those",
                        name, is, was->second, was->second));
  }
  if (!planning && !now.empty()) write_atomically(file, to_json_text(all) + "\n");
}

}  // namespace ease::app
