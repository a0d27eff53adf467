// SPDX-License-Identifier: Apache-2.0
#include <ease/text/tokenizer/stream_decoder.hpp>

#include "catch.hpp"
#include "text/fixture.hpp"

using namespace ease;

TEST_CASE("streamed text never splits a character and adds up to the decoded one") {
  for (std::string const name : {"gpt2", "llama3", "smollm2"}) {
    auto const words = text_test::family(name);
    text_test::for_each_row(text_test::fixtures / name / "cases.jsonl", [&](auto row) {
      for (bool const skip_special : {true, false}) {
        auto const ids = text_test::ids(row, "parsed");
        stream_decoder stream{words, skip_special};
        std::string text;
        for (token_id const id : ids) {
          auto const part = stream.push(id);
          if (name != "smollm2") CHECK(is_utf8(part));  // that one lacks bytes, so its text can be broken
          text += part;
        }
        text += stream.finish();
        CHECK(text == words.decode(ids, skip_special));
      }
    });
  }
}

TEST_CASE("half a character waits, what is broken passes through") {
  auto const words = text_test::family("gpt2");
  auto const byte = [&](char c) { return *words.id_of(std::string_view{&c, 1}); };
  stream_decoder stream{words};
  CHECK(stream.push(byte('\xF0')).empty());
  CHECK(stream.push(byte('\x9F')).empty());
  CHECK(stream.push(byte('\x98')).empty());
  CHECK(stream.push(byte('\x80')) == "\U0001F600");
  CHECK(stream.push(byte('\xFF')) == "\xFF");
  CHECK(stream.push(byte('\xE2')).empty());
  CHECK(stream.push(byte('a')) ==
        "\xE2"
        "a");
  CHECK(stream.push(byte('\xC3')).empty());
  CHECK(stream.finish() == "\xC3");
  CHECK(stream.finish().empty());
}
