// SPDX-License-Identifier: Apache-2.0
// A tokenizer.json: what is read is written and read back the same, and encodes any text into ids of its own.
#include <ease/text/tokenizer/tokenizer.hpp>

#include "harness.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  static fuzz::folder const files;
  files.put("tokenizer.json", fuzz::text(data, size));
  fuzz::accepts(size, [&] {
    auto const tok = ease::tokenizer::load(files.path());
    auto const first = ease::write_tokenizer_json(tok.file());
    auto const second =
        ease::write_tokenizer_json(ease::read_tokenizer_json(simdjson::padded_string{std::string_view{first}}, "written"));
    fuzz::must(first == second, "what is written reads back the same");
    for (auto const policy : {ease::special_text::plain, ease::special_text::parsed})
      for (auto const id : tok.encode("It's 12345 times <|im_end|>\n\n  w\xC3\xB6rld \xF0\x9F\x98\x80", policy)) {
        fuzz::must(id >= 0 && static_cast<std::size_t>(id) < tok.size(), "an id is one of the vocabulary");
        (void)tok.bytes_of(id);
      }
  });
  return 0;
}
