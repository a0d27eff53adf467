// SPDX-License-Identifier: Apache-2.0
// Rows for people: what of a row is shown under which name, how lines are folded, what stands beside what, and that nothing a
// stranger wrote reaches the terminal as more than text.
#include <ease/io/view/row_view.hpp>
#include <string>
#include <vector>

#include "catch.hpp"

using namespace ease;

namespace {

std::vector<std::string> paths_of(raw_members const& row) {
  std::vector<std::string> all;
  for (auto const& one : values_of_row(row)) all.push_back(one.path + "=" + one.text);
  return all;
}
std::size_t count(std::string const& text, std::string const& what) {
  std::size_t found = 0;
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at + what.size())) ++found;
  return found;
}

}  // namespace

TEST_CASE("a row's values, by path") {
  using list = std::vector<std::string>;
  CHECK(paths_of({{"id", "7"}, {"prompt", "\"a\\nb\""}, {"none", "null"}}) == list{"id=7", "prompt=a\nb", "none=null"});
  CHECK(paths_of({{"response", R"({"reasoning": "r", "answer": "a"})"}}) ==
        list{"response.reasoning=r", "response.answer=a"});
  CHECK(paths_of({{"messages", R"([{"role": "user", "content": "hi"}, {"content": "yo", "role": "assistant"}])"}}) ==
        list{"messages[0] user=hi", "messages[1] assistant=yo"});
  CHECK(paths_of({{"conversations", R"([{"from": "human", "value": "hi", "weight": 1}])"}}) ==
        list{"conversations[0].from=human", "conversations[0].value=hi", "conversations[0].weight=1"});
  CHECK(paths_of({{"categories", R"(["privacy", "violence"])"}, {"n", "[1, 2.50, true]"}, {"empty", "[]"}, {"o", "{}"}}) ==
        list{"categories=[privacy, violence]", "n=[1, 2.50, true]", "empty=[]", "o={}"});
  CHECK(paths_of({{"lines", R"(["a\nb", "c"])"}}) == list{"lines[0]=a\nb", "lines[1]=c"});
  CHECK_THROWS(values_of_row({{"x", "{\"a\": "}}));
  CHECK_THROWS(values_of_row({{"x", std::string(2000, '[') + std::string(2000, ']')}}));
}

TEST_CASE("lines are folded at blanks, by the columns that characters take") {
  using list = std::vector<std::string>;
  CHECK(folded("one two three", 7) == list{"one two", "three"});
  CHECK(folded("one two three", 8) == list{"one two", "three"});
  CHECK(folded("abcdefgh", 3) == list{"abc", "def", "gh"});
  CHECK(folded("a\n\nb", 5) == list{"a", "", "b"});
  CHECK(folded("", 5) == list{""});
  CHECK(folded("日本語です", 4) == list{"日本", "語で", "す"});                // two columns each
  CHECK(folded("e\u0301e\u0301e\u0301", 3) == list{"e\u0301e\u0301e\u0301"});  // a combining accent takes none
  CHECK(folded("ab 😀😀", 4) == list{"ab", "😀😀"});
  CHECK(folded("日", 1) == list{"日"});  // nothing narrower is possible
  CHECK(folded("a\tb", 10) == list{"a  b"});
  for (std::size_t width = 1; width < 30; ++width)
    for (auto const& line : folded("the quick brown fox jumps over the lazy dog", width)) CHECK(line.size() <= width);
}

TEST_CASE("what a row says is text, whatever it says") {
  auto const shown = view_of_row("row 1 of a\x1b[2J", {{"prompt\x1b]0;t\x07", "x\x1b[31m\x9b y"}}, {.width = 40});
  for (char const c : shown) CHECK((static_cast<unsigned char>(c) >= 0x20 || c == '\n'));
  CHECK(shown.find("\\x1b[31m") != shown.npos);
  // Colours are ours alone.
  auto const coloured = view_of_row("row 1", {{"a", "\x1b[1m"}}, {.colour = true});
  CHECK(count(coloured, "\x1b[") == 4);
}

TEST_CASE("fields are chosen by name, or by what a name begins with") {
  std::vector<row_value> const row{
      {"prompt", "p"}, {"prompt_id", "1"}, {"response.reasoning", "r"}, {"messages[0] user", "m"}};
  auto const with = [&](std::vector<std::string> fields) {
    return view_of_row("h", row, {.width = 40, .fields = std::move(fields)});
  };
  CHECK(count(with({}), "\n") == 5);
  CHECK((count(with({"prompt"}), "\n") == 2 && with({"prompt"}).find("prompt: p\n") != std::string::npos));
  CHECK(with({"response"}).find("response.reasoning: r\n") != std::string::npos);
  CHECK(with({"messages"}).find("messages[0] user: m\n") != std::string::npos);
  CHECK(count(with({"prom"}), "\n") == 1);
}

TEST_CASE("two rows beside each other: what is alike once, what differs in columns") {
  auto const shown = view_of_rows("h", {{"prompt", "same"}, {"response", "one two three four"}, {"left", "l"}},
                                  {{"prompt", "same"}, {"response", "five"}, {"right", "r"}}, {.width = 27});
  CHECK(count(shown, "same") == 1);
  CHECK(shown.find("one two      │ five\n") != shown.npos);
  CHECK(shown.find("three four   │\n") != shown.npos);
  CHECK(shown.find("left:\nl            │ (none)\n") != shown.npos);
  CHECK(shown.find("right:\n(none)       │ r\n") != shown.npos);
  auto const wide = view_of_rows("h", {{"a", "日本"}}, {{"a", "b"}}, {.width = 27});
  CHECK(wide.find("日本         │ b\n") != wide.npos);  // four columns and eight blanks
}
