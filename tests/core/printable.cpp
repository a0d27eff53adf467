// SPDX-License-Identifier: Apache-2.0
#include <ease/core/printable.hpp>

#include "catch.hpp"

TEST_CASE("untrusted text becomes one printable line") {
  CHECK(ease::printable("  a\r\n\tb  ") == "a b");
  CHECK(ease::printable("\x1b]0;title\x07 \xe2\x80\xae rtl \x7f") == "?]0;title? ??? rtl ?");
  CHECK(ease::printable(std::string(1000, 'x'), 10) == "xxxxxxxxxx...");
  CHECK(ease::printable("").empty());
}
