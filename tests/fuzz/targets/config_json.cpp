// SPDX-License-Identifier: Apache-2.0
// config.json, generation_config.json and tokenizer_config.json of a model's folder: what is accepted survives being
// written.
#include <ease/llm/files/config_json.hpp>
#include <ease/llm/files/generation_defaults.hpp>
#include <ease/text/tokenizer/tokenizer_config_reader.hpp>

#include "harness.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  static fuzz::folder const in, out;
  for (auto const* name : {"config.json", "generation_config.json", "tokenizer_config.json"})
    in.put(name, fuzz::text(data, size));
  ease::generation_defaults tokens;
  fuzz::accepts(size, [&] {
    tokens = ease::read_generation_defaults(in.path());
    out.put("generation_config.json", ease::generation_config_text(tokens));
    fuzz::must(ease::read_generation_defaults(out.path()) == tokens, "generation_config.json is written as it was read");
  });
  fuzz::accepts(size, [&] {
    auto const config = ease::read_config(in / "config.json");
    ease::check_config(config, "what was read");
    out.put("config_again.json", ease::config_text(config, tokens, "float32"));
    fuzz::must(ease::read_config(out / "config_again.json") == config, "config.json is written as it was read");
  });
  fuzz::accepts(size, [&] {
    auto const config = ease::read_tokenizer_config(in.path());
    config.save(out.path());
    auto const again = ease::read_tokenizer_config(out.path());
    fuzz::must(again.bos == config.bos && again.eos == config.eos && again.pad == config.pad && again.unk == config.unk &&
                   again.chat_template == config.chat_template && again.model_max_length == config.model_max_length,
               "tokenizer_config.json is written as it was read");
  });
  return 0;
}
