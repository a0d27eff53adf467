// SPDX-License-Identifier: Apache-2.0
#pragma once
// The rotary embedding in config.json, with transformers' numbers: `rope_parameters` of transformers 5, `rope_theta` beside
// `rope_scaling` of earlier versions. What is read here is all there is: another kind is refused by its name.
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <ease/core/error.hpp>
#include <ease/core/printable.hpp>
#include <ease/io/json/json_text.hpp>
#include <ease/llm/arch/config.hpp>
#include <ease/llm/files/json_fields.hpp>
#include <optional>
#include <string_view>
#include <variant>

namespace ease::inline v1 {

// What YaRN multiplies cos and sin by, where nothing says it: 0.1 m ln(factor) + 1 (Peng et al. 2023, section 3.4).
inline double yarn_attention_factor(double factor, double mscale = 1.0) {
  return factor <= 1.0 ? 1.0 : 0.1 * mscale * std::log(factor) + 1.0;
}

namespace detail {

// One object of parameters, and the file that has it.
class rope_object {
 public:
  rope_object(json_fields const& file, simdjson::dom::object object, std::string_view type, std::int64_t context)
      : file_{&file}, object_{object}, type_{type}, context_{context} {}

  // 0 counts as absent where transformers reads it so: `value or default`.
  double number_or(std::string_view name, double otherwise) const {
    auto const value = file_->number_in(object_, name).value_or(0.0);
    return value == 0.0 ? otherwise : positive(name, value);
  }
  double needed(std::string_view name) const {
    if (auto const value = file_->number_in(object_, name)) return positive(name, *value);
    throw error{"{}: rope_type {} needs a positive '{}'", file_->path(), type_, name};
  }
  // Beside the object it comes before what the object says, and neither before the context.
  std::int64_t original_context() const {
    constexpr std::string_view name{"original_max_position_embeddings"};
    auto const value = file_->number(name) ? file_->number(name) : file_->number_in(object_, name);
    return value ? std::llround(std::min(positive(name, *value), 1e9)) : context_;
  }
  bool is_null(std::string_view name) const {
    simdjson::dom::element found;
    return !object_.at_key(name).get(found) && found.is_null();
  }
  std::optional<double> number(std::string_view name) const { return file_->number_in(object_, name); }
  bool flag_or(std::string_view name, bool otherwise) const { return file_->flag_in(object_, name).value_or(otherwise); }
  std::int64_t context() const { return context_; }

 private:
  double positive(std::string_view name, double value) const {
    if (value > 0.0) return value;
    throw error{"{}: rope_type {} needs a positive '{}'", file_->path(), type_, name};
  }

  json_fields const* file_;
  simdjson::dom::object object_;
  std::string_view type_;
  std::int64_t context_;
};

inline yarn_rope_scaling read_yarn(rope_object const& o) {
  yarn_rope_scaling s{.original_context = o.original_context(),
                      .beta_fast = o.number_or("beta_fast", 32.0),
                      .beta_slow = o.number_or("beta_slow", 1.0),
                      .truncate = o.flag_or("truncate", true)};
  s.factor =
      o.is_null("factor") ? static_cast<double>(o.context()) / static_cast<double>(s.original_context) : o.needed("factor");
  if (o.number("attention_factor")) {
    s.attention_factor = o.needed("attention_factor");
    return s;
  }
  auto const mscale = o.number("mscale").value_or(0.0), all = o.number("mscale_all_dim").value_or(0.0);
  s.attention_factor = mscale != 0.0 && all != 0.0
                           ? yarn_attention_factor(s.factor, mscale) / yarn_attention_factor(s.factor, all)
                           : yarn_attention_factor(s.factor);
  return s;
}

inline std::optional<any_rope_scaling> rope_scaling_named(std::string_view type, rope_object const& o) {
  if (type == "default") return {};
  if (type == "linear") return linear_rope_scaling{.factor = o.needed("factor")};
  if (type == "dynamic") return dynamic_rope_scaling{.factor = o.needed("factor")};
  if (type == "yarn") return read_yarn(o);
  return llama3_rope_scaling{.factor = o.needed("factor"),
                             .low_freq_factor = o.needed("low_freq_factor"),
                             .high_freq_factor = o.needed("high_freq_factor"),
                             .original_context = o.original_context()};
}

// As transformers 5: the object's own rope_theta comes before the one beside it, `rope_scaling` before `rope_parameters`.
inline void read_rope(json_fields const& file, model_config& c) {
  auto object = file.object("rope_scaling");
  if (!object || object->size() == 0) object = file.object("rope_parameters");
  c.rope_theta = file.number("rope_theta").value_or(c.rope_theta);
  auto const refuse_part = [&](std::optional<double> part) {
    if (part.value_or(1.0) != 1.0)
      throw error{"{}: field 'partial_rotary_factor': heads rotated in part are not supported", file.path()};
  };
  refuse_part(file.number("partial_rotary_factor"));
  if (!object) return;
  for (auto const [key, value] : *object)
    if (value.is_object())
      throw error{"{}: field '{}' of the rotary embedding: parameters of their own for some layers are not supported",
                  file.path(), printable(key)};
  c.rope_theta = file.number_in(*object, "rope_theta").value_or(c.rope_theta);
  refuse_part(file.number_in(*object, "partial_rotary_factor"));
  auto const named = file.text_in(*object, "rope_type") ? file.text_in(*object, "rope_type") : file.text_in(*object, "type");
  auto const type = named.value_or("default");
  constexpr std::array known{"default", "linear", "dynamic", "yarn", "llama3"};
  if (std::ranges::find(known, type) == known.end())
    throw error{"{}: field 'rope_type': '{}' is not supported; supported: {}", file.path(), printable(type),
                fmt::join(known, ", ")};
  c.rope_scaling = rope_scaling_named(type, {file, *object, type, c.context});
  if (std::holds_alternative<yarn_rope_scaling>(c.rope_scaling.value_or(dynamic_rope_scaling{})) && !(c.rope_theta > 1.0))
    throw error{"{}: rope_type yarn needs a 'rope_theta' above 1", file.path()};
}

// The value of "rope_scaling".
inline void write_rope_scaling(json_writer& w, model_config const& c) {
  if (!c.rope_scaling) {
    w.value(nullptr);
    return;
  }
  auto const begin = [&](std::string_view type, double factor) {
    w.object().key("rope_type").value(type).key("factor").value(factor);
  };
  if (auto const* const s = std::get_if<linear_rope_scaling>(&*c.rope_scaling)) begin("linear", s->factor);
  if (auto const* const s = std::get_if<dynamic_rope_scaling>(&*c.rope_scaling)) begin("dynamic", s->factor);
  if (auto const* const s = std::get_if<llama3_rope_scaling>(&*c.rope_scaling)) {
    begin("llama3", s->factor);
    w.key("low_freq_factor").value(s->low_freq_factor).key("high_freq_factor").value(s->high_freq_factor);
    w.key("original_max_position_embeddings").value(s->original_context);
  }
  if (auto const* const s = std::get_if<yarn_rope_scaling>(&*c.rope_scaling)) {
    begin("yarn", s->factor);
    w.key("original_max_position_embeddings").value(s->original_context);
    w.key("attention_factor").value(s->attention_factor);
    w.key("beta_fast").value(s->beta_fast).key("beta_slow").value(s->beta_slow).key("truncate").value(s->truncate);
  }
  w.end();
}

}  // namespace detail

}  // namespace ease::inline v1
