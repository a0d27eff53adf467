// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of named/model_cache.hpp; core/compiled.hpp says where they are compiled.
#include <chrono>
#include <ease/named/model_cache.hpp>

namespace ease::inline v1 {

EASE_INLINE any_model& model_cache::open(std::string const& name) {
  auto& slot = open_[name];
  if (!slot) {
    auto const start = std::chrono::steady_clock::now();
    slot = open_model(name, options_, notices_);
    identities_.push_back(slot->identity());
    auto const seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (notices_.log != nullptr)
      notices_.log->write(log_level::info, "model", {{"is", identities_.back()}, {"seconds", seconds}});
  }
  return *slot;
}

}  // namespace ease::inline v1
