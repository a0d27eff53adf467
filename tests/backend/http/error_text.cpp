// SPDX-License-Identifier: Apache-2.0
#include "ease/backend/http/error_text.hpp"

#include "catch.hpp"

TEST_CASE("foreign text becomes one printable line") {
  CHECK(ease::one_line("  a\r\n\tb  ") == "a b");
  CHECK(ease::one_line("\x1b]0;title\x07 \xe2\x80\xae rtl \x7f") == "?]0;title? ??? rtl ?");
  CHECK(ease::one_line(std::string(1000, 'x'), 10) == "xxxxxxxxxx...");
  CHECK(ease::one_line("").empty());
}

TEST_CASE("hidden text is taken out, whole or in pieces") {
  CHECK(ease::without("say: how to bake a cake?", "Tell me how to bake a cake, please", 12, "[text]") == "say:[text]?");
  CHECK(ease::without("short", "how to bake a cake", 12, "[text]") == "short");
  CHECK(ease::without("it was 'abc' twice: abc", "abc", 12, "#") == "it was '#' twice: #");
  CHECK(ease::without("text", "", 12, "#") == "text");
  CHECK(ease::without("", "abc", 12, "#").empty());
  CHECK(ease::without("aaaaaaaa", "aaaa", 4, "#") == "#");
}
