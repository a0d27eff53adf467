// SPDX-License-Identifier: Apache-2.0
#pragma once
// For the tests of bad input: what reading a file comes to when bad rows stop it, and when they are rejected.
#include <ease/io/rows/read_records.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "io/temporary.hpp"

namespace test {

using namespace ease;

struct outcome_of_reading {
  std::string thrown{"nothing"};  // without the folder
  std::vector<std::string> rejected{};
  read_counts counts{};
};

// Reads with `stop`, then with `reject`.
inline outcome_of_reading read(std::string_view name, std::string_view bytes, read_options options = {}) {
  temporary_folder const folder;
  auto const path = folder.file(name, bytes);
  auto const shorten = [&](std::string text) {
    for (auto at = text.find(folder.path().string()); at != text.npos; at = text.find(folder.path().string()))
      text.erase(at, folder.path().string().size() + 1);
    return text;
  };
  outcome_of_reading out;
  try {
    for ([[maybe_unused]] auto const& row : read_records<prompt, data_type, other_keys>(path, options)) {
    }
  } catch (error const& problem) {
    out.thrown = shorten(problem.what());
  }
  try {
    options.bad_rows = on_bad_row::reject;
    options.on_reject = [&](bad_row const& row) { out.rejected.push_back(shorten(row.message())); };
    auto rows = read_records<prompt, data_type, other_keys>(path, options);
    for ([[maybe_unused]] auto const& row : rows) {
    }
    out.counts = rows.counts();
    CHECK(out.counts.read == out.counts.given + out.counts.rejected);
    CHECK(out.counts.rejected == out.rejected.size());
  } catch (error const&) {  // the file as a whole
  }
  CHECK(out.thrown.find('\n') == out.thrown.npos);
  return out;
}

// A good row before and after the bad one, which is line 2.
inline std::string complaint(std::string_view row) {
  std::string const good = "{\"prompt\":\"a\",\"data_type\":\"vanilla_benign\"}\n";
  auto const out = read("x.jsonl", good + std::string{row} + "\n" + good);
  CHECK(out.rejected == std::vector{out.thrown});
  CHECK(out.counts.given == 2);
  return out.thrown;
}

inline std::string const good_line = "{\"prompt\":\"a\",\"data_type\":\"vanilla_benign\"}\n";

}  // namespace test
