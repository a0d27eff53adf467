// SPDX-License-Identifier: Apache-2.0
#include <ease/core/error.hpp>
#include <ease/hub/dataset/parquet_copy.hpp>
#include <ease/io/parquet/load_parquet.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"

using namespace ease;
using Catch::Contains;

namespace {

std::string chosen(std::string_view name, std::vector<std::string> const& paths) {
  try {
    auto const choice = choose_of_parquet_copy(*hub_name::parse(name, hub_kind::dataset), paths);
    auto out = choice.config + "/" + choice.split + ":";
    for (auto const& one : choice.files) out += " " + one;
    for (auto const& one : choice.notes) out += " (" + one + ")";
    return out;
  } catch (error const& e) {
    return e.what();
  }
}

}  // namespace

TEST_CASE("the hub's copy as Parquet has its configurations and splits in its folders") {
  if (!can_use_parquet()) {
    WARN("skipped: Parquet is no part of this build");
    return;
  }
  std::vector<std::string> const one{"default/train/0001.parquet", "default/test/0000.parquet", "default/train/0000.parquet",
                                     ".gitattributes"};
  CHECK(chosen("org/name@refs/convert/parquet", one) ==
        "default/train: default/train/0000.parquet default/train/0001.parquet");
  CHECK(chosen("org/name@refs/convert/parquet:default/test", one) == "default/test: default/test/0000.parquet");
  CHECK(chosen("org/name@refs/convert/parquet:/test", one) == "default/test: default/test/0000.parquet");
  CHECK_THAT(chosen("org/name@refs/convert/parquet:default/dev", one),
             Contains("org/name@refs/convert/parquet:default/train"));
  std::vector<std::string> const two{"a/train/0000.parquet", "b/partial-train/0000.parquet", "b/partial-train/0001.parquet"};
  CHECK_THAT(chosen("org/name@refs/convert/parquet", two), Contains("none is the default") && Contains("parquet:a"));
  CHECK(chosen("org/name@refs/convert/parquet:a", two) == "a/train: a/train/0000.parquet");
  CHECK_THAT(chosen("org/name@refs/convert/parquet:b", two),
             Contains("b/train: b/partial-train/0000.parquet b/partial-train/0001.parquet (") && Contains("the first part"));
  CHECK_THAT(chosen("org/name@refs/convert/parquet", {"a/train/partial/0000.parquet"}), Contains("the first part"));
  CHECK_THAT(chosen("org/name@refs/convert/parquet", {"README.md", "x.parquet"}), Contains("CONFIG/SPLIT/0000.parquet"));
}
