// SPDX-License-Identifier: Apache-2.0
// A file of rows, whatever its format: JSON lines, an array, TSV, CSV, gzip of them. Every row read is given or rejected
// with a reason; rows that were given are written and read back the same, with the messages in front of their prompts and the
// answers to train on. The first byte chooses the format that is asked for.
#include <ease/io/rows/read_records.hpp>
#include <ease/io/rows/write_records.hpp>

#include "harness.hpp"

namespace {

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
    fuzz::check_message(bad.message());
  };
  auto reader = ease::read_records<Fs...>(path, options);
  for (auto& one : reader) rows.push_back(std::move(one));
  auto const counts = reader.counts();
  fuzz::must(counts.read == counts.given + counts.rejected, "every row is given or rejected");
  fuzz::must(counts.given == rows.size() && counts.rejected == rejected, "the counts are true");
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
  auto const again = all_rows<Fs...>(written, "jsonl");
  fuzz::must(again.size() == rows.size(), "as many rows are written as were read");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    fuzz::must(get<ease::prompt>(again[i]) == get<ease::prompt>(rows[i]), "a prompt is written as it was read");
    fuzz::must(get<ease::history>(again[i]) == get<ease::history>(rows[i]), "and so is what stands in front of it");
    if constexpr (ease::record<Fs...>::template has<ease::target>)
      fuzz::must(get<ease::target>(again[i]) == get<ease::target>(rows[i]), "and the answer to it");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size == 0) return 0;
  static fuzz::memory_file input;
  static fuzz::folder const output;
  std::string const formats[]{"automatic", "jsonl", "json", "tsv", "csv"};
  auto const path = input.holding(fuzz::text(data + 1, size - 1));
  fuzz::accepts(size, [&] {
    auto const& format = formats[data[0] % std::size(formats)];
    there_and_back<ease::history, ease::prompt, ease::other_keys>(path, format, output / "rows.jsonl");
    there_and_back<ease::history, ease::prompt, ease::target>(path, format, output / "rows.jsonl");
  });
  return 0;
}
