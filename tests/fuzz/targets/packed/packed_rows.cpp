// SPDX-License-Identifier: Apache-2.0
// Rows in Parquet or in zstd (rows_there_and_back.hpp), written as JSON lines and as Parquet. Where this build has no Parquet, its
// files must be refused.
#include "harness.hpp"
#include "rows_there_and_back.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  static fuzz::memory_file input;
  static fuzz::folder const output;
  static bool const has_parquet = ease::can_use_parquet();
  auto const path = input.holding(fuzz::text(data, size));
  constexpr std::size_t windows = std::size_t{17} << 20U;  // of zstd, as io/compress/zstd.hpp says, in two readers at a time
  fuzz::accepts(
      size,
      [&] {
        fuzz::there_and_back<ease::history, ease::prompt, ease::other_keys>(path, "automatic", output / "rows.jsonl");
        fuzz::there_and_back<ease::history, ease::prompt, ease::target>(path, "automatic", output / "rows.jsonl");
        if (has_parquet) fuzz::there_and_back<ease::history, ease::prompt>(path, "automatic", output / "rows.parquet");
      },
      windows);
  return 0;
}
