// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of llm/files/generation_defaults.hpp; core/compiled.hpp says where they are compiled.
#include <ease/core/error.hpp>
#include <ease/io/json/json_text.hpp>
#include <ease/llm/files/generation_defaults.hpp>
#include <ease/llm/files/json_fields.hpp>
#include <limits>

namespace ease::inline v1 {

EASE_INLINE generation_defaults read_generation_defaults(std::filesystem::path const& folder) {
  generation_defaults d;
  auto const tokens_from = [&](json_fields const& file) {
    auto const checked = [&](std::string_view name, std::int64_t value) {
      if (value < std::numeric_limits<std::int32_t>::min() || value > std::numeric_limits<std::int32_t>::max())
        throw error{"{}: field '{}': {} is no token id", file.path(), name, value};
      return static_cast<std::int32_t>(value);
    };
    auto const id = [&](std::string_view name) -> std::optional<std::int32_t> {
      if (auto const value = file.integer(name)) return checked(name, *value);
      return {};
    };
    if (!d.bos) d.bos = id("bos_token_id");
    if (!d.pad) d.pad = id("pad_token_id");
    if (d.eos.empty())
      for (auto const value : file.list<std::int64_t>("eos_token_id", "a token id or a list of them"))
        d.eos.push_back(checked("eos_token_id", value));
  };
  if (auto const path = folder / "generation_config.json"; exists(path)) {
    json_fields const file{path};
    tokens_from(file);
    d.do_sample = file.flag("do_sample");
    d.temperature = file.number("temperature");
    d.top_p = file.number("top_p");
    d.repetition_penalty = file.number("repetition_penalty");
    d.top_k = file.integer("top_k");
  }
  if (auto const path = folder / "config.json"; exists(path)) tokens_from(json_fields{path});
  return d;
}

EASE_INLINE std::string generation_config_text(generation_defaults const& d) {
  std::string text;
  json_writer w{text};
  w.object();
  auto const put = [&](std::string_view name, auto const& value) {
    if (value) w.key(name).value(*value);
  };
  put("bos_token_id", d.bos);
  put("do_sample", d.do_sample);
  if (d.eos.size() == 1) w.key("eos_token_id").value(d.eos.front());
  if (d.eos.size() > 1) {
    w.key("eos_token_id").array();
    for (auto const id : d.eos) w.value(id);
    w.end();
  }
  put("pad_token_id", d.pad);
  put("repetition_penalty", d.repetition_penalty);
  put("temperature", d.temperature);
  put("top_k", d.top_k);
  put("top_p", d.top_p);
  w.end();
  return text += '\n';
}

}  // namespace ease::inline v1
