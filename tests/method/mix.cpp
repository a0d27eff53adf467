// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <ease/method/mix.hpp>
#include <string>
#include <vector>

#include "catch.hpp"
#include "method/obedient.hpp"

using namespace test;

// What must not compile.
template <class... Rows>
concept mixes = requires(Rows const&... rows) { mix(rows...).seed(1); };
static_assert(mixes<std::vector<record<prompt, target>>, std::vector<record<prompt, target, categories>>>);
static_assert(!mixes<std::vector<record<prompt, target>>, std::vector<record<prompt, response>>>);  // rows without a target

namespace {
std::vector<record<prompt, target>> rows_of(std::string const& stem, int count) {
  std::vector<record<prompt, target>> rows;
  for (int i = 0; i < count; ++i)
    rows.push_back(make_record<prompt, target>(fmt::format("{} {}", stem, i), complete_answer{direct{"ok"}}));
  return rows;
}
auto prompts_of(auto& mixture) {
  std::vector<std::string> texts;
  for (auto const& row : mixture) texts.push_back(get<prompt>(row));
  return texts;
}
}  // namespace

TEST_CASE("a mix takes all rows, shuffled the same way for the same seed") {
  auto const a = rows_of("a", 20);
  auto const b = rows_of("b", 20);
  auto one = mix(a, b);
  auto two = mix(a, b);
  auto other = mix(a, b).seed(7);
  auto const first = prompts_of(one);
  CHECK(first.size() == 40);
  CHECK(first == prompts_of(two));
  auto const third = prompts_of(other);
  CHECK(first != third);
  CHECK(std::is_permutation(first.begin(), first.end(), third.begin()));
  CHECK_FALSE(std::is_sorted(first.begin(), first.end()));
}

TEST_CASE("counts and weights are kept, and the realised fractions reported") {
  auto const a = rows_of("a", 50);
  auto const b = rows_of("b", 30);
  auto counted = mix(component_of("a", a).count(10), component_of("b", b).count(99));
  CHECK(prompts_of(counted).size() == 40);
  CHECK(counted.report()[0].not_needed == 40);
  CHECK(counted.report()[1].taken == 30);
  CHECK(counted.report()[1].fraction == 0.75);
  CHECK(counted.counts_of_rows().note == "component b has 30 of the 99 rows asked for");
  auto weighted = mix(component_of("a", a).weight(1), component_of("b", b).weight(2));
  CHECK(prompts_of(weighted).size() == 45);
  CHECK(weighted.report()[0].taken == 15);
  auto half = mix(component_of("a", a).weight(1), component_of("b", b));
  CHECK_THROWS_WITH(half.begin(), "mix: give every component a weight or none; 1 of 2 have one");
}

TEST_CASE("repeated prompts and prompts of the evaluation set are refused and counted") {
  auto a = rows_of("a", 3);
  auto b = rows_of("A ", 3);  // the same words
  auto const held_out = std::vector{make_record<prompt>("a 2")};
  auto mixture = mix(component_of("a", a), component_of("b", b)).without(held_out);
  CHECK(prompts_of(mixture).size() == 2);
  auto const& report = mixture.report();
  CHECK(report[0].in_evaluation == 1);
  CHECK(report[1].repeated == 2);
  CHECK(report[1].in_evaluation == 1);
  for (auto const& r : report) CHECK(r.read == r.taken + r.not_needed + r.repeated + r.in_evaluation);
}
