// SPDX-License-Identifier: Apache-2.0
// The files beside tokenizer.json, or in its place: vocab.json and merges.txt. The input is their contents, each behind a NUL.
#include <ease/text/tokenizer/tokenizer.hpp>

#include "harness.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  static fuzz::folder const files;
  auto rest = fuzz::text(data, size);
  for (char const* const name :
       {"tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json", "merges.txt"}) {
    auto const end = rest.find('\0');
    auto const content = rest.substr(0, end);
    files.put(name, content.empty() && name != std::string_view{"merges.txt"} ? std::string_view{"{}"} : content);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  fuzz::accepts(size, [&] {
    auto const tok = ease::tokenizer::load(files.path());
    for (auto const& line : tok.notes()) fuzz::check_message(line);
    for (auto const policy : {ease::special_text::plain, ease::special_text::parsed})
      for (auto const id : tok.encode("ab <pad> <|im_end|>\n w\xC3\xB6rld", policy))
        fuzz::must(id >= 0 && static_cast<std::size_t>(id) < tok.size(), "an id is one of the vocabulary");
    for (auto const id : {tok.bos(), tok.eos(), tok.pad(), tok.unk()})
      fuzz::must(!id || static_cast<std::size_t>(*id) < tok.size(), "a named token is one of the vocabulary");
  });
  return 0;
}
