// SPDX-License-Identifier: Apache-2.0
#include <ease/named/judges/refuse_repeated.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "catch.hpp"
#include "io/temporary.hpp"

namespace {
using namespace ease;

std::string problem_of(auto refuse, std::vector<std::string> const& names) {
  try {
    refuse(names);
  } catch (usage_error const& e) {
    return e.what();
  }
  return {};
}

}  // namespace

TEST_CASE("a model, a judge or a file of rows that is named twice is refused under any of its names") {
  test::temporary_folder const folder;
  auto const at = [&](char const* name) { return (folder / name).string(); };
  std::filesystem::create_directory(folder / "model");
  folder.file("model/config.json", "{}");
  folder.file("other.gguf", "x");
  std::filesystem::create_directory_symlink("model", folder / "link");
  folder.file("rows.jsonl", "{}\n");

  auto const models = [](auto const&... names) { return problem_of(refuse_repeated_models, {names...}); };
  CHECK(models(at("model"), at("other.gguf"), std::string{"openai:m@http://h"}, std::string{"openai:m@http://g"}).empty());
  CHECK(models(at("model"), at("model")) == "--model " + at("model") + " is given twice; give it once");
  CHECK(models(at("model"), at("model/")) ==
        "--model " + at("model") + " and --model " + at("model/") + " are the same; give one of them");
  CHECK_FALSE(models(at("other.gguf"), at("model"), at("link")).empty());
  CHECK_FALSE(models(std::string{"ORG/NAME"}, std::string{"ORG/NAME"}).empty());
  CHECK_FALSE(models(std::string{"openai:m@http://h"}, std::string{"openai:m@http://h"}).empty());

  auto const judges = [](auto const&... names) { return problem_of(refuse_repeated_judges, {std::string{names}...}); };
  CHECK(judges("refusal", "judge?model=a", "judge?model=b", "harmbench?model=a", "judge?model=a&threshold=0.4").empty());
  CHECK_FALSE(judges("refusal", "refusal").empty());
  CHECK_FALSE(judges("judge?model=a", "refusal", "judge?model=a&threshold=0.5").empty());
  CHECK_FALSE(judges("judge?model=a", "judge?model=a&max_unparsed=1").empty());

  auto const rows = [&](std::string const& one, std::string const& other) {
    return problem_of(refuse_repeated_rows, {at("rows.jsonl") + one, at("./rows.jsonl") + other});
  };
  CHECK(rows("?where=a=1", "?where=a=2").empty());
  CHECK_FALSE(rows("?where=a=1", "?where=a=1").empty());
  CHECK_FALSE(rows("", "").empty());
}
