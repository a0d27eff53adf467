// SPDX-License-Identifier: Apache-2.0
// adapter_config.json of an adapter that somebody gives us: what is accepted has numbers that a merge can use, and no base is
// found that is not there. The same bytes as JSON with Python's numbers: what is standard stays as it is.
#include <cmath>
#include <ease/io/json/python_json.hpp>
#include <ease/io/json/simdjson.hpp>
#include <ease/llm/adapter/adapter_config.hpp>
#include <ease/llm/model_place.hpp>

#include "harness.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  static fuzz::folder const in;
  static bool const alone = ::setenv("HF_HUB_CACHE", (in / "hub").c_str(), 1) == 0;
  in.put("adapter_config.json", fuzz::text(data, size));
  fuzz::must(alone, "no cache of this machine is looked at");
  fuzz::accepts(size, [&] {
    auto const config = ease::adapter_config::read(in / "adapter_config.json");
    for (auto const* name : {"model.layers.0.self_attn.q_proj", "lm_head", ""}) {
      fuzz::must(config.rank_of(name) > 0, "a rank is above 0");
      fuzz::must(config.scaling_of(name) > 0, "a scaling is above 0");
      (void)config.targets_module(name), (void)config.saves(name);
    }
  });
  fuzz::accepts(size, [&] {
    auto const place = ease::find_model(in.path().string());
    fuzz::must(!place.adapters.empty() && exists(place.base), "a base that is found is there");
  });
  auto const text = fuzz::text(data, size);
  auto const standard = ease::standard_json(text);
  fuzz::must(ease::standard_json(standard) == standard, "a second time changes nothing");
  simdjson::dom::parser parser;
  simdjson::dom::element read;
  if (!parser.parse(text.data(), text.size()).get(read))
    fuzz::must(standard == text, "JSON that is standard stays as it is");
  return 0;
}
