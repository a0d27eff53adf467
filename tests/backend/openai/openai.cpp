// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <ease/backend/openai/openai.hpp>
#include <fstream>
#include <map>

#include "backend/asking.hpp"

using ease::test::ask;
using ease::test::chat_reply;
using ease::test::echo_back;
using ease::test::fault;
using ease::test::last_content;
using ease::test::loopback_server;
using ease::test::model_at;
using ease::test::questions;
using ease::test::quick;
using ease::test::reaction;
using ease::test::seen_request;

static_assert(ease::text_generator<ease::openai_generator>);
static_assert(ease::likelihood_scorer<ease::openai_generator>);

namespace {

// Sets OPENAI_API_KEY for as long as it lives.
struct key_in_environment {
  explicit key_in_environment(char const* key) {
    if (key == nullptr)
      ::unsetenv("OPENAI_API_KEY");
    else
      ::setenv("OPENAI_API_KEY", key, 1);
  }
  ~key_in_environment() { ::unsetenv("OPENAI_API_KEY"); }
};

}  // namespace

TEST_CASE("each request gets its own answer, with no more in flight than allowed") {
  auto const latest = std::chrono::steady_clock::now() + std::chrono::seconds{60};
  loopback_server server{[&](seen_request const& request, std::size_t) {
    auto reply = echo_back(request);
    reply.ready = [&] { return server.most_at_once() >= 8 || std::chrono::steady_clock::now() > latest; };
    return reply;
  }};
  auto options = quick();
  options.http.max_in_flight = 8;
  auto model = model_at(server, options);
  auto const got = ask(model, questions(100));
  for (std::size_t i = 0; i < 100; ++i) CHECK(got.text(i) == "re: question " + std::to_string(i));
  CHECK(server.most_at_once() == 8);
  CHECK(server.connections() <= 8);
  CHECK(server.requests() == 100);
  CHECK(model.usage().requests == 100);
  CHECK(model.usage().answered == 100);
  CHECK(model.usage().prompt_tokens == 700);
  CHECK(model.usage().completion_tokens == 300);
  CHECK(model.identity() == "openai:tiny@" + server.url());
  auto const& first = std::get<ease::completion>(*got.each[0]);
  CHECK(first.finish_reason == ease::finish_reason::end_of_turn);
  CHECK(first.completion_tokens == 3);
}

TEST_CASE("256 requests are in flight on one thread") {
  std::atomic<std::size_t> arrived{0};
  auto const latest = std::chrono::steady_clock::now() + std::chrono::seconds{60};
  loopback_server server{[&](seen_request const& request, std::size_t nth) {
    arrived = nth + 1;
    auto reply = echo_back(request);
    reply.ready = [&] { return arrived == 256 || std::chrono::steady_clock::now() > latest; };
    return reply;
  }};
  auto options = quick();
  options.http.max_in_flight = 256;
  auto model = model_at(server, options);
  ask(model, questions(256));
  CHECK(server.most_at_once() == 256);
}

TEST_CASE("a passing fault is tried again and costs no row") {
  struct kind {
    char const* name;
    reaction how;
  };
  auto const whole = chat_reply("a body long enough to be cut in half somewhere in its middle");
  auto const kind_of_fault = GENERATE_COPY(values<kind>({
      {"500", {.status = 500, .body = R"({"error":{"message":"overloaded"}})"}},
      {"503 with an HTML page", {.status = 503, .body = "<html>busy</html>", .type = "text/html"}},
      {"408", {.status = 408}},
      {"409", {.status = 409}},
      {"429", {.status = 429, .body = R"({"error":{"message":"slow down"}})"}},
      {"reset", {.how = fault::reset}},
      {"closed", {.how = fault::close}},
      {"half body", {.body = whole, .how = fault::half_body}},
      {"wrong content length", {.body = whole, .how = fault::short_length}},
      {"half chunked", {.body = whole, .how = fault::half_chunked}},
      {"not http", {.how = fault::not_http}},
      {"not JSON", {.body = "{\"status\": oops"}},
      {"other JSON", {.body = R"({"hello": "world"})"}},
      {"HTML with status 200", {.body = "<html><body>welcome</body></html>", .type = "text/html"}},
      {"an error of a gateway with status 200", {.body = R"({"error":{"message":"upstream is busy","code":503}})"}},
      {"empty body", {.body = ""}},
  }));
  INFO(kind_of_fault.name);
  // The first two tries of each of the first five questions fail.
  std::map<std::string, int> tries;
  loopback_server server{[&](seen_request const& request, std::size_t) {
    auto const content = last_content(request.body);
    return content <= "question 4" && content.size() == 10 && ++tries[content] <= 2 ? kind_of_fault.how : echo_back(request);
  }};
  auto model = model_at(server);
  auto const got = ask(model, questions(20));
  for (std::size_t i = 0; i < 20; ++i) CHECK(got.text(i) == "re: question " + std::to_string(i));
  CHECK(server.requests() == 30);
  // libcurl itself repeats a request whose kept connection died before a byte came back.
  bool const died = kind_of_fault.how.how == fault::reset || kind_of_fault.how.how == fault::close;
  CHECK(model.usage().requests <= 30);
  CHECK(model.usage().requests >= (died ? 20 : 30));
  CHECK(model.usage().retries == model.usage().requests - 20);
  CHECK(model.usage().answered == 20);
  CHECK(model.usage().failed == 0);
}

TEST_CASE("a reply that a model made and nobody can use is asked for once more and no oftener") {
  auto const body = GENERATE(as<std::string>{}, R"({"choices": []})", R"({"choices": [ oops ]})",
                             R"({"choices":[{"message":{"content":null},"finish_reason":"stop"}]})",
                             R"({"choices":[{"message":{"role":"assistant"},"finish_reason":""}]})",
                             R"({"choices":[{"message":{"content":""},"finish_reason":"stop"}]})",
                             R"({"choices":[{"message":{"content":" \n"},"finish_reason":"stop"}]})",
                             R"({"choices":[{"message":{"content":"","reasoning_content":null},"finish_reason":null}]})",
                             R"({"choices":[{"message":{"content":7},"finish_reason":"stop"}]})",
                             R"({"choices":null,"usage":{"prompt_tokens":3,"completion_tokens":40}})");
  for (std::size_t const bad : {1U, 9U}) {
    CAPTURE(body, bad);
    loopback_server const server{[&](seen_request const& request, std::size_t nth) {
      return nth < bad ? reaction{.body = body} : echo_back(request);
    }};
    auto model = model_at(server);
    auto const text = ask(model, questions(1)).text(0);
    if (bad == 1)
      CHECK(text == "re: question 0");
    else
      CHECK_THAT(text, Catch::Contains("try 2 of 6"));
    CHECK(server.requests() == 2);
  }
}

TEST_CASE("a server that falls silent is given up after the silence time-out, and one that drips is not") {
  loopback_server server{[&](seen_request const& request, std::size_t nth) {
    if (nth == 0) return reaction{.how = fault::silence};
    auto reply = echo_back(request);
    reply.how = fault::drip;
    reply.pause = std::chrono::milliseconds{150};  // 1.5 s in all, more than the time-out, and each pause far less
    return reply;
  }};
  auto options = quick();
  options.http.idle_timeout = std::chrono::milliseconds{1000};
  auto model = model_at(server, options);
  auto const started = std::chrono::steady_clock::now();
  auto const got = ask(model, questions(1));
  CHECK(got.text(0) == "re: question 0");
  CHECK(server.requests() == 2);
  CHECK(std::chrono::steady_clock::now() - started >= std::chrono::milliseconds{2000});
}

TEST_CASE("a run that is asked to stop does not wait for a silent server, nor for the time of a next try") {
  for (auto const how : {fault::silence, fault::none}) {
    std::atomic<bool> asked{false};
    loopback_server server{[&](seen_request const&, std::size_t) {
      asked = true;
      return how == fault::silence ? reaction{.how = fault::silence}
                                   : reaction{.status = 429, .body = "{}", .headers = {"Retry-After: 600"}};
    }};
    auto options = quick();
    options.http.idle_timeout = std::chrono::minutes{10};
    options.http.stop = [&] { return asked.load(); };
    options.http.stop_grace = std::chrono::milliseconds{300};
    auto model = model_at(server, options);
    auto const started = std::chrono::steady_clock::now();
    CHECK_THROWS_AS(ask(model, questions(3)), ease::stopped);
    CHECK(std::chrono::steady_clock::now() - started < std::chrono::minutes{5});
  }
}

TEST_CASE("a fault that stays is the row's failure, after as many tries as allowed") {
  loopback_server server{[&](seen_request const& request, std::size_t) {
    return last_content(request.body) == "question 3" ? reaction{.status = 502, .body = "<html>", .type = "text/html"}
                                                      : echo_back(request);
  }};
  auto model = model_at(server);
  auto const got = ask(model, questions(10));
  CHECK(got.text(3) == "failure: " + server.url() + ": HTTP 502, try 6 of 6: no JSON (a proxy's page?)");
  CHECK(model.usage().answered == 9);
  CHECK(model.usage().failed == 1);
  CHECK(server.requests() == 15);
}

TEST_CASE("a refusal of one request is its failure at once") {
  loopback_server server{[](seen_request const&, std::size_t) {
    return reaction{.status = 400, .body = R"({"error":{"message":"maximum context length is 8192 tokens"}})"};
  }};
  auto model = model_at(server);
  CHECK(ask(model, questions(1)).text(0) ==
        "failure: " + server.url() + ": HTTP 400, try 1 of 6: maximum context length is 8192 tokens");
  CHECK(server.requests() == 1);
}

TEST_CASE("Retry-After is honoured, and holds the other requests back too") {
  using clock = std::chrono::steady_clock;
  std::vector<clock::time_point> arrivals;
  loopback_server server{[&](seen_request const& request, std::size_t nth) {
    arrivals.push_back(clock::now());
    if (nth > 0) return echo_back(request);
    return reaction{.status = 429, .body = R"({"error":{"message":"slow down"}})", .headers = {"Retry-After: 0.4"}};
  }};
  auto options = quick();
  options.http.max_in_flight = 1;
  std::vector<std::chrono::milliseconds> waits;
  options.on_retry = [&](ease::openai_retry const& r) { waits.push_back(r.wait); };
  auto model = model_at(server, options);
  ask(model, questions(3));
  REQUIRE(arrivals.size() == 4);
  CHECK(arrivals[1] - arrivals[0] >= std::chrono::milliseconds{400});
  REQUIRE(waits.size() == 1);
  CHECK(waits[0] <= std::chrono::milliseconds{500});
}

TEST_CASE("a wait beyond the limit, and an empty account, are not waited for") {
  loopback_server server{[](seen_request const& request, std::size_t) {
    if (last_content(request.body) == "question 0")
      return reaction{.status = 429, .body = R"({"error":{"message":"daily limit"}})", .headers = {"Retry-After: 86400"}};
    return reaction{.status = 429, .body = R"({"error":{"message":"pay first","code":"insufficient_quota"}})"};
  }};
  auto model = model_at(server);
  auto const got = ask(model, questions(2));
  CHECK(got.text(0) == "failure: " + server.url() + ": HTTP 429, try 1 of 6: daily limit");
  CHECK(got.text(1) == "failure: " + server.url() + ": HTTP 429, try 1 of 6: pay first");
  CHECK(server.requests() == 2);
}

TEST_CASE("a reply larger than the limit is refused") {
  loopback_server server{
      [](seen_request const&, std::size_t) { return reaction{.body = chat_reply(std::string(100'000, 'x'))}; }};
  auto options = quick();
  options.http.max_reply_bytes = 50'000;
  auto model = model_at(server, options);
  CHECK(ask(model, questions(1)).text(0) ==
        "failure: " + server.url() + ": try 1 of 6: the reply is larger than 50000 bytes");
}

TEST_CASE("a redirect is not followed, and the key goes nowhere else") {
  key_in_environment const key{"sk-a-secret-that-must-stay"};
  std::size_t strays = 0;
  loopback_server elsewhere{[&](seen_request const&, std::size_t) {
    ++strays;
    return reaction{};
  }};
  loopback_server server{[&](seen_request const&, std::size_t) {
    return reaction{.status = 307, .headers = {"Location: " + elsewhere.url() + "/chat/completions"}};
  }};
  auto model = model_at(server);
  CHECK_THROWS_WITH(ask(model, questions(1)), server.url() +
                                                  " redirects elsewhere (HTTP 307), which is not followed lest the key "
                                                  "go there: name the final URL");
  CHECK(strays == 0);
}

TEST_CASE("errors carry neither the key, nor the prompt, nor control characters") {
  std::string const secret = "sk-a-secret-that-must-stay";
  key_in_environment const key{secret.c_str()};
  std::string authorization;
  loopback_server server{[&](seen_request const& request, std::size_t) {
    auto const at = request.head.find("Authorization: ");
    authorization = request.head.substr(at, request.head.find("\r\n", at) - at);
    std::string body;
    ease::json_writer to{body};
    to.object().key("error").object().key("message");
    to.value("bad \x1b[31mkey " + secret + " or " + secret.substr(3, 12) + ", in:\nquestion of a private kind\n, " +
             std::string(5000, '.'));
    to.end().end();
    return reaction{.status = 400, .body = body};
  }};
  auto model = model_at(server);
  auto const text = ask(model, {{.input = ease::conversation{{ease::role::user, "My question of a private kind"}}}}).text(0);
  CHECK(authorization == "Authorization: Bearer " + secret);
  CHECK(text.starts_with("failure: " + server.url() +
                         ": HTTP 400, try 1 of 6: bad ?[31mkey [key] or [key], in: [text] , ..."));
  CHECK(text.size() < 420);
}

TEST_CASE("what would fail every row ends the run") {
  key_in_environment const key{"sk-a-secret-that-must-stay"};
  auto const status = GENERATE(401, 404);
  loopback_server server{[&](seen_request const&, std::size_t) {
    return reaction{.status = status, .body = R"({"error":{"message":"no: sk-a-secret-that-must-stay"}})"};
  }};
  auto model = model_at(server);
  if (status == 401)
    CHECK_THROWS_WITH(ask(model, questions(1)), server.url() + " refuses the key in OPENAI_API_KEY (HTTP 401)");
  else
    CHECK_THROWS_WITH(ask(model, questions(1)),
                      server.url() + " knows no model 'tiny', or the URL lacks its /v1 (HTTP 404): no: [key]");
}

TEST_CASE("a server that never answers ends the run, after all tries") {
  std::string url;
  {
    loopback_server const gone{[](seen_request const&, std::size_t) { return reaction{}; }};
    url = gone.url();
  }
  ease::openai_generator model{"openai:tiny@" + url, quick()};
  CHECK_THROWS_WITH(ask(model, questions(2)), Catch::StartsWith(url + " has not answered in 6 tries: "));
  CHECK(model.usage().requests >= 6);
}

TEST_CASE("a public server wants a key before anything is sent, plain http elsewhere never gets one") {
  key_in_environment const none{nullptr};
  CHECK_THROWS_WITH(
      ease::openai_generator{"openai:m@https://api.example.com/v1"},
      "https://api.example.com/v1 wants a key: put it into the environment variable OPENAI_API_KEY (any word if the "
      "server checks none)");
  CHECK_FALSE(ease::openai_endpoint::parse("openai:m@http://node7:8000").may_have_key());
  CHECK_NOTHROW(ease::openai_generator{"openai:m@http://node7:8000"});
}

TEST_CASE("a request that cannot be written as JSON is its own failure") {
  loopback_server server{[](seen_request const& request, std::size_t) { return echo_back(request); }};
  auto model = model_at(server);
  auto requests = questions(3);
  std::get<ease::conversation>(requests[1].input)[0].content = "\xff";
  auto const got = ask(model, requests);
  CHECK(got.text(0) == "re: question 0");
  CHECK(got.text(1) == "failure: cannot write a string of 1 bytes as JSON: it is not valid UTF-8");
  CHECK(got.text(2) == "re: question 2");
  CHECK(model.usage().failed == 1);
}

TEST_CASE("an outcome's taker may throw, and may use the same model") {
  loopback_server server{[](seen_request const& request, std::size_t) { return echo_back(request); }};
  auto model = model_at(server);
  auto const stop = [](std::size_t, auto const&) { throw std::runtime_error{"disk full"}; };
  CHECK_THROWS_WITH(model.generate(questions(20), stop), "disk full");
  std::size_t inner = 0, outer = 0;
  model.generate(questions(10), [&](std::size_t, auto const&) {
    ++outer;
    inner += ask(model, questions(5)).calls;
  });
  CHECK(outer == 10);
  CHECK(inner == 50);
}

TEST_CASE("plain text goes to /completions") {
  seen_request seen;
  loopback_server server{[&](seen_request const& request, std::size_t) {
    seen = request;
    return reaction{.body = R"({"choices":[{"text":" there","finish_reason":"length"}],"usage":{"completion_tokens":4}})"};
  }};
  auto model = model_at(server);
  auto const got = ask(model, {{.input = ease::plain_text{"hello"}, .prefill = ",", .sampling = {.max_tokens = 4}}});
  CHECK(got.text(0) == " there");
  CHECK(std::get<ease::completion>(*got.each[0]).finish_reason == ease::finish_reason::max_tokens);
  CHECK(seen.path == "/v1/completions");
  CHECK_THAT(seen.body, Catch::Contains(R"("prompt":"hello,")"));
}

TEST_CASE("a server that gives no log-probabilities is asked once a row, whatever its status says") {
  loopback_server server{[](seen_request const&, std::size_t) {  // llama-cpp-python 0.3.36 with --logits_all false
    return reaction{.status = 500,
                    .body = R"({"error":{"message":"logprobs is not supported for models created with logits_all=False"}})"};
  }};
  auto model = model_at(server);
  std::vector<ease::score_request> const requests(
      3, {.input = ease::conversation{{ease::role::user, "q"}}, .continuations = {"Yes", "No"}});
  std::vector<std::string> trouble(3);
  model.score(requests, [&](std::size_t i, auto outcome) { trouble[i] = std::get<ease::failure>(outcome).what; });
  for (auto const& each : trouble)
    CHECK(each ==
          server.url() + ": HTTP 500, try 1 of 6: logprobs is not supported for models created with logits_all=False");
  CHECK(server.requests() == 3);
  CHECK(model.usage().servers[0].failures == 0);
}

TEST_CASE("conversations are scored by their first tokens, plain texts by their echo") {
  loopback_server server{[](seen_request const& request, std::size_t) {
    if (request.path == "/v1/chat/completions")
      return reaction{.body = R"({"choices":[{"message":{"content":"safe"},"finish_reason":"length","logprobs":{"content":[
          {"token":"safe","logprob":-0.1,"top_logprobs":[{"token":"safe","logprob":-0.1},{"token":"unsafe","logprob":-2.5},
           {"token":"\n","logprob":-7.0}]}]}}]})"};
    bool const good = request.body.find("good") != std::string::npos;
    return reaction{.body = good ? R"({"choices":[{"text":"x","finish_reason":"length","logprobs":{
        "tokens":["a"," is"," go","od","!"],"token_logprobs":[null,-1.0,-0.5,-0.25,-0.1],
        "top_logprobs":[null,{" is":-1.0},{" go":-0.5},{"od":-0.25},{"!":-0.1}]}}],"usage":{"completion_tokens":1}})"
                                 : R"({"choices":[{"text":"x","finish_reason":"length","logprobs":{
        "tokens":["a"," is"," bad","!"],"token_logprobs":[null,-1.0,-3.5,-0.1],
        "top_logprobs":[null,{" is":-1.0},{" go":-0.5,"bad":-3.5},{"!":-0.1}]}}],"usage":{"completion_tokens":1}})"};
  }};
  auto model = model_at(server);
  std::vector<ease::score_request> const requests{
      {.input = ease::conversation{{ease::role::user, "q"}}, .continuations = {"safe", "unsafe", "maybe"}},
      {.input = ease::plain_text{"a is"}, .continuations = {" good", " bad"}}};
  std::vector<std::vector<ease::continuation_score>> got(2);
  model.score(requests, [&](std::size_t i, auto outcome) {
    REQUIRE(got[i].empty());
    got[i] = std::get<std::vector<ease::continuation_score>>(std::move(outcome));
  });
  REQUIRE(got[0].size() == 3);
  CHECK(got[0][0].logprob == -0.1);
  CHECK(got[0][0].greedy);
  CHECK(got[0][1].first_token_logprob == -2.5);
  CHECK_FALSE(got[0][1].greedy);
  CHECK(got[0][2].logprob == -7.0);
  REQUIRE(got[1].size() == 2);
  CHECK(got[1][0].logprob == -0.75);
  CHECK(got[1][0].first_token_logprob == -0.5);
  CHECK(got[1][0].tokens == 2);
  CHECK(got[1][0].greedy);
  CHECK(got[1][1].logprob == -3.5);
  CHECK_FALSE(got[1][1].greedy);
  CHECK(model.usage().answered == 3);
}
