// SPDX-License-Identifier: Apache-2.0
#pragma once
// How the data dictionary's own types stand in JSON.
//   prompt_kind   "vanilla_harmful"; "Adversarial Harmful", as the published sampler renames it, is read too
//   category_set  ["privacy", "illicit"]; also STAR-1's titles, and one string of labels separated by `,` or `;`
//   answer        the usual text: `answer`, or `<think>\n...\n</think>\n\nanswer`; what would not be read back the same
//                 is an object: {"truncated": ...}, {"direct": ...} or {"reasoned": {"reasoning": ..., "text": ...}}
//   verdict       {"verdict": "unsafe", "probability_unsafe": 0.97, "hazards": ["S1"], "judge": "llama_guard"}; the
//                 probability is null where the judge has none; it and the judge may be missing when read
#include <array>
#include <cctype>
#include <ease/core/compiled.hpp>
#include <ease/io/json/json_codec.hpp>
#include <ease/record/fields.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ease::inline v1 {

constexpr std::string_view name_of(prompt_kind kind) {
  constexpr std::array<std::string_view, 4> names{"vanilla_harmful", "vanilla_benign", "adversarial_harmful",
                                                  "adversarial_benign"};
  return names[static_cast<std::size_t>(kind)];
}

// Reads a kind's name, whatever the case, with `_`, `-` or a space between the words.
std::optional<prompt_kind> prompt_kind_from(std::string_view label);

template <>
struct json_codec<prompt_kind> {
  static prompt_kind read(simdjson::ondemand::value value);
  static void write(json_writer& out, prompt_kind kind);
};

template <>
struct json_codec<category_set> {
  static category_set read(simdjson::ondemand::value value);
  static void write(json_writer& out, category_set categories);

 private:
  static void insert_labels(category_set& out, std::string_view labels);
};

template <>
struct json_codec<answer> {
  static answer read(simdjson::ondemand::value value);

  static void write(json_writer& out, answer const& value);

 private:
  static reasoned read_reasoned(simdjson::ondemand::value value);
  static void write_reasoned(json_writer& out, reasoned const& value);
};

template <>
struct json_codec<complete_answer> {
  static complete_answer read(simdjson::ondemand::value value);
  static void write(json_writer& out, complete_answer const& value);
};

template <>
struct json_codec<verdict> {
  static constexpr bool cell_is_json = true;
  static verdict read(simdjson::ondemand::value value);
  static void write(json_writer& out, verdict const& value);

 private:
  static void write_probability(json_writer& out, std::optional<double> const& probability);
};

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/io/json/record_codecs.ipp>
#endif
