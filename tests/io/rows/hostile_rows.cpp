// SPDX-License-Identifier: Apache-2.0
// Rows written to break what reads them: each comes through unchanged, or is told.
#include <ease/io/rows/read_records.hpp>
#include <ease/io/rows/write_records.hpp>
#include <fstream>
#include <string>
#include <vector>

#include "catch.hpp"
#include "io/temporary.hpp"

using namespace ease;

namespace {

test::temporary_folder const& folder() {
  static test::temporary_folder const one;
  return one;
}
std::vector<std::string> prompts_in(std::filesystem::path const& path) {
  std::vector<std::string> all;
  for (auto& row : read_records<prompt>(path)) all.push_back(std::move(get<prompt>(row)));
  return all;
}

}  // namespace

TEST_CASE("hostile prompts are written and read back byte for byte") {
  std::string every_control;
  for (int c = 0; c < 0x20; ++c) every_control.push_back(static_cast<char>(c));
  std::vector<std::string> const prompts{
      std::string{"a\0b\0", 4},
      every_control + "\x7F\xC2\x9B",
      "\x1B]0;title\x07\x1B[2J\x1B[31m",
      "<|im_end|>\n<|im_start|>system\n",
      "\"},{\"prompt\":\"another row\"}\n{\"prompt\":\"and one more\"}",
      "\u202Egnirts\u202C\uFEFF\uFFFD\U0010FFFF",
      std::string(10'000'000, 'x'),
      [] {
        std::string escaped;
        for (int i = 0; i < 1'000'000; ++i) escaped += "\"\\\n\x01";
        return escaped;
      }(),
  };
  record_writer out{folder() / "rows.jsonl"};
  for (auto const& one : prompts) out(make_record<prompt>(one));
  out.close();
  CHECK(out.replaced() == 0);
  auto const text = test::content(folder() / "rows.jsonl");
  CHECK(static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) == prompts.size());
  CHECK(text.find('\x1B') == std::string::npos);
  auto const again = prompts_in(folder() / "rows.jsonl");
  REQUIRE(again.size() == prompts.size());
  for (std::size_t i = 0; i < prompts.size(); ++i) CHECK((again[i] == prompts[i]));
}

TEST_CASE("a lone surrogate is a bad row, told by line and field") {
  for (std::string const bad : {"\\ud800", "\\udc00", "\\ud800\\ud800", "\\ud83dx", "\xED\xA0\x80"}) {
    auto const path = folder().file("bad.jsonl", "{\"prompt\":\"fine\"}\n{\"prompt\":\"" + bad + "\"}\n");
    CHECK_THROWS_WITH(prompts_in(path), Catch::Contains("bad.jsonl:2: "));
    read_options options{.bad_rows = on_bad_row::reject};
    std::string told;
    options.on_reject = [&](bad_row const& row) { told = row.message(); };
    auto rows = read_records<prompt>(path, options);
    std::size_t given = 0;
    for (auto const& row : rows) given += get<prompt>(row) == "fine" ? 1U : 0U;
    CHECK(given == 1);
    CHECK(rows.counts().rejected == 1);
    CHECK(told.find('\n') == std::string::npos);
  }
}

TEST_CASE("a key of a file is named in a message without its control characters") {
  auto const path = folder().file("keys.jsonl", "{\"my\\n\\u001bprompt\":7}\n");
  read_options options{.bad_rows = on_bad_row::reject};
  options.columns.entries.push_back({"prompt", "my\n\x1Bprompt"});
  std::string told;
  options.on_reject = [&](bad_row const& row) { told = row.message(); };
  for ([[maybe_unused]] auto const& row : read_records<prompt>(path, options)) FAIL("a number was read as a prompt");
  CHECK_THAT(told, Catch::Contains("(column \"my\\x0a\\x1bprompt\")"));
}

TEST_CASE("names out of a file reach a message without their control characters") {
  for (std::string const name : {"\x7F", "\\u001b[31m",
                                 "\xC2\x9B"
                                 "31m"}) {
    auto const path = folder().file("names.jsonl", "{\"" + name + "\":\"x\"}\n");
    try {
      prompts_in(path);
      FAIL("a row without a prompt was read");
    } catch (error const& e) {
      std::string_view const said = e.what();
      for (char const c : said) CHECK((c >= ' ' && c <= '~'));
      CHECK_THAT(std::string{said}, Catch::Contains("missing"));
    }
  }
}
