// SPDX-License-Identifier: Apache-2.0
#include <ctime>
#include <ease/text/unicode/unicode.hpp>

#include "catch.hpp"
#include "text/fixture.hpp"

using namespace ease;

TEST_CASE("every code point is in the class the reference tokenisers see it in") {
  std::vector<char> expected(0x110000, 'o');
  std::vector<bool> digit(0x110000, false);
  std::ifstream file{text_test::fixtures / "unicode_classes.txt"};
  std::string name;
  char32_t ranges = 0;
  for (std::uint32_t first = 0, last = 0; file >> name >> std::hex >> first >> last; ++ranges) {
    for (auto c = first; c <= last; ++c) {
      if (name == "D") {
        digit[c] = true;
      } else {
        expected[c] = name[0];
      }
    }
  }
  REQUIRE(ranges > 1000);
  std::size_t wrong = 0;
  for (char32_t c = 1; c < 0x110000; ++c) {
    if (c >= 0xD800 && c < 0xE000) continue;
    auto const kind = class_of(c);
    char const seen = kind == char_class::letter   ? 'L'
                      : kind == char_class::number ? 'N'
                      : kind == char_class::mark   ? 'M'
                      : kind == char_class::space  ? 's'
                                                   : 'o';
    wrong += seen != expected[c] || is_numeric(c) != digit[c];
  }
  CHECK(wrong == 0);
}

TEST_CASE("normal forms are the reference's, newer marks included") {
  text_test::for_each_row(text_test::fixtures / "normal_forms.jsonl", [](auto row) {
    auto const text = text_test::text(row, "text");
    CHECK(normalized(text, normal_form::nfc) == text_test::text(row, "NFC"));
    CHECK(normalized(text, normal_form::nfd) == text_test::text(row, "NFD"));
  });
}

TEST_CASE("composing drops nothing: U+11A7 is no trailing consonant") {
  CHECK(normalized("\u1104\u1172\u11A7", normal_form::nfc) == "\uB70C\u11A7");
  CHECK(normalized("\uAC00\u11A7\u0301", normal_form::nfc) == "\uAC00\u11A7\u0301");
  CHECK(normalized("\uAC00\u11A8", normal_form::nfc) == "\uAC01");
}

TEST_CASE("a megabyte of combining marks in the worst order is normalised in no time") {
  std::string text = "a";
  for (int i = 0; i < 250'000; ++i) text += i % 2 == 0 ? "\u0301" : "\u0316";  // class 230, then 220
  auto const start = std::clock();  // of this process: the machine may have other work
  auto const out = normalized(text, normal_form::nfc);
  CHECK(std::clock() - start < CLOCKS_PER_SEC);
  CHECK(out.substr(0, 4) == "\u00e1\u0316");  // á takes the first acute; the graves below come next
  CHECK(normalized(out, normal_form::nfc) == out);
}

TEST_CASE("invalid bytes become U+FFFD by maximal parts, as Python replaces them") {
  std::string const r = "\uFFFD";
  CHECK(valid_utf8("plain \u00e9 \U0001F600") == "plain \u00e9 \U0001F600");
  CHECK(valid_utf8("\x80") == r);
  CHECK(valid_utf8("\xC0\xAF") == r + r);  // overlong: no valid beginning
  CHECK(valid_utf8("\xE2\x82") == r);      // cut off: one part
  CHECK(valid_utf8("\xE2\x82 x") == r + " x");
  CHECK(valid_utf8("\xED\xA0\x80") == r + r + r);  // a surrogate
  CHECK(valid_utf8("\xF0\x9F\x98 \xF5") == r + " " + r);
  CHECK(valid_utf8("\xF4\x90\x80\x80") == r + r + r + r);  // above U+10FFFF
}

TEST_CASE("code points survive the way to UTF-8 and back") {
  for (char32_t c = 1; c < 0x110000; c += 7) {
    if (c >= 0xD800 && c < 0xE000) continue;
    std::string text;
    append_utf8(text, c);
    REQUIRE(is_utf8(text));
    auto const back = code_point_at(text, 0);
    REQUIRE(back.value == c);
    REQUIRE(back.bytes == text.size());
  }
}
