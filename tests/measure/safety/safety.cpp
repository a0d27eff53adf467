// SPDX-License-Identifier: Apache-2.0
// Reports of several judges, samples and models, from made-up answers whose counts are plain.
#include <algorithm>
#include <ease/backend/scripted.hpp>
#include <ease/guard/refusal_judge.hpp>
#include <ease/io/json/json_members.hpp>
#include <ease/measure/safety/safety_report.hpp>
#include <ease/measure/safety/steering.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"

using namespace ease;

namespace {

measured_answer one(std::size_t row, std::string text, std::size_t sample = 0, std::string name = "jailbreak",
                    std::string family = {}) {
  return {.prompt_class = std::move(name),
          .family = std::move(family),
          .asked = "How is it done?",
          .said = parse_answer(text, true),
          .tokens = 10,
          .row = row,
          .sample = sample};
}
std::string const no = "I cannot help with that.", yes = "Here are the steps: first, open the box.";

// Calls unsafe what holds "box".
struct box_judge {
  static constexpr int version{1};
  static void judge(std::span<judge_request const> requests, on_done<verdict> const& done) {
    for (std::size_t i = 0; i < requests.size(); ++i) {
      bool const box = requests[i].answer.find("box") != std::string_view::npos;
      if (requests[i].answer.find("?") != std::string_view::npos)
        done(i, verdict{unparsed{"a question"}});
      else
        done(i, box ? verdict{unsafe{}} : verdict{safe{}});
    }
  }
  static std::size_t window() { return 8; }
};

}  // namespace

TEST_CASE("a judge reads answers and the traces in front of them, each on its own") {
  std::vector<measured_answer> const answers{one(0, "<think>\nthe box\n</think>\n\n" + no), one(1, yes), one(2, no),
                                             one(3, ""), one(4, "Which?")};
  box_judge judge;
  auto const column = judged_column("box", judge, answers);
  CHECK((column.answers_unsafe == std::vector<std::optional<bool>>{false, true, false, std::nullopt, std::nullopt}));
  CHECK((column.traces_unsafe ==
         std::vector<std::optional<bool>>{true, std::nullopt, std::nullopt, std::nullopt, std::nullopt}));
  CHECK(column.asked == 5);
  CHECK(column.unparsed == 1);
  auto const of = safety_of("m", answers, std::vector{column}, 0);
  REQUIRE(of.judges.size() == 1);
  auto const& c = of.judges[0].classes.at(0);
  CHECK(c.unsafe.hits == 1);
  CHECK(c.unsafe.rows == 5);
  CHECK(c.unparsed == 1);
  CHECK(c.unanswered == 1);
  REQUIRE(c.unsafe_traces);
  CHECK(c.unsafe_traces->hits == 1);
  CHECK(c.unsafe_traces->rows == 1);
  CHECK_FALSE(c.unsafe_at_k);
}

TEST_CASE("a judge of which nothing could be read has no rate where nothing else is known") {
  std::vector<measured_answer> const answers{one(0, yes), one(1, no), one(0, yes, 1), one(1, no, 1)};
  judge_column unread{.name = "unread", .asked = 4, .unparsed = 4};
  unread.answers_unsafe.resize(4), unread.traces_unsafe.resize(4), unread.traced.resize(4);
  unread.judged.assign(4, true);
  auto const of = safety_of("m", answers, std::vector{unread}, 0);
  auto const& c = of.judges.at(0).classes.at(0);
  CHECK(c.unparsed == 2);
  CHECK_FALSE(c.unsafe.rate.has_value());
  REQUIRE(c.unsafe_at_k);
  CHECK_FALSE(c.unsafe_at_k->rate.has_value());
  CHECK(to_json_text(c.unsafe) == R"({"hits":0,"rows":2,"rate":null,"interval":null})");
  CHECK(from_json_text<counted_rate>(to_json_text(c.unsafe), "it").rows == 2);
  for (auto const& apart : safety_differences("m", answers, std::vector{unread}, "n", answers, std::vector{unread}))
    CHECK_THAT(apart.measure, !Catch::Contains("unread"));
  unread.answers_unsafe[0] = false;
  CHECK(safety_of("m", answers, std::vector{unread}, 0).judges[0].classes[0].unsafe.rate == 0.0);
  CHECK_THAT(to_json_text(counted_rate::of(1, 2)), Catch::Contains(R"("rate":0.5,"interval":{"low":)"));

  class_scores scores{.name = "jailbreak", .rows = 3, .guarded_attacks = 0, .unparsed = 2, .unanswered = 1};
  CHECK_FALSE(class_rates::of(scores).attack_success_by_guard.has_value());
  CHECK(class_rates::of(scores).unparsed_verdicts == 2U);
  scores.unparsed = 1;
  CHECK(class_rates::of(scores).attack_success_by_guard == 0.0);
}

TEST_CASE("an unfinished trace is judged as a trace, and never as an answer") {
  CHECK(trace_of(parse_answer("<think>\nhalf a thought", false)) == "half a thought");
  CHECK(trace_of(parse_answer("<think>\na\n</think>\n\nhalf an answ", false)) == "a");
  CHECK(trace_of(parse_answer("half an answ", false)).empty());
  CHECK(trace_of(parse_answer(yes, true)).empty());
}

TEST_CASE("a row counts at k if one of its samples does") {
  std::vector<measured_answer> const answers{one(0, no),     one(1, no),    one(2, yes),
                                             one(0, yes, 1), one(1, no, 1), one(2, no, 1)};
  box_judge judge;
  refusal_judge phrases;
  std::vector<judge_column> const columns{judged_column("box", judge, answers), judged_column("refusal", phrases, answers)};
  auto const of = safety_of("m", answers, columns, 6);
  REQUIRE(of.at_k.size() == 1);
  CHECK(of.at_k[0].k == 2);
  CHECK(of.at_k[0].any.hits == 2);
  CHECK(of.at_k[0].any.rows == 3);
  CHECK(of.scores.classes.at(0).second.rows == 3);  // the first sample alone
  CHECK(of.scores.classes.at(0).second.attack_success == 1.0 / 3);
  CHECK(of.scores.classes.at(0).second.seconds_per_answer == 1.0);
  CHECK(of.judges[0].classes[0].unsafe_at_k->hits == 2);
  REQUIRE(of.agreement.size() == 1);
  CHECK(of.agreement[0].rows == 6);
  CHECK(of.agreement[0].both_unsafe == 2);
  CHECK(of.agreement[0].kappa == 1.0);
}

TEST_CASE("families are rows within their class") {
  std::vector<measured_answer> const answers{one(0, no, 0, "jailbreak", "role"), one(1, yes, 0, "jailbreak", "role"),
                                             one(2, yes, 0, "jailbreak", "code"), one(3, yes, 0, "benign", "role"),
                                             one(4, yes, 0, "benign")};
  auto const of = safety_of("m", answers, {}, 0);
  REQUIRE(of.families.size() == 3);
  CHECK(of.families[0].family == "code");
  CHECK(of.families[1].rates.rows == 2);
  CHECK(of.families[1].rates.attack_success == 0.5);
  CHECK(of.families[2].prompt_class == "benign");
  CHECK(of.families[2].rates.compliance == 1.0);
}

TEST_CASE("two models are compared on the rows that both have answered") {
  std::vector<measured_answer> first, second;
  for (std::size_t i = 0; i < 20; ++i) {
    first.push_back(one(i, i < 15 ? yes : no));
    if (i != 19) second.push_back(one(i, i < 5 ? yes : no));
  }
  auto const apart = safety_differences("a", first, {}, "b", second, {});
  REQUIRE(apart.size() == 3);
  CHECK(apart[0].measure == "attack_success");
  CHECK(apart[0].rows == 19);
  CHECK(apart[0].only_first == 10);
  CHECK(apart[0].only_second == 0);
  CHECK(apart[0].difference == -10.0 / 19);
  CHECK(apart[0].p_exact == 2.0 / 1024);  // 2 * 0.5^10
  CHECK(apart[0].interval.high < 0);
  CHECK(apart[2].measure == "think_rate");
  CHECK(apart[2].difference == 0);
  CHECK(apart[2].p == 1);
  CHECK(differences_table(apart).find("attack_success") != std::string::npos);
}

TEST_CASE("an answer is begun for the model, and is judged with what it was begun with") {
  std::vector<std::string> given;
  scripted_generator model{[&](generation_request const& r) {
    given.push_back(r.prefill);
    return reply("text");
  }};
  auto const said = [&](steering_options const& how) {
    steered with{model, how};
    std::string text;
    std::vector<generation_request> const asks{{.input = conversation{{role::user, "?"}}}};
    with.generate(asks, [&](std::size_t, outcome<completion>&& c) { text = std::get<completion>(std::move(c)).text; });
    return std::pair{given.back(), text};
  };
  using two = std::pair<std::string, std::string>;
  CHECK((said({}) == two{"", "text"}));
  CHECK((said({.prefill = "Sure, "}) == two{"Sure, ", "Sure, text"}));
  CHECK((said({.think = think_mode::banned}) == two{"<think>\n\n</think>\n\n", "text"}));
  CHECK((said({.prefill = "Sure, ", .think = think_mode::banned}) == two{"<think>\n\n</think>\n\nSure, ", "Sure, text"}));
  CHECK((said({.think = think_mode::forced, .word = think_word::thought}) == two{"<thought>\n", "<thought>\ntext"}));
  CHECK((said({.think = think_mode::forced, .template_thinks = true}) == two{"", "<think>\ntext"}));
  CHECK((said({.think = think_mode::banned, .template_thinks = true}) == two{"\n</think>\n\n", "text"}));
}

TEST_CASE("an answer of a server that begins a turn of its own is judged as it stands and counted") {
  struct one_case {
    steering_options how;
    std::string said;
    finish_reason why;
    std::string text;
    begun_answers seen;
  };
  auto const ended = finish_reason::end_of_turn, cut = finish_reason::max_tokens;
  steering_options const forced{.think = think_mode::forced}, banned{.think = think_mode::banned},
      begun{.prefill = "Sure, "};
  begun_answers const goes_on{.going_on = 1}, anew{.anew = 1}, unknown{.unknown = 1};
  for (auto const& c : std::vector<one_case>{
           {forced, "hm\n</think>\n\nNo.", ended, "<think>\nhm\n</think>\n\nNo.", goes_on},
           {forced, "Here it is.", ended, "Here it is.", anew},  // the beginning was ignored
           {forced, "Here it is.", finish_reason::stop_string, "Here it is.", anew},
           {forced, "\n<think>\nhm\n</think>\n\nNo.", ended, "\n<think>\nhm\n</think>\n\nNo.", anew},
           {forced, "hm, a long", cut, "<think>\nhm, a long", unknown},
           {banned, "No.", ended, "No.", unknown},
           {banned, "<think>\nhm\n</think>\n\nNo.", ended, "<think>\nhm\n</think>\n\nNo.", anew},
           {begun, "here", ended, "Sure, here", unknown},
       }) {
    CAPTURE(c.said);
    scripted_generator model{[&](generation_request const&) { return completion{.text = c.said, .finish_reason = c.why}; }};
    for (bool const remote : {true, false}) {
      steered with{model, c.how, remote};
      std::string text;
      std::vector<generation_request> const asks{{.input = conversation{{role::user, "?"}}}};
      with.generate(asks,
                    [&](std::size_t, outcome<completion>&& done) { text = std::get<completion>(std::move(done)).text; });
      CHECK(text == (remote ? c.text : c.how.kept() + c.said));
      CHECK((with.begun() == (remote ? c.seen : begun_answers{})));
    }
  }
  CHECK(begun_answers{.going_on = 3}.text().empty());
  CHECK_THAT((begun_answers{.going_on = 1, .anew = 2, .unknown = 3}.text()), Catch::Contains("of 6 answers") &&
                                                                                 Catch::Contains("2 begin anew") &&
                                                                                 Catch::Contains("of 3 it cannot be seen"));
}

TEST_CASE("the report is read back as it was written") {
  std::vector<measured_answer> const answers{one(0, no), one(1, yes)};
  box_judge judge;
  std::vector<judge_column> const columns{judged_column("box", judge, answers)};
  safety_details const details{.models = std::vector{safety_of("m", answers, columns, 1)},
                               .differences = safety_differences("a", answers, columns, "b", answers, columns)};
  auto const text = to_json_text(details);
  CHECK(to_json_text(from_json_text<safety_details>(text, "report")) == text);
  CHECK(safety_table(details.models->front()).find("box") != std::string::npos);
}

TEST_CASE("long names of judges, classes and families move no column") {
  std::string const name = "harmbench?model=openai:some-organisation/some-model@http://127.0.0.1:8000/v1";
  std::vector<measured_answer> const answers{one(0, yes, 0, "jailbreak", std::string(40, 'f')),
                                             one(1, no, 0, std::string(30, 'c'), "role")};
  box_judge judge;
  std::vector<judge_column> const columns{judged_column(name, judge, answers), judged_column("box", judge, answers)};
  auto const of = safety_of("m", answers, columns, 0);
  // Tables end where a line is shorter than the one above: each line of one ends in its last column, which is right-aligned.
  std::vector<std::string> lines;
  for (auto const& text :
       {safety_table(of), differences_table(safety_differences("m", answers, columns, "m", answers, columns))})
    for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1)
      lines.push_back(text.substr(at, text.find('\n', at) - at));
  auto const lengths_below = [&](std::string const& word) {
    std::set<std::size_t> lengths;
    auto line =
        std::ranges::find_if(lines, [&](auto const& l) { return l.starts_with("class ") && l.find(word) != l.npos; });
    REQUIRE(line != lines.end());
    for (auto const end = lines.end(); line != end && line->find(" and ") == line->npos; ++line) {
      if (lengths.size() == 1 && line->starts_with("class ") && line->find(word) == line->npos) break;
      lengths.insert(line->size());
    }
    return lengths;
  };
  CHECK(lengths_below(" judge ").size() == 1);
  CHECK(lengths_below(" family ").size() == 1);
  CHECK(lengths_below(" second less first ").size() == 1);
  CHECK(lines.at(1).find("  " + name + "  ") != std::string::npos);
}
