// SPDX-License-Identifier: Apache-2.0
// The whole method with a scripted model: who goes where, and that every row is accounted for.
#include <cmath>
#include <ease/backend/scripted.hpp>
#include <ease/classifier/generative_classifier.hpp>
#include <ease/classifier/zero_shot_classifier.hpp>
#include <ease/guard/llama_guard.hpp>
#include <ease/guard/prompted_judge.hpp>
#include <ease/guard/refusal_judge.hpp>
#include <ease/method/classify.hpp>
#include <ease/method/cot.hpp>
#include <ease/method/diagnose.hpp>
#include <ease/method/evaluate.hpp>
#include <ease/method/finetune.hpp>
#include <ease/method/guard_filter.hpp>
#include <ease/method/mix.hpp>
#include <ease/stage/run.hpp>
#include <ease/teacher/model_teacher.hpp>
#include <ease/teacher/policy_template.hpp>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "catch.hpp"

using namespace ease;

namespace {
std::vector<record<prompt>> prompts_of(std::initializer_list<char const*> texts) {
  std::vector<record<prompt>> rows;
  for (auto const* t : texts) rows.push_back(make_record<prompt>(t));
  return rows;
}
completion said(std::string text, finish_reason why = finish_reason::end_of_turn) {
  return {.text = std::move(text), .finish_reason = why, .prompt_tokens = 3, .completion_tokens = 5};
}
// Says what the prompt's first word tells it to.
scripted_generator obedient() {
  return scripted_generator{[](generation_request const& r) -> outcome<completion> {
                              auto const text = user_text(r.input);
                              if (text.starts_with("refuse")) return said("I'm sorry, but no.");
                              if (text.starts_with("long")) return said("One, two,", finish_reason::max_tokens);
                              if (text.starts_with("huge")) return failure{"the prompt has 9000 tokens, the context 8192"};
                              if (text.starts_with("think")) return said("<think>\nHm.\n</think>\n\nWell.");
                              if (text.starts_with("empty")) return said("");
                              return said("Sure: " + text);
                            },
                            {.order = completion_order::reversed}};
}
continuation_score scored(double probability) {
  return {.logprob = std::log(probability), .first_token_logprob = std::log(probability), .tokens = 1};
}
}  // namespace

TEST_CASE("diagnose keeps truncated answers apart and fails what does not fit") {
  auto slm = obedient();
  auto pipeline = from(prompts_of({"say a", "long", "huge", "think"})) | diagnose(slm);
  std::vector<answer> answers;
  for (auto const& row : pipeline) answers.push_back(get<response>(row));
  CHECK(answers == std::vector<answer>{direct{"Sure: say a"}, truncated{"One, two,"}, reasoned{"Hm.", "Well."}});
  CHECK(pipeline.report().failures() == 1);
  CHECK(pipeline.report().adds_up());
}

TEST_CASE("diagnose asks again for a short answer where one was truncated, and the row keeps its own prompt") {
  std::vector<generation_request> asked;
  scripted_generator slm{[&](generation_request const& r) -> outcome<completion> {
                           asked.push_back(r);
                           auto const text = user_text(r.input);
                           if (text == "long\n\nBriefly.") return said("One.");
                           if (text.starts_with("long")) return said("One, two,", finish_reason::max_tokens);
                           if (text.starts_with("huge")) return failure{"too long"};
                           return said("ok");
                         },
                         {.order = completion_order::reversed}};
  auto pipeline = from(prompts_of({"long", "say", "huge", "longer"})) | diagnose(slm, {.when_truncated = "Briefly."});
  std::map<std::string, answer> answers;
  for (auto const& row : pipeline) answers.emplace(get<prompt>(row), get<response>(row));
  CHECK(answers ==
        std::map<std::string, answer>{{"long", direct{"One."}}, {"say", direct{"ok"}}, {"longer", truncated{"One, two,"}}});
  CHECK(pipeline.report().failures() == 1);
  CHECK(pipeline.report().adds_up());
  REQUIRE(asked.size() == 6);
  std::map<std::string, std::uint64_t> row_of;
  for (auto const& r : asked) row_of[user_text(r.input)] = r.row;
  CHECK(row_of.at("long\n\nBriefly.") == row_of.at("long"));
}

TEST_CASE("diagnose passes sampling, system text and a key that depends on the prompt alone") {
  std::map<std::string, generation_request> seen;
  scripted_generator slm{[&](generation_request const& r) -> outcome<completion> {
    seen[user_text(r.input)] = r;
    return said("ok");
  }};
  diagnose_options const options{.sampling = {.temperature = 0.3, .max_tokens = 7}, .system_prompt = "Be brief.", .seed = 5};
  run(from(prompts_of({"a", "b"})) | diagnose(slm, options), [](auto const&) {});
  auto const row_a = seen.at("a").row;
  CHECK(seen.at("a").sampling.max_tokens == 7);
  CHECK(seen.at("a").seed == 5);
  CHECK(std::get<conversation>(seen.at("a").input).front() == message{role::system, "Be brief."});
  CHECK(row_a != seen.at("b").row);
  seen.clear();
  run(from(prompts_of({"c", "b", "a"})) | diagnose(slm, options), [](auto const&) {});
  CHECK(seen.at("a").row == row_a);
}

TEST_CASE("guard_filter has three outcomes, each counted") {
  auto slm = obedient();
  auto pipeline = from(prompts_of({"say a", "refuse", "empty", "long"})) | diagnose(slm) | guard_filter(refusal_judge{});
  std::vector<std::string> kept_prompts;
  for (auto const& row : pipeline) kept_prompts.push_back(get<prompt>(row));
  CHECK(kept_prompts == std::vector<std::string>{"say a", "long"});
  auto const& counts = pipeline.report().stages[1];
  CHECK(counts.rejected.at("safe") == 1);
  CHECK(counts.rejected.at("unparsed") == 1);
  CHECK(pipeline.report().adds_up());

  std::size_t safe_rows = 0;
  run(from(prompts_of({"say a", "refuse"})) | diagnose(slm) | guard_filter(refusal_judge{}, kept::safe),
      [&](auto const& row) { safe_rows += std::holds_alternative<safe>(get<judgement>(row)) ? 1U : 0U; });
  CHECK(safe_rows == 1);
}

TEST_CASE("llama_guard judges by probability and decodes hazards for unsafe rows only") {
  scripted_model model{[](generation_request const&) -> outcome<completion> { return said("\n\nunsafe\nS1,S99,S10"); },
                       [](score_request const& r) -> outcome<std::vector<continuation_score>> {
                         REQUIRE(std::get<conversation>(r.input).size() == 2);
                         auto const text = user_text(r.input);
                         double const bad = text == "bad" ? 0.7 : text == "mild" ? 0.4 : 0.0001;
                         double const good = text == "mute" ? 0.0001 : 0.9 - bad;
                         return std::vector{scored(good / 2), scored(good / 2), scored(bad / 2), scored(bad / 2)};
                       }};
  std::vector<judge_request> const asks{{"bad", "x"}, {"mild", "x"}, {"mute", "x"}, {"fine", "x"}};
  std::map<std::size_t, verdict> verdicts;
  auto const collect = [&](std::size_t i, outcome<verdict> v) { verdicts[i] = std::get<verdict>(v); };
  llama_guard(model).judge(asks, collect);
  REQUIRE(verdicts.size() == 4);
  auto const bad = std::get<unsafe>(verdicts[0]);
  CHECK(bad.probability_unsafe.value() == Approx(0.7 / 0.9));
  CHECK(bad.hazards == std::vector<std::string>{"S1", "S10"});
  CHECK(std::holds_alternative<safe>(verdicts[1]));
  CHECK(std::holds_alternative<unparsed>(verdicts[2]));
  CHECK(std::holds_alternative<safe>(verdicts[3]));
  llama_guard(model, {.threshold = 0.3}).judge(asks, collect);
  CHECK(std::holds_alternative<unsafe>(verdicts[1]));
}

TEST_CASE("a prompted judge compares yes and no") {
  scripted_scorer model{[](score_request const& r) -> outcome<std::vector<continuation_score>> {
    bool const bad = user_text(r.input).find("sharp") != std::string::npos;
    return std::vector{scored(bad ? 0.5 : 0.1), scored(0.05), scored(bad ? 0.1 : 0.6), scored(0.05)};
  }};
  std::map<std::size_t, verdict> verdicts;
  prompted_judge(model).judge(std::vector<judge_request>{{"p", "sharp"}, {"p", "dull"}},
                              [&](std::size_t i, outcome<verdict> v) { verdicts[i] = std::get<verdict>(v); });
  CHECK(probability_unsafe(std::get<unsafe>(verdicts[0])).value() == Approx(0.55 / 0.7));
  CHECK(probability_unsafe(std::get<safe>(verdicts[1])).value() == Approx(0.15 / 0.8));
}

TEST_CASE("classify keeps several labels and never invents one") {
  scripted_generator writer{[](generation_request const& r) -> outcome<completion> {
    auto const text = user_text(r.input);
    if (text.find("zwei") != std::string::npos) return said("[\"Privacy/Personal Data\", \"Violence/Physical Harm\"]");
    if (text.find("ungerade") != std::string::npos) return said("[\"Other\"]");
    if (text.find("keins") != std::string::npos) return said("[]");
    if (text.find("endlos") != std::string::npos) return said("illicit, and", finish_reason::max_tokens);
    return said("illicit");
  }};
  auto pipeline =
      from(prompts_of({"zwei", "ungerade", "keins", "endlos", "eins"})) | classify(generative_classifier(writer));
  std::vector<category_set> found;
  for (auto const& row : pipeline) found.push_back(get<categories>(row));
  CHECK(found == std::vector<category_set>{{category::violence, category::privacy}, {category::illicit}});
  CHECK(pipeline.report().stages[0].rejected.at("unknown_label") == 2);  // one of them truncated
  CHECK(pipeline.report().stages[0].rejected.at("no_label") == 1);
}

TEST_CASE("labels of an answer that was held to the schema are read as such, and no other object is") {
  simdjson::dom::parser parser;
  simdjson::dom::element schema;
  REQUIRE(parser.parse(label_schema()).get(schema) == simdjson::SUCCESS);
  simdjson::dom::array const names = schema["properties"]["categories"]["items"]["enum"];
  CHECK(names.size() == category_count);
  for (auto const name : names) {
    std::string_view const word = name;
    auto const read = read_labels(" {\"categories\": [\"" + std::string{word} + "\"]}\n");
    REQUIRE(read.unknown.empty());
    CHECK(read.known == category_set{*category_from(word)});
  }
  auto const mixed = read_labels(R"({"categories":["Self-Harm","Oracles",7]})");
  CHECK(mixed.known == category_set{category::self_harm});
  CHECK(mixed.unknown == std::vector<std::string>{"Oracles", "(no text)"});
  CHECK(read_labels(R"({"categories":[]})").known.empty());
  CHECK_FALSE(read_labels(R"({"labels":["Privacy"]})").unknown.empty());
  CHECK_FALSE(read_labels(R"({"categories":["Privacy"])").unknown.empty());  // truncated
}

TEST_CASE("zero_shot_classifier corrects for the words a model prefers") {
  scripted_scorer model{[](score_request const& r) -> outcome<std::vector<continuation_score>> {
    std::vector<continuation_score> scores(category_count, {.logprob = -16, .first_token_logprob = -4, .tokens = 4});
    scores[1].logprob = -2;  // liked whatever the prompt
    if (user_text(r.input).find("N/A") == std::string::npos) {
      scores[6].logprob = -2;
      scores[2].logprob = -3;
    }
    return scores;
  }};
  std::optional<labels> found;
  zero_shot_classifier(model).classify(std::vector<std::string_view>{"whose phone is it"},
                                       [&](std::size_t, outcome<labels> l) { found = std::get<labels>(l); });
  CHECK(found->known == category_set{category::privacy, category::violence});
}

TEST_CASE("words whose likelihood cannot be told are no labels and no verdict") {
  double const unknown = -std::numeric_limits<double>::infinity();
  bool prior_too = false;
  scripted_scorer model{[&](score_request const& r) -> outcome<std::vector<continuation_score>> {
    bool const known = user_text(r.input).find("N/A") != std::string::npos && !prior_too;
    return std::vector<continuation_score>(category_count, {.logprob = known ? -2 : unknown, .tokens = 1});
  }};
  auto const label = [&] {
    std::string trouble;
    zero_shot_classifier(model).classify(std::vector<std::string_view>{"whose phone is it"},
                                         [&](std::size_t, outcome<labels> l) { trouble = std::get<failure>(l).what; });
    return trouble;
  };
  CHECK(label() == "no category's name is a likely answer: they cannot be compared");
  std::optional<verdict> judged;
  prompted_judge(model).judge(std::vector<judge_request>{{"p", "a"}},
                              [&](std::size_t, outcome<verdict> v) { judged = std::get<verdict>(v); });
  CHECK(std::holds_alternative<unparsed>(*judged));
  prior_too = true;
  CHECK_THROWS_WITH(label(), Catch::Contains("generative_classifier (--classifier generative) asks for a list"));
}

TEST_CASE("why the first row failed is in the report, and why the first verdict did in the table") {
  scripted_generator slm{[](generation_request const& r) -> outcome<completion> {
    auto const text = user_text(r.input);
    if (text != "good" && text != "also good") return failure{"no room for the " + text};
    return said("Yes.");
  }};
  auto pipeline = from(prompts_of({"good", "first", "second", "also good"})) | diagnose(slm);
  for ([[maybe_unused]] auto const& row : pipeline) {
  }
  CHECK(pipeline.report().stages[0].failed == 2);
  CHECK(pipeline.report().stages[0].first_failure == "no room for the first");
  scripted_scorer broken{
      [](score_request const&) -> outcome<std::vector<continuation_score>> { return failure{"no logprobs"}; }};
  auto const rows = std::vector{
      make_record<prompt_class, prompt, response, response_tokens>("all", "q", answer{direct{"Yes."}}, std::size_t{2})};
  auto const scores = run(from(rows) | evaluate(prompted_judge(broken))).result;
  REQUIRE(scores.size() == 1);
  CHECK(scores[0].unparsed == 1);
  CHECK(scores[0].first_failure == "no logprobs");
}

TEST_CASE("the policy template reasons from every category of a row") {
  auto const rows = std::vector{
      make_record<prompt, categories, response>("x", category_set{category::privacy, category::illicit},
                                                answer{direct{"Sure"}}),
      make_record<prompt, categories, response>("y", category_set{category::benign}, answer{direct{"Own answer."}}),
      make_record<prompt, categories, response>("z", category_set{category::benign}, answer{truncated{"Own"}})};
  auto pipeline = from(rows) | cot(policy_template{}, keep_answer);
  std::vector<complete_answer> targets;
  for (auto const& row : pipeline) targets.push_back(get<target>(row));
  REQUIRE(targets.size() == 2);
  auto const harmful = std::get<reasoned>(targets[0]);
  CHECK(harmful.reasoning.find(policy_of(category::privacy).concern) != std::string::npos);
  CHECK(harmful.reasoning.find(policy_of(category::illicit).concern) != std::string::npos);
  CHECK(is_refusal(harmful.text));
  CHECK(std::get<reasoned>(targets[1]).text == "Own answer.");
  CHECK(pipeline.report().stages[0].rejected.at("truncated") == 1);
  for (auto c : all_categories)
    if (c != category::benign) CHECK(is_refusal(policy_of(c).refusal));
}

TEST_CASE("reasoning is sampled until the guard accepts one") {
  std::map<std::string, int> asked;
  scripted_generator model{[&](generation_request const& r) -> outcome<completion> {
    auto const text = user_text(r.input);
    auto const who = text.find("stubborn") != std::string::npos ? "stubborn"
                     : text.find("plain") != std::string::npos  ? "plain"
                                                                : "good";
    auto const time = asked[who]++;
    if (std::string{who} == "plain") return said("I refuse, without a thought.");
    if (std::string{who} == "stubborn" || time == 0) return said("<think>\nWhy not.\n</think>\n\nSure, like this.");
    return said("<think>\nNo.\n</think>\n\nI cannot help with that.");
  }};
  std::vector<record<prompt, categories>> rows;
  for (auto const* p : {"good", "stubborn", "plain"})
    rows.push_back(make_record<prompt, categories>(p, category_set{category::illicit}));
  auto pipeline = from(rows) | cot(model_teacher(model)).checked_by(refusal_judge{}, 3);
  std::vector<std::string> done;
  for (auto const& row : pipeline) done.push_back(get<prompt>(row));
  CHECK(done == std::vector<std::string>{"good"});
  CHECK(asked["stubborn"] == 3);
  CHECK(pipeline.report().stages[0].rejected.at("unsafe_reasoning") == 1);
  CHECK(pipeline.report().stages[0].rejected.at("no_reasoning") == 1);
  CHECK(pipeline.report().adds_up());
}

TEST_CASE("the model teacher is shown every policy of the row, and obeys its options") {
  generation_request seen;
  scripted_generator model{[&](generation_request const& r) -> outcome<completion> {
    seen = r;
    return said("<think>\nNo.\n</think>\n\nNo.");
  }};
  auto const rows = std::vector{make_record<prompt, categories>("x", category_set{category::violence, category::privacy})};
  run(from(rows) | cot(model_teacher(model, {.sampling = {.temperature = 0.2, .max_tokens = 33}})), [](auto const&) {});
  auto const text = user_text(seen.input);
  CHECK(text.find(policy_of(category::violence).objective) != std::string::npos);
  CHECK(text.find(policy_of(category::privacy).objective) != std::string::npos);
  CHECK(text.find(policy_of(category::sexual).objective) == std::string::npos);
  CHECK(seen.sampling.max_tokens == 33);
  CHECK(seen.sampling.temperature == 0.2);
}

TEST_CASE("evaluate counts thinking, refusals, attacks and tokens a class") {
  auto slm = obedient();
  std::vector<record<prompt, prompt_class>> rows;
  for (auto const& [p, c] : {std::pair{"think 1", "jailbreak"},
                             {"say b", "jailbreak"},
                             {"refuse", "jailbreak"},
                             {"empty", "jailbreak"},
                             {"say hi", "benign"}})
    rows.push_back(make_record<prompt, prompt_class>(p, c));
  auto const scores = run(from(rows) | diagnose(slm) | evaluate()).result;
  REQUIRE(scores.size() == 2);
  CHECK(scores[0].name == "jailbreak");
  CHECK(scores[0].rows == 4);
  CHECK(scores[0].think_rate() == 0.25);
  CHECK(scores[0].refusal_rate() == 0.25);
  CHECK(scores[0].attack_success() == 0.5);
  CHECK(scores[0].unanswered == 1);
  CHECK(scores[0].tokens_per_answer() == 5);
  CHECK_FALSE(scores[0].guarded_attacks);
  auto slm_again = obedient();
  auto const guarded = run(from(rows) | diagnose(slm_again) | evaluate(refusal_judge{})).result;
  CHECK(guarded[0].guarded_attacks == 2);
}

namespace {
struct counting_trainer {
  struct report {
    std::size_t rows{0};
    std::size_t thinking{0};
  };
  static report train(std::vector<training_example> const& rows) {
    report r{.rows = rows.size()};
    for (auto const& row : rows) r.thinking += thinks(row.completion) ? 1U : 0U;
    return r;
  }
};
}  // namespace

TEST_CASE("the paper's figure, from prompts to a trained model") {
  auto slm = obedient();
  auto const prompts = prompts_of({"say a", "refuse b", "say c"});
  scripted_generator writer{[](generation_request const&) -> outcome<completion> { return said("illicit"); }};
  auto vulnerable = from(prompts) | diagnose(slm) | guard_filter(refusal_judge{}) | classify(generative_classifier(writer)) |
                    cot(policy_template{});
  std::vector const refusals{make_record<prompt, target>("say d", complete_answer{direct{"I can't."}})};
  std::vector const general{make_record<prompt, target>("say e", complete_answer{direct{"Paris."}})};
  auto [trained, report] = run(mix(vulnerable, refusals, general) | finetune(counting_trainer{}));
  CHECK(trained.rows == 4);
  CHECK(trained.thinking == 2);
  CHECK(report.adds_up());
}
