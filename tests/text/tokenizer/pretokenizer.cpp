// SPDX-License-Identifier: Apache-2.0
#include <ease/core/error.hpp>
#include <ease/text/tokenizer/pretokenizer.hpp>
#include <random>

#include "catch.hpp"

using namespace ease;

namespace {

std::vector<std::string> pieces(std::vector<pretokenizer_step> const& steps, std::string_view text) {
  std::vector<std::string> out;
  pretokenizer{steps}.split(text, [&](std::string_view piece) { out.emplace_back(piece); });
  return out;
}

using list = std::vector<std::string>;

}  // namespace

TEST_CASE("known patterns, matched by hand, cut as PCRE2 does") {
  std::vector<std::string> const bits{"'s",     "'LL",    "'",          "a",       "Zz",   "\u00e9", "\u4e2d", "1",  "12",
                                      "\u0663", " ",      "  ",         "\n",      "\r\n", "\t",     "\u00a0", "!",  "?!",
                                      "_",      "\u0301", "\U0001F600", "'\u017f", "\x01", "\u2028", "'re",    "'V", "E"};
  std::mt19937 draw{9};
  for (auto const pattern : {gpt2_pattern, llama3_pattern, qwen2_pattern, qwen3_5_pattern}) {
    auto const known = scanner::of(pattern);
    REQUIRE(known.has_value());
    regex const compiled{pattern};
    for (int n = 0; n < 3000; ++n) {
      std::string text;
      for (auto i = draw() % 9 + 1; i > 0; --i) text += bits[draw() % bits.size()];
      list by_hand, by_regex;
      for (std::size_t at = 0, end = 0; at < text.size(); at = end) {
        end = known->piece_end(text, at);
        by_hand.push_back(text.substr(at, end - at));
      }
      compiled.for_each_match(
          text, [&](std::size_t begin, std::size_t end) { by_regex.push_back(text.substr(begin, end - begin)); });
      INFO(text);
      REQUIRE(by_hand == by_regex);
    }
  }
}

TEST_CASE("steps apply to the pieces of the step before") {
  auto const gpt2 = pretokenizer_step::split(gpt2_pattern);
  CHECK(pieces({gpt2}, "I'm 12, x  y\n") == list{"I", "'m", " 12", ",", " x", " ", " y", "\n"});
  CHECK(pieces({pretokenizer_step::digits(true), gpt2}, "a 12") == list{"a", " ", "1", "2"});
  CHECK(pieces({pretokenizer_step::digits(false), gpt2}, "a 12b") == list{"a", " ", "12", "b"});
  CHECK(pieces({}, "as it is") == list{"as it is"});
  CHECK(pieces({gpt2}, "").empty());
}

TEST_CASE("the five ways of splitting") {
  auto const by = [](split_behavior how, bool invert = false) { return std::vector{pretokenizer_step{"-", how, invert}}; };
  CHECK(pieces(by(split_behavior::isolated), "a--b-") == list{"a", "-", "-", "b", "-"});
  CHECK(pieces(by(split_behavior::removed), "a--b-") == list{"a", "b"});
  CHECK(pieces(by(split_behavior::merged_with_previous), "-a--b-") == list{"-", "a-", "-", "b-"});
  CHECK(pieces(by(split_behavior::merged_with_next), "-a--b-") == list{"-a", "-", "-b", "-"});
  CHECK(pieces(by(split_behavior::contiguous), "a--b-") == list{"a", "--", "b", "-"});
  CHECK(pieces(by(split_behavior::removed, true), "a--b-") == list{"-", "-", "-"});
}

TEST_CASE("white space in patterns is the Unicode property") {
  CHECK(pieces({pretokenizer_step{R"(\s+)", split_behavior::removed}}, "a\u180eb\u0085c\u2003d") ==
        list{"a\u180eb", "c", "d"});
  CHECK(pieces({pretokenizer_step{R"([^\s]+)", split_behavior::isolated}}, "a b") == list{"a", " ", "b"});
}

TEST_CASE("a pattern that cannot be used is an error of one line") {
  CHECK_THROWS_WITH(pretokenizer({pretokenizer_step::split("(a")}),
                    Catch::Contains("does not compile") && Catch::Contains("byte 2"));
  pretokenizer const hopeless{{pretokenizer_step::split("(a+a+)+b")}};
  CHECK_THROWS_WITH(hopeless.split(std::string(60, 'a') + "cb", [](auto) {}), Catch::Contains("gave up"));
}
