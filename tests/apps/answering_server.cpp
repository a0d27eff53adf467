// SPDX-License-Identifier: Apache-2.0
// answering_server [MILLISECONDS [FAULTS_PERCENT [strict]]]: prints its URL and answers chats until its stdin ends. An answer depends
// on the request alone, so that a run which was stopped and went on can be compared with one that was not. A request for
// categories gets one, in the form of its schema if it has one; any other gets a trace and a refusal, one in four an answer
// that is none; one for terminals holds escapes. Answers are streamed to who asks for that. Some answers are spoilt.
// Lines on stdin: "hold N" lets it answer N more requests and hold every further one until "release" comes, so that a test
// meets a program in the middle of its work, however fast it is. Each is repeated on stdout, where "held" says that a
// request is held. "requests" asks how many came: "N requests".
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <ease/io/json/json_text.hpp>
#include <ease/io/json/simdjson.hpp>
#include <ease/record/prompt_hash.hpp>
#include <iostream>
#include <limits>
#include <string>
#include <string_view>

#include "backend/faults.hpp"

int main(int argc, char** argv) {
  using namespace ease;
  std::chrono::milliseconds const pause{argc > 1 ? std::atoi(argv[1]) : 0};
  test::fault_schedule const spoil{argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 0};
  bool const strict = argc > 3 && std::string_view{argv[3]} == "strict";
  constexpr auto all = std::numeric_limits<std::size_t>::max();
  std::atomic<std::size_t> let_through{all};
  std::atomic<bool> one_is_held{false};
  auto const say = [](char const* what) {
    std::printf("%s\n", what);
    std::fflush(stdout);
  };
  auto const react_strictly = [](test::seen_request const& request) -> test::reaction {
    simdjson::dom::parser parser;
    simdjson::dom::object const asked = parser.parse(request.body);
    simdjson::dom::element field;
    for (std::string const name : {"max_tokens", "temperature"})
      if (asked[name].get(field) == simdjson::SUCCESS)
        return {.status = 400,
                .body = R"({"error":{"message":"Unsupported parameter: ')" + name + R"(' is not supported","param":")" +
                        name + R"(","code":"unsupported_parameter"}})"};
    if (asked["seed"].get(field) == simdjson::SUCCESS)
      return {.status = 422,
              .body = R"({"object":"error","message":{"detail":[{"type":"extra_forbidden","loc":["body","seed"],)"
                      R"("msg":"Extra inputs are not permitted","input":1}]}})"};
    std::string said = "Here it is.";
    std::string_view other;
    if (asked["note"].get(field) == simdjson::SUCCESS && asked["other"].get(other) == simdjson::SUCCESS)
      said = "note " + std::string{simdjson::minify(field)} + " other " + std::string{other};
    std::string body;
    json_writer w{body};
    w.object().key("choices").array().object().key("message").object().key("role").value("assistant").key("content").array();
    if (said == "Here it is.")
      w.object()
          .key("type")
          .value("thinking")
          .key("thinking")
          .array()
          .object()
          .key("type")
          .value("text")
          .key("text")
          .value("Let me see.")
          .end()
          .end()
          .end();
    w.object().key("type").value("text").key("text").value(said).end().end().end();
    w.key("finish_reason").value("end_turn").end().end();
    w.key("usage").object().key("prompt_tokens").value(3).key("completion_tokens").value(9);
    w.key("prompt_tokens_details").object().key("cached_tokens").value(2).end().end().end();
    return {.body = body};
  };
  auto const react = [&](test::seen_request const& request, std::size_t nth) -> test::reaction {
    if (strict) return react_strictly(request);
    auto const number = prompt_hash(request.body);
    std::string said = "<think>\nThought " + std::to_string(number) + ".\n</think>\n\n";
    said += number % 4 == 0 ? "Here it is." : "I'm sorry, but I can't help with that.";
    auto const asks_for = [&](char const* what) { return request.body.find(what) != std::string::npos; };
    if (asks_for("Reply with a JSON list"))
      said = asks_for("\"response_format\"") ? R"({"categories":["Harassment/Hate/Discrimination"]})" : R"(["Harassment"])";
    if (asks_for("Speak to my terminal")) said = "\x1b[31mred\x1b]0;another title\a";
    std::string body;
    if (asks_for("\"stream\":true")) {
      for (std::size_t at = 0; at < said.size(); at += 7) {
        body += "data: ";
        json_writer w{body};
        w.object().key("choices").array().object().key("delta").object().key("content").value(said.substr(at, 7)).end();
        w.end().end().end();
        body += "\n\n";
      }
      body += R"(data: {"choices":[{"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":9}})";
      return spoil(nth, {.body = body + "\n\ndata: [DONE]\n\n", .type = "text/event-stream", .pause = pause});
    }
    json_writer w{body};
    w.object().key("choices").array().object().key("message").object().key("role").value("assistant");
    w.key("content").value(said).end().key("finish_reason").value("stop").end().end();
    w.key("usage").object().key("prompt_tokens").value(3).key("completion_tokens").value(9).end().end();
    return spoil(nth, {.body = body, .pause = pause});
  };
  test::loopback_server const server{[&](test::seen_request const& request, std::size_t nth) {
    auto reply = react(request, nth);
    reply.ready = [&let_through, nth] { return nth < let_through; };
    if (!reply.ready() && !one_is_held.exchange(true)) say("held");
    return reply;
  }};
  say(server.url().c_str());
  for (std::string line; std::getline(std::cin, line);) {
    if (line == "requests") {
      say((std::to_string(server.requests()) + " requests").c_str());
      continue;
    }
    one_is_held = false;
    let_through = line.starts_with("hold ") ? server.requests() + std::strtoul(line.c_str() + 5, nullptr, 10) : all;
    say(line.c_str());
  }
  std::fprintf(stderr, "%zu requests\n", server.requests());
}
