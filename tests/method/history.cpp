// SPDX-License-Identifier: Apache-2.0
// The messages in front of a prompt reach every model that answers, labels, judges or is trained on the row.
#include <ease/ask/generate.hpp>
#include <ease/ask/score_rows.hpp>
#include <ease/backend/scripted.hpp>
#include <ease/classifier/generative_classifier.hpp>
#include <ease/classifier/zero_shot_classifier.hpp>
#include <ease/guard/llama_guard.hpp>
#include <ease/guard/prompted_judge.hpp>
#include <ease/io/rows/write_records.hpp>
#include <ease/method/classify.hpp>
#include <ease/method/cot.hpp>
#include <ease/method/diagnose.hpp>
#include <ease/method/evaluate.hpp>
#include <ease/method/finetune.hpp>
#include <ease/method/guard_filter.hpp>
#include <ease/method/mix.hpp>
#include <ease/method/rows/prompt_filters.hpp>
#include <ease/method/sample.hpp>
#include <ease/method/self_response.hpp>
#include <ease/method/threshold/calibrate_threshold.hpp>
#include <ease/record/prompt_hash.hpp>
#include <ease/stage/run.hpp>
#include <ease/teacher/model_teacher.hpp>
#include <string>
#include <vector>

#include "catch.hpp"

using namespace ease;

namespace {

conversation const in_front{
    {role::system, "Speak like a sailor."}, {role::user, "Name a river."}, {role::assistant, "The Elbe."}};
conversation const other{
    {role::system, "Speak like a poet."}, {role::user, "Name a river."}, {role::assistant, "The Elbe."}};

template <class... Fs>
std::vector<record<history, prompt, Fs...>> one_row(typename Fs::type const&... values) {
  return {make_record<history, prompt, Fs...>(in_front, std::string{"A longer one."}, values...)};
}

// A model that keeps what it was asked, and answers all the same.
struct recording {
  std::vector<conversation> asked{};
  std::vector<std::uint64_t> rows{};
  scripted_model model{[this](generation_request const& r) {
                         asked.push_back(std::get<conversation>(r.input));
                         rows.push_back(r.row);
                         return reply("<think>\nHm.\n</think>\n\nThe Danube.");
                       },
                       [this](score_request const& r) {
                         asked.push_back(std::get<conversation>(r.input));
                         std::vector<double> p(r.continuations.size(), 0.01);
                         p[0] = 0.9;
                         return probabilities(p);
                       }};
};
auto const drop = [](auto const&) {};

conversation whole() { return asked_with(in_front, "A longer one."); }

// The question of a helper that is shown texts: it quotes each of the row's.
void quotes_all(conversation const& asked) {
  REQUIRE(asked.size() == 1);
  std::size_t at = 0;
  for (std::string const text : {"SYSTEM:\nSpeak like a sailor.\n", "USER:\nName a river.\n", "ASSISTANT:\nThe Elbe.\n"}) {
    at = asked.front().content.find(text, at);
    CHECK(at != std::string::npos);
  }
  CHECK(asked.front().content.find("A longer one.", at) != std::string::npos);
}

struct keeping_trainer {
  struct report {
    std::vector<training_example> rows;
  };
  static report train(std::vector<training_example> const& rows) { return {rows}; }
};
struct keeping_fitter {
  std::vector<conversation>* asked;
  threshold_report fit(std::span<threshold_prompts const> kinds) const {
    for (auto const& kind : kinds) asked->insert(asked->end(), kind.prompts.begin(), kind.prompts.end());
    return {};
  }
};

}  // namespace

TEST_CASE("a model that answers is asked with the messages in front") {
  recording to;
  run(from(one_row<>()) | diagnose(to.model), drop);
  run(from(one_row<>()) | generate(to.model, {}), drop);
  std::vector<record<history, prompt, given_target>> unanswered(1);
  static_cast<history&>(unanswered.front()).value = in_front;
  static_cast<prompt&>(unanswered.front()).value = "A longer one.";
  run(from(unanswered) | self_response(to.model), drop);
  run(from(one_row<scored_text>("The Danube.")) | score_rows(to.model, true), drop);
  CHECK(to.asked == std::vector<conversation>(4, whole()));
  CHECK(to.rows == std::vector<std::uint64_t>(3, prompt_hash("A longer one.", in_front)));
}

TEST_CASE("a row's own system message wins over the one given, and is counted") {
  recording to;
  auto rows = one_row<>();
  rows.push_back(make_record<history, prompt>(conversation{}, std::string{"Name a lake."}));
  auto const report = run(from(rows) | diagnose(to.model, {.system_prompt = "Be brief."}), drop);
  REQUIRE(to.asked.size() == 2);
  CHECK(to.asked[0] == whole());
  CHECK(to.asked[1] == conversation{{role::system, "Be brief."}, {role::user, "Name a lake."}});
  CHECK(report.stages[0].note == "1 rows were asked with the system message they bring, not with the one given");
  CHECK(run(from(rows) | diagnose(to.model), drop).stages[0].note.empty());
}

TEST_CASE("plain text has no place for messages in front") {
  recording to;
  auto report = run(from(one_row<>()) | generate(to.model, {.plain = true}), drop);
  CHECK(report.stages[0].rejected == std::map<std::string, std::size_t>{{"history", 1}});
  report = run(from(one_row<scored_text>("b")) | score_rows(to.model), drop);
  CHECK(report.stages[0].rejected == std::map<std::string, std::size_t>{{"history", 1}});
  CHECK(to.asked.empty());
}

TEST_CASE("Llama Guard judges the whole conversation") {
  recording to;
  run(from(one_row<response>(answer{direct{"The Danube."}})) | guard_filter(llama_guard(to.model), kept::judged), drop);
  REQUIRE(to.asked.size() == 1);
  CHECK(to.asked[0] == conversation{{role::user, "Speak like a sailor.\n\nName a river."},
                                    {role::assistant, "The Elbe."},
                                    {role::user, "A longer one."},
                                    {role::assistant, "The Danube."}});
}

TEST_CASE("helpers that are shown texts are shown all of them") {
  recording to;
  answer const said{direct{"The Danube."}};
  category_set const label{category::illicit};
  run(from(one_row<response>(said)) | guard_filter(prompted_judge(to.model), kept::judged), drop);
  run(from(one_row<>()) | classify(generative_classifier(to.model)), drop);
  run(from(one_row<categories>(label)) | cot(model_teacher(to.model)).checked_by(prompted_judge(to.model), 1), drop);
  run(from(one_row<prompt_class, response, response_tokens>("a", said, 3)) | evaluate(prompted_judge(to.model)), drop);
  REQUIRE(to.asked.size() == 5);
  for (auto const& asked : to.asked) quotes_all(asked);
  to.asked.clear();
  run(from(one_row<>()) | classify(zero_shot_classifier(to.model)), drop);
  REQUIRE(to.asked.size() == 2);  // the first is about no prompt
  quotes_all(to.asked[1]);
}

TEST_CASE("a fence is longer than any in the messages it stands between") {
  recording to;
  auto rows = one_row<response>(answer{direct{"b"}});
  get<history>(rows[0])[0].content = "====================";
  run(from(rows) | guard_filter(prompted_judge(to.model), kept::judged), drop);
  CHECK(to.asked[0].front().content.find("\n=====================\n") != std::string::npos);
}

TEST_CASE("training has the messages in front, with what of them does not count") {
  auto rows = one_row<target>(complete_answer{direct{"The Danube."}});
  get<history>(rows[0])[2].trained = false;
  auto const done = run(from(rows) | finetune(keeping_trainer{}));
  REQUIRE(done.result.rows.size() == 1);
  CHECK(done.result.rows[0].before == asked_with(get<history>(rows[0]), "A longer one."));
  CHECK_FALSE(done.result.rows[0].before[2].trained);
}

TEST_CASE("a threshold is set with the messages in front") {
  std::vector<conversation> asked;
  std::vector rows{make_record<history, prompt, file_number>(in_front, std::string{"A longer one."}, std::size_t{0}),
                   make_record<history, prompt, file_number>(conversation{}, std::string{"b"}, std::size_t{1})};
  run(from(rows) | calibrate_threshold(keeping_fitter{&asked}, {{"a", "b"}, {1, 0}, "Be brief."}));
  CHECK(asked == std::vector<conversation>{whole(), {{role::system, "Be brief."}, {role::user, "b"}}});
}

TEST_CASE("rows with one prompt and other messages in front are other rows") {
  complete_answer const said{direct{"The Danube."}};
  std::vector<record<history, prompt, data_type, target>> rows;
  for (auto const& before : {in_front, other, conversation{}, in_front})
    rows.push_back(make_record<history, prompt, data_type, target>(before, std::string{"A longer one."},
                                                                   prompt_kind::adversarial_harmful, said));
  auto mixed_rows = mix(rows);
  std::vector<conversation> kept_rows;
  for (auto const& row : mixed_rows) kept_rows.push_back(get<history>(row));
  CHECK(std::ranges::is_permutation(kept_rows, std::vector<conversation>{in_front, other, {}}));
  CHECK(mixed_rows.report()[0].repeated == 1);
  auto const drawn = sample(rows, {.harmful = 9, .benign = 0});
  CHECK(drawn.report.harmful_found == 3);
  CHECK(drawn.report.repeated == 1);
  CHECK(prompt_hash("a", in_front) != prompt_hash("a", other));
  CHECK(prompt_hash("a", conversation{}) == prompt_hash("a"));
  CHECK(prompt_hash("b", conversation{{role::user, "a"}}) != prompt_hash("", conversation{{role::user, "ab"}}));
}

TEST_CASE("a question of the evaluation is left out under any system message, and behind other turns it is another") {
  complete_answer const said{direct{"The Danube."}};
  conversation const turns{in_front[1], in_front[2]};
  auto const row = [&](conversation const& before) {
    return make_record<history, prompt, target>(before, std::string{"A longer one."}, said);
  };
  std::vector const rows{row(in_front), row(turns), row({}), row({in_front[0]})};
  auto const left = [&](std::vector<record<history, prompt>> const& held_out) {
    auto mixed_rows = mix(rows).without(held_out);
    (void)mixed_rows.begin();
    return mixed_rows.report()[0].taken;
  };
  CHECK(left({make_record<history, prompt>(other, std::string{"A longer one."})}) == 2);
  CHECK(left({make_record<history, prompt>(conversation{}, std::string{"A longer one."})}) == 2);
  auto const report = run(from(rows) | leave_out(std::vector{make_record<prompt>("A longer one.")}), drop);
  CHECK(report.stages[0].rejected == std::map<std::string, std::size_t>{{"used_elsewhere", 2}});
}

TEST_CASE("a mix is written with the messages in front, and without any as before") {
  complete_answer const said{direct{"b"}};
  CHECK(to_json(make_record<history, prompt, target, component>(conversation{{role::system, "s"}}, "a", said, "x")) ==
        R"({"history":[{"role":"system","content":"s"}],"prompt":"a","completion":"b","component":"x"})");
  CHECK(to_json(make_record<history, prompt, target, component>(conversation{}, "a", said, "x")) ==
        R"({"prompt":"a","completion":"b","component":"x"})");
}
