// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <ease/ops/cpu_capability.hpp>

#include "catch.hpp"

using namespace ease::detail;

TEST_CASE("kernels use no better instructions than the machine has and EASE_CPU_CAPABILITY allows") {
  char const* const said = std::getenv("EASE_CPU_CAPABILITY");
  CHECK(capability_in_use() <= capability_of_machine());
  CHECK(capability_in_use() <= capability_named(said == nullptr ? "" : said));
  CHECK(capability_of_kernels() <= capability_in_use());
  if (said != nullptr) CHECK(capability_of_kernels() == capability_in_use());
}

TEST_CASE("what EASE_CPU_CAPABILITY may say") {
  CHECK(capability_named("") == cpu_capability::avx512_bf16);
  CHECK(capability_named("avx512_bf16") == cpu_capability::avx512_bf16);
  CHECK(capability_named("avx512") == cpu_capability::avx512);
  CHECK(capability_named("avx2") == cpu_capability::avx2);
  CHECK(capability_named("default") == cpu_capability::baseline);
  CHECK_THROWS_WITH(capability_named("sse"), Catch::Contains("choose default, avx2, avx512 or avx512_bf16"));
}
