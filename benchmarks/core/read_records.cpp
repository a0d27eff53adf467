// SPDX-License-Identifier: Apache-2.0
// Reading and writing rows: bytes a second from JSON lines into typed records, and back.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <ease/io/rows/read_records.hpp>
#include <ease/io/rows/write_records.hpp>
#include <ease/record/fields.hpp>
#include <filesystem>
#include <fstream>
#include <string>

using namespace ease;

namespace {

// Rows of about `state.range(0)` bytes in a file that goes when the object does.
class row_file {
 public:
  explicit row_file(std::size_t bytes_a_row)
      : path_{std::filesystem::temp_directory_path() / ("ease_bench_" + std::to_string(::getpid()) + ".jsonl")} {
    std::ofstream out{path_, std::ios::binary};
    std::string const text(bytes_a_row, 'x');
    for (std::size_t i = 0; i < (32U << 20U) / bytes_a_row; ++i)
      out << R"({"id":)" << i << R"(,"prompt":"How many \"x\" are here? )" << text << R"(","data_type":"vanilla_benign"})"
          << '\n';
  }
  row_file(row_file const&) = delete;
  row_file& operator=(row_file const&) = delete;
  ~row_file() { std::filesystem::remove(path_); }
  std::string path() const { return path_.string(); }
  std::int64_t bytes() const { return static_cast<std::int64_t>(std::filesystem::file_size(path_)); }

 private:
  std::filesystem::path path_;
};

void read_json_lines(benchmark::State& state) {
  row_file const file{static_cast<std::size_t>(state.range(0))};
  for (auto _ : state) {
    std::size_t bytes = 0;
    for (auto const& row : read_records<prompt, data_type>(file.path())) bytes += get<prompt>(row).size();
    benchmark::DoNotOptimize(bytes);
  }
  state.SetBytesProcessed(state.iterations() * file.bytes());
}
BENCHMARK(read_json_lines)->Arg(200)->Arg(2000)->Arg(20000)->Unit(benchmark::kMillisecond);

// With the keys that no stage names carried along.
void read_with_other_keys(benchmark::State& state) {
  row_file const file{static_cast<std::size_t>(state.range(0))};
  for (auto _ : state) {
    std::size_t rows = 0;
    for (auto const& row : read_records<prompt, other_keys>(file.path())) rows += get<prompt>(row).empty() ? 0U : 1U;
    benchmark::DoNotOptimize(rows);
  }
  state.SetBytesProcessed(state.iterations() * file.bytes());
}
BENCHMARK(read_with_other_keys)->Arg(2000)->Unit(benchmark::kMillisecond);

void write_json_lines(benchmark::State& state) {
  row_file const file{static_cast<std::size_t>(state.range(0))};
  std::vector<record<prompt, data_type, other_keys>> rows;
  for (auto& row : read_records<prompt, data_type, other_keys>(file.path())) rows.push_back(row);
  auto const out = file.path() + ".out";
  for (auto _ : state) {
    record_writer writer{out};
    for (auto const& row : rows) writer(row);
    writer.close();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(std::filesystem::file_size(out)));
  std::filesystem::remove(out);
}
BENCHMARK(write_json_lines)->Arg(2000)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
