// SPDX-License-Identifier: Apache-2.0
#include <ease/backend/http/event_stream.hpp>
#include <random>
#include <string>
#include <vector>

#include "catch.hpp"

namespace {

std::vector<std::string> events(std::vector<std::string_view> const& pieces) {
  std::vector<std::string> all;
  ease::event_stream reader;
  auto const take = [&](std::string_view data) { all.emplace_back(data); };
  for (auto const piece : pieces) reader.feed(piece, take);
  reader.finish(take);
  return all;
}
using list = std::vector<std::string>;

}  // namespace

TEST_CASE("events are read as the HTML standard's examples say") {
  CHECK(events({"data: YHOO\ndata: +2\ndata: 10\n\n"}) == list{"YHOO\n+2\n10"});
  CHECK(events({": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n"}) ==
        list{"first event", "second event", " third event"});
  CHECK(events({"data\n\ndata\ndata\n\ndata:\n\n"}) == list{"", "\n", ""});
  CHECK(events({"data:test\n\ndata: test\n\n"}) == list{"test", "test"});
}

TEST_CASE("line ends of every kind, a byte order mark, unknown fields, and a stream without its last empty line") {
  CHECK(events({"data: a\r\n\r\ndata: b\r\rdata: c\n\n"}) == list{"a", "b", "c"});
  CHECK(events({"\xEF\xBB\xBF", "data: a\n\n"}) == list{"a"});
  CHECK(events({"event: message\nretry: 10\ndatum: x\ndata : y\ndata: a\n\n"}) == list{"a"});
  CHECK(events({"data: a\n\ndata: b"}) == list{"a", "b"});
  CHECK(events({"data: a\n\ndata: b\n"}) == list{"a", "b"});
  CHECK(events({"", "\n\n\n", ":\n\n"}).empty());
}

TEST_CASE("where a stream is cut into pieces makes no difference, at any place") {
  std::string const whole = "data: {\"a\":1}\r\n\r\n: ping\n\ndata: one\ndata: two\r\rdata: \xC3\xA9\n\ndata: [DONE]\n\n";
  auto const expected = list{"{\"a\":1}", "one\ntwo", "\xC3\xA9", "[DONE]"};
  for (std::size_t at = 0; at <= whole.size(); ++at)
    REQUIRE(events({std::string_view{whole}.substr(0, at), std::string_view{whole}.substr(at)}) == expected);
  std::vector<std::string_view> bytes;
  for (std::size_t i = 0; i < whole.size(); ++i) bytes.push_back(std::string_view{whole}.substr(i, 1));
  CHECK(events(bytes) == expected);
}
