// SPDX-License-Identifier: Apache-2.0
// Reading and writing rows: bytes a second from JSON lines into typed records, and back.
#include <unistd.h>

#include <cstdlib>
#include <ease/io/rows/read_records.hpp>
#include <ease/io/rows/write_records.hpp>
#include <ease/record/fields.hpp>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "measures.hpp"

using namespace ease;

namespace {

// Rows of about so many bytes in a file that goes when the object does.
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
  double bytes() const { return static_cast<double>(std::filesystem::file_size(path_)); }

 private:
  std::filesystem::path path_;
};

measures::work read_json_lines(std::size_t bytes_a_row) {
  return [file = std::make_shared<row_file>(bytes_a_row)]() -> measures::done {
    std::size_t bytes = 0;
    for (auto const& row : read_records<prompt, data_type>(file->path())) bytes += get<prompt>(row).size();
    measures::keep(bytes);
    return {file->bytes()};
  };
}

// The file ROWS, which a peer reads too (benchmarks/compare/records).
measures::work read_given() {
  auto const* const path = std::getenv("ROWS");
  if (path == nullptr) throw error{"the measure `given` needs {}", "ROWS"};
  return [file = std::string{path}]() -> measures::done {
    std::size_t bytes = 0;
    for (auto const& row : read_records<prompt, data_type>(file)) bytes += get<prompt>(row).size();
    measures::keep(bytes);
    return {static_cast<double>(std::filesystem::file_size(file))};
  };
}

// With the keys that no stage names carried along.
measures::work read_with_other_keys() {
  return [file = std::make_shared<row_file>(2000)]() -> measures::done {
    std::size_t rows = 0;
    for (auto const& row : read_records<prompt, other_keys>(file->path())) rows += get<prompt>(row).empty() ? 0U : 1U;
    measures::keep(rows);
    return {file->bytes()};
  };
}

measures::work write_json_lines() {
  auto const file = std::make_shared<row_file>(2000);
  std::vector<record<prompt, data_type, other_keys>> rows;
  for (auto& row : read_records<prompt, data_type, other_keys>(file->path())) rows.push_back(row);
  return [file, rows]() -> measures::done {
    auto const out = file->path() + ".out";
    record_writer writer{out};
    for (auto const& row : rows) writer(row);
    writer.close();
    auto const bytes = static_cast<double>(std::filesystem::file_size(out));
    std::filesystem::remove(out);
    return {bytes};
  };
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<measures::measure> all{{"read_200", "bytes", [] { return read_json_lines(200); }},
                                     {"read_2000", "bytes", [] { return read_json_lines(2000); }},
                                     {"read_20000", "bytes", [] { return read_json_lines(20000); }},
                                     {"read_with_other_keys", "bytes", read_with_other_keys},
                                     {"write_2000", "bytes", write_json_lines}};
  if (std::getenv("ROWS") != nullptr) all.push_back({"given", "bytes", read_given});
  return measures::serve(argc, argv, all);
}
