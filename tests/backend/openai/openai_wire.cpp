// SPDX-License-Identifier: Apache-2.0
#include <ease/backend/openai/openai_wire.hpp>
#include <set>

#include "catch.hpp"

namespace {

ease::generation_request request() {
  return {.input = ease::conversation{{ease::role::system, "be brief"}, {ease::role::user, "say \"hi\"\n"}},
          .sampling = {.temperature = 0.6, .top_p = 0.95, .max_tokens = 100, .stop = {"END"}},
          .seed = 42,
          .row = 3};
}

}  // namespace

TEST_CASE("a server of one's own is sent every sampling field, neutral ones too") {
  ease::openai_wire const wire{.model = "m"};
  CHECK(wire.chat(request()) ==
        R"({"model":"m","messages":[{"role":"system","content":"be brief"},{"role":"user","content":"say \"hi\"\n"}],)"
        R"("max_tokens":100,"temperature":0.6,"top_p":0.95,"top_k":1048576,"min_p":0.0,"repetition_penalty":1.0,)"
        R"("repeat_penalty":1.0,"stop":["END"],"seed":)" +
            std::to_string(ease::detail::row_seed(42, 3)) + "}");
}

TEST_CASE("a hosted API is sent what was asked for") {
  ease::openai_wire const wire{
      .model = "m", .fields = ease::sampling_fields::asked, .max_tokens_name = "max_completion_tokens"};
  auto ask = request();
  ask.sampling = {.temperature = 0, .max_tokens = 5};
  auto const seed = std::to_string(ease::detail::row_seed(42, 3));
  CHECK_THAT(wire.chat(ask), Catch::EndsWith(R"("max_completion_tokens":5,"temperature":0.0,"seed":)" + seed + "}"));
  ask.sampling.top_k = 20;
  ask.sampling.repetition_penalty = 1.05;
  CHECK_THAT(wire.chat(ask), Catch::Contains(R"("top_k":20,"repetition_penalty":1.05,"seed")"));
}

TEST_CASE("a prefill is a trailing assistant message, and is there only when it is not empty") {
  ease::openai_wire const own{.model = "m"};
  ease::openai_wire const hosted{.model = "m", .fields = ease::sampling_fields::asked};
  auto ask = request();
  CHECK_THAT(own.chat(ask), !Catch::Contains("assistant") && !Catch::Contains("continue_final_message"));
  ask.prefill = "<think>\n";
  CHECK_THAT(own.chat(ask), Catch::Contains(R"({"role":"assistant","content":"<think>\n"}],)"
                                            R"("add_generation_prompt":false,"continue_final_message":true)"));
  CHECK_THAT(hosted.chat(ask), Catch::Contains(R"({"role":"assistant","content":"<think>\n"}],"max_tokens")"));
  ask.input = ease::plain_text{"once "};
  CHECK_THAT(own.completions(ask), Catch::Contains(R"("prompt":"once <think>\n")"));
}

TEST_CASE("scores ask for one greedy token and its rivals") {
  ease::openai_wire const wire{.model = "m", .fields = ease::sampling_fields::asked};
  ease::score_request const chat{.input = ease::conversation{{ease::role::user, "q"}}, .continuations = {"a"}};
  CHECK(wire.chat_first_token(chat, 20) == R"({"model":"m","messages":[{"role":"user","content":"q"}],)"
                                           R"("max_tokens":1,"temperature":0.0,"logprobs":true,"top_logprobs":20})");
  ease::score_request const plain{.input = ease::plain_text{"one"}, .prefill = " two", .continuations = {" three"}};
  CHECK(wire.echo(plain, " three") ==
        R"({"model":"m","prompt":"one two three","max_tokens":1,"temperature":0.0,"echo":true,"logprobs":1})");
}

TEST_CASE("seeds differ by row and by seed, fit 31 bits, and stay what they are") {
  std::set<std::uint32_t> seen;
  for (std::uint64_t seed : {0U, 42U, 43U})
    for (std::uint64_t row = 0; row < 1000; ++row) seen.insert(ease::detail::row_seed(seed, row));
  CHECK(seen.size() >= 2998);  // 3000 draws from 2^31: a collision is rare
  CHECK(*seen.rbegin() < (std::uint32_t{1} << 31U));
  // Upper 31 bits of known answers of XXH3 (tests/core/random.cpp).
  CHECK(ease::detail::row_seed(0, 0x24a332b79b925200U) == 0x24ccc9acaa9f65e4U >> 33U);
  CHECK(ease::detail::row_seed(0x9e3779b185ebca8dU, 0x24a332b79b925200U) == 0x8f973410999b8f6bU >> 33U);
}

TEST_CASE("streaming and a schema are asked for at the end, and only when they are wanted") {
  ease::openai_wire const wire{.model = "m"};
  auto ask = request();
  auto const bare = wire.chat(ask);
  ask.json_schema = R"({"type":"object"})";
  ease::field_set without;
  without.add(ease::request_field::response_format);
  CHECK(wire.chat(ask, {.without = without}) == bare);
  CHECK(wire.chat(ask, {.stream = true}) ==
        bare.substr(0, bare.size() - 1) +
            R"(,"response_format":{"type":"json_schema","json_schema":{"name":"answer","strict":true,"schema":)"
            R"({"type":"object"}}},"stream":true,"stream_options":{"include_usage":true}})");
}
