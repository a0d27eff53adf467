// SPDX-License-Identifier: Apache-2.0
#pragma once
// Reads rows out of a text, for the tests of what rows say.
#include <ease/io/rows/read_records.hpp>
#include <ease/io/rows/write_records.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "io/temporary.hpp"

namespace test {

// The file's rows as JSON of our own keys, separated by spaces; or the error, without the folder.
template <class... Fs>
std::string read(std::string_view text, ease::read_options options = {}, std::string_view name = "x.jsonl") {
  temporary_folder const folder;
  std::string out;
  try {
    for (auto const& row : ease::read_records<Fs...>(folder.file(name, text), std::move(options)))
      out += (out.empty() ? "" : " ") + ease::to_json(row);
  } catch (ease::error const& problem) {
    out = problem.what();
    out.erase(0, folder.path().string().size() + 1);
  }
  return out;
}
// The same without file and line.
template <class... Fs>
std::string read_or_reason(std::string_view text, ease::read_options options = {}, std::string_view name = "x.jsonl") {
  auto out = read<Fs...>(text, std::move(options), name);
  return out.starts_with(name) ? out.substr(out.find(": ") + 2) : out;
}
// What the reader counted of the text's rows.
template <class... Fs>
ease::read_counts counts(std::string_view text, ease::read_options options = {}, std::string_view name = "x.jsonl") {
  temporary_folder const folder;
  auto rows = ease::read_records<Fs...>(folder.file(name, text), std::move(options));
  for (auto const& row : rows) (void)row;
  return rows.counts();
}

}  // namespace test
