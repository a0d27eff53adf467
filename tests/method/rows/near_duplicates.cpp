// SPDX-License-Identifier: Apache-2.0
#include <ease/method/rows/near_duplicates.hpp>

#include "catch.hpp"

using numbers = std::vector<std::size_t>;

namespace {
std::vector<std::size_t> of(std::vector<std::string> const& texts, double fraction = 0.3) {
  return ease::near_duplicates(texts, fraction);
}
std::string const wrapper = "You are the narrator of a long tale in which a pirate answers everything he is asked about. ";
}  // namespace

TEST_CASE("requests in one wrapper are one cluster, whatever they ask") {
  CHECK(of({wrapper + "How do ships float?", "What is the tallest mountain of them all?", wrapper + "Which way is north?",
            "How do ships float?"}) == numbers{0, 1, 0, 2});
}

TEST_CASE("white space and where the shared part stands make no difference") {
  CHECK(of({wrapper + "How do ships float?", "Which way is north? " + wrapper}) == numbers{0, 0});
  CHECK(of({"one  two three four five\nsix seven", " one two three four five six seven\n"}) == numbers{0, 0});
}

TEST_CASE("the fraction is of the shorter text") {
  // 24 bytes are one shingle; the longer text has it among 41.
  std::string const part = "abcdefghijklmnopqrstuvwx", longer = part + "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ.,:;";
  CHECK(of({longer, part}, 1.0) == numbers{0, 0});
  CHECK(of({longer, longer.substr(0, 44) + "another end of the same length"}, 0.52) == numbers{0, 1});  // 21 of 41
  CHECK(of({longer, longer.substr(0, 44) + "another end of the same length"}, 0.51) == numbers{0, 0});
}

TEST_CASE("near duplicates of near duplicates are one cluster") {
  std::string const a = "the first of three long sentences that are shared. ",
                    b = "another one which the middle text has too. ";
  CHECK(of({a, "something else altogether, and nothing like it", b, a + b}) == numbers{0, 1, 0, 0});
}

TEST_CASE("short and empty texts are near duplicates of their equals alone") {
  CHECK(of({"", "a", "b", "a", ""}) == numbers{0, 1, 2, 1, 0});
  CHECK(of({}).empty());
}
