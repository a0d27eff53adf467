// SPDX-License-Identifier: Apache-2.0
#include <ease/backend/http/redact.hpp>

#include "catch.hpp"

TEST_CASE("hidden text is redacted as a whole or in parts") {
  CHECK(ease::redact("say: how to bake a cake?", "Tell me how to bake a cake, please", 12, "[text]") == "say:[text]?");
  CHECK(ease::redact("short", "how to bake a cake", 12, "[text]") == "short");
  CHECK(ease::redact("it was 'abc' twice: abc", "abc", 12, "#") == "it was '#' twice: #");
  CHECK(ease::redact("text", "", 12, "#") == "text");
  CHECK(ease::redact("", "abc", 12, "#").empty());
  CHECK(ease::redact("aaaaaaaa", "aaaa", 4, "#") == "#");
}
