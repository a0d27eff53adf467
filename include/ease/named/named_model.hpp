// SPDX-License-Identifier: Apache-2.0
#pragma once
// A model by its name, opened when a stage first asks it (run/folder/model_room.hpp). What its answers depend on is known
// before: for a local model the bytes of its files, the dtype and the chat template.
#include <ease/journal/openai_usage.hpp>
#include <ease/llm/model_content.hpp>
#include <ease/named/model.hpp>
#include <ease/run/folder/model_room.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace ease::inline v1 {

class named_model : public late_model<any_model> {
 public:
  named_model(std::string const& name, model_options const& options, model_room& room, model_notices const& notices = {});

  // Of what a remote model was used, if prices are known.
  std::optional<double> cost_of(openai_usage const& used) const { return ease::cost_of(used, remote_); }

 private:
  remote_options remote_;
};

// The models of one run, each once: `named_models models{options, room}; auto& slm = models("SmolLM2");`
class named_models {
 public:
  named_models(model_options options, model_room& room, model_notices notices = {})
      : options_{std::move(options)}, room_{&room}, notices_{std::move(notices)} {}
  named_model& operator()(std::string const& name) {
    auto& slot = all_[name];
    if (!slot) slot = std::make_unique<named_model>(name, options_, *room_, notices_);
    return *slot;
  }

 private:
  model_options options_;
  model_room* room_;
  model_notices notices_;
  std::map<std::string, std::unique_ptr<named_model>> all_{};
};

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/named/named_model.ipp>
#endif
