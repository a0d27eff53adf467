// SPDX-License-Identifier: Apache-2.0
// A streaming run is one thread, and so is a remote model's loop of requests; a program may have several of them. What they
// share (a journal, a log, libcurl) bears that: this is what preset tsan looks at.
#include <algorithm>
#include <cstddef>
#include <ease/journal/journaled.hpp>
#include <ease/log/event_log.hpp>
#include <ease/method/diagnose.hpp>
#include <ease/stage/run.hpp>
#include <string>
#include <thread>
#include <vector>

#include "backend/asking.hpp"
#include "catch.hpp"
#include "io/temporary.hpp"

using namespace ease;

namespace {

constexpr std::size_t runs = 4, rows = 40;

// The answers of `runs` runs at once, run after run. Every run has the first half of its rows in common with the others.
std::vector<std::vector<std::string>> answers(ease::test::loopback_server const& server, journal& keep, event_log& log) {
  std::vector<std::vector<std::string>> all(runs);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < runs; ++t)
    threads.emplace_back([&, t] {
      std::vector<record<prompt>> asked;
      for (std::size_t i = 0; i < rows; ++i)
        asked.push_back(make_record<prompt>("question " + std::to_string(i < rows / 2 ? i : 1000 * t + i)));
      auto options = ease::test::quick();
      options.http.max_in_flight = 8;
      auto remote = ease::test::model_at(server, options);
      journaled model{remote, keep};
      run(from(asked) | diagnose(model), [&](auto const& row) {
        log.write(log_level::info, "row", {{"run", t}, row_says("prompt", get<prompt>(row))});
        auto const* said = std::get_if<direct>(&get<response>(row));
        all[t].push_back(said == nullptr ? "?" : get<prompt>(row) + " -> " + said->text);
      });
    });
  for (auto& each : threads) each.join();
  return all;
}

}  // namespace

TEST_CASE("runs side by side share a journal, a log and a server: each has its rows, and none is asked for again") {
  ::test::temporary_folder const folder;
  ease::test::loopback_server server{[](ease::test::seen_request const& request, std::size_t nth) {
    auto reply = ease::test::echo_back(request);
    if (nth % 10 == 9) reply.status = 503;  // asked for again
    return reply;
  }};
  journal keep{folder / "journal"};
  event_log log;
  log.open(folder / "log", log_level::debug, true);

  auto const first = answers(server, keep, log);
  for (std::size_t t = 0; t < runs; ++t) {
    std::vector<std::string> right;
    for (std::size_t i = 0; i < rows; ++i) {
      auto const question = "question " + std::to_string(i < rows / 2 ? i : 1000 * t + i);
      right.push_back(question + " -> re: " + question);
    }
    CHECK(first[t] == right);
  }
  CHECK(log.lost() == 0);
  auto const lines = ::test::content(folder / "log");
  CHECK(std::count(lines.begin(), lines.end(), '\n') == static_cast<std::ptrdiff_t>(runs * rows));

  auto const requests = server.requests();
  CHECK(requests >= rows / 2 + runs * rows / 2);
  CHECK(answers(server, keep, log) == first);
  CHECK(server.requests() == requests);
}
