// SPDX-License-Identifier: Apache-2.0
// Which rows the guard lets through, what the others take with them, and what a person is told when none is left.
#include <ease/backend/scripted.hpp>
#include <ease/guard/llama_guard.hpp>
#include <ease/guard/prompted_judge.hpp>
#include <ease/guard/refusal_judge.hpp>
#include <ease/io/rows/write_records.hpp>
#include <ease/method/diagnose.hpp>
#include <ease/method/guard_filter.hpp>
#include <ease/stage/run.hpp>
#include <map>
#include <string>
#include <vector>

#include "catch.hpp"
#include "method/obedient.hpp"

using namespace test;

// What must not compile.
static_assert(composes<rows_with<prompt, response>, guard_filter<refusal_judge>>);
static_assert(!composes<rows_with<prompt>, guard_filter<refusal_judge>>);                       // no answer to judge
static_assert(!composes<rows_with<prompt, response, judgement>, guard_filter<refusal_judge>>);  // judged already

namespace {

using answered = record<prompt, response>;
std::vector<answered> answers(std::vector<std::string> const& texts) {
  std::vector<answered> rows;
  for (auto const& t : texts) rows.push_back(make_record<prompt, response>("about " + t, answer{direct{t}}));
  return rows;
}
// An answer that is a number is unsafe with that probability; any other says nothing that the judge can read.
scripted_scorer by_number() {
  return scripted_scorer{[](score_request const& r) {
    auto const text = user_text(r.input);
    auto const at = text.find("ASSISTANT:\n0.");
    double const p = at == std::string::npos ? 0.0 : std::stod(text.substr(at + 11));
    return at == std::string::npos ? probabilities({0.0, 0.0, 0.0, 0.0}) : probabilities({p, 0.0, 1 - p, 0.0});
  }};
}
// The rejected rows as the side output writes them, by their reason.
template <class Guard>
std::multimap<std::string, std::string> rejected_rows(std::vector<answered> const& rows, Guard judge, kept keep) {
  std::multimap<std::string, std::string> out;
  run(
      from(rows) | guard_filter(std::move(judge), keep), [](auto const&) {},
      [&](auto, auto const& row, auto const& why) {
        if constexpr (requires { why.reason; }) out.emplace(why.reason, to_json(row));
      });
  return out;
}
template <class Guard>
std::string note_of(std::vector<answered> const& rows, Guard judge, kept keep = kept::unsafe) {
  return run(from(rows) | guard_filter(std::move(judge), keep), [](auto const&) {}).stages.front().note;
}

struct sure_judge {
  static void judge(std::span<judge_request const> requests, on_done<verdict> const& done) {
    for (std::size_t i = 0; i < requests.size(); ++i) {
      if (requests[i].answer == "gone")
        done(i, failure{"the server is gone"});
      else
        done(i, requests[i].answer == "own name" ? verdict{safe{{}, "expert"}} : verdict{safe{}});
    }
  }
  static std::size_t window() { return 3; }
};

}  // namespace

TEST_CASE("rejected rows carry their verdict: its probability, and who judged") {
  auto model = by_number();
  auto const rows = answers({"0.75", "0.25", "hm"});
  auto const side = rejected_rows(rows, prompted_judge(model), kept::unsafe);
  REQUIRE(side.size() == 2);
  CHECK(
      side.find("safe")->second ==
      R"({"prompt":"about 0.25","response":"0.25","verdict":{"verdict":"safe","probability_unsafe":0.25,"judge":"prompted_judge"}})");
  CHECK(
      side.find("unparsed")->second ==
      R"({"prompt":"about hm","response":"hm","verdict":{"verdict":"unparsed","reason":"neither yes nor no is a likely answer","judge":"prompted_judge"}})");
  auto const unsafe_side = rejected_rows(rows, prompted_judge(model), kept::safe);
  REQUIRE(unsafe_side.count("unsafe") == 1);
  CHECK(
      unsafe_side.find("unsafe")->second ==
      R"({"prompt":"about 0.75","response":"0.75","verdict":{"verdict":"unsafe","probability_unsafe":0.75,"hazards":[],"judge":"prompted_judge"}})");
}

TEST_CASE("a judge without a probability writes none, and its name stands there") {
  auto const side = rejected_rows(answers({"Sure, like this.", "I cannot help."}), refusal_judge{}, kept::safe);
  REQUIRE(side.size() == 1);
  CHECK(side.begin()->second.find(
            R"("verdict":{"verdict":"unsafe","probability_unsafe":null,"hazards":[],"judge":"refusal_judge"})") !=
        std::string::npos);
  std::vector<std::string> names;
  run(from(answers({"plain", "own name"})) | guard_filter(sure_judge{}, kept::safe),
      [&](auto const& row) { names.push_back(judge_of(get<judgement>(row))); });
  CHECK(names == std::vector<std::string>{"sure_judge", "expert"});
}

TEST_CASE("kept rows keep the probability too") {
  auto model = by_number();
  std::vector<verdict> kept_verdicts;
  run(from(answers({"0.75", "0.25"})) | guard_filter(prompted_judge(model), kept::safe),
      [&](auto const& row) { kept_verdicts.push_back(get<judgement>(row)); });
  CHECK(kept_verdicts == std::vector<verdict>{safe{0.25, "prompted_judge"}});
}

TEST_CASE("when no answer is kept a note says how near the nearest was, and what to do") {
  auto model = by_number();
  CHECK(note_of(answers({"0.125", "0.4375", "0.25"}), prompted_judge(model)) ==
        "none of 3 answers was judged unsafe; the highest probability was 0.438: lower the guard's threshold, or draw more "
        "prompts");
  CHECK(note_of(answers({"0.875", "0.75", "hm"}), prompted_judge(model), kept::safe) ==
        "none of 3 answers was judged safe (1 unparsed); the lowest probability was 0.75: raise the guard's "
        "threshold, or draw more prompts");
  CHECK(note_of(answers({"I cannot help.", "I'm sorry."}), refusal_judge{}) ==
        "none of 2 answers was judged unsafe by refusal phrases: choose a guard that reads what answers say, or draw more "
        "prompts");
  CHECK(note_of(answers({"plain", "gone"}), sure_judge{}) ==
        "none of 1 answers was judged unsafe: choose a guard of another kind, or draw more prompts");
  CHECK(note_of(answers({"hm", "what"}), prompted_judge(model)) ==
        "none of 2 verdicts could be read: is the model a guard of this kind?");
  CHECK(note_of(answers({"0.125", "0.75"}), prompted_judge(model)).empty());
  CHECK(note_of(answers({}), prompted_judge(model)).empty());
  CHECK(note_of(answers({"gone"}), sure_judge{}).empty());
}

TEST_CASE("a second pass counts anew") {
  auto model = by_number();
  auto rows = answers({"0.375", "0.75"});
  auto pipeline = from(rows) | guard_filter(prompted_judge(model));
  auto const drop = [](auto const&) {};
  CHECK(pipeline.each(drop).stages[0].note.empty());
  rows = answers({"0.125"});
  CHECK(pipeline.each(drop).stages[0].note ==
        "none of 1 answers was judged unsafe; the highest probability was 0.125: lower the guard's threshold, or draw more "
        "prompts");
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
