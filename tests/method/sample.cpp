// SPDX-License-Identifier: Apache-2.0
// The diagnosis set: so many prompts of each kind.
#include <algorithm>
#include <ease/method/sample.hpp>
#include <ease/stage/run.hpp>
#include <string>
#include <vector>

#include "catch.hpp"
#include "method/obedient.hpp"

using namespace test;

// What must not compile.
static_assert(composes<rows_with<prompt, data_type>, sample_rows>);
static_assert(!composes<rows_with<prompt>, sample_rows>);  // no kind to draw by

TEST_CASE("the diagnosis set is drawn by kind, whatever the order of the file") {
  std::vector<record<prompt, data_type>> rows;
  for (int i = 0; i < 40; ++i)
    rows.push_back(make_record<prompt, data_type>(fmt::format("p{}", i), static_cast<prompt_kind>(i % 4)));
  rows.push_back(rows[2]);
  auto const drawn = sample(rows, {.harmful = 4, .benign = 20, .seed = 1});
  CHECK(drawn.report.read == 41);
  CHECK(drawn.report.harmful_found == 10);
  CHECK(drawn.report.harmful_taken == 4);
  CHECK(drawn.report.benign_taken == 10);
  CHECK(drawn.report.other_kinds == 20);
  CHECK(drawn.report.repeated == 1);
  CHECK(drawn.report.counts().note == "10 of the 20 adversarial_benign prompts asked for were there");
  CHECK(sample(rows, {.harmful = 4, .benign = 10}).report.counts().note.empty());
  auto names = [](auto const& set) {
    std::vector<std::string> texts;
    for (auto const& row : set.rows) texts.push_back(get<prompt>(row));
    std::sort(texts.begin(), texts.end());
    return texts;
  };
  auto shuffled = rows;
  std::reverse(shuffled.begin(), shuffled.end());
  CHECK(names(drawn) == names(sample(shuffled, {.harmful = 4, .benign = 20, .seed = 1})));
  CHECK(names(drawn) != names(sample(rows, {.harmful = 4, .benign = 20, .seed = 2})));
}
