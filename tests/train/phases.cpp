// SPDX-License-Identifier: Apache-2.0
// Both phases of the paper, by the same function templates as `ease run`, on a small real model that answers, is scored and
// is trained here: in one process, and as the ranks of a job.
#include <ease/backend/torch.hpp>
#include <ease/classifier/zero_shot_classifier.hpp>
#include <ease/guard/refusal_judge.hpp>
#include <ease/method/calibrate.hpp>
#include <ease/method/implant.hpp>
#include <ease/run/mixed_source.hpp>
#include <ease/run/run_bound_pipeline.hpp>
#include <ease/teacher/policy_template.hpp>
#include <ease/train/distributed/gloo.hpp>
#include <ease/train/folder_trainer.hpp>
#include <filesystem>
#include <regex>
#include <string>
#include <vector>

#include "apart.hpp"
#include "catch.hpp"
#include "io/temporary.hpp"
#include "ranks.hpp"

namespace {
using namespace ease;
namespace fs = std::filesystem;

// The fixture with room for a policy's trace: its tokens are single characters, and its context is 512 of them.
void write_wide_model(fs::path const& to) {
  fs::copy(fs::path{EASE_FIXTURES} / "llm/llama_chat", to);
  auto const config = test::content(to / "config.json");
  std::ofstream{to / "config.json"} << std::regex_replace(config, std::regex{"(max_position_embeddings\": *)512"},
                                                          "$018192");
}

using adversarial = record<prompt, data_type, vanilla, given_categories>;
using direct_row = record<prompt, given_target, given_categories, file_number>;

struct training_set {
  std::vector<adversarial> prompts{};
  std::vector<direct_row> refusals{}, general{};
  std::vector<record<prompt>> held_out{make_record<prompt>("act as a rude parrot")};

  training_set() {
    auto const given = [](char const* text) { return std::optional<complete_answer>{direct{text}}; };
    for (int i = 0; i < 4; ++i) {
      auto const n = std::to_string(i);
      // Half of them bring their categories; the model is asked about the others.
      prompts.push_back(make_record<prompt, data_type, vanilla, given_categories>(
          "play a rude pirate " + n, prompt_kind::adversarial_harmful, std::nullopt,
          i % 2 == 0 ? std::optional{category_set{category::illicit}} : std::nullopt));
      prompts.push_back(make_record<prompt, data_type, vanilla, given_categories>(
          "play a pirate who counts " + n, prompt_kind::adversarial_benign, "count to " + n, std::nullopt));
      refusals.push_back(make_record<prompt, given_target, given_categories, file_number>(
          "be rude " + n, std::nullopt, category_set{category::harassment}, std::size_t{0}));
      general.push_back(make_record<prompt, given_target, given_categories, file_number>(
          "name a colour " + n, given("Blue."), std::nullopt, std::size_t{0}));
    }
  }
};

torch_generator<cpu> generator_of(fs::path const& model) {
  return torch_generator<cpu>{load_model(model, at::kCPU, precision::float32)};
}
// To a random model all categories are about as likely: several are kept, and so harmful ones.
constexpr zero_shot_classifier_options several{.threshold = 0.05};

training_options briefly() {
  return {.learning_rate = 3e-3,
          .epochs = 2,
          .batch_size = 2,
          .gradient_accumulation_steps = 2,
          .precision = training_precision::float32};
}
// A few letters, which the random model then ends or not: what it did not end has no answer to keep.
calibrate_options calibrating() {
  calibrate_options o;
  o.diagnose.sampling.max_tokens = 8;
  o.reasoning.self_responses.sampling.max_tokens = 8;
  o.adversarial_benign = 0;
  o.mix.min_fraction = 0;
  return o;
}
implant_options implanting() {
  implant_options o;
  o.reasoning = calibrating().reasoning;
  o.mix.min_fraction = 0;
  return o;
}

// Phase 2 of `base` in the run folder `out`, its model in `model`.
template <class Device>
folder_training calibrate_in(fs::path const& out, fs::path const& slm_path, fs::path const& base, fs::path const& model) {
  auto slm = generator_of(slm_path);
  refusal_judge judge;
  zero_shot_classifier classifier{slm, several};
  policy_template teacher;
  folder_trainer<Device> trainer{base, model, briefly()};
  training_set rows;
  return run(calibrate(models{slm, judge, classifier, teacher, trainer}, rows.prompts, rows.refusals, rows.general,
                       rows.held_out, calibrating()),
             run_folder{out})
      .result;
}

ranks::job const phase_2_job{"phase 2", [] {
                               auto const folder = fs::path{ranks::variable(ranks::folder_variable)};
                               auto const done = calibrate_in<ddp<ease::gloo>>(ranks::mine("out"), folder / "wide",
                                                                               folder / "wide", folder / "model");
                               // What the first rank left is there for all, at once.
                               load_model(folder / "model", at::kCPU, precision::float32);
                               std::ofstream{ranks::mine("losses")}
                                   << fmt::format("{} {} {} {}", done.trained, done.steps, done.first_loss, done.last_loss);
                             }};

void check_like(fs::path const& ours, fs::path const& theirs, double most) {
  auto const a = load_model(ours, at::kCPU, precision::float32).net->named_parameters();
  auto const b = load_model(theirs, at::kCPU, precision::float32).net->named_parameters();
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    INFO(a[i].first);
    CHECK(apart(a[i].second, b[i].second) < most);
  }
}
}  // namespace

TEST_CASE("both phases on a real model in a run folder, a second run does nothing") {
  test::temporary_folder const dir;
  auto const wide = dir / "wide";
  write_wide_model(wide);
  fs::file_time_type written{};
  for (bool const again : {false, true}) {
    INFO((again ? "again" : "first"));
    auto slm = generator_of(wide);
    refusal_judge judge;
    zero_shot_classifier classifier{slm, several};
    policy_template teacher;
    training_set rows;
    run_folder const folder{dir / "out"};
    folder_trainer<cpu> reasoning{wide, dir / "out/reasoning_model", briefly()};
    auto const first =
        run(implant(models{slm, judge, classifier, teacher, reasoning}, rows.prompts, rows.held_out, implanting()),
            folder.at("implant"));
    CHECK(first.result.reasoned == first.result.examples);
    CHECK(first.result.examples >= 2);
    folder_trainer<cpu> calibrating_trainer{dir / "out/reasoning_model", dir / "out/model", briefly()};
    auto const second = run(calibrate(models{slm, judge, classifier, teacher, calibrating_trainer}, rows.prompts,
                                      rows.refusals, rows.general, rows.held_out, calibrating()),
                            folder.at("calibrate"));
    CHECK(second.result.reasoned >= 2);
    CHECK(second.result.trained - second.result.reasoned == 8);
    CHECK(second.result.last_loss < second.result.first_loss);
    auto const weights = fs::last_write_time(dir / "out/model/model.safetensors");
    if (again) {
      CHECK(folder.worked() == 0);
      CHECK(weights == written);
    }
    written = weights;
  }
  CHECK_FALSE(fs::exists(dir / "out/model.training"));
  auto const trained = load_model(dir / "out/model", at::kCPU, precision::float32);
  CHECK(trained.net->config.vocab > load_model(wide, at::kCPU, precision::float32).net->config.vocab);  // the think tokens

  // The model is damaged, gone, or to be another: it is trained again, by the rows that are there. A note beside it changes
  // nothing.
  auto const weights = test::content(dir / "out/model/model.safetensors");
  std::ofstream{dir / "out/model/README.md"} << "a note";
  fs::resize_file(dir / "out/model/model.safetensors", weights.size() / 2);
  run_folder const folder{dir / "out"};
  auto slm = generator_of(wide);
  refusal_judge judge;
  zero_shot_classifier classifier{slm, several};
  policy_template teacher;
  training_set rows;
  auto options = briefly();
  for (auto const* const change : {"damaged", "none", "gone", "other options"}) {
    INFO(change);
    if (change == std::string_view{"gone"}) fs::remove_all(dir / "out/model");
    if (change == std::string_view{"other options"}) options.epochs = 1;
    folder_trainer<cpu> trainer{dir / "out/reasoning_model", dir / "out/model", options};
    auto const before = folder.worked();
    run(calibrate(models{slm, judge, classifier, teacher, trainer}, rows.prompts, rows.refusals, rows.general, rows.held_out,
                  calibrating()),
        folder.at("calibrate"));
    CHECK(folder.worked() == before + (change == std::string_view{"none"} ? 0U : 1U));
    CHECK((test::content(dir / "out/model/model.safetensors") == weights) == (options.epochs > 1));
    std::ofstream{dir / "out/model/README.md"} << "another note";
  }
}

TEST_CASE("phase 2 in two ranks ends with the model of one, which is there before any rank goes on") {
  test::temporary_folder const dir;
  write_wide_model(dir / "wide");
  auto const alone = calibrate_in<cpu>(dir / "alone", dir / "wide", dir / "wide", dir / "model_alone");
  for (auto const& end : ranks::run("phase 2", dir.path(), std::vector<ranks::variables>(2))) {
    INFO(end.error);
    REQUIRE(end.status == 0);
  }
  auto const losses = test::content(dir / "losses.0");
  CHECK(losses == test::content(dir / "losses.1"));
  CHECK_THAT(losses, Catch::StartsWith(fmt::format("{} {} ", alone.trained, alone.steps)));
  check_like(dir / "model", dir / "model_alone", 1e-4);
}

TEST_CASE("a training that is stopped goes on from its checkpoint in the next run, and ends with the same bits") {
  test::temporary_folder const dir;
  write_wide_model(dir / "wide");
  std::vector<training_example> rows;
  for (int i = 0; i < 8; ++i)
    rows.push_back({{{role::user, "count to " + std::to_string(i)}}, direct{"No " + std::to_string(i)}});
  folder_trainer<cpu>{dir / "wide", dir / "whole", briefly()}.train(rows);
  std::size_t steps = 0;
  for (int stop_at : {1, 3, 9}) {
    std::size_t made = 0;
    folder_trainer<cpu> trainer{dir / "wide",
                                dir / "parts",
                                briefly(),
                                "",
                                {.watch = [&](training_step const& s) { made = s.step, ++steps; },
                                 .stop = [&] { return made == static_cast<std::size_t>(stop_at); }}};
    trainer.resume_as("0123456789abcdef0123456789abcdef");
    if (stop_at == 9) {
      trainer.train(rows);
    } else {
      CHECK_THROWS_AS(trainer.train(rows), stopped);
      CHECK(trainer.content().empty());
      CHECK(fs::exists(dir / "parts.training/0123456789abcdef"));
    }
  }
  CHECK(steps == 4);
  CHECK(test::content(dir / "parts/model.safetensors") == test::content(dir / "whole/model.safetensors"));
  CHECK_FALSE(fs::exists(dir / "parts.training"));
}

TEST_CASE("a folder trainer refuses options out of range and a folder with other things before it works") {
  test::temporary_folder const dir;
  CHECK_THROWS_WITH((folder_trainer<cpu>{"base", dir / "out", {.epochs = 0}}), Catch::Contains("training option epochs"));
  dir.file("note.txt", "mine");
  CHECK_THROWS_WITH((folder_trainer<cpu>{"base", dir.path()}), Catch::Contains("holds other things than a model"));
  folder_trainer<cpu> nothing{dir / "none", dir / "out"};
  identity id;
  CHECK_THROWS_WITH(id.add_component(nothing), Catch::Contains("no such model"));
}

TEST_CASE("a training's identity follows its options and the bytes of its base model, and not how it is run") {
  test::temporary_folder const dir;
  dir.file("base.gguf", "one");
  auto const identity_of = [&](training_options o, std::string chat = {}) {
    folder_trainer<cpu> trainer{dir / "base.gguf", dir / "out", std::move(o), std::move(chat)};
    return identity{}.add_component(trainer).text();
  };
  auto const plain = identity_of({});
  CHECK(identity_of({.gradient_checkpointing = true, .micro_batch_tokens = 7, .checkpoints = {.every_steps = 3}}) == plain);
  CHECK(identity_of({.kind = schedule::linear}) != plain);
  CHECK(identity_of({.precision = training_precision::mixed}) != plain);
  CHECK(identity_of({.lora = lora_options{}}) != identity_of({.lora = lora_options{.rank = 4}}));
  CHECK(identity_of({}, "llama3") != plain);
  dir.file("base.gguf", "two");
  CHECK(identity_of({}) != plain);
}
