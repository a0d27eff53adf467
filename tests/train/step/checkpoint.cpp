// SPDX-License-Identifier: Apache-2.0
#include <sys/resource.h>

#include <csignal>
#include <ease/llm/decoder/forward.hpp>
#include <ease/llm/files/random_decoder.hpp>
#include <ease/train/step/checkpoint.hpp>
#include <ease/train/step/lora.hpp>
#include <ease/train/trainer.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "io/temporary.hpp"
#include "train/reference.hpp"
// After libtorch: both have a CHECK, and the last one counts.
#include "catch.hpp"

using ease::resume_from;
using ease::training_options;
using ease::training_precision;
using ease::training_step;

namespace {

// 11 steps: two epochs of 21 rows, four rows a step, the second epoch cut short.
training_options short_run(std::filesystem::path const& folder) {
  return {.learning_rate = 3e-3,
          .epochs = 1.75,
          .batch_size = 2,
          .gradient_accumulation_steps = 2,
          .max_length = 64,
          .warmup_ratio = 0.2,
          .precision = training_precision::float32,
          .micro_batch_tokens = 50,
          .checkpoints = {.folder = folder}};
}
std::vector<ease::tokenized_example> some_rows() { return reference::random_rows(21, 5, 40, 61, 8); }

struct outcome {
  ease::decoder net;
  std::vector<training_step> steps;
  ease::training_report report;
};
// Trains a new model of the same random weights. `stop_after`: asked to stop after that step; `crash_after`: dies there.
outcome train(training_options const& options, std::size_t stop_after = 0, std::size_t crash_after = 0,
              std::uint64_t weights = 2, std::vector<ease::tokenized_example> const& rows = some_rows()) {
  outcome o{ease::random_decoder(reference::tiny_config(), weights), {}, {}};
  ease::trainer<> trainer{options,
                          [&](training_step const& s) {
                            o.steps.push_back(s);
                            if (s.step == crash_after) throw std::runtime_error{"killed"};
                          },
                          [&] { return o.steps.back().step == stop_after; }};
  o.report = trainer.train(o.net, rows);
  return o;
}
training_options resuming(training_options options) {
  options.checkpoints.resume = resume_from::newest;
  return options;
}
std::string message_of(auto&& work) {
  try {
    work();
  } catch (ease::error const& e) {
    return e.what();
  }
  return "no error";
}
bool same_weights(ease::decoder const& a, ease::decoder const& b) {
  auto const left = a.named_parameters(), right = b.named_parameters();
  for (std::size_t i = 0; i < left.size(); ++i)
    if (!at::equal(left[i].second, right[i].second)) return false;
  auto const more = ease::adapter_parameters(a), others = ease::adapter_parameters(b);
  for (std::size_t i = 0; i < more.size(); ++i)
    if (!at::equal(more[i].second, others.at(i).second)) return false;
  return true;
}
std::vector<std::string> names_in(std::filesystem::path const& folder) {
  std::vector<std::string> all;
  for (auto const& item : std::filesystem::directory_iterator{folder}) all.push_back(item.path().filename().string());
  std::sort(all.begin(), all.end());
  return all;
}
using names = std::vector<std::string>;

}  // namespace

TEST_CASE("a run that was asked to stop, and is resumed, ends with the bits of one that was not") {
  auto const precision = GENERATE(training_precision::float32, training_precision::mixed, training_precision::bfloat16);
  bool const lora = GENERATE(false, true);
  auto const stop = GENERATE(1UL, 6UL, 7UL);  // in the warm-up, between the epochs, within the second
  test::temporary_folder const folder;
  auto options = short_run({});
  options.precision = precision;
  if (lora) options.lora = ease::lora_options{.rank = 2, .alpha = 4, .targets = {"q_proj", "down_proj"}};
  auto const whole = train(options);
  REQUIRE(whole.report.steps == 11);

  options.checkpoints.folder = folder / "run";
  auto const first = train(options, stop);
  CHECK(first.report.stopped_at == stop);
  CHECK(first.steps.size() == stop);
  CHECK(!same_weights(first.net, whole.net));
  CHECK(names_in(folder / "run") == names{"checkpoint-" + std::to_string(stop)});

  auto const rest = train(resuming(options));
  CHECK(rest.report.resumed_at == stop);
  CHECK(!rest.report.stopped_at);
  CHECK(rest.steps.front().step == stop + 1);
  CHECK(same_weights(rest.net, whole.net));
  CHECK(rest.report.mean_loss == whole.report.mean_loss);
  CHECK(rest.report.first_loss == whole.report.first_loss);
  CHECK(rest.report.last_loss == whole.report.last_loss);
  CHECK(rest.report.target_tokens == whole.report.target_tokens);
}

TEST_CASE("a run that died goes on from its last checkpoint, older ones are removed, half-written ones too") {
  test::temporary_folder const folder;
  auto options = short_run(folder / "run");
  auto const whole = train(short_run({}));
  options.checkpoints.every_steps = 2;
  CHECK_THROWS_WITH(train(options, 0, 9), "killed");
  CHECK(names_in(folder / "run") == names{"checkpoint-6", "checkpoint-8"});
  std::filesystem::create_directory(folder / "run/.checkpoint-10.4711.new");
  auto const rest = train(resuming(options));
  CHECK(rest.report.resumed_at == 8);
  CHECK(same_weights(rest.net, whole.net));
  CHECK(names_in(folder / "run") == names{"checkpoint-10", "checkpoint-8"});

  options.checkpoints.resume = resume_from::named;
  options.checkpoints.named = folder / "run/checkpoint-8";
  CHECK(same_weights(train(options).net, whole.net));
}

TEST_CASE("checkpoints by time, and resuming where there is none") {
  test::temporary_folder const folder;
  auto options = short_run(folder / "run");
  options.checkpoints.every_minutes = 1e-9;
  auto const whole = train(resuming(options));
  CHECK(whole.report.resumed_at == 0);
  CHECK(names_in(folder / "run") == names{"checkpoint-10", "checkpoint-11"});
  auto const nothing_left = train(resuming(options));  // a run that could not save its model at the end
  CHECK(nothing_left.steps.empty());
  CHECK(same_weights(nothing_left.net, whole.net));
}

TEST_CASE("another cut into micro-batches sees the same rows in the same steps after a resume") {
  test::temporary_folder const folder;
  auto options = short_run(folder / "run");
  auto const whole = train(short_run({}));
  train(options, 4);
  options.micro_batch_tokens = 1;
  auto const rest = train(resuming(options));
  REQUIRE(rest.steps.size() == 7);
  for (std::size_t i = 0; i < rest.steps.size(); ++i) {
    CHECK(rest.steps[i].tokens == whole.steps[i + 4].tokens);
    CHECK(rest.steps[i].loss == Approx(whole.steps[i + 4].loss).epsilon(1e-5));
    CHECK(rest.steps[i].learning_rate == whole.steps[i + 4].learning_rate);
  }
}

TEST_CASE("a checkpoint of another run, or a damaged one, is refused with what is wrong") {
  using Catch::Contains;
  test::temporary_folder const folder;
  auto const options = short_run(folder / "run");
  train(options, 3);
  auto const checkpoint = folder / "run/checkpoint-3";

  CHECK_THAT(message_of([&] { train(options); }),
             Contains("an earlier run stopped here after step 3: resume it (--resume), or remove"));
  CHECK_THAT(message_of([&] { train(resuming(options), 0, 0, 7); }),
             Contains("cannot resume: " + checkpoint.string() + ": this checkpoint is of a run of another model"));
  auto other_rows = some_rows();
  other_rows[20].ids[3] ^= 1;
  CHECK_THAT(message_of([&] { train(resuming(options), 0, 0, 2, other_rows); }),
             Contains("this checkpoint is of a run on other training rows"));
  auto other = resuming(options);
  other.learning_rate = 1e-3;
  CHECK_THAT(message_of([&] { train(other); }),
             Contains("learning_rate was 0.003 in the run of this checkpoint and is 0.001"));
  other = resuming(options);
  other.lora.rank = 8;
  CHECK_THAT(message_of([&] { train(other); }), Contains("lora_alpha was not set in the run of this checkpoint"));
  other = options;
  other.checkpoints.resume = resume_from::named;
  other.checkpoints.named = folder / "nowhere";
  CHECK_THAT(message_of([&] { train(other); }), Contains("nowhere: is no checkpoint"));

  auto const state = test::content(checkpoint / "state.json");
  auto earlier = state;
  earlier.replace(earlier.find("\"version\":2"), 11, "\"version\":1");
  std::ofstream{checkpoint / "state.json"} << earlier;
  CHECK_THAT(message_of([&] { train(resuming(options)); }),
             Contains("cannot resume: " + (checkpoint / "state.json").string() + ": written by an earlier version of ease"));
  std::ofstream{checkpoint / "state.json"} << state;

  for (auto const* file : {"model.safetensors", "first_moments.safetensors", "second_moments.safetensors", "state.json"}) {
    INFO(file);
    auto const whole = test::content(checkpoint / file);
    for (auto const bytes : {whole.size() - 2, whole.size() / 2, std::size_t{0}}) {
      std::filesystem::resize_file(checkpoint / file, bytes);
      CHECK_THAT(message_of([&] { train(resuming(options)); }), Contains("cannot resume: ") && Contains(file));
      std::ofstream{checkpoint / file, std::ios::binary} << whole;
    }
    std::filesystem::remove(checkpoint / file);
    CHECK(message_of([&] { train(resuming(options)); }) != "no error");
    std::ofstream{checkpoint / file, std::ios::binary} << whole;
  }
  CHECK(train(resuming(options)).report.resumed_at == 3);
}

TEST_CASE("a disk that takes no checkpoint ends the run, and the last good one is left") {
  using Catch::Contains;
  test::temporary_folder const folder;
  auto options = short_run(folder / "run");
  auto const whole = train(short_run({}));
  train(options, 3);
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  auto const handler = std::signal(SIGXFSZ, SIG_IGN);  // a write beyond the limit then fails, as one to a full disk does
  rlimit const small{.rlim_cur = 20'000, .rlim_max = before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  auto const said = message_of([&] { train(resuming(options), 5); });
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  std::signal(SIGXFSZ, handler);
  CHECK_THAT(said, Contains("the checkpoint of step 5 could not be saved: cannot write") &&
                       Contains("the last good one is " + (folder / "run/checkpoint-3").string()));
  CHECK(names_in(folder / "run") == names{"checkpoint-3"});
  CHECK(same_weights(train(resuming(options)).net, whole.net));

  CHECK_THAT(message_of([&] { ease::checkpoint_folder{options.checkpoints}.prepare(std::size_t{1} << 60U); }),
             Contains("a checkpoint takes 1152921.5 TB and the disk has"));
  folder.file("in the way", "");
  options.checkpoints.folder = folder / "in the way/run";
  CHECK_THAT(message_of([&] { train(options); }), Contains("in the way/run: cannot be made for the checkpoints"));
}

TEST_CASE("the evaluation loss is the mean over the held-out rows' trained tokens, which are never trained on") {
  auto options = short_run({});
  options.validation_fraction = 0.2;
  options.evaluation_steps = 3;
  auto const rows = some_rows();
  auto const o = train(options);
  CHECK(o.report.evaluation_rows == 5);
  CHECK(o.report.steps == 7);  // ceil(1.75 * 4), of 16 rows
  std::vector<std::size_t> evaluated;
  for (auto const& s : o.steps)
    if (s.evaluation_loss) evaluated.push_back(s.step);
  CHECK(evaluated == std::vector<std::size_t>{3, 6, 7});

  // In float64, row by row, from the trained weights.
  auto net = ease::random_decoder(reference::tiny_config(), 2);
  auto const trained = o.net.named_parameters();
  std::size_t next = 0;
  ease::decoder::each_parameter(net,
                                [&](ease::parameter const&, at::Tensor& t) { t = trained[next++].second.to(at::kDouble); });
  net.lm_head = net.embed_tokens;
  std::vector<std::size_t> all(rows.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  auto const parts = ease::hold_out(all, 0.2, options.seed);
  CHECK(parts.training.size() == 16);
  double sum = 0;
  std::size_t targets = 0;
  for (auto const index : parts.evaluation) {
    CHECK(std::find(parts.training.begin(), parts.training.end(), index) == parts.training.end());
    auto const& row = rows[index];
    std::vector<std::int64_t> const ids{row.ids.begin(), row.ids.end()};
    auto const n = static_cast<std::int64_t>(ids.size());
    auto const hidden =
        net.hidden(at::tensor(ids), at::arange(n), [&](std::size_t, auto const& q, auto const& k, auto const& v) {
          auto const heads = [](at::Tensor const& x) { return x.transpose(0, 1); };
          return at::scaled_dot_product_attention(heads(q), heads(k), heads(v), {}, 0.0, true, {}, true).transpose(0, 1);
        });
    auto const logs = net.logits(hidden).log_softmax(-1);
    for (std::int64_t i = 1; i < n; ++i)
      if (row.loss_mask[static_cast<std::size_t>(i)] != 0) {
        sum -= logs[i - 1][ids[static_cast<std::size_t>(i)]].item<double>();
        ++targets;
      }
  }
  CHECK(*o.report.evaluation_loss == Approx(sum / static_cast<double>(targets)).epsilon(1e-5));
  CHECK(message_of([&] {
          ease::hold_out({1, 2}, 0.9, 1);
        }) == "the evaluation share of 0.9 takes all 2 rows: give a smaller one, or more rows");
}

TEST_CASE("the best weights are those of the lowest evaluation loss, through a resume as well") {
  test::temporary_folder const folder;
  auto options = short_run(folder / "run");
  options.epochs = 12;
  options.learning_rate = 3e-2;  // random rows: what is learnt of them makes the others worse
  options.validation_fraction = 0.2;
  options.evaluation_steps = 3;
  options.keep = ease::kept_weights::best;
  auto const whole = train(options);
  auto const best = whole.report.best_step;
  REQUIRE(best < whole.report.steps);
  CHECK(whole.report.best_loss < *whole.report.evaluation_loss);
  CHECK(names_in(folder / "run") == names{"best-" + std::to_string(best)});
  auto until = options;
  until.checkpoints.folder = folder / "until";
  CHECK(same_weights(train(until, best).net, whole.net));

  auto again = options;
  again.checkpoints.folder = folder / "again";
  train(again, best + 1);
  CHECK(same_weights(train(resuming(again)).net, whole.net));

  std::filesystem::remove_all(folder / ("again/best-" + std::to_string(best)));
  CHECK_THAT(message_of([&] { train(resuming(again)); }), Catch::Contains("has the best weights in"));
}
