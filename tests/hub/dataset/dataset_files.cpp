// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <ease/core/error.hpp>
#include <ease/hub/dataset/dataset_files.hpp>
#include <ease/io/json/simdjson.hpp>
#include <ease/io/parquet/load_parquet.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"

using namespace ease;
using Catch::Contains;

namespace {

hub_name named(std::string_view text) { return *hub_name::parse(text, hub_kind::dataset); }

std::vector<dataset_config> card(std::string const& yaml) {
  return dataset_configs("---\n" + yaml + "---\nrest", "README.md");
}

std::string refusal(std::string_view name, std::string const& yaml, std::vector<std::string> const& paths) {
  try {
    auto const choice = choose_files(named(name), yaml.empty() ? std::vector<dataset_config>{} : card(yaml), paths);
    return "chose " + choice.config + "/" + choice.split;
  } catch (error const& e) {
    return e.what();
  }
}
bool is_row_file(std::string const& path) { return !detail::split_files::kind_of(path).empty(); }

}  // namespace

// tests/oracle/hub/dataset_layouts.py recorded what the Python library takes.
TEST_CASE("the files of each split are those that Hugging Face datasets takes") {
  simdjson::dom::parser parser;
  auto const layouts = parser.load(EASE_FIXTURES "/hub/dataset_layouts.json").get_array();
  std::size_t compared = 0;
  for (auto const layout : layouts) {
    INFO(std::string{std::string_view{layout["name"]}});
    std::vector<std::string> paths;
    for (auto const path : layout["paths"]) paths.emplace_back(std::string_view{path});
    std::ranges::reverse(paths);  // their order is nothing to go by
    auto const configs = layout["readme"].is_null() ? std::vector<dataset_config>{}
                                                    : dataset_configs(std::string_view{layout["readme"]}, "README.md");
    for (auto const [config, splits] : layout["configs"].get_object()) {
      for (auto const [split, files] : splits.get_object()) {
        std::vector<std::string> wanted;
        for (auto const file : files)
          if (std::string path{std::string_view{file}}; is_row_file(path)) wanted.push_back(std::move(path));
        hub_name name = named("org/name");
        name.config = config, name.split = split;
        CHECK(choose_files(name, configs, paths).files == wanted);
        ++compared;
      }
    }
    if (layout["default"].is_null()) {
      CHECK_THROWS_AS(choose_files(named("org/name"), configs, paths), usage_error);
    } else {
      CHECK(choose_files(named("org/name"), configs, paths).config == std::string_view{layout["default"]});
    }
  }
  CHECK(compared > 50);
}

TEST_CASE("what is not said and cannot be known is refused with what can be written") {
  std::string const two = "configs:\n- config_name: a\n  data_files: a.jsonl\n- config_name: b\n  data_files: b.jsonl\n";
  CHECK_THAT(refusal("org/name", two, {"a.jsonl", "b.jsonl"}), Contains("org/name:a, org/name:b"));
  CHECK_THAT(refusal("org/name@v1:c", two, {"a.jsonl", "b.jsonl"}), Contains("org/name@v1:a, org/name@v1:b"));
  CHECK(refusal("org/name:b", two, {"a.jsonl", "b.jsonl"}) == "chose b/train");
  CHECK_THAT(refusal("org/name:a/test", two, {"a.jsonl"}), Contains("\"test\"") && Contains("org/name:a/train"));
  CHECK_THAT(refusal("org/name", "", {"test/a.jsonl", "dev/b.jsonl"}),
             Contains("org/name:default/validation, org/name:default/test"));
  CHECK(refusal("org/name", "", {"test/a.jsonl"}) == "chose default/test");
  CHECK_THAT(refusal("org/name", "", {"README.md"}), Contains("no files of rows"));
  CHECK_THAT(refusal("org/name", two, {"b.jsonl"}), Contains("no default") || Contains("none is the default"));
  CHECK_THAT(refusal("org/name:a", two, {"b.jsonl"}), Contains("a.jsonl") && Contains("no such file"));
  CHECK_THAT(refusal("org/name", "configs:\n- config_name: a\n  data_files: x/*.jsonl\n", {"b.jsonl"}),
             Contains("x/*.jsonl"));
  if (auto const said = refusal("org/name", "", {"data/train-00000-of-00001.parquet"}); can_use_parquet())
    CHECK(said == "chose default/train");
  else
    CHECK_THAT(said, Contains("Parquet") && Contains("data/train-00000-of-00001.parquet") && Contains("script/bootstrap"));
  CHECK_THAT(refusal("org/name", "", {"a.png", "b.png"}), Contains("a.png") && Contains(".jsonl"));
  CHECK_THAT(refusal("org/name", "configs:\n- config_name: a\n  data_files: https://example.org/x.csv\n", {"x.csv"}),
             Contains("outside the repository"));
  CHECK_THAT(refusal("org/name", "configs:\n- config_name: a\n  data_files: 'x**/y.csv'\n", {"x.csv"}), Contains("**"));
}

// A split where a configuration belongs, the other way round, the words of `datasets`, and misspelt ones.
TEST_CASE("what was meant by a word in the wrong place is said as it is written") {
  std::vector<std::string> const three{"train.jsonl", "test.jsonl", "validation.jsonl"};
  CHECK_THAT(refusal("org/three:test", "", three), Contains("did you mean org/three:/test?"));
  CHECK_THAT(refusal("org/three@v1:dev", "", three), Contains("did you mean org/three@v1:/validation?"));
  CHECK_THAT(refusal("org/three:/val", "", three), Contains("did you mean org/three:default/validation?"));
  CHECK_THAT(refusal("org/three:/trian", "", three), Contains("did you mean org/three:default/train?"));
  std::string const two =
      "configs:\n- config_name: english\n  data_files:\n  - {split: train, path: a.jsonl}\n  - {split: test, path: "
      "c.jsonl}\n"
      "- config_name: dutch\n  data_files: b.jsonl\n";
  std::vector<std::string> const files{"a.jsonl", "b.jsonl", "c.jsonl"};
  CHECK_THAT(refusal("org/two:/english", two, files), Contains("did you mean org/two:english?"));
  CHECK_THAT(refusal("org/two:dutch/english", two, files), Contains("did you mean org/two:english?"));
  CHECK_THAT(refusal("org/two:test/english", two, files), Contains("did you mean org/two:english/test?"));
  CHECK_THAT(refusal("org/two:test", two, files), Contains("did you mean org/two:english/test?"));
  CHECK_THAT(refusal("org/two:/test", two, files), Contains("did you mean org/two:english/test?"));
  CHECK_THAT(refusal("org/two:dutch/test", two, files), Contains("did you mean org/two:english/test?"));
  CHECK_THAT(refusal("org/two:englsh/test", two, files), Contains("did you mean org/two:english/test?"));
  CHECK_THAT(refusal("org/two:x/y", two, files), !Contains("did you mean"));
}

TEST_CASE("a shard that the names of the others promise and that is not there is named") {
  auto const lacks = [](std::vector<std::string> const& paths) { return refusal("org/name:/train", "", paths); };
  CHECK_THAT(lacks({"data/train-00000-of-00003.jsonl", "data/train-00002-of-00003.jsonl"}),
             Contains("data/train-00001-of-00003.jsonl is missing") && Contains("data/train-00000-of-00003.jsonl"));
  CHECK_THAT(lacks({"data/train-00001-of-00002.csv.gz"}), Contains("data/train-00000-of-00002.csv.gz"));
  CHECK_THAT(lacks({"train_1-of-3.jsonl", "train_3-of-3.jsonl"}), Contains("train_2-of-3.jsonl"));
  // With a hash of its own behind each; from 1; of another split; a name that only looks so.
  CHECK(lacks({"data/train-00000-of-00002-a1.jsonl", "data/train-00001-of-00002-b2.jsonl"}) == "chose default/train");
  CHECK_THAT(lacks({"data/train-00000-of-00002-a1.jsonl"}), Contains("data/train-00001-of-00002.jsonl"));
  CHECK(lacks({"train/part-1-of-2.jsonl", "train/part-2-of-2.jsonl"}) == "chose default/train");
  CHECK(lacks({"data/train-00000-of-00001.jsonl", "data/test-00000-of-00002.jsonl"}) == "chose default/train");
  CHECK(lacks({"train/end-of-3.jsonl", "train/9-of-3.jsonl", "train/state-of-the-art.jsonl"}) == "chose default/train");
  // What the card leaves out is its author's choice.
  CHECK(refusal("org/name", "configs:\n- config_name: a\n  data_files: 'data/train-00000*'\n",
                {"data/train-00000-of-00002.jsonl", "data/train-00001-of-00002.jsonl"}) == "chose a/train");
}

TEST_CASE("of files of several kinds the message names one of the kind that it is about") {
  auto const said = refusal("org/name", "", {"a.jsonl", "b.parquet", "c.parquet"});
  if (!can_use_parquet())
    CHECK_THAT(said,
               Contains("script/bootstrap") && Contains("such as b.parquet") && Contains("hf://datasets/org/name/a.jsonl"));
  auto const mixed = choose_files(named("org/name"), {}, {"a.parquet", "b.jsonl", "c.jsonl"});
  CHECK(mixed.files == std::vector<std::string>{"b.jsonl", "c.jsonl"});
  REQUIRE(mixed.notes.size() == 1);
  CHECK_THAT(mixed.notes.front(), Contains("a.parquet"));
}

TEST_CASE("files that a name spells are those and no others") {
  std::vector<std::string> const paths{"README.md",           "data/a.jsonl",      "data/b.jsonl",
                                       "data/c.parquet",      "data/deep/d.jsonl", "shards/x-00000-of-00002.jsonl",
                                       "data/two words.jsonl"};
  auto const chosen = [&](std::string const& path) {
    try {
      std::string all;
      for (auto const& one : choose_paths(named("hf://datasets/org/name@v1/" + path), paths)) all += one + " ";
      return all;
    } catch (error const& e) {
      return std::string{e.what()};
    }
  };
  CHECK(chosen("data/b.jsonl") == "data/b.jsonl ");
  CHECK(chosen("data/?.jsonl") == "data/a.jsonl data/b.jsonl ");
  if (can_use_parquet())
    CHECK(chosen("data/*.parquet") == "data/c.parquet ");
  else
    CHECK_THAT(chosen("data/**"),
               Contains("hf://datasets/org/name@v1/data/**: data/c.parquet") && Contains("script/bootstrap"));
  CHECK_THAT(chosen("data"), Contains("folder") && Contains("hf://datasets/org/name@v1/data/*.jsonl"));
  CHECK_THAT(chosen("data/e.jsonl"), Contains("no such file") && Contains("hf://datasets/org/name@v1/data/a.jsonl"));
  CHECK_THAT(chosen("data/two%20words.jsonl"), Contains("write \"hf://datasets/org/name@v1/data/two words.jsonl\""));
  CHECK(chosen("data/two words.jsonl") == "data/two words.jsonl ");
  CHECK_THAT(chosen("README.md"), Contains("no file of rows"));
  CHECK(chosen("shards/x-00000-of-00002.jsonl") == "shards/x-00000-of-00002.jsonl ");  // one is one
  CHECK_THAT(chosen("shards/*.jsonl"), Contains("shards/x-00001-of-00002.jsonl"));
}

TEST_CASE("files of another kind than the most, and what the card says beside the files, are told of") {
  auto const mixed = choose_files(named("org/name"), {}, {"a.jsonl", "b.jsonl", "c.csv", "d.md"});
  CHECK(mixed.files == std::vector<std::string>{"a.jsonl", "b.jsonl"});
  REQUIRE(mixed.notes.size() == 1);
  CHECK_THAT(mixed.notes.front(), Contains("1 of the split's 4 files"));
  auto const read_otherwise = choose_files(
      named("org/name"), card("configs:\n- config_name: a\n  data_files: a.csv\n  sep: ';'\n  skiprows: 2\n"), {"a.csv"});
  REQUIRE(read_otherwise.notes.size() == 1);
  CHECK_THAT(read_otherwise.notes.front(), Contains("skiprows") && !Contains("sep"));
  CHECK(choose_files(named("org/name"), card("configs:\n- config_name: a\n  data_files: a.tsv\n  sep: \"\\t\"\n"), {"a.tsv"})
            .notes.empty());
  CHECK(choose_files(named("org/name"), card("configs:\n- config_name: a\n  data_files: a.csv\n  sep: '|'\n"), {"a.csv"})
            .notes.size() == 1);
}

TEST_CASE("a card that is no card is one line with its place") {
  auto const refused = [](std::string const& yaml) {
    try {
      (void)card(yaml);
    } catch (error const& e) {
      return std::string{e.what()};
    }
    return std::string{"read"};
  };
  CHECK(dataset_configs("# no card", "README.md").empty());
  CHECK(dataset_configs("---\nlicense: mit\n", "README.md").empty());  // without an end it is no head
  CHECK(dataset_configs("\xEF\xBB\xBF---\r\nconfigs:\r\n- config_name: a\r\n---\r\n", "README.md").size() == 1);
  CHECK_THAT(refused("configs: [\n"), Contains("README.md:") && !Contains("\n"));
  CHECK_THAT(refused("configs: 3\n"), Contains("configs"));
  CHECK_THAT(refused("configs:\n- data_files: a\n"), Contains("config_name"));
  CHECK_THAT(refused("configs:\n- config_name: a\n  data_files:\n  - split: x\n"), Contains("{split, path}"));
  CHECK_THAT(refused("configs:\n- config_name: a\n  data_files:\n  - {split: x, path: a}\n  - {split: x, path: b}\n"),
             Contains("twice"));
  CHECK_THAT(refused("configs:\n- config_name: a\n  data_files: {train: x}\n"), Contains("data_files"));
  CHECK_THAT(refused("configs:\n- config_name: \"a\\x1b[2J\"\n"), Contains("control characters"));
}

// Lists that hold one another by aliases: 10^9 names if each alias were written out.
TEST_CASE("a card that grows without end is refused in a moment") {
  std::string bomb = "x: &x [a, a, a, a, a, a, a, a, a, a]\n";
  for (char c = 'b'; c < 'j'; ++c) {
    bomb += std::string{c} + ": &" + c + " [";
    for (int i = 0; i < 10; ++i) bomb += std::string{i == 0 ? "" : ", "} + "*" + (c == 'b' ? 'x' : static_cast<char>(c - 1));
    bomb += "]\n";
  }
  CHECK(card(bomb).empty());
  CHECK_THROWS_AS(card(bomb + "configs:\n- config_name: a\n  data_files: *i\n"), error);
  std::string wide = "p: &p [" + std::string(40'000, 'a') + "]\nconfigs:\n";
  wide.replace(wide.find("aaaa"), 40'000, [] {
    std::string many;
    for (int i = 0; i < 2'000; ++i) many += "a, ";
    return many + "a";
  }());
  for (int i = 0; i < 200; ++i) wide += "- {config_name: c" + std::to_string(i) + ", data_files: *p}\n";
  CHECK_THROWS_AS(card(wide), error);
  CHECK_THROWS_AS(card(std::string(5'000'000, '#') + "\n"), error);
  CHECK_THROWS_AS(card("configs: " + std::string(100'000, '[') + "\n"), error);
}

TEST_CASE("20 000 files are sorted into their splits") {
  std::vector<std::string> paths;
  for (int i = 0; i < 20'000; ++i)
    paths.push_back("x/y/" + std::string{i % 2 == 0 ? "train" : "test"} + "/" + std::to_string(i) + ".jsonl");
  auto const choice = choose_files(named("org/name"), {}, paths);
  CHECK(choice.files.size() == 10'000);
  CHECK(std::ranges::is_sorted(choice.files));
}
