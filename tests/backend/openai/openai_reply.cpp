// SPDX-License-Identifier: Apache-2.0
#include <ease/backend/openai/openai_reply.hpp>
#include <ease/backend/openai/openai_score.hpp>
#include <ease/backend/openai/reply/openai_error.hpp>

#include "catch.hpp"

namespace {

ease::generation_request const asked{.input = ease::conversation{}, .sampling = {.max_tokens = 10}};

std::string chat(std::string const& message, std::string const& rest = R"("finish_reason":"stop")",
                 std::string const& usage = "{}") {
  return R"({"choices":[{"message":)" + message + "," + rest + R"(}],"usage":)" + usage + "}";
}

ease::parsed<ease::completion> read(std::string const& body, ease::generation_request const& request = asked) {
  ease::reply_facts facts;
  return ease::read_completion(body, request, true, facts);
}
ease::completion whole(std::string const& body, ease::generation_request const& request = asked) {
  return std::get<ease::completion>(read(body, request));
}

}  // namespace

TEST_CASE("why a text ended is told apart") {
  auto const why = [](std::string const& rest, std::string const& usage = "{}") {
    return whole(chat(R"({"content":"x"})", rest, usage)).finish_reason;
  };
  CHECK(why(R"("finish_reason":"stop")") == ease::finish_reason::end_of_turn);
  CHECK(why(R"("finish_reason":"stop","stop_reason":null)") == ease::finish_reason::end_of_turn);
  CHECK(why(R"("finish_reason":"stop","stop_reason":128009)") == ease::finish_reason::end_of_turn);
  CHECK(why(R"("finish_reason":"stop","stop_reason":"END")") == ease::finish_reason::stop_string);
  CHECK(why(R"("finish_reason":"length")") == ease::finish_reason::max_tokens);
  CHECK(why(R"("finish_reason":"length")", R"({"completion_tokens":10})") == ease::finish_reason::max_tokens);
  CHECK(why(R"("finish_reason":"length")", R"({"completion_tokens":4})") == ease::finish_reason::context_full);
}

TEST_CASE("an answer that a filter or a tool call ended is a failure, never an answer") {
  for (std::string const why : {"content_filter", "tool_calls", "abort"}) {
    auto const got = read(chat(R"({"content":"half"})", R"("finish_reason":")" + why + "\""));
    CHECK(std::holds_alternative<ease::failure>(got));
  }
}

TEST_CASE("reasoning that the server keeps apart is put back where it stood") {
  CHECK(whole(chat(R"({"reasoning_content":"because","content":"yes"})")).text == "<think>\nbecause\n</think>\n\nyes");
  CHECK(whole(chat(R"({"reasoning":"because","content":"yes"})")).text == "<think>\nbecause\n</think>\n\nyes");
  CHECK(whole(chat(R"({"reasoning_content":null,"content":"yes"})")).text == "yes");
  CHECK(whole(chat(R"({"reasoning_content":"","content":"yes"})")).text == "yes");
  auto const cut = whole(chat(R"({"reasoning_content":"becau","content":null})", R"("finish_reason":"length")"));
  CHECK(cut.text == "<think>\nbecau");
  CHECK(cut.finish_reason == ease::finish_reason::max_tokens);
  auto prefilled = asked;
  prefilled.prefill = "<think>\n";
  CHECK(whole(chat(R"({"reasoning_content":"because","content":"yes"})"), prefilled).text == "because\n</think>\n\nyes");
}

TEST_CASE("a repeated prefill is taken off, and a refusal is text") {
  auto prefilled = asked;
  prefilled.prefill = "Sure, ";
  CHECK(whole(chat(R"({"content":"Sure, here"})"), prefilled).text == "here");
  CHECK(whole(chat(R"({"content":"here"})"), prefilled).text == "here");
  CHECK(whole(chat(R"({"content":null,"refusal":"I cannot"})")).text == "I cannot");
}

TEST_CASE("a reply of another shape is malformed, whatever the shape") {
  for (std::string const body :
       {"", "{", "null", "[]", "7", R"({"choices":null})", R"({"choices":{}})", R"({"choices":[1]})",
        R"({"choices":[{"finish_reason":"stop"}]})", R"({"choices":[{"finish_reason":"stop","message":{"content":7}}]})",
        R"({"choices":[{"finish_reason":"stop","message":"x"}]})",
        R"({"choices":[{"finish_reason":"stop","message":{"content":[]}}]})", R"({"error":{"message":"no"}})",
        R"({"choices":[{"finish_reason":"stop","message":{"content":"\ud800"}}]})"})
    CHECK(std::holds_alternative<ease::malformed>(read(body)));
  std::string const deep = std::string(100'000, '[');
  CHECK(std::holds_alternative<ease::malformed>(read(deep)));
}

TEST_CASE("the message of an error reply is found in each server's place for it") {
  CHECK(ease::read_error_message(R"({"error":{"message":"a"}})") == "a");
  CHECK(ease::read_error_message(R"({"error":"b"})") == "b");
  CHECK(ease::read_error_message(R"({"object":"error","message":"c"})") == "c");
  CHECK(ease::read_error_message(R"({"detail":"d"})") == "d");
  CHECK(ease::read_error_message("<html>").empty());
  CHECK(ease::quota_is_gone(R"({"error":{"type":"insufficient_quota"}})"));
  CHECK_FALSE(ease::quota_is_gone(R"({"error":{"type":"rate_limit"}})"));
}

TEST_CASE("first tokens come sorted, the sampled one among them") {
  auto const got = ease::read_first_token(R"({"choices":[{"logprobs":{"content":[{"token":"c","logprob":-3.0,
      "top_logprobs":[{"token":"b","logprob":-2.0},{"token":"a","logprob":-0.5}]}]}}]})");
  auto const& tokens = std::get<std::vector<ease::token_logprob>>(got);
  REQUIRE(tokens.size() == 3);
  CHECK(tokens[0].token == "a");
  CHECK(tokens[2].token == "c");
  CHECK(std::holds_alternative<ease::failure>(ease::read_first_token(R"({"choices":[{"logprobs":null}]})")));
}

TEST_CASE("a list of first tokens scores only what it can tell") {
  std::vector<ease::token_logprob> const tokens{{"yes", -0.2}, {"un", -2.0}, {"no", -4.0}};
  auto const scored = ease::score_by_first_token(tokens, {"no", "maybe"});
  auto const& scores = std::get<0>(scored);
  CHECK(scores[0].logprob == -4.0);
  CHECK(scores[1].logprob == -4.0);  // at most
  CHECK_FALSE(scores[1].greedy);
  auto const trouble = [&](std::vector<std::string> const& continuations) {
    return std::get<ease::failure>(ease::score_by_first_token(tokens, continuations)).what;
  };
  // "un" outweighs what is listed, and cannot be told from "under"; where it does not, it is an upper bound like any other.
  CHECK_THAT(trouble({"no", "unsafe"}), Catch::StartsWith("continuation 2 is several tokens"));
  CHECK_THAT(trouble({"maybe", "unsafe"}), Catch::StartsWith("continuation 2 is several tokens"));
  auto const bounded = ease::score_by_first_token(tokens, {"yes", "unsafe"});
  CHECK(std::get<0>(bounded)[1].logprob == Approx(-2.0));
  // Nothing listed: nothing known, though a piece of a word may stand among the less likely.
  auto const unknown = [](auto const& list, std::vector<std::string> const& words) {
    auto const compared = ease::score_by_first_token(list, words);
    for (auto const& each : std::get<0>(compared))
      if (!std::isinf(each.logprob) || each.greedy) return false;
    return true;
  };
  CHECK(unknown(tokens, {"perhaps", "maybe"}));
  CHECK(unknown(std::vector<ease::token_logprob>{{"I", -0.1}, {"N", -3.0}}, {"Yes", "yes", "No", "no"}));
  CHECK(trouble({"yes", ""}) == "continuation 2 is empty");
}

TEST_CASE("an echo is scored from its end, and only if tokens split where the texts meet") {
  ease::echoed_tokens const echo{
      .tokens = {{"<s>"}, {"a", -1.0}, {" b", -2.0, true}, {" c", -0.5, false}, {"generated", -9.0}}, .generated = 1};
  auto const scored = std::get<ease::continuation_score>(ease::score_by_echo(echo, "a", " b c"));
  CHECK(scored.logprob == -2.5);
  CHECK(scored.first_token_logprob == -2.0);
  CHECK(scored.tokens == 2);
  CHECK_FALSE(scored.greedy);
  CHECK(std::get<ease::continuation_score>(ease::score_by_echo(echo, "a b", " c")).logprob == -0.5);
  for (std::string const wrong : {"b c", "", " x", "aa b c", "longer than all of it <s>a b c"})
    CHECK(std::holds_alternative<ease::failure>(ease::score_by_echo(echo, "", wrong)));
  CHECK_THAT(std::get<ease::failure>(ease::score_by_echo(echo, "", "<s>a b c")).what, Catch::Contains("no log-probability"));
  // As llama-cpp-python 0.3.36 answered "The sky is" with one token asked for: each value is another token's.
  ease::echoed_tokens const late{.tokens = {{"The"}, {" sky", -8.34}, {" is", -11.6}}, .generated = 1};
  for (std::string_view const continuation : {" is", " sky is"})
    CHECK_THAT(
        std::get<ease::failure>(
            ease::score_by_echo(late, std::string_view{"The sky is"}.substr(0, 10 - continuation.size()), continuation))
            .what,
        Catch::Contains("without the token it generated"));
}
