// SPDX-License-Identifier: Apache-2.0
#include "model_shelf.hpp"

#include "logs.hpp"
#include "pipe.hpp"

namespace ease::app {

any_model& model_shelf::open(std::string const& name) {
  auto& slot = open_[name];
  if (!slot) {
    auto const start = clock::now();
    slot = open_model(name, options_);
    identities_.push_back(slot->identity());
    logs().write(log_level::info, "model", {{"is", identities_.back()}, {"seconds", since(start)}});
  }
  return *slot;
}

}  // namespace ease::app
