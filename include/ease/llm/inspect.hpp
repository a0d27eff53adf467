// SPDX-License-Identifier: Apache-2.0
#pragma once
// What can be said of a model without running it: its tokeniser, and a description from its files' headers (weights stay on
// disk).
#include <cstdint>
#include <ease/core/compiled.hpp>
#include <ease/llm/arch/config.hpp>
#include <ease/text/tokenizer/tokenizer.hpp>
#include <optional>
#include <string>
#include <vector>

namespace ease::inline v1 {

// A model's tokeniser, by the model's name (llm/model_place.hpp).
tokenizer tokenizer_of(std::string const& path);

struct model_facts {
  std::string name{};  // ORG/NAME@COMMIT of a model of the hub, the folder's or file's own name, "adapter on model"
  std::string architecture{};
  std::string base{};                   // of an adapter: where its base is
  std::vector<std::string> adapters{};  // where those are that are merged into it
  std::string chat{}, chat_problem{};   // problem: why there is none, or why it could not be compared with the model's own
  std::int64_t parameters{0}, hidden{0}, layers{0}, heads{0}, kv_heads{0}, head_dim{0}, intermediate{0}, vocabulary{0};
  std::int64_t token_ids{0}, idle_rows{0}, context{0};
  bool tied{false};
  std::optional<std::int64_t> think_open{}, think_close{};
  std::vector<std::string> notices{};  // what a person should be told of the files, the tokeniser's too
};
std::int64_t parameter_count(model_config const& config);

model_facts inspect_model(std::string const& path);

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/llm/inspect.ipp>
#endif
