// SPDX-License-Identifier: Apache-2.0
// Replies as servers give them, by public reports; the texts are our own. `from` says where one was reported.
#include <ease/backend/openai/openai_reply.hpp>
#include <ease/backend/openai/openai_stream.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"

namespace {

struct reported {
  char const* from;
  std::string body;
  std::string text;    // of the answer; "failure: " or "malformed: " and a word of it
  std::string finish;  // the name it is counted under; empty: none
  ease::finish_reason reason{ease::finish_reason::end_of_turn};
};

ease::generation_request const asked{.input = ease::conversation{}, .sampling = {.max_tokens = 10, .stop = {"END"}}};

// A message that the model has ended.
std::string chat(std::string const& message, std::string const& rest = R"("finish_reason":"stop")",
                 std::string const& usage = R"({"prompt_tokens":3,"completion_tokens":4})") {
  return R"({"choices":[{"index":0,"message":)" + message + "," + rest + R"(}],"usage":)" + usage + "}";
}
std::string event(std::string const& delta, std::string const& rest = R"("finish_reason":null)") {
  return R"(data: {"choices":[{"index":0,"delta":)" + delta + "," + rest + "}]}\n\n";
}
std::string const stop_event = event("{}", R"("finish_reason":"stop")");

void check(ease::parsed<ease::completion> const& got, ease::reply_facts const& facts, reported const& one) {
  CAPTURE(one.from, one.body);
  if (auto const* const whole = std::get_if<ease::completion>(&got)) {
    CHECK(whole->text == one.text);
    CHECK(whole->finish_reason == one.reason);
  } else {
    auto const* const bad = std::get_if<ease::malformed>(&got);
    auto const said = bad != nullptr ? "malformed: " + bad->what : "failure: " + std::get<ease::failure>(got).what;
    auto const space = one.text.find(' ');
    REQUIRE(space != std::string::npos);
    CHECK_THAT(said, Catch::StartsWith(one.text.substr(0, space)) && Catch::Contains(one.text.substr(space + 1)));
    if (bad != nullptr) CHECK(bad->paid);
  }
  CHECK(facts.finish.value_or("") == one.finish);
}

}  // namespace

TEST_CASE("replies of servers are read as they are meant") {
  using enum ease::finish_reason;
  auto const all = std::vector<reported>{
      // Content as parts, and thoughts beside it.
      {"NousResearch/hermes-agent 4748, agentjido/req_llm 742 (Mistral)",
       chat(R"({"content":[{"type":"thinking","thinking":[{"type":"text","text":"so "},{"type":"text","text":"so"}]},)"
            R"({"type":"text","text":"Yes."}]})"),
       "<think>\nso so\n</think>\n\nYes.", "stop"},
      {"mistralai/client-python 252: the text in two parts, an empty thought between",
       chat(R"({"content":[{"type":"thinking","thinking":[{"type":"text","text":"so"}]},{"type":"text","text":"Y"},)"
            R"({"type":"thinking","thinking":[]},{"type":"text","text":"es."}]})"),
       "<think>\nso\n</think>\n\nYes.", "stop"},
      {"Mistral's citations", chat(R"({"content":[{"type":"text","text":"Yes"},{"type":"reference","reference_ids":[1]}]})"),
       "Yes", "stop"},
      {"docs.litellm.ai/docs/reasoning_content: the thought under two names",
       chat(R"({"content":"Yes.","reasoning_content":"so","thinking_blocks":[{"type":"thinking","thinking":"so",)"
            R"("signature":"x"}]})"),
       "<think>\nso\n</think>\n\nYes.", "stop"},
      {"openrouter.ai/docs reasoning tokens: details beside reasoning",
       chat(R"({"content":"Yes.","reasoning":"so","reasoning_details":[{"type":"reasoning.text","text":"so"}]})"),
       "<think>\nso\n</think>\n\nYes.", "stop"},
      {"OpenRouter: a summary in the details alone, and one that is encrypted",
       chat(R"({"content":"Yes.","reasoning":null,"reasoning_details":[{"type":"reasoning.summary","summary":"so"},)"
            R"({"type":"reasoning.encrypted","data":"abc"}]})"),
       "<think>\nso\n</think>\n\nYes.", "stop"},
      {"an Assistants text", chat(R"({"content":[{"type":"output_text","text":{"value":"Yes."}}]})"), "Yes.", "stop"},
      {"content of one part, without a list", chat(R"({"content":{"type":"text","text":"Yes."}})"), "Yes.", "stop"},
      {"a list of texts", chat(R"({"content":["Ye","s."]})"), "Yes.", "stop"},
      {"a refusal as a part", chat(R"({"content":[{"type":"refusal","refusal":"I cannot."}]})"), "I cannot.", "stop"},
      {"OpenAI: a refusal beside empty content", chat(R"({"content":"","refusal":"I cannot."})"), "I cannot.", "stop"},
      {"a picture among the parts",
       chat(R"({"content":[{"type":"text","text":"See"},{"type":"image_url","image_url":{}}]})"), "failure: image_url",
       "stop"},
      {"vllm-project/vllm 14170: the end mark stays in the content",
       chat(R"({"content":"</think>\n\nYes.","reasoning_content":"so"})"), "<think>\nso\n</think>\n\nYes.", "stop"},
      {"Qwen3: an empty thought in the content, the thought beside it",
       chat(R"({"content":"<think>\n\n</think>\n\nYes.","reasoning_content":"so"})"), "<think>\nso\n</think>\n\nYes.",
       "stop"},
      {"AIProxySwift 101 (Fireworks): the thought in the content", chat(R"({"content":"<think>\nso\n</think>\n\nYes."})"),
       "<think>\nso\n</think>\n\nYes.", "stop"},
      {"vLLM: all of the answer taken for a thought by a parser that does not fit",
       chat(R"({"content":null,"reasoning_content":"The answer is yes."})"), "failure: reasoning parser", "stop"},
      {"a thought in the content, and nothing behind it", chat(R"({"content":"<think>\nso\n</think>\n\n"})"),
       "failure: thought", "stop"},
      {"vllm-project/vllm 45736: content null, finish_reason stop", chat(R"({"content":null})"), "malformed: no text",
       "stop"},
      {"a thought that the limit cut",
       chat(R"({"content":null,"reasoning":"so"})", R"("finish_reason":"length")", R"({"completion_tokens":10})"),
       "<think>\nso", "length", max_tokens},
      {"a call of a tool that ends with stop", chat(R"({"content":null,"tool_calls":[{"function":{"name":"f"}}]})"),
       "failure: tool call", "stop"},
      {"vLLM: an empty list of tool calls", chat(R"({"content":"Yes.","tool_calls":[],"function_call":null})"), "Yes.",
       "stop"},
      // Nothing: it is no answer, unless a stop string cut it down to that.
      {"abetlen/llama-cpp-python 1195: the turn ended at once", chat(R"({"content":""})"), "malformed: empty", "stop"},
      {"BerriAI/litellm 24462 (Gemini): a line break and no more", chat(R"({"content":"\n\n"})"), "malformed: empty",
       "stop"},
      {"a list of no parts that hold text", chat(R"({"content":[{"type":"text","text":""}]})"), "malformed: empty", "stop"},
      {"an empty finish_reason too", chat(R"({"content":""})", R"("finish_reason":"")"), "malformed: empty", "(empty)"},
      {"an empty thought", chat(R"({"content":"","reasoning_content":""})"), "malformed: empty", "stop"},
      {"BerriAI/litellm-docs 559: hidden thoughts used up the limit",
       chat(R"({"content":""})", R"("finish_reason":"length")", R"({"completion_tokens":10})"), "failure: limit", "length"},
      {"a context that was full at once", chat(R"({"content":""})", R"("finish_reason":"model_length")"), "failure: limit",
       "model_length"},
      {"a stop string that begins the answer", chat(R"({"content":"END and more"})"), "", "stop", stop_string},
      {"vLLM: a stop string that it has cut off", chat(R"({"content":""})", R"("finish_reason":"stop","stop_reason":"END")"),
       "", "stop", stop_string},
      // Why it ended.
      {"openai/openai-openapi 20, MicrosoftDocs/azure-docs 109589", chat(R"({"content":"Yes."})", R"("finish_reason":null)"),
       "Yes.", "(none)"},
      {"no finish_reason at all", chat(R"({"content":"Yes."})", R"("logprobs":null)"), "Yes.", "(none)"},
      {"sgl-project/sglang 3912: empty", chat(R"({"content":"Yes."})", R"("finish_reason":"")"), "Yes.", "(empty)"},
      {"PowerShell/AIShell 350 (KoboldCpp): the word null", chat(R"({"content":"Yes."})", R"("finish_reason":"null")"),
       "Yes.", "(none)"},
      {"empty, and as many tokens as were asked for",
       chat(R"({"content":"Yes and"})", R"("finish_reason":"")", R"({"completion_tokens":10})"), "Yes and", "(empty)",
       max_tokens},
      {"Together, Fireworks", chat(R"({"content":"Yes."})", R"("finish_reason":"eos")"), "Yes.", "eos"},
      {"Anthropic's word", chat(R"({"content":"Yes."})", R"("finish_reason":"end_turn")"), "Yes.", "end_turn"},
      {"Anthropic's word in its place", chat(R"({"content":"Yes."})", R"("stop_reason":"end_turn")"), "Yes.", "end_turn"},
      {"TGI", chat(R"({"content":"Yes."})", R"("finish_reason":"eos_token")"), "Yes.", "eos_token"},
      {"TGI: a stop string", chat(R"({"content":"Yes."})", R"("finish_reason":"stop_sequence")"), "Yes.", "stop_sequence",
       stop_string},
      {"Gemini through gateways", chat(R"({"content":"Yes."})", R"("finish_reason":"FinishReason.STOP")"), "Yes.",
       "FinishReason.STOP"},
      {"Cohere, Anthropic, Gemini",
       chat(R"({"content":"Yes and"})", R"("finish_reason":"MAX_TOKENS")", R"({"completion_tokens":10})"), "Yes and",
       "MAX_TOKENS", max_tokens},
      {"Mistral: the context is full", chat(R"({"content":"Yes and"})", R"("finish_reason":"model_length")"), "Yes and",
       "model_length", context_full},
      {"a word of nobody's", chat(R"({"content":"Yes."})", R"("finish_reason":"flurble")"), "Yes.", "flurble"},
      {"a number", chat(R"({"content":"Yes."})", R"("finish_reason":7)"), "Yes.", "7"},
      {"api-docs.deepseek.com", chat(R"({"content":"Yes a"})", R"("finish_reason":"insufficient_system_resource")"),
       "failure: no answer", "insufficient_system_resource"},
      {"Gemini", chat(R"({"content":""})", R"("finish_reason":"SAFETY")"), "failure: filter", "SAFETY"},
      {"OpenRouter", chat(R"({"content":"Ye"})", R"("finish_reason":"error","error":{"code":502})"), "failure: no answer",
       "error"},
      // Where the text stands.
      {"a chat answered as a completion", R"({"choices":[{"text":"Yes.","finish_reason":"stop"}]})", "Yes.", "stop"},
      {"a chat answered as the event of a stream", R"({"choices":[{"delta":{"content":"Yes."},"finish_reason":"stop"}]})",
       "Yes.", "stop"},
      {"a message that is empty", R"({"choices":[{"message":{},"finish_reason":"stop"}]})", "malformed: no text", "stop"},
      {"a choice without a message", R"({"choices":[{"index":0,"finish_reason":"stop"}]})", "malformed: no text", "stop"},
      {"a server that does not apply stop strings", chat(R"({"content":"Yes.END and more"})"), "Yes.", "stop", stop_string},
      {"whole numbers written as floats",
       chat(R"({"content":"Yes and"})", R"("finish_reason":"length")", R"({"completion_tokens":10.0})"), "Yes and", "length",
       max_tokens},
  };
  for (auto const& one : all) {
    ease::reply_facts facts;
    check(ease::read_completion(one.body, asked, true, facts), facts, one);
  }
}

TEST_CASE("nothing more is an answer where the request has begun one") {
  struct begun {
    ease::model_input input;
    std::string prefill;
    bool answered;
  };
  for (auto const& [input, prefill, answered] :
       std::vector<begun>{{ease::conversation{}, "I can say this.", true},
                          {ease::conversation{}, "<think>\nso\n</think>\n\nYes.", true},
                          {ease::conversation{}, "<think>\n", false},
                          {ease::conversation{}, "<think>\nso\n</think>\n\n", false},
                          {ease::conversation{}, "\n", false},
                          {ease::plain_text{"All there is."}, "", true},
                          {ease::plain_text{"So: "}, "<think>", false}}) {
    CAPTURE(prefill);
    ease::generation_request const request{.input = input, .prefill = prefill, .sampling = {.max_tokens = 10}};
    bool const chats = std::holds_alternative<ease::conversation>(input);
    for (auto const& body :
         std::vector{chat(R"({"content":""})"), std::string{R"({"choices":[{"text":"","finish_reason":"stop"}]})"}}) {
      ease::reply_facts facts;
      auto const got = ease::read_completion(body, request, chats, facts);
      CHECK(std::holds_alternative<ease::completion>(got) == answered);
      if (!answered) CHECK(std::get<ease::malformed>(got).paid);
    }
  }
}

TEST_CASE("streams of servers are read as they are meant") {
  using enum ease::finish_reason;
  auto const text = [](std::string const& piece) { return event(R"({"content":")" + piece + "\"}"); };
  auto const all = std::vector<reported>{
      {"agentjido/req_llm 742 (Mistral): parts in deltas",
       event(R"({"content":[{"type":"thinking","thinking":[{"type":"text","text":"so "}]}]})") +
           event(R"({"content":[{"type":"thinking","thinking":[{"type":"text","text":"so"}]}]})") + text("Yes.") +
           stop_event,
       "<think>\nso so\n</think>\n\nYes.", "stop"},
      {"ollama/ollama 4357, mudler/LocalAI 5102: an empty finish_reason in each event",
       event(R"({"content":"Ye"})", R"("finish_reason":"")") + event(R"({"content":"s."})", R"("finish_reason":"")") +
           event("{}", R"("finish_reason":"stop")") + event("{}", R"("finish_reason":"")"),
       "Yes.", "stop"},
      {"the same, without a last word", event(R"({"content":"Yes."})", R"("finish_reason":"")") + "data: [DONE]\n\n", "Yes.",
       "(empty)"},
      {"Ai00-X/ai00_server 90: the word null", event(R"({"content":"Yes."})", R"("finish_reason":"null")") + stop_event,
       "Yes.", "stop"},
      {"a stream that breaks off behind such an event", event(R"({"content":"Ye"})", R"("finish_reason":"")"),
       "malformed: breaks off", ""},
      {"meilisearch/meilisearch 6477 (Azure): filter results first, without a choice",
       "data: {\"choices\":[],\"id\":\"\",\"prompt_filter_results\":[{\"prompt_index\":0}]}\n\n" + text("Yes.") + stop_event,
       "Yes.", "stop"},
      {"OpenRouter: comments while it waits", ": OPENROUTER PROCESSING\n\n" + text("Yes.") + ": x\n\n" + stop_event, "Yes.",
       "stop"},
      {"no [DONE], and no empty line at the end",
       text("Yes.") + R"(data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})", "Yes.", "stop"},
      {"lines that end with CR LF, no space behind the colon",
       "data:{\"choices\":[{\"delta\":{\"content\":\"Yes.\"},\"finish_reason\":\"stop\"}]}\r\n\r\ndata:[DONE]\r\n\r\n",
       "Yes.", "stop"},
      {"JSON lines without data:",
       R"({"choices":[{"delta":{"content":"Ye"}}]})"
       "\n"
       R"({"choices":[{"delta":{"content":"s."},"finish_reason":"stop"}]})"
       "\n",
       "Yes.", "stop"},
      {"ggml-org/llama.cpp 11746: the last delta is empty, usage beside it",
       text("Yes.") +
           R"(data: {"choices":[{"finish_reason":"length","index":0,"delta":{}}],"usage":{"completion_tokens":10}})" +
           "\n\ndata: [DONE]\n\n",
       "Yes.", "length", max_tokens},
      {"vLLM: usage in each event (continuous_usage_stats)",
       R"(data: {"choices":[{"index":0,"delta":{"content":"Yes."}}],"usage":{"completion_tokens":1}})"
       "\n\n" +
           stop_event,
       "Yes.", "stop"},
      {"the whole message in one event",
       R"(data: {"choices":[{"message":{"content":"Yes."},"finish_reason":"stop"}]})"
       "\n\n",
       "Yes.", "stop"},
      {"the whole message once more at the end",
       text("Yes.") + R"(data: {"choices":[{"message":{"content":"Yes."},"finish_reason":"stop"}]})" + "\n\n", "Yes.",
       "stop"},
      {"vLLM: an error amid the answer", text("Ye") + "data: {\"object\":\"error\",\"message\":\"out of memory\"}\n\n",
       "malformed: error", ""},
      {"TGI: an error event",
       text("Ye") + "event: error\ndata: {\"error\":\"overloaded\",\"error_type\":\"overloaded\"}\n\n", "malformed: error",
       ""},
      {"DeepSeek: null content while it thinks",
       event(R"({"content":null,"reasoning_content":"so"})") + event(R"({"content":"Yes.","reasoning_content":null})") +
           stop_event,
       "<think>\nso\n</think>\n\nYes.", "stop"},
      {"a tool call in pieces", event(R"({"tool_calls":[{"index":0,"function":{"name":"f","arguments":""}}]})") + stop_event,
       "failure: tool call", "stop"},
      {"openclaw/openclaw 91403: a stream that ends with stop and no text",
       event(R"({"role":"assistant","content":""})") + stop_event + "data: [DONE]\n\n", "malformed: empty", "stop"},
      {"The-PR-Agent/pr-agent 2631 (Bedrock): the limit was reached and there is no text",
       event(R"({"content":""})") + event("{}", R"("finish_reason":"length")"), "failure: limit", "length"},
  };
  for (auto const& one : all) {
    ease::reply_facts facts;
    ease::streamed_completion reader{asked, true};
    reader.feed(one.body);
    check(reader.finish(facts), facts, one);
    // The same in pieces of any size.
    for (std::size_t const size : {1U, 7U}) {
      ease::reply_facts again;
      ease::streamed_completion in_pieces{asked, true};
      for (std::size_t at = 0; at < one.body.size(); at += size) in_pieces.feed(std::string_view{one.body}.substr(at, size));
      check(in_pieces.finish(again), again, one);
    }
  }
}

TEST_CASE("tokens of caches and of thoughts are read under each server's name") {
  struct counted {
    char const* from;
    char const* usage;
    std::size_t cached, reasoning;
  };
  for (auto const& one : {
           counted{"OpenAI, vLLM, OpenRouter",
                   R"({"prompt_tokens":100,"completion_tokens":50,"prompt_tokens_details":{"cached_tokens":80},)"
                   R"("completion_tokens_details":{"reasoning_tokens":30}})",
                   80, 30},
           counted{
               "mozilla-ai/any-llm 795 (DeepSeek)",
               R"({"prompt_tokens":100,"prompt_cache_hit_tokens":80,"prompt_cache_miss_tokens":20,"completion_tokens":50})",
               80, 0},
           counted{"Anthropic through LiteLLM",
                   R"({"prompt_tokens":100,"completion_tokens":50,"cache_creation_input_tokens":0,)"
                   R"("cache_read_input_tokens":80,"prompt_tokens_details":{"cached_tokens":null}})",
                   80, 0},
           counted{"more than there are",
                   R"({"prompt_tokens":10,"completion_tokens":5,"prompt_cache_hit_tokens":80,)"
                   R"("completion_tokens_details":{"reasoning_tokens":30}})",
                   10, 5},
           counted{"none", R"({"prompt_tokens":100,"completion_tokens":50,"prompt_tokens_details":null})", 0, 0},
       }) {
    CAPTURE(one.from);
    auto const used = ease::read_usage(R"({"usage":)" + std::string{one.usage} + "}");
    CHECK(used.cached == one.cached);
    CHECK(used.reasoning == one.reasoning);
  }
}
