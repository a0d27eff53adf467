// SPDX-License-Identifier: Apache-2.0
#include <ease/run/folder/run_status.hpp>
#include <ease/run/saved_run.hpp>

#include "own_pipeline.hpp"

namespace {
using namespace ease;
using namespace test;

// What was done in a run, by step: "worked" or "already".
using steps_done = std::map<std::string, std::string>;

struct world {
  std::size_t asked{0}, measured{0};
  scripted_generator slm{echo(asked)};
  scripted_generator ruler{echo(measured, "ruler")};
  std::vector<record<prompt>> rows{prompts(10)};

  auto figure(ask_options how = {}) { return from(rows) | ask{slm, how} | measure_length{ruler} | keep_long{}; }
  steps_done run_in(std::filesystem::path const& path, ask_options how = {}, run_folder_options options = {}) {
    asked = measured = 0;
    steps_done done;
    options.on_stage = [&](stage_report const& r, bool already) {
      done[r.step] = already ? "already" : "worked";
      CHECK(r.rows.adds_up());
    };
    run(figure(std::move(how)), run_folder{path, std::move(options)}.at("figure"));
    return done;
  }
};
steps_done const all_worked{{"figure/1-ask", "worked"}, {"figure/2-measure_length", "worked"}};
steps_done const all_done{{"figure/1-ask", "already"}, {"figure/2-measure_length", "already"}};
steps_done const second_worked{{"figure/1-ask", "already"}, {"figure/2-measure_length", "worked"}};
}  // namespace

TEST_CASE("a pipeline in a folder leaves its stages' rows, and a second run replays them") {
  scratch const dir;
  world w;
  CHECK(w.run_in(dir.path) == all_worked);
  CHECK(w.asked == 10);
  auto const first = row_files_in(dir.path);
  CHECK(first.size() == 3);  // the two stages', and the rows that keep_long rejected
  CHECK(w.run_in(dir.path) == all_done);
  CHECK(w.asked + w.measured == 0);
  CHECK(row_files_in(dir.path) == first);

  // The rows are those of the pipeline without a folder.
  std::vector<std::string> plain, kept;
  for (auto const& row : w.figure()) plain.push_back(to_json(row));
  auto saved = run(w.figure(), run_folder{dir.path}.at("figure"));
  for (auto const& row : saved) kept.push_back(to_json(row));
  CHECK(kept == plain);
  CHECK(saved.count() == plain.size());
}

TEST_CASE("a change runs again what depends on it, and nothing else") {
  scratch const dir;
  world w;
  w.run_in(dir.path);
  CHECK(w.run_in(dir.path, {.how = "kindly"}) == all_worked);
  CHECK(w.asked == 10);
  CHECK(w.run_in(dir.path, {.how = "kindly", .speed = 7}) == all_done);  // an option without effect on results
  {
    world other{.rows = prompts(10)};
    other.ruler = echo(other.measured, "another ruler");
    CHECK(other.run_in(dir.path, {.how = "kindly"}) == second_worked);
    CHECK(other.asked == 0);
  }
  world longer{.rows = prompts(12)};
  CHECK(longer.run_in(dir.path, {.how = "kindly"}) == all_worked);
  CHECK(longer.asked == 2);  // the journal has the other ten
}

TEST_CASE("rows that were changed or removed by hand are made again") {
  scratch const dir;
  world w;
  w.run_in(dir.path);
  auto const first = row_files_in(dir.path);
  auto const path = dir.path / "figure/1-ask.jsonl";
  for (std::string const& text : {std::string{"{}\n"}, read_file(path) + "{}\n"}) {
    std::ofstream{path, std::ios::binary} << text;
    CHECK(w.run_in(dir.path) == steps_done{{"figure/1-ask", "worked"}, {"figure/2-measure_length", "already"}});
    CHECK(w.asked == 0);
    CHECK(row_files_in(dir.path) == first);
  }
  std::filesystem::remove(dir.path / "figure/2-measure_length.jsonl");
  CHECK(w.run_in(dir.path) == second_worked);
  CHECK(row_files_in(dir.path) == first);
  // A file with a new time and the same bytes is the same file.
  std::filesystem::last_write_time(path, std::filesystem::file_time_type::clock::now());
  CHECK(w.run_in(dir.path) == all_done);
  std::ofstream{dir.path / ".run/figure/1-ask.done"} << "rubbish";
  CHECK(w.run_in(dir.path) == steps_done{{"figure/1-ask", "worked"}, {"figure/2-measure_length", "already"}});
}

TEST_CASE("a run that is cut off anywhere is continued, and ends with the same bytes") {
  scratch const whole;
  world w;
  w.run_in(whole.path);
  auto const wanted = row_files_in(whole.path);
  for (bool const stream : {false, true})
    for (std::size_t stop = 0; stop < 20; ++stop) {
      scratch const dir;
      world cut;
      std::size_t ticks = 0;
      run_folder_options options{.stream = stream, .on_tick = [&] {
                                   if (ticks++ == stop) throw error{"stopped"};
                                 }};
      CHECK_THROWS_WITH(cut.run_in(dir.path, {}, options), "stopped");
      auto const before = cut.asked + cut.measured;
      cut.run_in(dir.path, {}, {.stream = stream});
      CHECK(row_files_in(dir.path) == wanted);
      CHECK(before + cut.asked + cut.measured <= w.asked + 10 + 8 + 4);  // what was handed over and not yet told may repeat
    }
}

TEST_CASE("streaming gives the same rows in one pass, and either way finds the other's done") {
  scratch const one, two;
  world w;
  w.run_in(one.path);
  CHECK(w.run_in(two.path, {}, {.stream = true}) == all_worked);
  CHECK(row_files_in(one.path) == row_files_in(two.path));
  CHECK(w.run_in(two.path) == all_done);
  CHECK(w.run_in(one.path, {}, {.stream = true}) == all_done);
}

TEST_CASE("rows that failed stand in a file of their own and are retried by the next run") {
  scratch const dir;
  world w;
  bool ill = true;
  w.slm = scripted_generator{[&](generation_request const& r) -> outcome<completion> {
                               ++w.asked;
                               auto const& text = std::get<conversation>(r.input).back().content;
                               if (ill && text.ends_with("3")) return failure{"no room"};
                               return completion{.text = "said " + text};
                             },
                             {.window = 4, .identity = "echo"}};
  w.run_in(dir.path);
  CHECK(read_file(dir.path / "figure/1-ask.failed.jsonl").find("\"detail\":\"no room\"") != std::string::npos);
  CHECK(w.run_in(dir.path) == steps_done{{"figure/1-ask", "worked"}, {"figure/2-measure_length", "already"}});
  CHECK(w.asked == 1);
  ill = false;
  CHECK(w.run_in(dir.path) == all_worked);
  CHECK(w.asked == 1);
  CHECK_FALSE(std::filesystem::exists(dir.path / "figure/1-ask.failed.jsonl"));
  world sound;
  scratch const other;
  sound.run_in(other.path);
  CHECK(row_files_in(dir.path) == row_files_in(other.path));
}

TEST_CASE("one process works in a folder at a time, and an earlier version's folder is refused") {
  scratch const dir;
  {
    run_folder const held{dir.path};
    CHECK_THROWS_WITH(run_folder{dir.path}, Catch::Contains("another run") && Catch::Contains("is active here"));
  }
  std::filesystem::create_directories(dir.path / ".stages");
  CHECK_THROWS_WITH(run_folder{dir.path},
                    Catch::Contains("an earlier version of ease ran here") && Catch::Contains("--fresh"));
  { run_folder const anew{dir.path, {.fresh = true}}; }
  CHECK_NOTHROW(run_folder{dir.path});
  CHECK_THROWS_WITH(run_folder{dir.path / ".run/version/below"},
                    Catch::Contains("this folder cannot be made: Not a directory"));
  std::ofstream{dir.path / ".run/version"} << "ease run folder 0\n";
  CHECK_THROWS_WITH(run_folder{dir.path}, Catch::Contains("an earlier version"));
}

TEST_CASE("fresh starts over") {
  scratch const dir;
  world w;
  w.run_in(dir.path);
  CHECK(w.run_in(dir.path, {}, {.fresh = true}) == all_worked);
  CHECK(w.asked == 10);
}

TEST_CASE("a remote model that a journal answers for is never opened, and has used nothing") {
  struct remote : scripted_generator {
    explicit remote(scripted_generator with) : scripted_generator{std::move(with)} {}
    std::optional<openai_usage> usage() const { return openai_usage{.requests = 7}; }
  };
  model_room room;
  auto const late = [&](bool local) {
    return late_model<remote>{
        {.identity = "it", .window = 4, .rows_are_independent = [] { return true; }, .is_local = local},
        [] {
          static std::size_t ignored = 0;
          return std::make_unique<remote>(echo(ignored, "it"));
        },
        room};
  };
  auto there = late(false), here = late(true);
  REQUIRE(there.usage().has_value());
  CHECK(there.usage()->requests == 0);
  CHECK_FALSE(here.usage().has_value());  // nobody counts what a local one does
  CHECK_FALSE(there.is_open());
  there.opened();
  CHECK(there.usage()->requests == 7);
}

TEST_CASE("late models are opened when they are asked and freed before another one loads") {
  scratch const dir;
  model_room room;
  std::vector<std::string> events;
  auto const late = [&](std::string name) {
    return late_model<scripted_generator>{{.identity = name, .window = 4, .rows_are_independent = [] { return true; }},
                                          [&events, name] {
                                            events.push_back("open " + name);
                                            static std::size_t ignored = 0;
                                            return std::make_unique<scripted_generator>(echo(ignored, name));
                                          },
                                          room};
  };
  auto first = late("first"), second = late("second");
  CHECK_FALSE(first.is_open());
  std::vector<generation_request> const one{{.input = conversation{{role::user, "x"}}}};
  room.next_stage();
  first.generate(one, [](auto, auto) {});
  CHECK(first.is_open());
  room.next_stage();
  second.generate(one, [](auto, auto) {});
  CHECK_FALSE(first.is_open());
  first.generate(one, [](auto, auto) {});  // both in one stage: both stay
  CHECK(second.is_open());
  CHECK(events == std::vector<std::string>{"open first", "open second", "open first"});
  room.clear();
  CHECK_FALSE(first.is_open());
  CHECK_FALSE(second.is_open());
}

TEST_CASE("the status of a run folder is what became of its stages") {
  scratch const dir;
  CHECK_THROWS_AS(status_of(dir.path), error);
  world w;
  w.run_in(dir.path);
  auto const status = status_of(dir.path);
  REQUIRE(status.stages.size() == 2);
  CHECK(status.stages[0].name == "figure/1-ask");
  CHECK(status.stages[0].done);
  CHECK(status.stages[0].read == 10);
  CHECK(status.current.empty());
  CHECK_FALSE(status.worker);
  CHECK(status.finished);
  CHECK(status.text().ends_with("\nfinished\n"));
}
