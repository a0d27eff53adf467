// SPDX-License-Identifier: Apache-2.0
#include <ease/llm/files/generation_defaults.hpp>

#include "catch.hpp"
#include "io/temporary.hpp"

TEST_CASE("a token id that is none is told, and not cut down to one") {
  test::temporary_folder const folder;
  for (char const* text :
       {R"({"eos_token_id":4294967297})", R"({"eos_token_id":[2,-3000000000]})", R"({"pad_token_id":2147483648})"}) {
    folder.file("generation_config.json", text);
    CHECK_THROWS_WITH(ease::read_generation_defaults(folder.path()), Catch::Contains("is no token id"));
  }
  folder.file("generation_config.json", R"({"eos_token_id":[2,null,2147483647]})");
  CHECK(ease::read_generation_defaults(folder.path()).eos == std::vector<std::int32_t>{2, 2147483647});
}
