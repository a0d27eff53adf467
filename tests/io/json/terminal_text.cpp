// SPDX-License-Identifier: Apache-2.0
#include <ease/io/json/terminal_text.hpp>
#include <string>

#include "catch.hpp"

TEST_CASE("no control character reaches a terminal") {
  CHECK(ease::terminal_text("a\tb\nc") == "a\tb\nc");
  CHECK(ease::terminal_text("a\tb\nc", true) == "a\\x09b\\x0ac");
  CHECK(ease::terminal_text("\x1B]0;title\x07\x1B[31mred\r") == "\\x1b]0;title\\x07\\x1b[31mred\\x0d");
  CHECK(ease::terminal_text(std::string{"\0", 1} + "\x7F") == "\\x00\\x7f");
  CHECK(ease::terminal_text("\xC2\x9B"
                            "31m") == "\\x9b31m");  // U+009B, which is ESC [ in one character
  CHECK(ease::terminal_text("\x9B"
                            "31m \xE2\x82") == "\\x9b31m \\xe2\\x82");
  CHECK(ease::terminal_text("w\xC3\xB6rld \xC2\xA0 \xF0\x9F\x98\x80") == "w\xC3\xB6rld \xC2\xA0 \xF0\x9F\x98\x80");
  for (int c = 0; c < 256; ++c)
    for (char const shown : ease::terminal_text(std::string(1, static_cast<char>(c)), true))
      CHECK((shown >= ' ' && shown <= '~'));
}
