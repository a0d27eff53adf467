// SPDX-License-Identifier: Apache-2.0
#include <ease/run/merge_run.hpp>

#include "own_pipeline.hpp"

namespace {
using namespace ease;
using namespace test;

struct drawn : stage<needs<prompt>> {
  static constexpr int version{1};
  static constexpr bool takes_all_rows{true};
  static std::size_t window() { return SIZE_MAX; }
  void operator()(std::span<input const> rows, emit const& done) const {
    for (std::size_t i = 0; i < rows.size(); ++i) done(i, output{});
  }
};
}  // namespace

TEST_CASE("the shards of a run, put together, are byte for byte the undivided run, which then finds itself done") {
  std::size_t asked = 0, measured = 0;
  auto slm = echo(asked);
  auto ruler = echo(measured, "ruler");
  auto const rows = prompts(40);
  auto const figure = [&] { return from(rows) | ask{slm} | measure_length{ruler} | keep_long{}; };
  scratch const whole;
  run(figure(), run_folder{whole.path}.at("figure"));
  auto const wanted = row_files_in(whole.path);
  for (std::size_t const parts : {1U, 2U, 7U}) {
    scratch const dir;
    asked = 0;
    for (std::size_t i = 1; i <= parts; ++i) run(figure(), run_folder{dir.path, {.shard = {i, parts}}}.at("figure"));
    CHECK(asked == 40);
    if (parts == 1) continue;  // the whole
    {
      run_folder const to{dir.path};
      auto const reports = merge_run(to);
      CHECK(reports.size() == 2);
      for (auto const& r : reports) CHECK(r.rows.adds_up());
      CHECK(reports.front().rows.read == 40);
    }
    CHECK(row_files_in(dir.path) == wanted);
    asked = measured = 0;
    std::size_t worked = 0;
    run(figure(),
        run_folder{dir.path, {.on_stage = [&](auto const&, bool already) { worked += already ? 0U : 1U; }}}.at("figure"));
    CHECK(asked + measured + worked == 0);
  }
}

TEST_CASE("shards that are missing, unfinished or of something else are refused") {
  std::size_t asked = 0;
  auto slm = echo(asked);
  auto const rows = prompts(10), others = prompts(10, "another");
  scratch const dir;
  CHECK_THROWS_WITH(merge_run(run_folder{dir.path}), Catch::Contains("no shard of a run"));
  run(from(rows) | ask{slm}, run_folder{dir.path, {.shard = {1, 2}}}.at("figure"));
  CHECK_THROWS_WITH(merge_run(run_folder{dir.path}), Catch::Contains("shard 2 of 2 is missing"));
  { run_folder const begun{dir.path, {.shard = {2, 2}}}; }
  CHECK_THROWS_WITH(merge_run(run_folder{dir.path}), Catch::Contains("has not run to its end"));
  run(from(others) | ask{slm}, run_folder{dir.path, {.shard = {2, 2}}}.at("figure"));
  CHECK_THROWS_WITH(merge_run(run_folder{dir.path}), Catch::Contains("of other rows, settings or models"));
  CHECK_FALSE(std::filesystem::exists(dir.path / "figure.jsonl"));
}

TEST_CASE("a shard that stands in another's place is refused, and not taken for done") {
  scratch const dir;
  auto const rows = prompts(40);
  std::size_t asked = 0;
  auto slm = echo(asked);
  auto const part = [&](std::size_t number) {
    return run(from(rows) | ask{slm}, run_folder{dir.path, {.shard = {number, 2}}}.at("figure")).count();
  };
  auto const first = part(1), second = part(2);
  CHECK(first + second == 40);
  REQUIRE(first != second);
  auto const one = dir.path / "shards" / "1-of-2", other = dir.path / "shards" / "2-of-2";
  std::filesystem::remove_all(other);
  std::filesystem::copy(one, other, std::filesystem::copy_options::recursive);
  CHECK_THROWS_WITH(merge_run(run_folder{dir.path}), Catch::Contains("this is shard 1/2, in the place of shard 2/2"));
  CHECK_FALSE(std::filesystem::exists(dir.path / "figure.jsonl"));
  CHECK(part(2) == second);
  CHECK(merge_run(run_folder{dir.path}).front().rows.written == 40);
}

TEST_CASE("a stage that takes all rows at once cannot be divided") {
  scratch const dir;
  auto const rows = prompts(4);
  CHECK_THROWS_WITH(run(from(rows) | drawn{}, run_folder{dir.path, {.shard = {1, 2}}}),
                    Catch::Contains("stage drawn takes all rows at once"));
}
