// SPDX-License-Identifier: Apache-2.0
// The card of a trained model: its YAML head, whatever the names are, and the words below it.
#include <yaml-cpp/yaml.h>

#include <catch2/catch.hpp>
#include <ease/hub/dataset/dataset_card.hpp>
#include <ease/io/files/atomic_file.hpp>
#include <ease/named/card/base_card.hpp>
#include <ease/named/card/model_card.hpp>
#include <ease/named/card/training_card.hpp>
#include <filesystem>
#include <string>
#include <vector>

using Catch::Contains;
using ease::model_card;

namespace {

std::filesystem::path folder_of(std::string const& name) {
  auto const path = std::filesystem::temp_directory_path() / "ease_test_cards" / name;
  std::filesystem::remove_all(path);
  std::filesystem::create_directories(path);
  return path;
}
YAML::Node head_of(std::string const& card) { return YAML::Load(std::string{ease::detail::cards::front_matter(card)}); }

std::string const commit(40, 'a');

}  // namespace

TEST_CASE("A card's head says base, relation, data sets, library, task and tags", "[card]") {
  model_card card{.base = {.name = "org/tiny", .commit = commit, .licence = {{"license", {"apache-2.0"}}}},
                  .title = "a title"};
  card.phases = {{.title = "Phase 1",
                  .method = "trained",
                  .data = {{.name = "org/rows", .commit = commit, .part = "default/train", .rows = 12},
                           {.name = "mine.jsonl", .rows = 3}}},
                 {.title = "Phase 2", .method = "trained", .data = {{.name = "org/rows", .commit = commit, .rows = 4}}}};
  auto const text = card.text();
  auto const head = head_of(text);
  CHECK(head["base_model"].as<std::string>() == "org/tiny");
  CHECK(head["base_model_relation"].as<std::string>() == "finetune");
  CHECK(head["datasets"].as<std::vector<std::string>>() == std::vector<std::string>{"org/rows"});
  CHECK(head["library_name"].as<std::string>() == "transformers");
  CHECK(head["pipeline_tag"].as<std::string>() == "text-generation");
  CHECK(head["license"].as<std::string>() == "apache-2.0");
  CHECK_THAT(
      text, Contains("| `org/rows` at commit `" + commit + "`, `default/train` | 12 |") && Contains("| `mine.jsonl` | 3 |"));
  card.is_adapter = true;
  CHECK(head_of(card.text())["base_model_relation"].as<std::string>() == "adapter");
  CHECK(head_of(card.text())["library_name"].as<std::string>() == "peft");
}

TEST_CASE("A card's names are what they were, whatever YAML or Markdown would make of them", "[card]") {
  for (std::string const name : {"a: b", "\"quoted\"", "it's",     "- list", "#comment",
                                 "null", "true",       "1.5",      "0x10",   "na\xC3\xAFve \xE6\xA8\xA1\xE5\x9E\x8B",
                                 "{a}",  "[a]",        "*x",       "&x",     "!tag",
                                 "%x",   "@x",         "`x`",      "|",      "a | b",
                                 "---",  "2026-01-01", " spaced ", "~",      "yes",
                                 "a\\b", "?x"}) {
    CAPTURE(name);
    model_card card{.base = {.name = name}, .title = "t"};
    card.phases = {{.title = "p", .method = "m", .data = {{.name = name, .rows = 1}}}};
    auto const text = card.text();
    auto const head = head_of(text);
    CHECK(head["base_model"].as<std::string>() == name);
    CHECK(head["base_model"].Tag() == "!");  // quoted: a string for every reader of YAML
    CHECK_FALSE(head["datasets"].IsDefined());
    CHECK_FALSE(head["license"].IsDefined());
    CHECK_THAT(text, Contains("\n# The license of the base model"));
  }
  model_card const card{.base = {.name = "two\nlines\x01"}, .title = "t"};
  CHECK(head_of(card.text())["base_model"].as<std::string>() == "two\nlines\x01");
  CHECK_THAT(card.text(), Contains("`two lines `"));
  // What no reader of YAML takes, in the head or in the words, is replaced.
  model_card const odd{.base = {.name = "a\x7F"
                                        "b\xFF"
                                        "c\xC2\x85"
                                        "d\xEF\xBF\xBF"
                                        "e"},
                       .title = "t \x7F\xFF"};
  auto const text = odd.text();
  CHECK(text.find_first_of("\x7F\xFF") == text.npos);
  CHECK(text.find("\xEF\xBF\xBF") == text.npos);
  CHECK_THAT(head_of(text)["base_model"].as<std::string>(), Catch::StartsWith("a\xEF\xBF\xBD"
                                                                              "b\xEF\xBF\xBD"
                                                                              "c"));
  CHECK_THAT(text, Contains("# t \xEF\xBF\xBD\xEF\xBF\xBD\n"));
}

TEST_CASE("A card has a part for measured tables, where there are some", "[card]") {
  model_card card{.base = {.name = "m"}, .title = "t"};
  CHECK_THAT(card.text(), !Contains("Evaluation"));
  card.measured = "| a | b |\n|---|---|\n| 1 | 2 |";
  CHECK_THAT(card.text(), Contains("## Evaluation\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"));
}

TEST_CASE("The licence is that of the base's own card, or none", "[card]") {
  auto const folder = folder_of("licences");
  using ease::licence_in;
  CHECK(licence_in(folder, "m", "").empty());
  auto const says = [&](std::string const& text) {
    ease::write_atomically(folder / "README.md", text);
    return licence_in(folder, "org/m", commit);
  };
  CHECK(says("# no head\n").empty());
  CHECK(says("---\ntags: [a]\n---\n").empty());
  CHECK(says("---\nlicense: [\n---\n").empty());
  CHECK(says("---\nlicense:\n---\n").empty());
  CHECK(says("---\nlicense: mit\n---\n") == ease::card_licence{{"license", {"mit"}}});
  CHECK(says("---\nlicense: [mit, apache-2.0]\n---\n") == ease::card_licence{{"license", {"mit", "apache-2.0"}}});
  CHECK(says("\xEF\xBB\xBF---\r\nlicense: other\r\nlicense_name: qwen-research\r\nlicense_link: LICENSE\r\n---\r\n") ==
        ease::card_licence{{"license", {"other"}},
                           {"license_name", {"qwen-research"}},
                           {"license_link", {"https://huggingface.co/org/m/blob/" + commit + "/LICENSE"}}});
  CHECK(says("---\nlicense_link: https://example.org/l\n---\n").front().second.front() == "https://example.org/l");
}

TEST_CASE("Data of a card are data sets with commits, or files by their own names", "[card]") {
  auto const of_hub = ease::data_of_card({"org/rows", "org/rows@" + commit + ":default/train", 7, 6});
  CHECK(of_hub.name == "org/rows");
  CHECK(of_hub.commit == commit);
  CHECK(of_hub.part == "default/train");
  CHECK(of_hub.rows == 7);
  CHECK(ease::data_of_card({"/home/me/secret/rows.jsonl?columns=prompt=q", "/home/me/secret/rows.jsonl", 1, 1}).name ==
        "rows.jsonl");
  CHECK(ease::data_of_card({"a/b", "a/b", 1, 1}).name == "b");
  CHECK_FALSE(ease::data_of_card({"a/b", "a/b", 1, 1}).is_of_hub());
  CHECK(ease::data_of_card({"-", "-", 1, 1}).name == "standard input");
  CHECK(ease::model_of_card("openai:some-model@http://10.0.0.1:8000/v1") == "`some-model`, asked of a server");
}

TEST_CASE("A source has one line in a card, with what each of its selections is for", "[card]") {
  auto const name = "org/rows@" + commit + ":train/train";
  auto const all = ease::data_of_card({{"org/rows:train/train", name, 90, 90},
                                       {"org/rows:train/train?where=kind=harm|ful", name, 90, 7},
                                       {"a/x.jsonl", "a/x.jsonl", 5, 5},
                                       {"b/x.jsonl", "b/x.jsonl", 6, 4}},
                                      [](std::string const& file) {
                                        return file.find("where") != file.npos ? std::string{"`data.harmful`"}
                                               : file.starts_with("org")       ? std::string{"`data.diagnosis`"}
                                                                               : std::string{};
                                      });
  REQUIRE(all.size() == 3);
  CHECK(all[0].rows == 90);
  CHECK(all[0].use == "`data.diagnosis`; `data.harmful`: 7 rows where `kind=harm|ful`");
  CHECK(all[1].use.empty());
  CHECK(all[2].use == "4 of them");
  auto const text = ease::detail::cards::table_of_data(all);
  CHECK_THAT(text, Contains("`train/train` | 90 | `data.diagnosis`; `data.harmful`: 7 rows where `kind=harm\\|ful` |\n"));
  CHECK_THAT(text, Contains("| `x.jsonl` | 5 |  |\n"));
  CHECK(ease::detail::cards::table_of_data({{.name = "x", .rows = 3}}) ==
        "\n| data | rows read |\n|---|---|\n| `x` | 3 |\n");
}

TEST_CASE("A card speaks of selective reasoning after phase 2 alone", "[card]") {
  using ease::training_phase;
  for (auto const which : {training_phase::implant, training_phase::calibrate, training_phase::not_said}) {
    auto const text =
        ease::training_card({.name = "m", .through = "r"}, {ease::phase_of_card(which, {}, {}, {})}, "0").text();
    bool const selective = text.find("before some answers") != text.npos;
    CHECK(selective == (which == training_phase::calibrate));
    CHECK_THAT(text, Contains("trained from `r`"));
    if (which == training_phase::not_said) CHECK_THAT(text, !Contains("Phase"));
  }
}
