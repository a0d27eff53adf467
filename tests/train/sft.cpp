// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <ease/llm/decoder/decoder.hpp>
#include <ease/llm/files/random_decoder.hpp>
#include <ease/train/sft.hpp>
#include <ease/train/step/think_tokens.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "catch.hpp"
#include "llm/tiny_model.hpp"

namespace {

using namespace ease;

// What a family's own template puts around a question, and how an answer to it ends. Written out here, not taken from ours.
struct family {
  std::string name;      // of the family, and of the folder with its vocabulary
  std::string question;  // the prompt, with %s for what is asked
  std::string direct_begins, reasoned_begins, end;
};
std::vector<family> const all{
    {"smollm2",
     "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging "
     "Face<|im_end|>\n<|im_start|>user\n%s"
     "<|im_end|>\n<|im_start|>assistant\n",
     "", "<think>\n", "<|im_end|>"},
    {"qwen2_5",
     "<|im_start|>system\nYou are Qwen, created by Alibaba Cloud. You are a helpful "
     "assistant.<|im_end|>\n<|im_start|>user\n%s"
     "<|im_end|>\n<|im_start|>assistant\n",
     "", "<think>\n", "<|im_end|>"},
    {"llama3",
     "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nCutting Knowledge Date: December 2023\nToday Date: 26 "
     "Jul "
     "2024\n\n<|eot_id|><|start_header_id|>user<|end_header_id|>\n\n%s<|eot_id|><|start_header_id|>assistant<|end_header_id|"
     ">"
     "\n\n",
     "", "<think>\n", "<|eot_id|>"},
    {"r1_distill", "<｜begin▁of▁sentence｜><｜User｜>%s<｜Assistant｜><think>\n", "\n</think>\n\n", "",
     "<｜end▁of▁sentence｜>"},
};

language_model model_of(family const& f) {
  auto tok = tokenizer::load(std::filesystem::path{EASE_FIXTURES} / "text" / f.name);
  auto config = tiny::config();
  config.vocab = static_cast<std::int64_t>(tok.size());
  language_model model{f.name, random_decoder(config, 3, 0.25), tok, chat_template{f.name, tok}, {}, {}};
  add_think_tokens(model);
  return model;
}

struct sample {
  std::string asked;
  complete_answer said;
};
std::vector<sample> const samples{
    {"Hi", direct{"Hello you"}},
    {"Hi", reasoned{"a thought", "an answer"}},
    {"the 12 strings?", direct{"\nthe thing, in 3 parts:\n\n"}},
    {"What is the sum of these things, and why?", reasoned{"the sum\n\nis 7, then", "It is 7."}},
};

}  // namespace

TEST_CASE("the loss of every family's rows is that of the completion and its end of turn, and of nothing else") {
  for (auto const& f : all) {
    auto model = model_of(f);
    double summed = 0;
    std::size_t trained = 0, tokens = 0;
    std::vector<training_example> examples;
    for (auto const& [asked, said] : samples) {
      auto prompt = f.question;
      prompt.replace(prompt.find("%s"), 2, asked);
      auto const* const thought = std::get_if<reasoned>(&said);
      auto const completion = (thought ? f.reasoned_begins + thought->reasoning + "\n</think>\n\n" + thought->text
                                       : f.direct_begins + std::get<direct>(said).text) +
                              f.end;
      auto ids = model.tokenizer.encode(prompt, special_text::parsed);
      auto const before = ids.size();
      for (auto const id : model.tokenizer.encode(completion, special_text::parsed)) ids.push_back(id);
      REQUIRE(ids.back() == model.tokenizer.id_of(f.end));
      c10::NoGradGuard const no_gradients;
      at::Tensor const log_p = at::log_softmax(tiny::logits(*model.net, ids).to(at::kDouble), -1);
      for (auto i = before; i < ids.size(); ++i) summed -= log_p[static_cast<std::int64_t>(i) - 1][ids[i]].item<double>();
      trained += ids.size() - before;
      tokens += ids.size();
      examples.push_back({{{role::user, asked}}, said});
    }
    training_options const options{.epochs = 1,
                                   .batch_size = samples.size(),
                                   .gradient_accumulation_steps = 1,
                                   .precision = training_precision::float32,
                                   .micro_batch_tokens = 64};
    auto const report = sft<>{model, options}.train(examples);
    INFO(f.name);
    CHECK(report.training.steps == 1);
    CHECK(report.training.target_tokens == trained);
    CHECK(report.training.tokens == tokens);
    CHECK(report.training.first_loss == Approx(summed / static_cast<double>(trained)).epsilon(1e-5));
    CHECK(report.reasoned == 2);
  }
}

TEST_CASE("train_on chooses which answers of a conversation are in the loss") {
  auto const& f = all.front();
  conversation const before{{role::user, "Hi"}, {role::assistant, "Hello you"}, {role::user, "And then?"}};
  complete_answer const said = direct{"No more."};
  auto frame = f.question;
  frame.replace(frame.find("%s"), 2, "Hi");
  // Written out here: what is trained of each answer, and what stands in front of it.
  std::vector<std::pair<std::string, std::string>> const answers{
      {frame, "Hello you<|im_end|>"},
      {"\n<|im_start|>user\nAnd then?<|im_end|>\n<|im_start|>assistant\n", "No more.<|im_end|>"}};
  for (auto const which : {trained_turns::all, trained_turns::last, trained_turns::first}) {
    auto model = model_of(f);
    std::vector<token_id> ids;
    std::vector<std::size_t> targets;
    for (auto const& [asked, answered] : answers) {
      for (auto const id : model.tokenizer.encode(asked, special_text::parsed)) ids.push_back(id);
      bool const trained =
          which == trained_turns::all || (which == trained_turns::first) == (targets.empty() && asked == frame);
      for (auto const id : model.tokenizer.encode(answered, special_text::parsed)) {
        if (trained) targets.push_back(ids.size());
        ids.push_back(id);
      }
    }
    double summed = 0;
    {
      c10::NoGradGuard const no_gradients;
      at::Tensor const log_p = at::log_softmax(tiny::logits(*model.net, ids).to(at::kDouble), -1);
      for (auto const i : targets) summed -= log_p[static_cast<std::int64_t>(i) - 1][ids[i]].item<double>();
    }
    training_options const options{.epochs = 1,
                                   .batch_size = 1,
                                   .gradient_accumulation_steps = 1,
                                   .train_on = which,
                                   .precision = training_precision::float32};
    auto const report = sft<>{model, options}.train({{before, said}});
    INFO(words_of(which)[static_cast<std::size_t>(which)]);
    CHECK(report.training.target_tokens == targets.size());
    CHECK(report.training.first_loss == Approx(summed / static_cast<double>(targets.size())).epsilon(1e-5));
  }
}

TEST_CASE("rows whose answer is empty, and rows that would have to be cut, are rejected and counted") {
  auto model = model_of(all.front());
  auto const row = [](std::string const& said) { return training_example{{{role::user, "Hi"}}, direct{said}}; };
  std::string const too_long(4000, '!');
  training_options const options{.epochs = 1,
                                 .batch_size = 4,
                                 .gradient_accumulation_steps = 1,
                                 .max_length = 120,
                                 .precision = training_precision::float32};
  auto const whole = sft<>{model, options}.train({row("Yes."), row("No.")});
  CHECK(whole.training.rows.kept == 2);

  auto again = model_of(all.front());
  auto const report = sft<>{again, options}.train(
      {row(""), row("Yes."), {{{role::user, "Hi"}}, reasoned{"so", ""}}, row(too_long), row("No."), row("")});
  CHECK(report.examples == 6);
  CHECK(report.empty_answers == 3);
  CHECK(report.training.rows.rows == 3);
  CHECK(report.training.rows.kept == 2);
  CHECK(report.training.rows.too_long == 1);
  CHECK(report.training.target_tokens == whole.training.target_tokens);  // nothing of the long row was trained
  CHECK(report.training.first_loss == Approx(whole.training.first_loss).epsilon(1e-5));

  auto const nothing = [&](std::vector<training_example> const& rows) { sft<>{again, options}.train(rows); };
  CHECK_THROWS_WITH(nothing({row(""), row("")}), Catch::Contains("all 2 rows have an empty answer"));
  CHECK_THROWS_WITH(nothing({row(too_long)}), Catch::Contains("1 are longer than max_length 120"));
}
