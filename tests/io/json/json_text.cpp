// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <cstdlib>
#include <ease/io/json/json_text.hpp>
#include <limits>

#include "catch.hpp"

namespace {

std::string text_of(std::string_view utf8) {
  std::string out;
  ease::append_json_string(out, utf8);
  return out;
}

std::string number(auto value) {
  std::string out;
  ease::append_json_number(out, value);
  return out;
}

}  // namespace

TEST_CASE("strings are escaped as Python's json.dumps(ensure_ascii=False) escapes them") {
  CHECK(text_of("") == R"("")");
  CHECK(text_of("a\"b\\c/") == R"("a\"b\\c/")");
  CHECK(text_of("\n\r\t\b\f") == R"("\n\r\t\b\f")");
  CHECK(text_of(std::string_view{"\0\x1b[31m\x1f\x7f", 8}) == "\"\\u0000\\u001b[31m\\u001f\x7f\"");
  CHECK(text_of("héé \xF0\x9F\x98\x80 \xE2\x80\xA8") == "\"héé \xF0\x9F\x98\x80 \xE2\x80\xA8\"");
}

TEST_CASE("every byte below 0x80 comes back through a parser") {
  std::string all;
  for (int c = 0; c < 0x80; ++c) all += static_cast<char>(c);
  std::string const json = "[" + text_of(all) + "]";
  simdjson::dom::parser parser;
  CHECK(std::string{std::string_view{parser.parse(json).at(0)}} == all);
}

TEST_CASE("bytes that are not UTF-8 are refused without being quoted") {
  for (std::string const bad : {"\xff", "ok\xc3", "\xed\xa0\x80", "\xc0\xaf"})  // last two: lone surrogate, overlong
    CHECK_THROWS_WITH(text_of(bad),
                      "cannot write a string of " + std::to_string(bad.size()) + " bytes as JSON: it is not valid UTF-8");
}

TEST_CASE("numbers read back as the same value") {
  CHECK(number(0.1) == "0.1");
  CHECK(number(1.0) == "1.0");
  CHECK(number(-0.0) == "-0.0");
  CHECK(number(1e300) == "1e+300");
  CHECK(number(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
  CHECK(number(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
  for (double const x : {1.0 / 3, 5e-324, 1.7976931348623157e308, 123456789.123456789})
    CHECK(std::strtod(number(x).c_str(), nullptr) == x);
  CHECK_THROWS_WITH(number(std::nan("")), Catch::Contains("not a finite number"));
  CHECK_THROWS_AS(number(-std::numeric_limits<double>::infinity()), ease::error);
}

TEST_CASE("the writer sets commas and colons") {
  std::string out;
  ease::json_writer w{out};
  w.object().key("a").value(1).key("b").array().value("x").value(true).object().end().array().end().end();
  w.key("c").raw("{\"k\":null}").key("d").value(0.5).key("e").value(nullptr).end();
  CHECK(out == R"({"a":1,"b":["x",true,{},[]],"c":{"k":null},"d":0.5,"e":null})");
}
