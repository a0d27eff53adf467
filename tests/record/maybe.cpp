// SPDX-License-Identifier: Apache-2.0
#include <ease/record/fields.hpp>
#include <ease/record/view.hpp>

#include "catch.hpp"

namespace {
using namespace ease;

conversation const two{{role::system, "Be brief."}, {role::user, "Why?"}};
}  // namespace

TEST_CASE("a field that a view may have is the row's, or the default") {
  auto const with = make_record<prompt, history>("a", two);
  auto const without = make_record<prompt>("b");
  using shown = view<prompt, maybe<history>>;
  CHECK(get<history>(shown{with}) == two);
  CHECK(&get<history>(shown{with}) == &get<history>(with));
  CHECK(get<history>(shown{without}).empty());
  CHECK(get<prompt>(shown{without}) == "b");
  CHECK(get_or_default<history>(with) == two);
  CHECK(get_or_default<history>(without).empty());
}

TEST_CASE("a view of a view keeps what it may have") {
  auto const row = make_record<prompt, id, history>("a", "7", two);
  view<prompt, id, maybe<history>> const wide{row};
  CHECK(get<history>(view<prompt, maybe<history>>{wide}) == two);
  CHECK(get<history>(view<maybe<history>>{view<prompt, history>{row}}) == two);
  CHECK(get<history>(view<maybe<history>>{view<prompt>{row}}).empty());
}

TEST_CASE("a place that no stage has filled yet is absent") {
  auto const places = make_record<prompt, history>("a", two);  // what the row before left there
  view<prompt, maybe<history>> const shown{places, std::type_identity<record<prompt>>{}};
  CHECK(get<history>(shown).empty());
}

static_assert(!std::constructible_from<view<prompt, id>, record<prompt>>);
static_assert(std::constructible_from<view<prompt, maybe<id>>, record<prompt>>);
static_assert(!std::constructible_from<view<prompt, id>, view<prompt, maybe<id>>>);
