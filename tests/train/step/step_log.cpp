// SPDX-License-Identifier: Apache-2.0
#include <ease/train/step/step_log.hpp>
#include <filesystem>
#include <string>

#include "io/temporary.hpp"
// After libtorch: both have a CHECK, and the last one counts.
#include "catch.hpp"

namespace {
ease::training_step step(std::size_t number) {
  return {.step = number,
          .steps = 9,
          .loss = 2.5,
          .learning_rate = 1e-5,
          .gradient_norm = 0.5,
          .tokens = 300,
          .target_tokens = 100,
          .padding = 20,
          .seconds = 1.5,
          .peak_bytes = 4096};
}
std::size_t lines(std::string const& text) { return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')); }
}  // namespace

TEST_CASE("a line a step, a resumed run drops the steps that it makes again, and a line cut short") {
  test::temporary_folder const folder;
  auto const file = folder / "log.jsonl";
  {
    ease::step_log log{file, {}};
    for (std::size_t i = 1; i <= 6; ++i) log(step(i));
    CHECK(log.problem().empty());
  }
  auto const first = test::content(file);
  CHECK(first.substr(0, first.find('\n')) ==
        R"({"step":1,"steps":9,"loss":2.5,"learning_rate":1e-05,"gradient_norm":0.5,"tokens":300,"target_tokens":100,)"
        R"("padding":20,"seconds":1.5,"peak_bytes":4096})");
  folder.file("log.jsonl", first.substr(0, first.size() - 9));
  {
    ease::step_log log{file, {}};
    auto again = step(5);
    again.evaluation_loss = 2.25;
    log(again);
  }
  auto const second = test::content(file);
  CHECK(lines(second) == 5);
  CHECK(second.starts_with(first.substr(0, first.find("{\"step\":5"))));
  CHECK(second.ends_with("\"evaluation_loss\":2.25}\n"));
  {
    ease::step_log log{file, {}};
    log(step(1));
  }
  CHECK(lines(test::content(file)) == 1);
}

TEST_CASE("a log that cannot be written is told of, and stops nothing") {
  test::temporary_folder const folder;
  folder.file("nowhere", "");
  ease::step_log log{folder / "nowhere/log.jsonl", folder / "board"};
  log(step(1));
  log(step(2));
  CHECK(log.problem().find("nowhere") != std::string::npos);
}
