// SPDX-License-Identifier: Apache-2.0
#pragma once
// A model by its name, opened when a stage first asks it (run/folder/model_room.hpp). What its answers depend on is known
// before: for a local model the bytes of its files, the dtype and the chat template.
#include <ease/journal/openai_usage.hpp>
#include <ease/llm/model_content.hpp>
#include <ease/run/folder/model_room.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "model.hpp"

namespace ease::app {

class named_model : public late_model<any_model> {
 public:
  named_model(std::string const& name, model_options const& options, model_room& room);

  // Of what a remote model was used, if prices are known.
  std::optional<double> cost_of(openai_usage const& used) const {
    if (!remote_.price_in && !remote_.price_out) return std::nullopt;
    return (static_cast<double>(used.prompt_tokens) * remote_.price_in.value_or(0) +
            static_cast<double>(used.completion_tokens) * remote_.price_out.value_or(0)) /
           1e6;
  }

 private:
  remote_options remote_;
};

// The models of one run, each once.
class named_models {
 public:
  named_models(model_options options, model_room& room) : options_{std::move(options)}, room_{&room} {}
  named_model& operator()(std::string const& name) {
    auto& slot = all_[name];
    if (!slot) slot = std::make_unique<named_model>(name, options_, *room_);
    return *slot;
  }

 private:
  model_options options_;
  model_room* room_;
  std::map<std::string, std::unique_ptr<named_model>> all_{};
};

}  // namespace ease::app
