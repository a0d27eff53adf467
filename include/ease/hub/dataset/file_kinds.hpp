// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the files of a data set's repository are, by their names.
#include <algorithm>
#include <array>
#include <cstddef>
#include <ease/core/error.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ease::inline v1 {

// A repository, or its split, has no file that is read as rows.
struct no_row_files : error {
  using error::error;
};

}  // namespace ease::inline v1

namespace ease::inline v1::detail::split_files {

inline constexpr std::array<std::string_view, 5> row_endings{".csv", ".tsv", ".json", ".jsonl", ".ndjson"};
inline constexpr std::array<std::string_view, 3> parquet_endings{".parquet", ".geoparquet", ".gpq"};

// For messages.
inline constexpr std::string_view kinds_of_rows{".jsonl, .json, .csv, .tsv, each also .gz or .zst, and .parquet"};

inline std::string_view last_part(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// ".json" and ".gz" of "a.json.gz".
inline std::vector<std::string> endings_of(std::string_view path) {
  auto const name = last_part(path);
  std::vector<std::string> out;
  for (auto dot = name.find('.'); dot != name.npos;) {
    auto const next = name.find('.', dot + 1);
    out.emplace_back(name.substr(dot, next == name.npos ? next : next - dot));
    for (auto& c : out.back()) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    dot = next;
  }
  return out;
}

// What a file is by its name: ".csv", ".tsv", ".json" for all of JSON, ".parquet"; empty: another kind.
inline std::string kind_of(std::string_view path) {
  for (auto const& end : endings_of(path)) {
    if (std::ranges::find(parquet_endings, end) != parquet_endings.end()) return ".parquet";
    if (std::ranges::find(row_endings, end) != row_endings.end()) return end == ".jsonl" || end == ".ndjson" ? ".json" : end;
  }
  return {};
}

// The ending that most of the files have, as `datasets` takes it: of two with as many files the first of this order.
inline std::string most_common_ending(std::vector<std::string> const& files) {
  constexpr std::array<std::string_view, 8> order{".parquet", ".jsonl",  ".json", ".csv",
                                                  ".tsv",     ".ndjson", ".gpq",  ".geoparquet"};
  std::string_view best;
  std::size_t most = 0;
  for (auto const end : order) {
    auto const count = std::ranges::count_if(files, [&](auto const& file) {
      auto const all = endings_of(file);
      return std::ranges::find(all, end) != all.end();
    });
    if (std::cmp_greater(count, most)) most = static_cast<std::size_t>(count), best = end;
  }
  return std::string{best};
}

}  // namespace ease::inline v1::detail::split_files
