// SPDX-License-Identifier: Apache-2.0
#include <ease/core/identity.hpp>
#include <ease/io/json/json_members.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "catch.hpp"

namespace {
using namespace ease;

struct inner {
  double rate{0.5};
  std::optional<int> most{};
  std::vector<std::string> words{};
  std::string kind{"a"};
  static constexpr auto options() {
    return std::tuple{option("rate", &inner::rate, "a share", between{0.0, 1.0}),
                      option("most", &inner::most, "a count", at_least(1)), option("words", &inner::words, "some words"),
                      option("kind", &inner::kind, "one of two", one_of_words{"a", "b"})};
  }
};
struct outer {
  inner in{};
  int speed{1};
  static constexpr auto options() {
    return std::tuple{part(&outer::in), option("speed", &outer::speed, "how fast").without_effect_on_results()};
  }
};
struct component {
  static constexpr int version{3};
  outer options{};
  void each_part(auto&& visit) { visit(options); }
};
std::string id_of(auto thing) { return identity{}.add_component(thing).text(); }

struct result {
  std::string name{};
  std::map<std::string, std::size_t> counts{};
  std::optional<double> share{};
  std::vector<result> parts{};
  static constexpr auto members() {
    return std::tuple{member("name", &result::name), member("counts", &result::counts), member("share", &result::share),
                      member("parts", &result::parts)};
  }
};
}  // namespace

TEST_CASE("each option that changes results changes an identity, and no other does") {
  component const plain;
  auto const before = id_of(plain);
  CHECK(id_of(component{}) == before);
  auto changed = [&](auto&& change) {
    component other;
    change(other.options);
    return id_of(other) != before;
  };
  CHECK(changed([](outer& o) { o.in.rate = 0.25; }));
  CHECK(changed([](outer& o) { o.in.most = 0; }));
  CHECK(changed([](outer& o) { o.in.words = {""}; }));
  CHECK(changed([](outer& o) { o.in.kind = "b"; }));
  CHECK_FALSE(changed([](outer& o) { o.speed = 2; }));
}

TEST_CASE("no two lists of values look alike") {
  auto const id = [](auto const&... values) {
    identity all;
    (all.add(values), ...);
    return all.text();
  };
  CHECK(id("ab", "c") != id("a", "bc"));
  CHECK(id(1, 23) != id(12, 3));
  CHECK(id(std::vector<int>{1, 2}, 3) != id(std::vector<int>{1}, 2, 3));
  CHECK(id(std::optional<int>{}) != id(std::optional<int>{0}));
  CHECK(id(1) != id(1.0));
  CHECK(id(-1) != id(std::uint64_t(-1)));
  CHECK(id(std::int32_t{7}) == id(std::int64_t{7}));  // whatever its width
  CHECK(id(0.0) == id(-0.0));
}

TEST_CASE("an option out of its range is named with its value and its range") {
  auto const problem = [](auto&& change) -> std::string {
    outer o;
    change(o);
    try {
      check_options(o, "[stage] ");
    } catch (error const& e) {
      return e.what();
    }
    return {};
  };
  CHECK(problem([](outer&) {}).empty());
  CHECK(problem([](outer& o) { o.in.rate = 1.5; }) == "[stage] rate is 1.5: it must lie between 0 and 1");
  CHECK(problem([](outer& o) { o.in.rate = std::numeric_limits<double>::quiet_NaN(); }) ==
        "[stage] rate is nan: it must lie between 0 and 1");
  CHECK(problem([](outer& o) { o.in.most = 0; }) == "[stage] most is 0: it must be 1 or more");
  CHECK(problem([](outer& o) { o.in.kind = "c"; }) == "[stage] kind is c: choose one of a, b");
}

TEST_CASE("a struct of members is written and read back the same, and an unknown member is refused") {
  result r{"x", {{"a", 1}, {"b", 2}}, std::nullopt, {}};
  r.parts.push_back({"y", {}, 0.5, {}});
  auto const text = to_json_text(r);
  CHECK(text == R"({"name":"x","counts":{"a":1,"b":2},"parts":[{"name":"y","counts":{},"share":0.5,"parts":[]}]})");
  CHECK(to_json_text(from_json_text<result>(text, "the text")) == text);
  CHECK(from_json_text<result>("{}", "the text").name.empty());
  CHECK_THROWS_WITH(from_json_text<result>(R"({"nam":"x"})", "a.done"), "a.done: unknown member \"nam\"");
  CHECK_THROWS_AS(from_json_text<result>(R"({"name":"x"} {})", "a.done"), error);
  CHECK_THROWS_AS(from_json_text<result>(R"({"name":7})", "a.done"), error);
  CHECK_THROWS_AS(from_json_text<result>("rubbish", "a.done"), error);
}
