// SPDX-License-Identifier: Apache-2.0
// What a stage asks of a model about a row depends on the row alone: not on its place in a window, nor on which rows stand
// beside it. Journals, seeds and shards all rest on that.
#include <ease/backend/scripted.hpp>
#include <ease/classifier/generative_classifier.hpp>
#include <ease/classifier/zero_shot_classifier.hpp>
#include <ease/guard/llama_guard.hpp>
#include <ease/guard/prompted_judge.hpp>
#include <ease/journal/journaled.hpp>
#include <ease/method/classify.hpp>
#include <ease/method/cot.hpp>
#include <ease/method/diagnose.hpp>
#include <ease/method/guard_filter.hpp>
#include <ease/record/prompt_hash.hpp>
#include <ease/stage/run.hpp>
#include <ease/teacher/model_teacher.hpp>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "catch.hpp"
#include "io/temporary.hpp"

using namespace ease;

namespace {

std::vector<std::string> some_prompts() {
  std::vector<std::string> out;
  for (int i = 0; i < 23; ++i) out.push_back("count to " + std::to_string(i));
  return out;
}
template <class... Fs>
std::vector<record<prompt, Fs...>> rows_of(std::span<std::string const> prompts, typename Fs::type const&... values) {
  std::vector<record<prompt, Fs...>> rows;
  for (auto const& p : prompts) rows.push_back(make_record<prompt, Fs...>(p, values...));
  return rows;
}

// Some verdicts are unsafe and some reasoning is not accepted, so that second questions are asked about some rows only.
template <class Model>
void use_every_stage(Model& model, std::span<std::string const> prompts) {
  auto const drop = [](auto const&) {};
  answer const said{direct{"One."}};
  category_set const label{category::harassment};
  run(rows_of<>(prompts) | diagnose(model, {.when_truncated = "Shortly."}), drop);
  run(rows_of<response>(prompts, said) | guard_filter(llama_guard(model)), drop);
  run(rows_of<response>(prompts, said) | guard_filter(prompted_judge(model)), drop);
  run(rows_of<>(prompts) | classify(generative_classifier(model)), drop);
  run(rows_of<>(prompts) | classify(zero_shot_classifier(model)), drop);
  run(rows_of<categories>(prompts, label) | cot(model_teacher(model)).checked_by(llama_guard(model), 2), drop);
}

using questions = std::set<std::string>;  // as bytes: text, sampling, seed and row

scripted_model recorder(questions& asked, scripted_options const& options) {
  auto const odd = [](model_input const& input) { return prompt_hash(user_text(input)) % 2 == 1; };
  return {[&asked, odd](generation_request const& r) {
            asked.insert(detail::packer{}(r).bytes);
            return reply("<think>\nHm.\n</think>\n\nNo.",
                         odd(r.input) ? finish_reason::max_tokens : finish_reason::end_of_turn);
          },
          [&asked, odd](score_request const& r) {
            asked.insert(detail::packer{}(r).bytes);
            std::vector<double> p(r.continuations.size(), 0.01);
            p[odd(r.input) ? 2 : 0] = 0.9;
            return probabilities(p);
          },
          options};
}

}  // namespace

TEST_CASE("what is asked about a row depends neither on the window nor on the other rows in it") {
  auto const all = some_prompts();
  questions whole;
  auto model = recorder(whole, {.window = 64});
  use_every_stage(model, all);
  REQUIRE(whole.size() > 8 * all.size());
  for (std::size_t const window : {1U, 3U, 7U}) {
    for (std::size_t const part : {1U, 2U, 23U}) {
      questions asked;
      auto other = recorder(asked, {.window = window, .order = completion_order::shuffled, .shuffle_seed = part});
      for (std::size_t first = 0; first < all.size(); first += part)
        use_every_stage(other, std::span{all}.subspan(first, std::min(part, all.size() - first)));
      CHECK(asked == whole);
    }
  }
}

TEST_CASE("what one run has asked about all rows is not asked again about some of them") {
  test::temporary_folder const folder;
  journal keep{folder / "j"};
  auto const all = some_prompts();
  questions asked;
  auto model = recorder(asked, {.window = 5});
  journaled<scripted_model> kept{model, keep};
  use_every_stage(kept, all);
  asked.clear();
  std::vector<std::string> some;
  for (std::size_t i = 0; i < all.size(); i += i % 3 + 1) some.insert(some.begin(), all[i]);
  use_every_stage(kept, some);
  CHECK(asked.empty());
  CHECK(kept.replayed() > 8 * some.size());
}

TEST_CASE("each prompt has draws of its own") {
  std::map<std::uint64_t, std::set<std::string>> prompts_of_row;
  scripted_model model{[&](generation_request const& r) {
                         auto const text = user_text(r.input);
                         for (auto const& p : some_prompts())
                           if ((text + "\n").find(p + "\n") != std::string::npos) prompts_of_row[r.row].insert(p);
                         return reply("<think>\nHm.\n</think>\n\nNo.");
                       },
                       [](score_request const& r) {
                         std::vector<double> p(r.continuations.size(), 0.01);
                         p[2] = 0.9;
                         return probabilities(p);
                       }};
  use_every_stage(model, some_prompts());
  CHECK(prompts_of_row.size() == some_prompts().size());
  for (auto const& [row, prompts] : prompts_of_row) CHECK(prompts.size() == 1);
}
