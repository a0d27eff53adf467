// SPDX-License-Identifier: Apache-2.0
// A stage from file to file: the output, the files beside it, the counts; and in two parts, merged to the same files.
#include <algorithm>
#include <ease/run/files/partial_report.hpp>
#include <ease/run/files/pipe.hpp>
#include <ease/run/files/sharding.hpp>
#include <ease/shards/merge_shards.hpp>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "catch.hpp"
#include "io/temporary.hpp"

namespace {
using namespace ease;
using rows_with_prompt = input_rows<prompt, other_keys>;

// Stands where named/journaled_models.hpp does: no model is asked here.
struct no_models {
  void expect(std::function<std::size_t()>) {}
  static std::vector<remote_use> used() { return {remote_use{.model = "m", .usage = {.requests = 2}, .from_journal = 1}}; }
};

struct without_odd : stage<needs<prompt>> {
  decision<output> operator()(input const& row) const {
    if (get<prompt>(row).size() % 2 == 1) return rejected{"odd"};
    return output{};
  }
};

std::string const rows{
    "{\"prompt\":\"ab\",\"n\":1}\n{\"prompt\":\"abc\"}\n{\"wrong\":1}\n{\"prompt\":\"abcd\"}\n{\"prompt\":\"x\"}\n"};

step_report work(input_options const& in, std::string const& out, std::string const& side) {
  no_models open;
  side_files beside;
  beside.file_for("", side);
  return pipe<rows_with_prompt>("without_odd", in, out, beside, open,
                                [](auto from_file) { return std::move(from_file) | without_odd{}; });
}

}  // namespace

TEST_CASE("a stage from file to file leaves its output and each row that went no further") {
  test::temporary_folder const folder;
  auto const in = folder.file("in.jsonl", rows).string();
  auto const report =
      work({.file = in, .on_bad_row = "reject"}, (folder / "out.jsonl").string(), (folder / "side.jsonl").string());
  CHECK(test::content(folder / "out.jsonl") == "{\"prompt\":\"ab\",\"n\":1}\n{\"prompt\":\"abcd\"}\n");
  auto const side = test::content(folder / "side.jsonl");
  CHECK(side.find("\"reason\":\"odd\"") != std::string::npos);
  CHECK(test::content(folder / "in.jsonl.bad.jsonl").find("wrong") != std::string::npos);
  CHECK(report.rows.written == 2);
  CHECK(report.rows.rejections() == 2);
  CHECK(report.read.rejected == 1);
  CHECK(report.troubled());
}

TEST_CASE("words that are no format or schema are errors") {
  CHECK_THROWS_AS(to_read_options({.format = "xml"}), error);
  CHECK_THROWS_AS(to_read_options({.schema = "round"}), error);
  CHECK_THROWS_AS(to_read_options({.on_bad_row = "ignore"}), error);
}

TEST_CASE("two parts merged are the whole and their reports add up") {
  test::temporary_folder const folder;
  auto const file = folder.file("in.jsonl", rows).string();
  auto const out = (folder / "out.jsonl").string(), side = (folder / "side.jsonl").string();
  for (auto const* said : {"1/2", "2/2"}) {
    sharding const part{said, out};
    input_options in{.file = file, .on_bad_row = "reject"};
    part.divide(in);
    part.finish("without-odd", work(in, part(out), part(side)), {in}, {{"ease", "1"}});
  }
  auto const merged = merge_shards(out, shards_beside(out));
  CHECK(merged.command == "without-odd");
  CHECK(merged.rows.written == 2);
  CHECK(test::content(out) == "{\"prompt\":\"ab\",\"n\":1}\n{\"prompt\":\"abcd\"}\n");
  CHECK(test::content(folder / "in.jsonl.bad.jsonl").find("wrong") != std::string::npos);
  partial_report whole;
  for (auto const& one : merged.details) whole += from_json_text<partial_report>(one, "a part");
  step_report report;
  whole.report_to(report);
  REQUIRE(report.remote.size() == 1);
  CHECK(report.remote[0].usage.requests == 4);
  CHECK(report.remote[0].from_journal == 2);
}

TEST_CASE("all outputs of a part stand in one folder") {
  sharding const part{"1/2", "a/out.jsonl"};
  CHECK(part("a/side.jsonl") == "a/side.shard-1-of-2.jsonl");
  CHECK_THROWS_AS(part("b/side.jsonl"), error);
  CHECK(sharding({}, "out.jsonl")("b/side.jsonl") == "b/side.jsonl");
  CHECK_THROWS_AS(sharding("1/2", ""), error);
}

TEST_CASE("keys that nothing reads are counted once however many parts there are") {
  test::temporary_folder const folder;
  auto const file =
      folder.file("in.jsonl", "{\"prompt\":\"ab\",\"n\":1,\"id\":1}\n{\"prompt\":\"cd\",\"n\":1}\n{\"prompt\":\"ef\"}\n")
          .string();
  auto const out = (folder / "out.jsonl").string(), side = (folder / "side.jsonl").string();
  read_counts all;
  for (auto const* said : {"1/2", "2/2"}) {
    sharding const part{said, out};
    input_options in{.file = file};
    part.divide(in);
    no_models open;
    side_files beside;
    beside.file_for("", part(side));
    auto const report = pipe<input_rows<history, prompt>>(
        "none", in, part(out), beside, open, [](auto from_file) { return std::move(from_file) | without_odd{}; });
    part.finish("none", report, {in}, {{"ease", "1"}});
    all += report.read;
  }
  CHECK(all.not_used == std::map<std::string, std::size_t>{{"id", 1}, {"n", 2}});
  CHECK(all.not_used_text() == "n (2)");  // files of ours have an id
  CHECK(merge_shards(out, shards_beside(out)).read.not_used == all.not_used);
}

TEST_CASE("rows are drawn at random by their prompts and the seed, whatever their order") {
  test::temporary_folder const folder;
  std::string lines, reversed;
  for (int i = 0; i < 200; ++i) {
    auto const line = fmt::format("{{\"prompt\":\"p{}\"}}\n", i);
    lines += line, reversed = line + reversed;
  }
  auto const drawn = [&](std::string const& name, std::string_view text, std::uint64_t seed, std::size_t wanted = 20) {
    rows_with_prompt source{{.file = folder.file(name, text).string(), .random_rows = wanted, .random_seed = seed}};
    std::set<std::string> all;
    for (auto const& row : source.rows()) all.insert(get<prompt>(row));
    auto const counts = source.counts();
    CHECK(counts.read == 200);
    CHECK(counts.given == all.size());
    CHECK(counts.read == counts.given + counts.left_out);
    CHECK(source.description().ends_with(fmt::format(", {} drawn at random (seed {})", all.size(), seed)) ==
          (all.size() < 200));
    return all;
  };
  auto const some = drawn("a.jsonl", lines, 1);
  CHECK(some.size() == 20);
  CHECK(drawn("b.jsonl", reversed, 1) == some);
  CHECK(drawn("c.jsonl", lines, 2) != some);
  // More of them hold the fewer.
  CHECK(std::ranges::includes(drawn("d.jsonl", lines, 1, 40), some));
  CHECK(drawn("e.jsonl", lines, 1, 500).size() == 200);
  CHECK_THROWS_AS((rows_with_prompt{{.file = "-", .random_rows = 3}}), usage_error);
}

TEST_CASE("shards of rows that were drawn hold each of them once") {
  test::temporary_folder const folder;
  std::string lines;
  for (int i = 0; i < 60; ++i) lines += fmt::format("{{\"prompt\":\"p{}\"}}\n", i);
  auto const file = folder.file("a.jsonl", lines).string();
  std::vector<std::size_t> positions;
  std::size_t left_out = 0, given = 0;
  for (std::size_t number = 1; number <= 3; ++number) {
    rows_with_prompt source{{.file = file, .random_rows = 25, .shard = {number, 3}}};
    for (auto const& row : source.placed()) positions.push_back(get<row_position>(row));
    left_out += source.counts().left_out, given += source.counts().given;
  }
  std::ranges::sort(positions);
  REQUIRE(positions.size() == 25);
  for (std::size_t i = 0; i < positions.size(); ++i) CHECK(positions[i] == i);
  CHECK(given == 25);
  CHECK(left_out == 35);
}
