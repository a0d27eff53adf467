// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <cmath>
#include <ease/io/json/simdjson.hpp>
#include <ease/log/event_log.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "io/temporary.hpp"

using namespace ease;

namespace {
std::vector<std::string> lines_of(std::filesystem::path const& path) {
  std::istringstream in{test::content(path)};
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}
}  // namespace

TEST_CASE("an event is a JSON object with time, level, event and its fields") {
  test::temporary_folder const folder;
  event_log log;
  log.write(log_level::error, "nobody listens", {});
  log.open(folder / "log", log_level::debug, false);
  log.write(log_level::debug, "first",
            {{"count", std::size_t{7}}, {"share", 0.5}, {"yes", true}, {"text", "a \"b\"\n\xff"}, {"none", std::nan("")}});
  auto const lines = lines_of(folder / "log");
  REQUIRE(lines.size() == 1);
  simdjson::dom::parser parser;
  simdjson::dom::element const e = parser.parse(lines[0]);
  auto const text = [&](char const* key) { return std::string{std::string_view{e[key].get_string().value()}}; };
  CHECK(text("level") == "debug");
  CHECK(text("event") == "first");
  CHECK(text("text") == "a \"b\"\n\xEF\xBF\xBD");
  CHECK(text("time").size() == 24);
  CHECK(e["count"].get_int64().value() == 7);
  CHECK(e["share"].get_double().value() == 0.5);
  CHECK(e["yes"].get_bool().value());
  CHECK(e["none"].is_null());
}

TEST_CASE("a log goes on behind what is a log, and is appended to nothing else") {
  test::temporary_folder const folder;
  for (int i = 0; i < 2; ++i) {
    event_log log;
    log.open(folder / "log", log_level::info, false);
    log.write(log_level::info, "event", {});
    CHECK(log.path() == folder / "log");
  }
  CHECK(lines_of(folder / "log").size() == 2);
  for (std::string const other : {"{\"prompt\":\"count\"}\n", "[data]\n", "x"}) {
    std::ofstream{folder / "other"} << other;
    event_log log;
    CHECK_THROWS_WITH(log.open(folder / "other", log_level::info, false), Catch::Contains("something else than a log"));
    CHECK(test::content(folder / "other") == other);
  }
}

TEST_CASE("below its level nothing is logged, and what rows say only where it was asked for") {
  test::temporary_folder const folder;
  for (bool const with_text : {false, true}) {
    event_log log;
    auto const path = folder / (with_text ? "texts" : "plain");
    log.open(path, log_level::warn, with_text);
    log.write(log_level::info, "quiet", {});
    log.write(log_level::warn, "loud", {{"rows", 1}, row_says("prompt", "a marked text")});
    auto const all = test::content(path);
    CHECK(all.find("quiet") == all.npos);
    CHECK(all.find("\"rows\":1") != all.npos);
    CHECK((all.find("marked") != all.npos) == with_text);
  }
}

TEST_CASE("a secret is in no field, also inside a row's text") {
  test::temporary_folder const folder;
  event_log log;
  log.hide("sk-1234");
  log.hide("x");  // no secret: it would blacken everything
  log.open(folder / "log", log_level::debug, true);
  log.write(log_level::info, "e", {{"reason", "401 for sk-1234, sk-1234"}, row_says("prompt", "is sk-1234x right")});
  auto const all = test::content(folder / "log");
  CHECK(all.find("sk-1234") == all.npos);
  CHECK(all.find("401 for [hidden], [hidden]") != all.npos);
  CHECK(all.find("is [hidden]x right") != all.npos);
}

TEST_CASE("lines of several threads and logs do not mix, and a second run appends") {
  test::temporary_folder const folder;
  for (int run = 0; run < 2; ++run) {
    event_log one, other;  // as two processes have
    one.open(folder / "log", log_level::debug, false);
    other.open(folder / "log", log_level::debug, false);
    std::vector<std::thread> all;
    for (int t = 0; t < 4; ++t)
      all.emplace_back([&, t] {
        for (int i = 0; i < 100; ++i)
          (t % 2 == 0 ? one : other).write(log_level::info, "e", {{"text", std::string(200, 'x')}});
      });
    for (auto& t : all) t.join();
  }
  auto const lines = lines_of(folder / "log");
  CHECK(lines.size() == 800);
  simdjson::dom::parser parser;
  for (auto const& line : lines) CHECK(parser.parse(line).error() == simdjson::SUCCESS);
}

TEST_CASE("a log that cannot be begun is an error, one that cannot go on is counted") {
  test::temporary_folder const folder;
  event_log log;
  CHECK_THROWS_WITH(log.open((folder / "no") / "log", log_level::info, false), Catch::Contains("cannot write"));
  log.open("/dev/full", log_level::info, false);
  std::size_t most = 0;
  std::thread writer{[&] {
    for (int i = 0; i < 50; ++i) log.write(log_level::info, "e", {});
  }};
  for (int i = 0; i < 50; ++i) most = std::max(most, log.lost());  // another thread may ask at any time
  writer.join();
  CHECK(most <= 50);
  CHECK(log.lost() == 50);
}
