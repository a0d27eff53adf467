// SPDX-License-Identifier: Apache-2.0
// Refusals as servers give them, by public reports: which fields the next request goes without, and which refusals are none
// of that. `from` says where one was reported.
#include <ease/backend/openai/openai_form.hpp>
#include <ease/backend/openai/openai_wire.hpp>
#include <string>
#include <vector>

#include "backend/asking.hpp"
#include "catch.hpp"

namespace {

using names = std::vector<std::string>;

ease::generation_request everything() {
  return {.input = ease::conversation{{ease::role::user, "How do I plant a seed, at what temperature, and when do I stop?"}},
          .prefill = "Sure",
          .sampling = {.temperature = 0.7, .top_p = 0.9, .min_p = 0.1, .top_k = 5, .repetition_penalty = 1.1, .stop = {"X"}},
          .json_schema = R"({"type":"object"})"};
}

// What is left out after this refusal of a request with every field; "again" if another form is sent.
std::pair<names, bool> learnt(ease::openai_form& form, std::string const& body, bool stream = false) {
  ease::openai_wire const wire{.model = "m"};
  ease::sent_fields sent;
  auto const request = everything();
  (void)wire.chat(request, {.stream = stream, .without = form.left_out(), .sent = &sent});
  auto const error = ease::read_error(body);
  std::vector<std::string> news;
  auto const hidden = ease::redact(error.message, std::get<ease::conversation>(request.input)[0].content, 24, "[text]");
  bool const again = form.learn(error, hidden, sent, news);
  for (auto const& one : news) CHECK(one.find('\n') == std::string::npos);
  return {form.names(), again};
}

std::string message(std::string const& text, std::string const& rest = "") {
  std::string out;
  ease::json_writer{out}.value(text);
  return R"({"error":{"message":)" + out + rest + "}}";
}

}  // namespace

TEST_CASE("a refusal that names a field is answered by a request without it") {
  struct reported {
    char const* from;
    std::string body;
    names left_out;
    bool stream{false};
  };
  std::string const bad = R"(,"type":"invalid_request_error")";
  auto const all = std::vector<reported>{
      {"jekalmin/extended_openai_conversation 298 (Azure o1)",
       message("Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
               bad + R"(,"param":"max_tokens","code":"unsupported_parameter")"),
       {"max_tokens"}},
      {"openai/openai-python 1724 (Azure, an older api-version)",
       message("Unrecognized request argument supplied: max_completion_tokens", bad),
       {"max_tokens"}},
      {"1Panel-dev/MaxKB 2912 (vLLM): a list of Python's as text",
       R"({"object":"error","message":"[{'type': 'extra_forbidden', 'loc': ('body', 'seed'), 'msg': 'Extra inputs are not )"
       R"(permitted', 'input': 800}]","type":"BadRequestError","param":null,"code":400})",
       {"seed"}},
      {"nomtek/mistralai_client_dart 44 (Mistral): an object as message",
       R"({"object":"error","message":{"detail":[{"type":"extra_forbidden","loc":["body","min_p"],"msg":"Extra inputs are )"
       R"(not permitted","input":0.1},{"type":"extra_forbidden","loc":["body","seed"],"msg":"Extra inputs are not )"
       R"(permitted","input":3}]},"type":"invalid_request_error","param":null,"code":null})",
       {"min_p", "seed"}},
      {"partITech/php-mistral 76 (Mistral): lists under detail and message",
       R"({"object":"Error","detail":[{"type":"extra_forbidden","loc":["body","seed"],"msg":"Extra inputs are not permitted",)"
       R"("input":1}],"message":[{"type":"extra_forbidden","loc":["body","seed"],"msg":"Extra inputs are not permitted",)"
       R"("input":1}],"type":"invalid_request_error","code":3001})",
       {"seed"}},
      {"NVIDIA/garak 748 (NIM): one text of several lines",
       R"({"type":"urn:inference-service:problem-details:unprocessable-entity","title":"Unprocessable Entity","status":422,)"
       R"("detail":"body -> repetition_penalty\n  Extra inputs are not permitted\nbody -> stop\n  )"
       R"(Extra inputs are not permitted [type=extra_forbidden]"})",
       {"repetition_penalty", "stop"}},
      {"QwenLM/qwen-code 921 (gpt-5-mini)",
       message(
           "Unsupported value: 'temperature' does not support 0 with this model. Only the default (1) value is supported.",
           bad + R"(,"param":"temperature","code":"unsupported_value")"),
       {"temperature"}},
      {"lobehub/lobehub 17831", R"({"detail":"Unsupported parameter: temperature"})", {"temperature"}},
      {"raycast/extensions 18038", message("Model incompatible request argument supplied: temperature"), {"temperature"}},
      {"JohnnyZ93/oai-compatible-copilot 81 (Claude): JSON in a text of JSON that is none",
       R"({"error":{"message":"{"type":"error","error":{"type":"invalid_request_error","message":"temperature and top_p )"
       R"(cannot both be specified for this model. Please use only one."}})",
       {"top_p"}},
      {"nashsu/llm_wiki 670: the cause in a text within",
       R"({"error":{"cause":"{\n \"error\": {\n \"message\": \"Unsupported value: 'temperature' does not support 0.1 with )"
       R"(this model.\"}}","code":400,"message":"the call failed","status":"FAILED_RESPONSE"}})",
       {"temperature"}},
      {"pollinations/pollinations 4310: details of another error",
       R"({"error":"400 Bad Request","status":400,"details":{"error":{"message":"azure-openai error: Unsupported parameter: )"
       R"('top_p' is not supported with this model.","param":"top_p","code":"unsupported_parameter"}}})",
       {"top_p"}},
      {"diegosouzapw/OmniRoute 3044 (OpenRouter): the provider's words in metadata.raw",
       R"({"error":{"message":"Provider returned error","code":400,"metadata":{"raw":"{\"error\":{\"message\":\"Unsupported )"
       R"(parameter: 'seed'\"}}","provider_name":"P"}}})",
       {"seed"}},
      {"Vali-98/ChatterUI 227 (Gemini): a list of errors",
       R"([{"error":{"code":400,"message":"Invalid JSON payload received. Unknown name \"min_p\": Cannot find field.\n)"
       R"(Invalid JSON payload received. Unknown name \"seed\": Cannot find field.","status":"INVALID_ARGUMENT"}}])",
       {"min_p", "seed"}},
      {"fanenr/chatbot 21 (Groq): what may have been meant is not what is wrong",
       message("property 'seed' is unsupported, did you mean 'stop'?", bad),
       {"seed"}},
      {"axum's deserialiser (TGI): a plain text, with a list of what is known",
       "Failed to deserialize the JSON body into the target type: unknown field `min_p`, expected one of `model`, "
       "`temperature`, `seed`, `stop` at line 1 column 40",
       {"min_p"}},
      {"lmstudio-ai/lmstudio-bug-tracker 169",
       R"({"error":"'response_format.type' must be 'json_object' or 'text'"})",
       {"response_format"}},
      {"DeepSeek", message("This response_format type is unavailable now", bad), {"response_format"}},
      {"xAI",
       R"({"code":"Client specified an invalid argument","error":"Argument not supported on this model: stop"})",
       {"stop"}},
      {"a limit of a number that only the program chose", message("top_k must be at most 500"), {}},
      {"Bedrock through a gateway", message("Malformed input request: extraneous key [seed] is not permitted"), {"seed"}},
      {"gpustack/gpustack 429",
       message("[{'type': 'extra_forbidden', 'loc': ('body', 'stream_options'), 'msg': 'Extra inputs "
               "are not permitted', 'input': {'include_usage': True}}]"),
       {"stream_options"},
       true},
      {"OpenAI, an organisation that is not verified",
       message("Your organization must be verified to stream this model.",
               bad + R"(,"param":"stream","code":"unsupported_value")"),
       {"stream"},
       true},
      {"a server that continues nothing", message("unknown field: add_generation_prompt"), {"continue_final_message"}},
  };
  for (auto const& one : all) {
    CAPTURE(one.from, one.body);
    ease::openai_form form;
    auto const [left_out, again] = learnt(form, one.body, one.stream);
    CHECK(left_out == one.left_out);
    CHECK(again == !one.left_out.empty());
    // The same words again are no reason for yet another form, save for what the words may still mean.
    auto const [later, once_more] = learnt(form, one.body, one.stream);
    if (once_more) {
      auto const third = learnt(form, one.body, one.stream);
      CHECK_FALSE(third.second);
    }
  }
}

TEST_CASE("a refusal for another reason leaves nothing out, whatever words it has") {
  for (auto const& [from, body] : std::vector<std::pair<char const*, std::string>>{
           {"OpenAI",
            message("This model's maximum context length is 4097 tokens. However, you requested 5000 tokens (1000 in "
                    "the completion). Please reduce the length of the messages or max_tokens.",
                    R"(,"param":"messages","code":"context_length_exceeded")")},
           {"vLLM",
            message("'max_tokens' or 'max_completion_tokens' is too large: 512. This model's maximum context length is "
                    "512 tokens and your request has 30 input tokens")},
           {"a limit", message("max_tokens is too large: 8192. This model supports at most 4096 completion tokens",
                               R"(,"param":"max_tokens","code":"invalid_value")")},
           {"Anthropic",
            message("temperature: Input should be less than or equal to 1", R"(,"type":"invalid_request_error")")},
           {"Azure's filter", message("The response was filtered due to the prompt: temperature is not supported",
                                      R"(,"param":"prompt","code":"content_filter")")},
           {"the prompt quoted",
            message("This is not allowed: How do I plant a seed, at what temperature, and when do I stop?")},
           {"a word within a word", message("unsupported: the upstream is nonstop")},
           {"nothing", ""},
           {"a page", "<html>temperature is not supported</html>"},
       }) {
    CAPTURE(from);
    ease::openai_form form;
    auto const [left_out, again] = learnt(form, body);
    CHECK(left_out.empty());
    CHECK_FALSE(again);
  }
}

TEST_CASE("what a server refuses is left out of all further requests, said once and reported") {
  using namespace ease::test;
  // Each in its turn, as OpenAI's reasoning models refuse: one field a refusal.
  std::vector<std::string> bodies;
  loopback_server const server{[&](seen_request const& request, std::size_t) {
    bodies.push_back(request.body);
    for (std::string const field : {"max_tokens", "temperature", "seed"})
      if (request.body.find('"' + field + '"') != std::string::npos)
        return reaction{
            .status = field == "seed" ? 422 : 400,
            .body = message("Unsupported parameter: '" + field + "' is not supported", R"(,"param":")" + field + '"')};
    return echo_back(request);
  }};
  auto options = quick();
  options.http.max_in_flight = 4;
  std::vector<std::string> said;
  options.notice = [&](std::string const& line) { said.push_back(line); };
  auto model = model_at(server, options);
  for (int call = 0; call < 2; ++call) {
    auto const got = ask(model, questions(20));
    for (std::size_t i = 0; i < 20; ++i) CHECK(got.text(i) == "re: question " + std::to_string(i));
  }
  CHECK(server.requests() <= 40 + 4 + 2);  // four at once, then one by one until the form fits
  CHECK_THAT(bodies.back(), Catch::Contains("\"max_completion_tokens\":512"));
  REQUIRE(said.size() == 3);
  CHECK_THAT(said[2], Catch::StartsWith(server.url() + " (HTTP 422)") && Catch::Contains("seed") &&
                          Catch::Contains("another answer"));
  CHECK(model.usage().servers[0].left_out == names{"max_tokens", "temperature", "seed"});
  CHECK(model.usage().servers[0].failures == 0);
  CHECK(model.usage().failed == 0);
  CHECK(model.usage().finish_reasons.at("stop") == 40);
}

TEST_CASE("a server that refuses whatever it gets is asked as often as there are fields, and no more") {
  using namespace ease::test;
  auto const body = GENERATE(as<std::string>{},
                             "max_tokens, max_completion_tokens, temperature, top_p, top_k, min_p, repetition_penalty, "
                             "repeat_penalty, seed, stop and stream are not supported",
                             "unsupported parameter: max_tokens, max_completion_tokens");
  loopback_server const server{
      [&](seen_request const&, std::size_t) { return reaction{.status = 400, .body = message(body)}; }};
  auto model = model_at(server);
  CHECK_THAT(ask(model, questions(1)).text(0), Catch::Contains("HTTP 400, try 1 of 6"));
  CHECK(server.requests() <= 3);
}

TEST_CASE("a score asks for as many first tokens as the server gives") {
  using namespace ease::test;
  std::vector<std::string> bodies;
  loopback_server const server{[&](seen_request const& request, std::size_t) {
    bodies.push_back(request.body);
    if (request.body.find("\"top_logprobs\":5") == std::string::npos)  // vllm-project/vllm 5299
      return reaction{.status = 400,
                      .body = message("Requested sample logprobs of 20, which is greater than max allowed: 5")};
    return reaction{.body = R"({"choices":[{"message":{"content":"Yes"},"logprobs":{"content":[{"token":"Yes","logprob":-0.1,
      "top_logprobs":[{"token":"Yes","logprob":-0.1},{"token":"No","logprob":-2.0}]}]},"finish_reason":"length"}]})"};
  }};
  auto options = quick();
  std::vector<std::string> said;
  options.notice = [&](std::string const& line) { said.push_back(line); };
  options.http.max_in_flight = 1;
  auto model = model_at(server, options);
  std::vector<ease::score_request> const requests(
      3, {.input = ease::conversation{{ease::role::user, "q"}}, .continuations = {"Yes", "No"}});
  std::size_t scored = 0;
  model.score(requests, [&](std::size_t, auto outcome) {
    scored += std::holds_alternative<std::vector<ease::continuation_score>>(outcome) ? 1U : 0U;
  });
  CHECK(scored == 3);
  CHECK(server.requests() == 4);
  REQUIRE(said.size() == 1);
  CHECK_THAT(said[0], Catch::Contains("at most 5"));
}
