// SPDX-License-Identifier: Apache-2.0
// A file of rows, whatever its format: JSON lines, an array, TSV, CSV, gzip of them (rows_there_and_back.hpp). The first byte
// chooses the format that is asked for.
#include "harness.hpp"
#include "rows_there_and_back.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size == 0) return 0;
  static fuzz::memory_file input;
  static fuzz::folder const output;
  std::string const formats[]{"automatic", "jsonl", "json", "tsv", "csv"};
  auto const path = input.holding(fuzz::text(data + 1, size - 1));
  fuzz::accepts(size, [&] {
    auto const& format = formats[data[0] % std::size(formats)];
    fuzz::there_and_back<ease::history, ease::prompt, ease::other_keys>(path, format, output / "rows.jsonl");
    fuzz::there_and_back<ease::history, ease::prompt, ease::target>(path, format, output / "rows.jsonl");
  });
  return 0;
}
