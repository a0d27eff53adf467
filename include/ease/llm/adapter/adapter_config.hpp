// SPDX-License-Identifier: Apache-2.0
#pragma once
// adapter_config.json of PEFT: what an adapter is, for merging it (llm/adapter/peft_adapter.hpp). Read as PEFT 0.21 reads it;
// a setting that changes what is computed and is not implemented is refused by its name.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <ease/core/error.hpp>
#include <ease/core/printable.hpp>
#include <ease/llm/files/json_fields.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ease::inline v1 {

struct adapter_config {
  using pattern = std::vector<std::pair<std::string, double>>;

  double rank{8}, alpha{8};
  bool rslora{false}, dora{false}, ties_embeddings{false};
  std::optional<std::vector<std::string>> targets{};  // ends of modules' names; none: a pattern, or PEFT's own choice
  std::vector<std::string> saved{};                   // modules_to_save
  pattern ranks{}, alphas{};                          // of modules that have their own
  std::vector<std::string> notices{};                 // what a person should be told

  double rank_of(std::string_view module) const { return of(ranks, module).value_or(rank); }
  // What the product of both matrices is multiplied by.
  double scaling_of(std::string_view module) const {
    auto const r = rank_of(module), a = of(alphas, module).value_or(alpha);
    return rslora ? a / std::sqrt(r) : a / r;
  }
  bool targets_module(std::string_view module) const { return !targets || ends_in(*targets, module); }
  bool saves(std::string_view module) const {  // PEFT compares ends of names here, not whole parts of them
    return std::ranges::any_of(saved, [&](auto const& end) { return module.ends_with(end); });
  }

  // Throws if the file is invalid, or describes an adapter that is not merged as PEFT does.
  static adapter_config read(std::filesystem::path const& path);

 private:
  static bool is_end(std::string_view end, std::string_view module) {
    return module == end || (module.ends_with(end) && module[module.size() - end.size() - 1] == '.');
  }
  static bool ends_in(std::vector<std::string> const& ends, std::string_view module) {
    return std::ranges::any_of(ends, [&](auto const& end) { return is_end(end, module); });
  }
  // The first that fits counts.
  static std::optional<double> of(pattern const& all, std::string_view module) {
    for (auto const& [key, value] : all) {
      bool const whole = key.starts_with('^');
      if (whole ? module == std::string_view{key}.substr(1) : is_end(key, module)) return value;
    }
    return {};
  }
};

namespace detail {

// Whether Python takes a value for true.
inline bool is_set(simdjson::dom::element value) {
  bool flag{};
  double number{};
  std::string_view text;
  simdjson::dom::array list;
  simdjson::dom::object object;
  if (value.is_null()) return false;
  if (!value.get(flag)) return flag;
  if (!value.get(number)) return number != 0.0;
  if (!value.get(text)) return !text.empty();
  if (!value.get(list)) return list.size() > 0;
  return value.get(object) || object.size() > 0;
}

inline adapter_config::pattern read_pattern(json_fields const& file, std::string_view name) {
  adapter_config::pattern all;
  auto const object = file.object(name);
  if (!object) return all;
  for (auto const [key, value] : *object) {
    auto const plain = key.substr(key.starts_with('^') ? 1 : 0);
    auto const good = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_';
    };
    if (plain.empty() || !std::ranges::all_of(plain, good))
      throw error{"{}: field '{}': '{}' is a regular expression; only names of modules are supported", file.path(), name,
                  printable(key)};
    auto const number = file.number_in(*object, key);
    if (!number || !(*number > 0.0)) throw error{"{}: field '{}': '{}' is not above 0", file.path(), name, printable(key)};
    all.emplace_back(key, *number);
  }
  return all;
}

inline void refuse_other_adapters(json_fields const& file) {
  auto const type = file.text("peft_type").value_or("");
  if (type != "LORA")
    throw error{"{}: field 'peft_type': '{}' is not supported; supported: LORA", file.path(), printable(type)};
  if (auto const bias = file.text("bias").value_or("none"); bias != "none")
    throw error{"{}: field 'bias': '{}' is not supported; supported: none", file.path(), printable(bias)};
  simdjson::dom::element value;
  std::string_view start;
  constexpr std::array starts{"gaussian", "eva", "orthogonal"};  // the others change the base model when they are loaded
  if (!file.all().at_key("init_lora_weights").get(value) && !value.get(start) &&
      std::ranges::find(starts, start) == starts.end())
    throw error{
        "{}: field 'init_lora_weights': '{}' is not supported, since it is for a base that it changed; save the adapter as "
        "one "
        "of the base itself (path_initial_model_for_weight_conversion)",
        file.path(), printable(start)};
  constexpr std::array unsupported{"alora_invocation_tokens",
                                   "arrow_config",
                                   "kasa_config",
                                   "layer_replication",
                                   "lora_bias",
                                   "megatron_config",
                                   "monteclora_config",
                                   "target_parameters",
                                   "trainable_token_indices",
                                   "use_bdlora",
                                   "use_qalora"};
  for (auto const* const name : unsupported)
    if (!file.all().at_key(name).get(value) && is_set(value))
      throw error{"{}: field '{}': such adapters are not supported", file.path(), name};
}

// What is read here, and what is without effect on a merged adapter.
inline bool is_known_of_adapters(std::string_view name) {
  constexpr std::array known{"alpha_pattern",
                             "auto_mapping",
                             "base_model_class",
                             "base_model_name_or_path",
                             "bias",
                             "corda_config",
                             "ensure_weight_tying",
                             "eva_config",
                             "exclude_modules",
                             "fan_in_fan_out",
                             "inference_mode",
                             "init_lora_weights",
                             "layers_pattern",
                             "layers_to_transform",
                             "loftq_config",
                             "lora_alpha",
                             "lora_dropout",
                             "lora_ga_config",
                             "megatron_core",
                             "modules_to_save",
                             "peft_type",
                             "peft_version",
                             "qalora_group_size",
                             "r",
                             "rank_pattern",
                             "revision",
                             "runtime_config",
                             "target_modules",
                             "task_type",
                             "use_dora",
                             "use_rslora",
                             "velora_config"};
  return std::ranges::find(known, name) != known.end();
}

}  // namespace detail

inline adapter_config adapter_config::read(std::filesystem::path const& path) {
  json_fields const file{path};
  detail::refuse_other_adapters(file);
  adapter_config c;
  auto const positive = [&](std::string_view name, double otherwise) {
    auto const value = file.number(name).value_or(otherwise);
    if (!(value > 0.0)) throw error{"{}: field '{}' is not above 0", file.path(), name};
    return value;
  };
  c.rank = positive("r", 8), c.alpha = positive("lora_alpha", 8);
  c.rslora = file.flag("use_rslora").value_or(false), c.dora = file.flag("use_dora").value_or(false);
  c.ties_embeddings = file.flag("ensure_weight_tying").value_or(false);
  auto const names = [&](std::string_view field) {
    auto const all = file.list<std::string_view>(field, "a list of names");
    return std::vector<std::string>{all.begin(), all.end()};
  };
  c.saved = names("modules_to_save");
  simdjson::dom::element targets;
  if (!file.all().at_key("target_modules").get(targets) && targets.is_array()) c.targets = names("target_modules");
  c.ranks = detail::read_pattern(file, "rank_pattern"), c.alphas = detail::read_pattern(file, "alpha_pattern");
  if (file.flag("fan_in_fan_out").value_or(false))
    c.notices.push_back(fmt::format(
        "{}: fan_in_fan_out is for layers that this model does not have; it is not used, as in PEFT", file.path()));
  for (auto const [key, value] : file.all())
    if (!detail::is_known_of_adapters(key) && detail::is_set(value))
      c.notices.push_back(fmt::format("{}: field '{}' is not known here and not used", file.path(), printable(key)));
  return c;
}

}  // namespace ease::inline v1
