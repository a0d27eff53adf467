// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>

#include "backend/asking.hpp"
#include "backend/faults.hpp"

using namespace ease::test;

TEST_CASE("10 000 rows through a server that spoils 5 % of its answers: each is had, and had once") {
  constexpr std::size_t rows = 10'000;
  fault_schedule const spoil{5};
  std::vector<int> whole(rows, 0);  // answers sent unspoilt, by row
  std::size_t spoilt = 0;
  auto const latest = std::chrono::steady_clock::now() + std::chrono::seconds{60};
  loopback_server server{[&](seen_request const& request, std::size_t nth) {
    auto reply = echo_back(request);
    reply.pause = std::chrono::milliseconds{50};
    reply.ready = [&] { return server.most_at_once() >= 64 || std::chrono::steady_clock::now() > latest; };
    auto const good = reply.body;
    reply = spoil(nth, std::move(reply));
    bool const arrives = reply.status == 200 && reply.body == good && (reply.how == fault::none || reply.how == fault::drip);
    if (arrives) ++whole.at(std::stoul(last_content(request.body).substr(9)));
    if (!arrives || reply.how == fault::drip) ++spoilt;
    return reply;
  }};
  auto options = quick();
  options.retry.tries = 8;
  options.http.max_in_flight = 256;
  auto model = model_at(server, options);
  auto const got = ask(model, questions(rows));
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < rows; ++i) wrong += got.text(i) == "re: question " + std::to_string(i) ? 0U : 1U;
  CHECK(wrong == 0);
  CHECK(std::count(whole.begin(), whole.end(), 1) == rows);  // what was answered well is not asked again
  CHECK(spoilt > server.requests() * 4 / 100);
  CHECK(spoilt < server.requests() * 6 / 100);
  CHECK(model.usage().answered == rows);
  CHECK(model.usage().failed == 0);
  CHECK(model.usage().prompt_tokens == 7 * rows);
  CHECK(server.most_at_once() <= 256);
  CHECK(server.most_at_once() >= 64);
}
