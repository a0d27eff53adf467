// SPDX-License-Identifier: Apache-2.0
#include <ease/llm/files/random_decoder.hpp>
#include <ease/train/trainer.hpp>
#include <string>
#include <vector>

#include "catch.hpp"
#include "reference.hpp"

using ease::training_options;
using ease::training_precision;
using ease::training_step;

namespace {

training_options published_small() {
  return {.learning_rate = 3e-3,
          .epochs = 1,
          .batch_size = 2,
          .gradient_accumulation_steps = 2,
          .max_length = 64,
          .warmup_ratio = 0.2,
          .weight_decay = 0.1,
          .precision = training_precision::float32};
}

struct trained {
  ease::decoder net;
  std::vector<training_step> steps;
  ease::training_report report;
};
trained train(ease::decoder net, training_options options, std::vector<ease::tokenized_example> const& rows) {
  trained t{std::move(net), {}, {}};
  ease::trainer<ease::cpu> trainer{options, [&](training_step const& s) { t.steps.push_back(s); }};
  t.report = trainer.train(t.net, rows);
  return t;
}
std::string message_of(training_options const& options, std::vector<ease::tokenized_example> const& rows) {
  try {
    train(ease::random_decoder(reference::tiny_config(), 1), options, rows);
  } catch (ease::error const& e) {
    return e.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("loss, gradient norm, learning rate and weights follow a plain loop on transformers, step by step") {
  auto const model = GENERATE(as<std::string>{}, "llama_untied", "qwen2_tied", "qwen3_untied");
  auto const accumulation = GENERATE(1UL, 2UL, 4UL);  // four rows a step, however they are asked for
  auto const budget = GENERATE(1UL, 40UL, 4096UL);    // each row alone, some packed, a step in one piece
  auto const checkpointing = GENERATE(false, true);
  auto const theirs = reference::expected(model);
  auto options = published_small();
  options.batch_size = 4 / accumulation;
  options.gradient_accumulation_steps = accumulation;
  options.micro_batch_tokens = budget;
  options.gradient_checkpointing = checkpointing;
  auto const ours = train(reference::model(model), options, reference::unshuffled(theirs.rows, options.seed));
  INFO(model << ", " << options.batch_size << " rows " << accumulation << " times, packed up to " << budget
             << (checkpointing ? ", recomputed" : ""));
  REQUIRE(ours.steps.size() == 10);
  for (std::size_t i = 0; i < ours.steps.size(); ++i) {
    auto const at = theirs.steps[static_cast<std::int64_t>(i)];
    CHECK(ours.steps[i].loss == Approx(at[0].item<double>()).epsilon(1e-5));
    CHECK(ours.steps[i].gradient_norm == Approx(at[1].item<double>()).epsilon(1e-5));
    CHECK(ours.steps[i].learning_rate == Approx(at[2].item<double>()).epsilon(1e-12).margin(1e-15));
  }
  REQUIRE(ours.net.named_parameters().size() == theirs.weight_norms.size());
  for (auto const& [name, weight] : ours.net.named_parameters()) {
    INFO(name);
    CHECK(weight.to(at::kDouble).norm().item<double>() == Approx(theirs.weight_norms.at(name)).epsilon(1e-5));
    CHECK(!weight.requires_grad());
  }
  CHECK(ours.report.rows.kept == 38);
  CHECK(ours.report.steps == 10);
  CHECK(ours.steps.back().tokens < ours.steps.front().tokens);  // the last window holds two rows of four
}

TEST_CASE("batches by length make the same step as packed rows, and count their padding") {
  auto const rows = reference::random_rows(23, 5, 40, 61, 8);
  auto options = published_small();
  options.epochs = 3;
  options.gradient_accumulation_steps = 12;  // an epoch is one step: both ways see the same rows in it
  auto const net = [] { return ease::random_decoder(reference::tiny_config(), 2); };
  auto const packed = train(net(), options, rows);
  options.batches = ease::batching::by_length;
  for (bool const checkpointing : {false, true}) {
    options.gradient_checkpointing = checkpointing;
    auto const padded = train(net(), options, rows);
    REQUIRE(padded.steps.size() == 3);
    for (std::size_t i = 0; i < 3; ++i) {
      CHECK(padded.steps[i].loss == Approx(packed.steps[i].loss).epsilon(1e-6));
      CHECK(padded.steps[i].gradient_norm == Approx(packed.steps[i].gradient_norm).epsilon(1e-5));
      CHECK(padded.steps[i].tokens == packed.steps[i].tokens);
    }
    CHECK(padded.report.padding > 0);
    CHECK(padded.report.padding < padded.report.tokens / 10);  // neighbours by length
  }
  CHECK(packed.report.padding == 0);
}

TEST_CASE("four rows are learnt by heart") {
  auto const rows = reference::random_rows(4, 12, 20, 61, 3);
  for (auto const precision : {training_precision::float32, training_precision::mixed}) {
    training_options const options{
        .learning_rate = 1e-2, .epochs = 120, .batch_size = 4, .gradient_accumulation_steps = 1, .precision = precision};
    auto const t = train(ease::random_decoder(reference::tiny_config(), 5, 0.1), options, rows);
    CHECK(t.report.first_loss > 3.5);
    CHECK(t.report.last_loss < 0.05);
  }
}

TEST_CASE("mixed precision follows float32, and gives weights back in the format they came in") {
  auto const theirs = reference::expected("llama_untied");
  auto options = published_small();
  auto const rows = reference::unshuffled(theirs.rows, options.seed);
  for (auto const precision : {training_precision::mixed, training_precision::bfloat16}) {
    options.precision = precision;
    auto const t = train(reference::model("llama_untied"), options, rows);
    for (std::size_t i = 0; i < t.steps.size(); ++i)
      CHECK(t.steps[i].loss == Approx(theirs.steps[static_cast<std::int64_t>(i)][0].item<double>()).epsilon(0.02));
    CHECK(t.net.embed_tokens.scalar_type() == at::kFloat);
  }
  // Updates far below bfloat16's resolution of the weights arrive in float32 masters.
  options.precision = training_precision::mixed;
  options.learning_rate = 1e-6;
  auto const before = reference::model("llama_untied");
  auto const after = train(reference::model("llama_untied"), options, rows).net;
  CHECK((before.layers[0].q_proj.weight - after.layers[0].q_proj.weight).abs().max().item<double>() > 1e-7);
}

TEST_CASE("a run repeats to the bit, and another seed is another run") {
  auto const rows = reference::random_rows(30, 5, 40, 61, 8);
  auto options = published_small();
  options.precision = {};
  auto const net = [] { return ease::random_decoder(reference::tiny_config(), 2); };
  auto const first = train(net(), options, rows), again = train(net(), options, rows);
  CHECK(at::equal(first.net.embed_tokens, again.net.embed_tokens));
  CHECK(first.report.last_loss == again.report.last_loss);
  options.seed = 43;
  CHECK(!at::equal(first.net.embed_tokens, train(net(), options, rows).net.embed_tokens));
}

TEST_CASE("a tied head stays tied, and other decoders keep their weights") {
  auto const rows = reference::random_rows(4, 5, 20, 61, 8);
  auto const untouched = ease::random_decoder(reference::tiny_config(), 2);
  auto const t = train(ease::random_decoder(reference::tiny_config(), 2), published_small(), rows);
  CHECK(t.net.lm_head.is_same(t.net.embed_tokens));
  CHECK(at::equal(untouched.embed_tokens, ease::random_decoder(reference::tiny_config(), 2).embed_tokens));
}

TEST_CASE("a loss that is not finite stops the run, names step and rows, and leaves the weights as they were") {
  auto rows = reference::random_rows(8, 6, 6, 60, 4);
  rows[5].ids[0] = 60;
  auto net = ease::random_decoder(reference::tiny_config(), 2);
  net.lm_head = net.embed_tokens.clone();
  net.config.tied = false;
  net.embed_tokens[60].fill_(std::numeric_limits<float>::infinity());
  auto const before = net.lm_head.clone();
  auto options = published_small();
  options.gradient_accumulation_steps = 4;
  options.micro_batch_tokens = 6;
  ease::trainer<> trainer{options};
  CHECK_THROWS_WITH(trainer.train(net, rows),
                    Catch::Contains("training stopped at step 1: the loss is nan (learning rate ") &&
                        Catch::Contains("rows of the failing batch: 5."));
  CHECK(at::equal(net.lm_head, before));
  CHECK(!net.lm_head.requires_grad());
}

TEST_CASE("nothing to train on and senseless options are refused before any work") {
  using Catch::Contains;
  auto const good = published_small();
  auto const rows = reference::random_rows(3, 70, 80, 61, 4);
  CHECK_THAT(message_of(good, rows),
             Contains("nothing to train on: of 3 rows 3 are longer than max_length 64 and 0 have no"));
  auto longer_than_context = good;
  longer_than_context.max_length = 8192;
  CHECK_THAT(message_of(longer_than_context, reference::random_rows(3, 129, 140, 61, 4)),
             Contains("of 3 rows 3 are longer than the model's context of 128 and 0 have no"));
  CHECK_THAT(message_of(good, {}), Contains("nothing to train on: of 0 rows"));
  auto bad = good;
  bad.learning_rate = 0;
  CHECK_THAT(message_of(bad, rows), Contains("training option learning_rate is"));
  bad = good;
  bad.batch_size = 0;
  CHECK_THAT(message_of(bad, rows), Contains("training option batch_size"));
  bad = good;
  bad.warmup_ratio = 3;
  CHECK_THAT(message_of(bad, rows), Contains("training option warmup_ratio"));
}
