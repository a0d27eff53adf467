// SPDX-License-Identifier: Apache-2.0
#include <ease/record/fields.hpp>
#include <ease/stage/run.hpp>
#include <range/v3/view/filter.hpp>
#include <range/v3/view/take.hpp>
#include <range/v3/view/transform.hpp>
#include <ranges>
#include <string>
#include <vector>

#include "catch.hpp"

namespace {
using namespace ease;

struct shout : stage<needs<prompt>, adds<response>> {
  output operator()(input const& row) const { return with(answer{direct{get<prompt>(row) + "!"}}); }
};
struct is_short : stage<needs<prompt>> {
  bool operator()(input const& row) const { return get<prompt>(row).size() < 4; }
};
// Hands its window back in reverse: the pipeline must restore the order.
struct label : stage<needs<prompt, response>, adds<categories>> {
  explicit label(std::size_t rows = 2) : window_rows{rows} {}
  std::size_t window_rows;
  std::size_t window() const { return window_rows; }
  void operator()(std::span<input const> rows, emit const& done) const {
    for (auto i = rows.size(); i-- > 0;) {
      auto const& text = get<prompt>(rows[i]);
      if (text == "no")
        done(i, rejected{"no"});
      else if (text == "ill")
        done(i, failure{"ill"});
      else if (text != "nil")  // "nil" is forgotten
        done(i, with(category_set{category::benign}));
    }
  }
};
struct twice : stage<needs<prompt>, adds<component>> {
  std::size_t window() const { return 8; }
  void operator()(std::span<input const> rows, emit const& done) const {
    done(0, with(std::string{"a"}));
    done(0, with(std::string{"b"}));
    (void)rows;
  }
};
// Reads rows after it has handed them back, this one and the one before.
struct look_back : stage<needs<prompt>, adds<component>> {
  std::size_t window() const { return 8; }
  void operator()(std::span<input const> rows, emit const& done) const {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      done(i, with(std::string{"so far"}));
      seen->push_back(get<prompt>(rows[i]) + get<prompt>(rows[i == 0 ? 0 : i - 1]));
    }
  }
  std::vector<std::string>* seen;
};
// Rejects a row and says what it found all the same; tells at the end how many rows it saw.
struct grade : stage<needs<prompt>, adds<component>> {
  std::size_t seen{0};
  decision<output> operator()(input const& row) {
    ++seen;
    auto found = with(get<prompt>(row) + " graded");
    if (get<prompt>(row).size() > 3) return rejected_with<output>{{"long"}, std::move(found)};
    return found;
  }
  void finish(stage_count& counts) const { counts.note = fmt::format("{} seen", seen); }
};
// Reads what a later stage adds, where it is there already.
struct peek : stage<needs<prompt, maybe<component>>> {
  std::vector<std::string>* seen;
  explicit peek(std::vector<std::string>& into) : seen{&into} {}
  bool operator()(input const& row) const {
    seen->push_back(get<component>(row));
    return true;
  }
};
struct peek_many : stage<needs<prompt, maybe<component>>> {
  std::vector<std::string>* seen;
  explicit peek_many(std::vector<std::string>& into) : seen{&into} {}
  static std::size_t window() { return 2; }
  void operator()(std::span<input const> rows, emit const& done) const {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      seen->push_back(get<component>(rows[i]));
      done(i, output{});
    }
  }
};
struct count_rows : sink<needs<prompt>> {
  std::size_t rows{0};
  void operator()(input const&) { ++rows; }
  std::size_t finish() const { return rows; }
};

std::vector<record<prompt>> rows_of(std::initializer_list<char const*> texts) {
  std::vector<record<prompt>> rows;
  for (auto const* t : texts) rows.push_back(make_record<prompt>(t));
  return rows;
}
auto texts_of(auto&& pipeline) {
  std::vector<std::string> texts;
  for (auto const& row : pipeline) texts.push_back(get<prompt>(row));
  return texts;
}
using strings = std::vector<std::string>;

static_assert(std::ranges::input_range<decltype(from(rows_of({})) | shout{})>);
static_assert(ranges::input_range<decltype(from(rows_of({})) | shout{})>);
static_assert(std::same_as<decltype(from(rows_of({})) | shout{} | label{})::row, record<prompt, response, categories>>);
}  // namespace

TEST_CASE("every row read is written, rejected or failed, and order is kept") {
  for (std::size_t window : {1U, 2U, 3U, 100U}) {
    auto pipeline =
        from(rows_of({"a", "no", "bb", "long one", "ill", "nil", "c", "d", "e"})) | shout{} | is_short{} | label{window};
    CHECK(texts_of(pipeline) == strings{"a", "bb", "c", "d", "e"});
    auto const& report = pipeline.report();
    CHECK(report.adds_up());
    CHECK(report.read == 9);
    CHECK(report.written == 5);
    CHECK(report.failures() == 2);
    CHECK(report.stages[1].rejected.at("filtered") == 1);
    CHECK(report.stages[2].rejected.at("no") == 1);
    CHECK(report.summary() == "9 read, 5 written, 2 rejected (1 filtered, 1 no), 2 failed");
    CHECK(report.stages[2].stage == "label");
  }
}

TEST_CASE("rejected and failed rows reach the side output with their fields") {
  strings beside;
  auto const side = [&]<class Row>(std::string_view stage, Row const& row, auto const& why) {
    if constexpr (std::same_as<std::remove_cvref_t<decltype(why)>, rejected>)
      beside.push_back(std::string{stage} + ":" + get<prompt>(row) + ":" + why.reason);
    else
      beside.push_back(std::string{stage} + ":" + get<prompt>(row) + ":failed");
    if (stage == "label") CHECK(Row::template has<response>);
  };
  std::size_t written = 0;
  auto const report = run(
      from(rows_of({"a", "no", "long one", "nil"})) | shout{} | is_short{} | label{}, [&](auto const&) { ++written; }, side);
  CHECK(written == 1);
  CHECK(report.written == 1);
  CHECK(beside == strings{"label:no:no", "is_short:long one:filtered", "label:nil:failed"});
}

TEST_CASE("views of both libraries stand before and behind a pipeline") {
  auto const rows = rows_of({"a", "b", "c", "d"});
  CHECK(texts_of(rows | ranges::views::filter([](auto const& r) { return get<prompt>(r) != "b"; }) | shout{}) ==
        strings{"a", "c", "d"});
  CHECK(texts_of(from(rows | std::views::take(3)) | shout{} | label{}) == strings{"a", "b", "c"});
  CHECK(texts_of(from(rows) | shout{} | std::views::take(2)) == strings{"a", "b"});
  strings shouted;
  for (auto&& text : from(rows) | shout{} | ranges::views::take(2) |
                         ranges::views::transform([](auto const& r) { return written(*complete_part(get<response>(r))); }))
    shouted.push_back(text);
  CHECK(shouted == strings{"a!", "b!"});
}

TEST_CASE("a pipeline is lazy: it reads no further than it must") {
  std::size_t read = 0;
  auto const rows = rows_of({"a", "b", "c", "d"});
  auto source = rows | std::views::transform([&](auto const& r) {
                  ++read;
                  return r;
                });
  for (auto const& row : from(source) | shout{}) {
    CHECK(get<prompt>(row) == "a");
    break;
  }
  CHECK(read == 1);
}

TEST_CASE("a partial pipeline is composed without a source and used twice") {
  auto const steps = shout{} | is_short{} | label{};
  auto const rows = rows_of({"a", "long one", "b"});
  CHECK(texts_of(from(rows) | steps) == strings{"a", "b"});
  CHECK(texts_of(from(rows) | steps) == strings{"a", "b"});
}

TEST_CASE("a pipeline is the source of another, and ends in a sink") {
  auto const rows = rows_of({"a", "b", "long one"});
  auto [result, report] = run(from(from(rows) | is_short{}) | shout{} | count_rows{});
  CHECK(result == 2);
  CHECK(report.adds_up());
  CHECK(run(rows | count_rows{}).result == 3);
}

TEST_CASE("a row returned twice is a defect that is named") {
  auto pipeline = from(rows_of({"a"})) | twice{};
  CHECK_THROWS_WITH(pipeline.begin(), "stage twice: row 0 of a window of 1 was returned twice");
}

TEST_CASE("an empty source gives an empty run") {
  auto pipeline = from(rows_of({})) | shout{} | label{};
  CHECK(texts_of(pipeline).empty());
  CHECK(pipeline.report().adds_up());
}

TEST_CASE("a batch stage may read the rows it was shown until it returns") {
  strings seen;
  std::string const longer(64, 'x');
  auto pipeline = from(rows_of({"first", longer.c_str(), "third"})) | look_back{{}, &seen};
  CHECK(texts_of(pipeline) == strings{"first", longer, "third"});
  CHECK(seen == strings{"firstfirst", longer + "first", "third" + longer});
}

TEST_CASE("a vector keeps its rows, and a sink may take those that it gets") {
  std::string const longer(64, 'x');
  auto rows = rows_of({"one", longer.c_str(), "three"});
  auto const before = rows;
  std::vector<record<prompt, response, categories>> taken;
  run(from(rows) | shout{} | label{1}, [&](auto& row) { taken.push_back(std::move(row)); });
  CHECK(rows == before);
  REQUIRE(taken.size() == 3);
  for (std::size_t i = 0; i < taken.size(); ++i) {
    CHECK(get<prompt>(taken[i]) == get<prompt>(before[i]));
    CHECK(get<response>(taken[i]) == answer{direct{get<prompt>(before[i]) + "!"}});
  }
}

TEST_CASE("copies of a pipeline share neither a running pass nor a report") {
  auto const rows = rows_of({"a", "no", "b", "c"});
  auto first = from(rows) | shout{} | label{1};
  auto second = first;
  auto at = first.begin();
  CHECK(get<prompt>(*at) == "a");
  CHECK(texts_of(second) == strings{"a", "b", "c"});  // must not move the first one on
  CHECK(first.report().read < 4);
  ++at;
  CHECK(get<prompt>(*at) == "b");
  CHECK(second.report().read == 4);
  CHECK(second.report().adds_up());
}

TEST_CASE("a rejected row can bring what the stage found to the side output, and a stage can leave a note") {
  strings beside;
  auto const report = run(
      from(rows_of({"a", "long one"})) | grade{}, [](auto const&) {},
      [&]<class Row>(std::string_view, Row const& row, auto const& why) {
        if constexpr (std::same_as<std::remove_cvref_t<decltype(why)>, rejected> && Row::template has<component>)
          beside.push_back(get<component>(row) + ":" + why.reason);
      });
  CHECK(beside == strings{"long one graded:long"});
  CHECK(report.stages[0].note == "2 seen");
  CHECK(from_json_text<run_report>(to_json_text(report), "report").stages[0].rejected.at("long") == 1);
}

TEST_CASE("a stage reads a field it may have only behind the stage that adds it") {
  std::vector<std::string> before, after;
  auto const rows = rows_of({"a", "b", "c", "d", "e"});
  auto steps = from(rows) | peek{before} | peek_many{before} | grade{} | peek{after} | peek_many{after};
  for (auto const& row : steps) (void)row;
  CHECK(before == std::vector<std::string>(10));
  REQUIRE(after.size() == 10);
  for (auto const& one : after) CHECK(one.ends_with(" graded"));
  // No stage has to add it.
  auto const alone = run(from(rows) | peek{before}, [](auto const&) {});
  CHECK(alone.written == 5);
}
