// SPDX-License-Identifier: Apache-2.0
#pragma once
// What is promised of every file of rows: each row read is given or rejected with a reason; rows that were given are written and
// read back the same, with the messages in front of their prompts and the answers to train on.
#include <ease/io/rows/read_records.hpp>
#include <ease/io/rows/write_records.hpp>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "harness.hpp"

namespace fuzz {

template <class... Fs>
std::vector<ease::record<Fs...>> all_rows(std::filesystem::path const& path, std::string const& format) {
  std::vector<ease::record<Fs...>> rows;
  std::size_t rejected = 0;
  ease::read_options options;
  options.format = format;
  options.bad_rows = ease::on_bad_row::reject;
  options.max_row_bytes = 1U << 16U;
  options.on_reject = [&](ease::bad_row const& bad) {
    ++rejected;
    check_message(bad.message());
  };
  auto reader = ease::read_records<Fs...>(path, options);
  for (auto& one : reader) rows.push_back(std::move(one));
  auto const counts = reader.counts();
  must(counts.read == counts.given + counts.rejected, "every row is given or rejected");
  must(counts.given == rows.size() && counts.rejected == rejected, "the counts are true");
  return rows;
}

// Reads the rows, writes them, and reads them again.
template <class... Fs>
void there_and_back(std::filesystem::path const& path, std::string const& format, std::filesystem::path const& written) {
  auto const rows = all_rows<Fs...>(path, format);
  ease::record_writer writer{written.string()};
  for (auto const& one : rows) writer(one);
  writer.close();
  if (rows.empty()) return;
  auto const again = all_rows<Fs...>(written, "automatic");
  must(again.size() == rows.size(), "as many rows are written as were read");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    must(get<ease::prompt>(again[i]) == get<ease::prompt>(rows[i]), "a prompt is written as it was read");
    must(get<ease::history>(again[i]) == get<ease::history>(rows[i]), "and so is what stands in front of it");
    if constexpr (ease::record<Fs...>::template has<ease::target>)
      must(get<ease::target>(again[i]) == get<ease::target>(rows[i]), "and the answer to it");
  }
}

}  // namespace fuzz
