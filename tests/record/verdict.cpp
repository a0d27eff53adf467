// SPDX-License-Identifier: Apache-2.0
#include <ease/record/verdict.hpp>

#include "catch.hpp"

using namespace ease;

namespace {
template <class V>
concept has_probability = requires(V const& v) { probability_unsafe(v); };
static_assert(has_probability<safe> && has_probability<unsafe>);
static_assert(!has_probability<unparsed> && !has_probability<verdict>);
}  // namespace

TEST_CASE("a verdict has a probability only if its judge has one") {
  CHECK(probability_unsafe(safe{0.25}) == 0.25);
  CHECK(probability_unsafe(unsafe{0.75}) == 0.75);
  CHECK_FALSE(probability_unsafe(safe{}));
  CHECK_FALSE(probability_unsafe(unsafe{}));
}

TEST_CASE("a verdict keeps the name its guard gave it") {
  for (verdict const& v : {verdict{safe{0.1}}, verdict{unsafe{0.9}}, verdict{unparsed{"no word"}}}) {
    CHECK(judge_of(v).empty());
    auto named = v;
    name_judge(named, "llama_guard");
    CHECK(judge_of(named) == "llama_guard");
    CHECK(name_of(named) == name_of(v));
    auto const before = named;
    name_judge(named, "another");
    CHECK(named == before);
  }
}
