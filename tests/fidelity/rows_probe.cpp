// SPDX-License-Identifier: Apache-2.0
// rows_probe FILE [OUT]: the rows of a file as JSON, a line each, before any schema; or written to OUT, in the format that its name
// says. tests/oracle/io/parquet_files.py compares them.
#include <fmt/format.h>

#include <cstddef>
#include <cstdio>
#include <ease/io/formats/row_source.hpp>
#include <ease/io/rows/write_records.hpp>
#include <exception>
#include <optional>

int main(int count, char** args) {
  try {
    if (count < 2 || count > 3) throw ease::error{"rows_probe FILE [OUT]"};
    ease::row_source rows{args[1], "automatic", std::size_t{64} << 20U};
    std::optional<ease::record_writer> out;
    if (count == 3) out.emplace(args[2]);
    while (auto const row = rows.next()) {
      if (!row->problem.empty()) throw ease::error{"{}", row->problem};
      out ? out->write_line(row->text) : fmt::print("{}\n", row->text);
    }
    if (out) out->close();
    if (out && !out->note().empty()) fmt::print(stderr, "{}\n", out->note());
  } catch (std::exception const& problem) {
    fmt::print(stderr, "{}\n", problem.what());
    return 1;
  }
}
