// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <ease/backend/openai/openai_client.hpp>

#include "backend/asking.hpp"
#include "backend/faults.hpp"

using namespace ease::test;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

ease::openai_generator model_at_all(std::initializer_list<std::string> urls, ease::openai_options const& options) {
  std::string name = "openai:tiny@";
  for (auto const& url : urls) name += (name.ends_with('@') ? "" : ",") + url;
  return ease::openai_generator{name, options};
}
std::string url_of_nobody() {
  loopback_server const gone{[](seen_request const&, std::size_t) { return reaction{}; }};
  return gone.url();
}
loopback_server::answer answers_after(int ms) {
  return [ms](seen_request const& request, std::size_t) {
    auto reply = echo_back(request);
    reply.pause = milliseconds{ms};
    return reply;
  };
}
std::size_t answers_in(results const& got) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < got.each.size(); ++i) count += got.text(i) == "re: question " + std::to_string(i) ? 1U : 0U;
  return count;
}

}  // namespace

TEST_CASE("rows go to the server that has the least to do, and each server has its own limit") {
  loopback_server const fast{answers_after(5)};
  loopback_server const slow{[&](seen_request const& request, std::size_t) {
    auto reply = echo_back(request);
    reply.ready = [&] { return fast.requests() >= 116; };
    return reply;
  }};
  auto options = quick();
  options.http.max_in_flight = 4;
  auto model = model_at_all({fast.url(), slow.url()}, options);
  CHECK(model.window() == 32);
  CHECK(model.identity() == "openai:tiny@" + fast.url());
  CHECK(answers_in(ask(model, questions(120))) == 120);
  CHECK(fast.requests() + slow.requests() == 120);
  CHECK(slow.requests() == 4);
  CHECK(fast.most_at_once() <= 4);
  CHECK(slow.most_at_once() == 4);
  auto const& servers = model.usage().servers;
  REQUIRE(servers.size() == 2);
  CHECK(servers[0].url == fast.url());
  CHECK(servers[0].requests == fast.requests());
  CHECK(servers[1].requests == slow.requests());
  CHECK(servers[1].failures == 0);
}

TEST_CASE("a server that is not there is paused and the other has its rows") {
  loopback_server const good{answers_after(2)};
  auto options = quick();
  options.http.max_in_flight = 4;
  options.breaker.first_open = milliseconds{200};
  std::vector<std::string> said;
  options.notice = [&](std::string const& line) { said.push_back(line); };
  auto const nobody = url_of_nobody();
  auto model = model_at_all({nobody, good.url()}, options);
  CHECK(answers_in(ask(model, questions(100))) == 100);
  CHECK(good.requests() == 100);
  REQUIRE_FALSE(said.empty());
  CHECK_THAT(said.front(), Catch::StartsWith(nobody + " is paused for 0 s: "));
  CHECK(model.usage().servers[0].failures < 12);  // the first four, and one after each pause
}

TEST_CASE("a server that recovers is used again") {
  std::atomic<bool> broken{true};
  loopback_server const ill{[&](seen_request const& request, std::size_t) {
    return broken ? reaction{.status = 500, .body = R"({"error":{"message":"no memory"}})"} : echo_back(request);
  }};
  std::atomic<std::size_t> wanted_of_ill{0};
  loopback_server const good{[&](seen_request const& request, std::size_t) {
    auto reply = echo_back(request);
    reply.ready = [&] { return ill.requests() >= wanted_of_ill; };
    return reply;
  }};
  auto options = quick();
  options.http.max_in_flight = 2;
  options.breaker.first_open = milliseconds{30};
  auto model = model_at_all({ill.url(), good.url()}, options);
  CHECK(answers_in(ask(model, questions(40))) == 40);
  broken = false;
  wanted_of_ill = ill.requests() + 10;  // until it has had those, the other one answers none
  CHECK(answers_in(ask(model, questions(60))) == 60);
  CHECK(ill.requests() >= wanted_of_ill);
}

TEST_CASE("a server that knows no such model gets nothing more, when none is left, one error says why") {
  loopback_server const other{[](seen_request const&, std::size_t) {
    return reaction{.status = 404, .body = R"({"error":{"message":"no such model"}})"};
  }};
  loopback_server const good{answers_after(1)};
  auto options = quick();
  options.http.max_in_flight = 3;
  std::vector<std::string> said;
  options.notice = [&](std::string const& line) { said.push_back(line); };
  auto model = model_at_all({other.url(), good.url()}, options);
  CHECK(answers_in(ask(model, questions(50))) == 50);
  CHECK(other.requests() <= 3);
  CHECK(said == std::vector<std::string>{"a server gets no more requests: " + other.url() +
                                         " knows no model 'tiny', or the URL lacks its /v1 (HTTP 404): no such model"});
  loopback_server const another{[](seen_request const&, std::size_t) { return reaction{.status = 401}; }};
  auto permanent_failure = model_at_all({another.url(), other.url()}, quick());
  CHECK_THROWS_WITH(ask(permanent_failure, questions(50)), Catch::Contains("HTTP 401") || Catch::Contains("HTTP 404"));
}

TEST_CASE("when all servers are dead, one error names each of them") {
  auto options = quick();
  options.breaker.first_open = milliseconds{5};
  auto const one = url_of_nobody();
  auto const two = url_of_nobody();
  auto model = model_at_all({one, two}, options);
  CHECK_THROWS_WITH(ask(model, questions(20)), Catch::StartsWith("none of the 2 servers of 'tiny' answers: " + one + ": ") &&
                                                   Catch::Contains("; " + two + ": "));
}

TEST_CASE("a server that dies for good ends the run instead of failing every row that is left") {
  auto server = std::make_unique<loopback_server>(answers_after(1));
  auto options = quick();
  options.http.max_in_flight = 4;
  auto model = model_at(*server, options);
  auto const url = server->url();
  CHECK(answers_in(ask(model, questions(20))) == 20);
  server.reset();
  std::size_t calls = 0;
  CHECK_THROWS_WITH(model.generate(questions(20), [&](std::size_t, auto const&) { ++calls; }),
                    Catch::StartsWith(url + " no longer answers; nothing in 6 tries: "));
  CHECK(calls == 0);
}

TEST_CASE("a row that a server cannot bear is its own failure, though it is the last") {
  loopback_server const server{[](seen_request const& request, std::size_t) {
    return last_content(request.body) == "question 3" ? reaction{.how = fault::close} : echo_back(request);
  }};
  auto model = model_at(server);
  auto const got = ask(model, questions(4));
  CHECK(answers_in(got) == 3);
  CHECK_THAT(got.text(3), Catch::StartsWith("failure: " + server.url() + ": try 6 of 6: "));
}

TEST_CASE("Retry-After of one server holds that one back alone") {
  loopback_server const busy{[](seen_request const& request, std::size_t nth) {
    if (nth > 0) return echo_back(request);
    return reaction{.status = 429, .body = R"({"error":{"message":"slow down"}})", .headers = {"Retry-After: 1.5"}};
  }};
  loopback_server const good{answers_after(5)};
  auto options = quick();
  options.http.max_in_flight = 1;
  auto model = model_at_all({busy.url(), good.url()}, options);
  auto const start = steady_clock::now();
  std::size_t early = 0, late = 0;
  model.generate(questions(20),
                 [&](std::size_t, auto const&) { ++(steady_clock::now() - start < milliseconds{1500} ? early : late); });
  CHECK(early >= 2);  // how many the other answers meanwhile is a matter of the machine
  CHECK(late >= 1);   // the row that was told to come again
  CHECK(early + late == 20);
}

TEST_CASE("each try that is followed by another one is told, with its reason and without the prompt") {
  loopback_server const server{[](seen_request const& request, std::size_t nth) {
    auto const busy = R"({"error":{"message":"no room for: question 0 of a private kind"}})";
    if (nth == 0) return reaction{.status = 503, .body = busy, .headers = {"Retry-After: 0.02"}};
    if (nth == 1) return reaction{.body = "{\"choices\": [ oops"};
    if (nth == 2) return reaction{.body = busy, .how = fault::half_body};
    return nth == 3 ? reaction{.status = 400, .body = busy} : echo_back(request);
  }};
  auto options = quick();
  options.http.max_in_flight = 1;
  std::vector<std::string> said;
  options.on_retry = [&](ease::openai_retry const& r) {
    CHECK(r.url == server.url());
    CHECK((r.tries == 1) == (r.status == 503));
    if (r.status == 503) CHECK(r.wait >= milliseconds{20});
    said.push_back(fmt::format("{} {} {}", r.tries, r.status, r.what));
  };
  auto model = model_at(server, options);
  auto const got = ask(model, {{.input = ease::conversation{{ease::role::user, "question 0 of a private kind"}}}});
  CHECK(got.text(0) == "failure: " + server.url() + ": HTTP 400, try 4 of 6: no room for: [text]");  // not repeated
  REQUIRE(said.size() == 3);
  CHECK(said[0] == "1 503 no room for: [text]");
  CHECK(said[1] == "2 200 the reply is not whole JSON");
  CHECK_THAT(said[2], Catch::StartsWith("3 0 "));
  CHECK(model.usage().retries == 3);
}

TEST_CASE("the key goes to each server that may have it, and to no other") {
  ::setenv("OPENAI_API_KEY", "sk-a-secret-that-must-stay", 1);
  std::atomic<int> with_key{0};
  loopback_server const server{[&](seen_request const& request, std::size_t) {
    with_key += request.head.find("Authorization: Bearer sk-a") != std::string::npos ? 1 : 0;
    return echo_back(request);
  }};
  auto endpoint = ease::openai_endpoint::parse("openai:tiny@" + server.url());
  auto elsewhere = endpoint;
  elsewhere.loopback = false;  // as plain http on another machine
  for (bool const trusted : {true, false}) {
    ease::openai_generator model{std::vector{trusted ? endpoint : elsewhere}, quick()};
    ask(model, questions(3));
    CHECK(with_key == 3);
  }
  ease::openai_generator both{std::vector{endpoint, elsewhere}, quick()};
  ask(both, questions(10));
  CHECK(with_key == 3 + static_cast<int>(both.usage().servers[0].requests));
  CHECK(both.usage().servers[1].requests > 0);
  ::unsetenv("OPENAI_API_KEY");
}

TEST_CASE("a version is in the URL of each request, the key in the header that was chosen and in no error") {
  ::setenv("OPENAI_API_KEY", "sk-a-secret-that-must-stay", 1);
  std::vector<seen_request> seen;
  loopback_server const server{[&](seen_request const& request, std::size_t nth) {
    seen.push_back(request);
    if (nth == 0) return reaction{.status = 400, .body = R"({"error":{"message":"no: sk-a-secret-that-must-stay"}})"};
    if (nth == 1)  // Azure's finer header
      return reaction{.status = 429, .body = "{}", .headers = {"Retry-After: 1", "retry-after-ms: 30"}};
    return echo_back(request);
  }};
  auto options = quick();
  options.header = ease::key_header::api_key;
  ease::openai_generator model{"openai:tiny@" + server.url() + "?api-version=2024-10-21", options};
  CHECK_THAT(ask(model, questions(1)).text(0), Catch::EndsWith("no: [key]"));
  auto const start = steady_clock::now();
  CHECK(ask(model, questions(1)).text(0) == "re: question 0");
  CHECK(steady_clock::now() - start < milliseconds{900});
  REQUIRE(seen.size() == 3);
  for (auto const& one : seen) {
    CHECK(one.path == "/v1/chat/completions?api-version=2024-10-21");
    CHECK_THAT(one.head, Catch::Contains("api-key: sk-a-secret-that-must-stay") && !Catch::Contains("Authorization"));
  }
  CHECK(model.identity() == "openai:tiny@" + server.url() + "?api-version=2024-10-21");
  ::unsetenv("OPENAI_API_KEY");
}

TEST_CASE("requests and tokens a minute are limited, over all servers") {
  loopback_server const one{answers_after(0)};
  loopback_server const two{answers_after(0)};
  auto options = quick();
  options.requests_per_minute = 600;  // ten a second, ten at once
  auto model = model_at_all({one.url(), two.url()}, options);
  auto start = steady_clock::now();
  CHECK(answers_in(ask(model, questions(20))) == 20);
  CHECK(steady_clock::now() - start >= milliseconds{950});

  options.requests_per_minute = 0;
  options.tokens_per_minute = 6000;  // 100 a second; a row reserves 1002 and, once answered, has used 10
  auto by_tokens = model_at_all({one.url(), two.url()}, options);
  auto few = questions(12);
  for (auto& each : few) each.sampling.max_tokens = 1000;
  start = steady_clock::now();
  CHECK(answers_in(ask(by_tokens, few)) == 12);
  CHECK(steady_clock::now() - start >= milliseconds{150});
  CHECK(steady_clock::now() - start < milliseconds{60'000});  // 110 s if reservations were never given back
}

// The server does what it is asked; another one is not asked in its place, and it is not paused.
TEST_CASE("empty answers fail their rows after two requests each and are no fault of the server") {
  loopback_server server{[](seen_request const&, std::size_t) { return reaction{.body = chat_reply("")}; }};
  auto options = quick();
  options.retry.tries = 8;
  std::vector<std::string> said;
  options.notice = [&](std::string const& line) { said.push_back(line); };
  auto model = model_at(server, options);
  auto const got = ask(model, questions(10));
  for (std::size_t i = 0; i < 10; ++i) CHECK_THAT(got.text(i), Catch::StartsWith("failure: ") && Catch::Contains("empty"));
  CHECK(server.requests() == 20);
  CHECK(model.usage().failed == 10);
  CHECK(model.usage().answered == 0);
  CHECK(model.usage().servers.front().failures == 0);
  CHECK(said.empty());
}
