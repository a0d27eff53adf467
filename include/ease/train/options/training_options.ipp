// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of train/options/training_options.hpp; core/compiled.hpp says where they are compiled.
#include <ease/core/identity.hpp>
#include <ease/train/options/training_options.hpp>
#include <map>
#include <string>

namespace ease::inline v1 {

EASE_INLINE void check(lora_options const& o) {
  check_options(o, "training option ");
  if (!o.used()) throw error{"training option lora_rank is 0: it must be 1 or more"};
  if (o.targets.empty()) throw error{"training option lora_targets: name at least one matrix"};
}
EASE_INLINE void check(training_options const& o) {
  check_options(o, "training option ");
  if (o.lora.used()) check(o.lora);
  if (o.keep == kept_weights::last) return;
  if (o.validation_fraction == 0) throw usage_error{"training option keep is best: validation_fraction must be above 0"};
  if (o.checkpoints.folder.empty()) throw usage_error{"training option keep is best: the checkpoints need a folder"};
}

EASE_INLINE void hash_options(identity& to, training_options const& o) { to.add_options(o); }

EASE_INLINE std::map<std::string, std::string> settings_of(training_options const& o) {
  std::map<std::string, std::string> all;
  each_option(o, [&](auto const& one, auto const& value) {
    if (one.changes_results) all.emplace(one.name, option_text(value));
  });
  all.erase("batch_size"), all.erase("gradient_accumulation_steps");
  all.emplace("rows_per_step", option_text(o.rows_per_step()));
  all.erase("eval_steps");
  if (o.warmup_steps) all.erase("warmup_ratio");
  if (o.batches == batching::packed) all.erase("batching");  // with padding the order of an epoch depends on the lengths
  if (!o.lora.used()) all.erase("lora_alpha"), all.erase("lora_targets");
  return all;
}

}  // namespace ease::inline v1
