// SPDX-License-Identifier: Apache-2.0
// What a server's faults cost: 4000 rows with 256 in flight through a server of this machine, of whose answers a share is
// spoilt. Waits before another try are next to none, so that what is left is the work: requests sent again, connections made
// anew. With an answer's time of 0 both sides are as fast as they can be; with 50 ms the network is what takes the time.
#include <chrono>
#include <cstdlib>
#include <ease/backend/openai/openai.hpp>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "backend/chat_replies.hpp"
#include "backend/faults.hpp"
#include "measures.hpp"

namespace {

using namespace ease;

class served {
 public:
  served(std::size_t percent, std::chrono::milliseconds takes)
      : server_{[spoil = test::fault_schedule{percent}, takes](test::seen_request const& request, std::size_t nth) {
          auto reply = test::echo_back(request);
          reply.pause = takes;
          return spoil(nth, std::move(reply), std::chrono::milliseconds{1});
        }},
        model_{"openai:tiny@" + server_.url(), options()} {
    for (std::size_t i = 0; i < 4000; ++i)
      asks_.push_back({.input = conversation{{role::user, "question " + std::to_string(i)}}, .row = i});
  }
  std::string url() const { return server_.url(); }
  measures::done ask_all() {
    std::size_t answered = 0;
    model_.generate(asks_, [&](std::size_t, auto outcome) { answered += std::holds_alternative<completion>(outcome); });
    if (answered != asks_.size()) throw error{"rows were lost"};
    return {static_cast<double>(answered)};
  }

 private:
  static openai_options options() {
    openai_options o;
    o.http.max_in_flight = 256;
    o.retry.first_wait = o.retry.longest_wait = std::chrono::milliseconds{1};
    return o;
  }
  test::loopback_server server_;
  openai_generator model_;
  std::vector<generation_request> asks_;
};

measures::measure rows(std::string name, std::size_t percent, int milliseconds) {
  return {std::move(name), "rows", [=]() -> measures::work {
            auto const all = std::make_shared<served>(percent, std::chrono::milliseconds{milliseconds});
            if (std::getenv("SHOW_URL") != nullptr) std::cout << all->url() << std::endl;  // for a peer
            return [all] { return all->ask_all(); };
          }};
}

}  // namespace

int main(int argc, char** argv) {
  return measures::serve(
      argc, argv, {rows("at_once", 0, 0), rows("at_once_faults", 5, 0), rows("50ms", 0, 50), rows("50ms_faults", 5, 50)});
}
