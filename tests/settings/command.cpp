// SPDX-License-Identifier: Apache-2.0
// A command of a program: flags that follow from a struct of options, and what is refused before it begins.
#include <ease/settings/command.hpp>
#include <ease/settings/command_named.hpp>
#include <ease/settings/complaint.hpp>
#include <ease/settings/foreign_options.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <tuple>

#include "catch.hpp"
#include "io/temporary.hpp"

namespace {
using namespace ease;

struct cut_options {
  std::size_t max_words{200};
  bool keep_long{true};
  std::string mark{};

  static constexpr auto options() {
    using c = cut_options;
    return std::tuple{option("max_words", &c::max_words, "Words a prompt may have", between{1, 1000}),
                      option("keep_long", &c::keep_long, "Longer ones are cut, not left out"),
                      option("mark", &c::mark, "What a cut prompt ends with").idle([](c const& x) -> std::string_view {
                        return x.keep_long ? "" : "nothing is cut";
                      })};
  }
};

struct program {
  CLI::App line{"a program"};
  action chosen{};
  cut_options cut{};
  std::string in{}, out{}, settings{};
  program() {
    command cmd{line, "cut", "Cuts prompts", "Example: cut in.jsonl --out out.jsonl"};
    cmd->add_option("input", in)->type_name("FILE");
    cmd->add_option("--out", out)->type_name("FILE");
    cmd.options(cut, {{"mark", "--with"}});
    cmd.unused({"--out"}, [this]() -> std::string { return in.empty() ? "nothing is read" : ""; });
    cmd.files([this] { return file_use{.reads = {in}, .writes = {out}}; });
    cmd.settings_to(settings);
    cmd.runs(chosen, [] { return 5; });
  }
  program(program const&) = delete;
  void parse(std::string const& text) { line.parse(text, false); }
};

}  // namespace

TEST_CASE("options of a struct become flags with their ranges") {
  program p;
  p.parse("cut --max-words 7 --no-keep-long");
  CHECK(p.cut.max_words == 7);
  CHECK_FALSE(p.cut.keep_long);
  CHECK(p.chosen() == 5);
  CHECK(p.settings == R"({"input":null,"out":null,"max_words":7,"no_keep_long":true,"with":null})");
}

TEST_CASE("underscores are taken as in the published scripts") {
  program p;
  p.parse("cut --max_words 9");
  CHECK(p.cut.max_words == 9);
}

TEST_CASE("what is out of range or has no effect is wrong usage") {
  CHECK_THROWS_WITH(program{}.parse("cut --max-words 0"), Catch::Contains("it must lie between 1 and 1000"));
  CHECK_THROWS_WITH(program{}.parse("cut --no-keep-long --with ..."),
                    Catch::Contains("--with has no effect: nothing is cut"));
  CHECK_THROWS_WITH(program{}.parse("cut --out o"), Catch::Contains("--out has no effect: nothing is read"));
}

TEST_CASE("a command does not write over what it reads") {
  test::temporary_folder const folder;
  auto const file = (folder.path() / "rows.jsonl").string();
  std::ofstream{file} << "{}\n";
  CHECK_THROWS_WITH(program{}.parse("cut " + file + " --out " + file), Catch::Contains("would write over it"));
}

TEST_CASE("options of another program are accepted without effect or refused, in its own spelling") {
  CLI::App line{"a program"};
  action chosen;
  std::string settings, told;
  command cmd{line, "train", "Trains", "Example: train"};
  add_without_effect(cmd, {{"multi_gpu", "all are used", false}, {"memory_share", "it is taken as needed"}},
                     [&](std::string const& said) { told += said + "\n"; });
  add_refused(cmd, {{"config_file", "say it as options"}, {"use_fsdp", "there is one way", false}});
  cmd.settings_to(settings);
  cmd.runs(chosen, [] { return 0; });
  line.parse("train --multi-gpu --memory_share 0.8", false);
  CHECK(told == "--multi_gpu has no effect: all are used\n--memory_share has no effect: it is taken as needed\n");
  CHECK(settings == "{}");
  CHECK_THROWS_WITH(line.parse("train --config-file a.yaml", false), "--config_file is not supported: say it as options");
  CHECK_THROWS_WITH(line.parse("train --use_fsdp", false), Catch::Contains("--use_fsdp is not supported"));
  auto const help = line.get_subcommand("train")->help();
  auto const refused = help.find("Refused"), idle = help.find("Accepted without effect");
  CHECK(idle < refused);
  CHECK(help.find("--config_file") > refused);
  CHECK(help.find("--multi_gpu") < refused);
}

TEST_CASE("a word that names no command names the nearest") {
  CLI::App line{"a program"};
  command const a{line, "filter_unsafe", "Filters", ""}, b{line, "launch", "Launches", ""};
  CHECK(&command_named(line, "filter_unsafe", b.line()) == &a.line());
  CHECK_THROWS_WITH(command_named(line, "launch", b.line()), Catch::Contains("there is no command \"launch\""));
  CHECK(no_command_named(line, "filter_unsave.py") ==
        "there is no command \"filter_unsave.py\"; did you mean filter_unsafe?");
}

TEST_CASE("what is wrong with a line is one sentence that names what was typed") {
  CLI::App line{"a program"};
  line.require_subcommand(1);
  command cmd{line, "mix", "Mixes", ""};
  std::string rows;
  int most{0};
  cmd->add_option("rows", rows)
      ->required()
      ->check(
          [](std::string const& file) { return file.ends_with(".jsonl") ? std::string{} : file + " is no file of rows"; },
          "");
  cmd->add_option("--most", most);
  auto const of = [&](std::string const& text) {
    try {
      line.parse(text, false);
    } catch (CLI::ParseError const& e) {
      auto const chosen = line.get_subcommands();
      return complaint(line, chosen.empty() ? nullptr : chosen.front(), e);
    }
    return std::string{"nothing"};
  };
  CHECK(of("mix a.jsonl --most 3") == "nothing");
  CHECK(of("mixx a.jsonl") == "there is no command \"mixx\"; did you mean mix?");
  CHECK(of("mixx --help") == "there is no command \"mixx\"; did you mean mix?");
  CHECK(of("") == "name a command");
  CHECK(of("mix --mots 3") == "there is no option --mots; did you mean --most?");  // and not that rows are missing
  CHECK(of("mix --mots 3 a.jsonl --most x") ==
        "there is no option --mots; did you mean --most?");          // nor the value of another
  CHECK(of("mix --kind 1 a.jsonl") == "there is no option --kind");  // whose value is taken for the rows
  CHECK(of("mix a.jsonl b.jsonl") == "\"b.jsonl\" was not expected");
  CHECK(of("mix a.jsonl --most") == "--most stands without a value");
  CHECK(of("mix a.jsonl --most 1 --most 2") == "--most is given 2 times; give it once");
}
