// SPDX-License-Identifier: Apache-2.0
// Options of structs from a settings file and from flags: what is said is read or refused, with the place in front.
#include <array>
#include <ease/settings/settings.hpp>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "catch.hpp"
#include "io/temporary.hpp"

namespace {
using namespace ease;

enum class pace { slow, fast };
constexpr auto words_of(pace) { return std::array{std::string_view{"slow"}, std::string_view{"fast"}}; }

struct training {
  double rate{1e-3};
  pace how{pace::slow};
  std::optional<bool> packed{};

  static constexpr auto options() {
    using t = training;
    return std::tuple{option("rate", &t::rate, "Step size", above{0, 1}), option("how", &t::how, "How fast"),
                      option("packed", &t::packed, "Rows share a batch").idle([](t const& x) -> std::string_view {
                        return x.how == pace::slow ? "slow training packs nothing" : "";
                      })};
  }
};
struct all_settings_of_ours {
  std::string model{};
  std::vector<std::string> files{};
  std::size_t rows{10};
  training first{};
  std::optional<training> second{};

  static constexpr auto options() {
    using a = all_settings_of_ours;
    return std::tuple{option("model", &a::model, "A folder").path(), option("files", &a::files, "Rows").path(),
                      option("rows", &a::rows, "How many", at_least(1)), option("first", &a::first, "A table"),
                      option("second", &a::second, "A table that may be missing")};
  }
};

std::filesystem::path written(test::temporary_folder const& folder, std::string const& text) {
  auto path = folder.path() / "settings.toml";
  std::ofstream{path} << text;
  return path;
}
std::string problem_of(auto&& work) {
  try {
    work();
  } catch (error const& e) {
    return e.what();
  }
  return {};
}

}  // namespace

TEST_CASE("a settings file is read key by key and table by table") {
  test::temporary_folder const folder;
  all_settings_of_ours s;
  read_settings(s, said_settings{written(folder,
                                         "model = 'slm'\nfiles = ['a.jsonl', '/b.jsonl']\nrows = 3\n"
                                         "[first]\nrate = 0.5\nhow = 'fast'\npacked = true\n[second]\n")});
  CHECK(s.model == (folder.path() / "slm").string());
  CHECK(s.files == std::vector<std::string>{(folder.path() / "a.jsonl").string(), "/b.jsonl"});
  CHECK(s.rows == 3);
  CHECK(s.first.rate == 0.5);
  CHECK(s.first.how == pace::fast);
  CHECK(s.first.packed == true);
  CHECK(s.second.has_value());
}

TEST_CASE("a flag wins over the file and a remote model is no path") {
  test::temporary_folder const folder;
  said_settings said{written(folder, "model = 'openai:m@http://h'\nrows = 3\n")};
  said_settings flags;
  flags.set("rows", {"7"}, "--rows");
  flags.set("first.how", {"fast"}, "--first.how");
  said.add(flags);
  all_settings_of_ours s;
  read_settings(s, said);
  CHECK(s.rows == 7);
  CHECK(s.first.how == pace::fast);
  CHECK(s.model == "openai:m@http://h");
  CHECK_FALSE(s.second);
}

TEST_CASE("two flags that say different things of one setting are named together") {
  said_settings flags;
  flags.set("model=a", "--set");
  flags.set("model", {"a"}, "--model");
  auto const with = [&](std::vector<std::string> const& values, std::string const& flag) {
    return problem_of([&] { flags.set("model", values, flag); });
  };
  CHECK_THAT(with({"b"}, "--set model"), Catch::Contains("--model and --set model"));
  CHECK_THAT(problem_of([&] { flags.set("model=b=c", "--set"); }), Catch::Contains("--model and --set model"));
  CHECK_THAT(problem_of([&] { flags.set("=b", "--set"); }), Catch::Contains("--set") && Catch::Contains("KEY=VALUE"));
  CHECK_THAT(with({"a", "b"}, "--model"), Catch::Contains("--model is given twice"));
  all_settings_of_ours s;
  read_settings(s, flags);
  CHECK(s.model == "a");
}

TEST_CASE("what is wrong is named with its place") {
  test::temporary_folder const folder;
  all_settings_of_ours s;
  auto const of = [&](std::string const& text) {
    return problem_of([&] { read_settings(s, said_settings{written(folder, text)}); });
  };
  CHECK_THAT(of("rows = 0\n"), Catch::Contains("settings.toml:1: rows is 0: it must be 1 or more"));
  CHECK_THAT(of("\nrows = 'many'\n"), Catch::Contains("settings.toml:2: rows: expected a whole number"));
  CHECK_THAT(of("[first]\nhow = 'quick'\n"), Catch::Contains("first.how: \"quick\" is not known; choose one of slow|fast"));
  CHECK_THAT(of("[first]\nrte = 1\n"), Catch::Contains("[first] unknown key \"rte\"; did you mean rate?; known here: "));
  CHECK_THAT(of("rows = \n"), Catch::Contains("settings.toml:"));
  CHECK_THAT(problem_of([] { said_settings const none{"/none.toml"}; }), Catch::Contains("no such file"));
}

TEST_CASE("a setting that has no effect beside the others is refused where it was said") {
  test::temporary_folder const folder;
  said_settings const said{written(folder, "[first]\npacked = true\n")};
  all_settings_of_ours s;
  read_settings(s, said);
  CHECK_THAT(problem_of([&] { refuse_idle_settings(s, said); }),
             Catch::Contains("settings.toml:2: first.packed has no effect: slow training packs nothing"));
}

TEST_CASE("all settings are listed with their values and defaults") {
  auto const all = all_settings(all_settings_of_ours{});
  REQUIRE(all.size() == 9);
  CHECK(all[0].key == "model");
  CHECK(all[0].values == "PATH");
  CHECK(all[1].takes_several);
  CHECK(all[2].default_text == "10");
  CHECK(all[2].values == ">= 1");
  CHECK(all[4].key == "first.how");
  CHECK(all[4].values == "slow|fast");
  CHECK(all[8].key == "second.packed");
}
