// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the tests of this folder share: fixture files, and a byte-level vocabulary small enough to reason about by hand.

#include <cstdlib>
#include <ease/io/json/simdjson.hpp>
#include <ease/text/tokenizer/tokenizer.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

namespace text_test {

inline std::filesystem::path const fixtures = std::filesystem::path{EASE_FIXTURES} / "text";

inline ease::tokenizer family(std::string const& name) { return ease::tokenizer::load(fixtures / name); }

inline void for_each_row(std::filesystem::path const& path, std::function<void(simdjson::dom::element)> const& each) {
  std::ifstream file{path};
  simdjson::dom::parser parser;
  std::size_t rows = 0;
  for (std::string line; std::getline(file, line); ++rows) each(parser.parse(line).value());
  if (rows == 0) throw ease::error("{}: no rows", path.string());
}

inline std::string text(simdjson::dom::element row, std::string_view name) {
  return std::string{row[name].get_string().value()};
}

inline std::vector<ease::token_id> ids(simdjson::dom::element row, std::string_view name) {
  std::vector<ease::token_id> out;
  for (auto const id : row[name].get_array()) out.push_back(static_cast<ease::token_id>(id.get_int64().value()));
  return out;
}

inline std::string from_hex(std::string_view hex) {
  std::string out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    out.push_back(static_cast<char>(std::stoi(std::string{hex.substr(i, 2)}, nullptr, 16)));
  }
  return out;
}

// A folder of this test's own, gone with it.
class scratch_folder {
 public:
  scratch_folder() {
    std::string name = (std::filesystem::temp_directory_path() / "ease_text_XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw ease::error("no temporary folder can be made");
    path_ = name;
  }
  ~scratch_folder() { std::filesystem::remove_all(path_); }
  scratch_folder(scratch_folder const&) = delete;
  scratch_folder& operator=(scratch_folder const&) = delete;
  std::filesystem::path const& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// The value of an environment variable; if it is not set, says what is skipped.
inline std::string setting(char const* name, std::string_view what) {
  char const* const value = std::getenv(name);
  if (value == nullptr) std::cout << "skipped: " << what << " (set " << name << ")\n";
  return value == nullptr ? "" : value;
}

}  // namespace text_test
