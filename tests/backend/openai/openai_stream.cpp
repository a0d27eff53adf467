// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <ease/backend/openai/openai_stream.hpp>
#include <string>

#include "backend/asking.hpp"

using namespace ease::test;

namespace {

std::string delta(std::string_view key, std::string_view text) {
  std::string out = "data: ";
  ease::json_writer to{out};
  to.object().key("choices").array().object().key("index").value(0).key("delta").object();
  to.key(key).value(text).end().key("finish_reason").value(nullptr).end().end().end();
  return out + "\n\n";
}
std::string const ending =
    "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":4}}\n\ndata: [DONE]\n\n";

std::string outcome_of(std::string const& body, ease::generation_request const& asked = {}, bool chat = true) {
  ease::streamed_completion reader{asked, chat};
  reader.feed(body);
  ease::reply_facts facts;
  auto const got = reader.finish(facts);
  if (auto const* const whole = std::get_if<ease::completion>(&got)) return whole->text;
  if (auto const* const bad = std::get_if<ease::malformed>(&got)) return "malformed: " + bad->what;
  return "failure: " + std::get<ease::failure>(got).what;
}

reaction stream_of(std::string body) { return {.body = std::move(body), .type = "text/event-stream; charset=utf-8"}; }

// Asks one question and returns {what was shown, what was answered}.
std::pair<std::string, std::string> watched(loopback_server const& server, ease::openai_options const& options = quick()) {
  auto model = model_at(server, options);
  std::string shown;
  model.watch_text([&](std::size_t row, std::string_view piece) {
    CHECK(row == 0);
    shown += piece;
  });
  auto const answer = ask(model, questions(1)).text(0);
  return {shown, answer};
}

}  // namespace

TEST_CASE("pieces become the answer that a whole reply would be") {
  CHECK(outcome_of(delta("content", "Hello") + delta("content", ", you") + ending) == "Hello, you");
  CHECK(outcome_of(delta("reasoning_content", "hm") + delta("reasoning_content", "m") + delta("content", "Yes.") + ending) ==
        "<think>\nhmm\n</think>\n\nYes.");
  CHECK(outcome_of(delta("content", "<think>\n") + delta("content", "hm") + ending, {.input = {}, .prefill = "<think>\n"}) ==
        "hm");
  CHECK(outcome_of("data: {\"choices\":[{\"text\":\" there\",\"finish_reason\":\"length\"}]}\n\n", {}, false) == " there");
  CHECK(outcome_of(delta("content", "one") + "data: {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"two\"}}]}\n\n" +
                   ending + delta("content", "late")) == "one");
}

TEST_CASE("a broken stream is malformed, and never a short answer") {
  auto const whole = delta("content", "Hello") + ending;
  CHECK(outcome_of(delta("content", "Hello")) == "malformed: the stream breaks off before its end");
  CHECK(outcome_of("data: {\"choices\":[{\"delta\"\n\n" + whole) == "malformed: an event of the stream is not whole JSON");
  CHECK(outcome_of(delta("content", "Hel") + "data: {\"error\":{\"message\":\"out of memory\"}}\n\n" + ending) ==
        "malformed: the server broke the stream off with an error");
  CHECK(outcome_of("") == "malformed: the stream breaks off before its end");
  CHECK(outcome_of("<html>") == "malformed: the stream breaks off before its end");
  CHECK(outcome_of("data: [DONE]\n\n") == "malformed: the stream breaks off before its end");
  CHECK(outcome_of("data: 7\n\ndata: []\n\ndata: {\"choices\":7}\n\ndata: {\"choices\":[7,{\"delta\":7}]}\n\n" + whole) ==
        "Hello");
  // Cut off at any byte: the whole answer (its ending had come) or malformed, never less of the text.
  for (std::size_t at = 0; at < whole.size(); ++at) {
    auto const got = outcome_of(whole.substr(0, at));
    REQUIRE((got == "Hello" || got.starts_with("malformed: ")));
  }
}

TEST_CASE("text is shown as it comes, and the answer is the same") {
  seen_request seen;
  std::atomic<bool> some_is_shown{false};
  loopback_server const server{[&](seen_request const& request, std::size_t) {
    seen = request;
    auto reply = stream_of(delta("content", "Hello") + delta("content", ", ") + delta("content", "you") + ending);
    reply.how = fault::drip;
    reply.half_ready = [&] { return some_is_shown.load(); };
    return reply;
  }};
  auto model = model_at(server);
  std::vector<std::string> pieces;
  model.watch_text([&](std::size_t, std::string_view piece) {
    pieces.emplace_back(piece);
    some_is_shown = true;
  });
  auto const got = ask(model, questions(1));
  CHECK(got.text(0) == "Hello, you");
  CHECK(pieces.size() >= 2);
  std::string all;
  for (auto const& each : pieces) all += each;
  CHECK(all == "Hello, you");
  CHECK_THAT(seen.body, Catch::EndsWith(R"("stream":true,"stream_options":{"include_usage":true}})"));
  CHECK(std::get<ease::completion>(*got.each[0]).completion_tokens == 4);
  CHECK(model.usage().prompt_tokens == 5);
}

TEST_CASE("a stream that breaks is asked for again, its text goes on, or begins anew after an empty line") {
  auto const second = GENERATE(as<std::string>{}, "Hello", "Howdy");
  loopback_server const server{[&](seen_request const&, std::size_t nth) {
    if (nth == 0) {
      auto reply = stream_of(delta("content", "Hell"));
      reply.body += std::string(reply.body.size(), ':');  // the half that does not come
      reply.how = fault::half_body;
      return reply;
    }
    return stream_of(delta("content", second.substr(0, 2)) + delta("content", second.substr(2) + ", you") + ending);
  }};
  auto const [shown, answer] = watched(server);
  CHECK(answer == second + ", you");
  CHECK(shown == (second == "Hello" ? "Hello, you" : "Hell\n\nHowdy, you"));
}

TEST_CASE("a server that does not stream answers all the same") {
  loopback_server const ignores{[](seen_request const& request, std::size_t) { return echo_back(request); }};
  CHECK(watched(ignores) == std::pair<std::string, std::string>{"", "re: question 0"});
  loopback_server const refuses{[](seen_request const& request, std::size_t) {
    if (request.body.find("stream") == std::string::npos) return echo_back(request);
    return reaction{.status = 400, .body = R"({"error":{"message":"unknown field: stream_options"}})"};
  }};
  CHECK(watched(refuses) == std::pair<std::string, std::string>{"", "re: question 0"});
  CHECK(refuses.requests() == 3);  // first without the options that it names
}

TEST_CASE("a stream that falls silent is given up by the silence time-out, however long the whole may take") {
  loopback_server const server{[](seen_request const&, std::size_t nth) {
    auto reply = stream_of(delta("content", "Hello") + ending);
    if (nth == 0) reply.how = fault::silence;
    return reply;
  }};
  auto options = quick();
  options.http.idle_timeout = std::chrono::milliseconds{1000};
  CHECK(watched(server, options).second == "Hello");
  CHECK(server.requests() == 2);
}

TEST_CASE("an answer is held to a schema where the server can, and asked for without it where not") {
  std::vector<std::string> bodies;
  // How it refuses; 500 with these words is what llama-cpp-python 0.3.36 says. 0: it does not.
  int const refuses_by = GENERATE(0, 400, 500);
  bool const can = refuses_by == 0;
  loopback_server const server{[&](seen_request const& request, std::size_t) {
    bodies.push_back(request.body);
    if (!can && request.body.find("response_format") != std::string::npos)
      return reaction{
          .status = refuses_by,
          .body =
              refuses_by == 400
                  ? R"({"error":{"message":"'response_format' of type 'json_schema' is not supported"}})"
                  : R"({"error":{"message":"1 validation error:\n  {'type': 'literal_error', 'loc': ('body', )"
                    R"('response_format', 'type'), 'msg': \"Input should be 'text' or 'json_object'\", 'input': 'json_schema'}"}})"};
    return echo_back(request);
  }};
  auto options = quick();
  options.http.max_in_flight = 1;
  auto model = model_at(server, options);
  auto asks = questions(3);
  for (auto& each : asks) each.json_schema = R"({"type":"object"})";
  auto const got = ask(model, asks);
  for (std::size_t i = 0; i < 3; ++i) CHECK(got.text(i) == "re: question " + std::to_string(i));
  std::string const format = R"("response_format":{"type":"json_schema","json_schema":{"name":"answer","strict":true,)"
                             R"("schema":{"type":"object"}}}})";
  CHECK_THAT(bodies.front(), Catch::EndsWith(format));
  CHECK(bodies.size() == (can ? 3 : 4));
  if (can)
    CHECK_THAT(bodies.back(), Catch::EndsWith(format));
  else
    CHECK_THAT(bodies.back(), !Catch::Contains("response_format"));
}
