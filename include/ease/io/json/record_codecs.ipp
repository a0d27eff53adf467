// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of io/json/record_codecs.hpp; core/compiled.hpp says where they are compiled.
#include <ease/io/json/record_codecs.hpp>

namespace ease::inline v1 {

EASE_INLINE std::optional<prompt_kind> prompt_kind_from(std::string_view label) {
  constexpr prompt_kind kinds[]{prompt_kind::vanilla_harmful, prompt_kind::vanilla_benign, prompt_kind::adversarial_harmful,
                                prompt_kind::adversarial_benign};
  for (auto const kind : kinds)
    if (label == name_of(kind)) return kind;
  std::string folded;
  for (char const c : detail::trim(label))
    folded += c == ' ' || c == '-' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (auto const kind : kinds)
    if (folded == name_of(kind)) return kind;
  return std::nullopt;
}

EASE_INLINE prompt_kind json_codec<prompt_kind>::read(simdjson::ondemand::value value) {
  auto const label = detail::string_of(value);
  if (auto const kind = prompt_kind_from(label)) return *kind;
  throw bad_value{
      "unknown kind of prompt {}: expected vanilla_harmful, vanilla_benign, adversarial_harmful or adversarial_benign",
      detail::quoted_label(label)};
}

EASE_INLINE void json_codec<prompt_kind>::write(json_writer& out, prompt_kind kind) { out.value(name_of(kind)); }

EASE_INLINE category_set json_codec<category_set>::read(simdjson::ondemand::value value) {
  category_set out;
  auto const kind = detail::type_of(value);
  if (kind == simdjson::ondemand::json_type::string) {
    insert_labels(out, detail::string_of(value));
  } else if (kind == simdjson::ondemand::json_type::array) {
    for (auto const& labels : read_json<std::vector<std::string>>(value)) insert_labels(out, labels);
  } else {
    throw bad_value{"expected an array of categories or a string, found {}", detail::kind_of(value)};
  }
  return out;
}

EASE_INLINE void json_codec<category_set>::write(json_writer& out, category_set categories) {
  out.array();
  categories.each([&](category c) { out.value(name_of(c)); });
  out.end();
}

EASE_INLINE void json_codec<category_set>::insert_labels(category_set& out, std::string_view labels) {
  while (!labels.empty()) {
    auto const stop = labels.find_first_of(",;");
    auto label = detail::trim(labels.substr(0, stop));
    labels.remove_prefix(stop == labels.npos ? labels.size() : stop + 1);
    // A classifier's JSON list that was kept as a string: ["A", "B"].
    while (!label.empty() && std::string_view{"[]\"'"}.find(label.front()) != std::string_view::npos) label.remove_prefix(1);
    while (!label.empty() && std::string_view{"[]\"'"}.find(label.back()) != std::string_view::npos) label.remove_suffix(1);
    if (label.empty()) continue;
    auto const known = category_from(label);
    if (!known) {
      std::string all;
      for (auto const one : all_categories) all.append(all.empty() ? "" : ", ").append(name_of(one));
      throw bad_value{"unknown category {}; known: {}; FILE?on_bad_row=reject leaves such rows out",
                      detail::quoted_label(label), all};
    }
    out.insert(*known);
  }
}

EASE_INLINE answer json_codec<answer>::read(simdjson::ondemand::value value) {
  auto const kind = detail::type_of(value);
  if (kind == simdjson::ondemand::json_type::string) return parse_answer(detail::string_of(value), true);
  if (kind != simdjson::ondemand::json_type::object)
    throw bad_value{"expected an answer (a string, or an object that names its kind), found {}", detail::kind_of(value)};
  std::optional<answer> out;
  for (auto member : detail::expect(value.get_object())) {
    auto one = detail::expect(std::move(member));
    auto const name = detail::expect(one.unescaped_key());
    if (out) throw bad_value{"an answer object has one member: direct, reasoned or truncated"};
    if (name == "direct")
      out = direct{read_json<std::string>(one.value())};
    else if (name == "truncated" || name == "cut_off")
      out = truncated{read_json<std::string>(one.value())};
    else if (name == "reasoned")
      out = read_reasoned(one.value());
    else
      throw bad_value{"unknown kind of answer {}: expected direct, reasoned or truncated", detail::quoted_label(name)};
  }
  if (!out) throw bad_value{"an answer object has one member: direct, reasoned or truncated"};
  return *std::move(out);
}

EASE_INLINE void json_codec<answer>::write(json_writer& out, answer const& value) {
  if (auto const* cut = std::get_if<truncated>(&value)) {
    out.object().key("truncated").value(cut->partial).end();
  } else {
    auto const text = written(*complete_part(value));
    if (parse_answer(text, true) == value)
      out.value(text);
    else if (auto const* plain = std::get_if<direct>(&value))
      out.object().key("direct").value(plain->text).end();
    else
      write_reasoned(out, std::get<reasoned>(value));
  }
}

EASE_INLINE reasoned json_codec<answer>::read_reasoned(simdjson::ondemand::value value) {
  detail::expect_kind(value, simdjson::ondemand::json_type::object, "an object with reasoning and text");
  reasoned out;
  bool has_reasoning = false;
  bool has_text = false;
  for (auto member : detail::expect(value.get_object())) {
    auto one = detail::expect(std::move(member));
    auto const name = detail::expect(one.unescaped_key());
    if (name == "reasoning" || name == "trace") {
      out.reasoning = read_json<std::string>(one.value());
      has_reasoning = true;
    } else if (name == "text") {
      out.text = read_json<std::string>(one.value());
      has_text = true;
    }
  }
  if (!has_reasoning || !has_text) throw bad_value{"a reasoned answer needs reasoning and text"};
  return out;
}

EASE_INLINE void json_codec<answer>::write_reasoned(json_writer& out, reasoned const& value) {
  out.object().key("reasoned").object().key("reasoning").value(value.reasoning).key("text").value(value.text).end().end();
}

EASE_INLINE complete_answer json_codec<complete_answer>::read(simdjson::ondemand::value value) {
  bool const is_text = detail::expect(value.type()) == simdjson::ondemand::json_type::string;
  if (!is_text) {
    if (auto whole = complete_part(read_json<answer>(value))) return *std::move(whole);
    throw bad_value{"the answer is truncated, and a complete one is needed"};
  }
  auto const text = read_json<std::string>(value);
  auto const marks = find_think_marks(text);
  // Read as reasoning, the text in front would be hidden from who reads the answer; read as the answer, the reasoning shown.
  if (!marks.opened && marks.closed() && marks.late_open < marks.close)
    throw bad_value{"text stands in front of its <think>: reasoning comes first"};
  if (auto whole = complete_part(parse_answer(text, true))) return *std::move(whole);
  throw bad_value{"its <think> has no </think>, and a complete answer is needed"};
}

EASE_INLINE void json_codec<complete_answer>::write(json_writer& out, complete_answer const& value) {
  json_codec<answer>::write(out, widen(value));
}

EASE_INLINE verdict json_codec<verdict>::read(simdjson::ondemand::value value) {
  detail::expect_kind(value, simdjson::ondemand::json_type::object, "a verdict object");
  std::optional<std::string> name;
  std::optional<double> probability;
  std::vector<std::string> hazards;
  std::string reason;
  std::string judge;
  for (auto member : detail::expect(value.get_object())) {
    auto one = detail::expect(std::move(member));
    auto const key = detail::expect(one.unescaped_key());
    if (key == "verdict") name = read_json<std::string>(one.value());
    if (key == "probability_unsafe") probability = read_json<std::optional<double>>(one.value());
    if (key == "hazards") hazards = read_json<std::vector<std::string>>(one.value());
    if (key == "reason" || key == "why") reason = read_json<std::string>(one.value());
    if (key == "judge") judge = read_json<std::string>(one.value());
  }
  if (probability && !(*probability >= 0 && *probability <= 1))
    throw bad_value{"probability_unsafe is {}, outside [0, 1]", *probability};
  if (!name) throw bad_value{"the verdict object has no \"verdict\""};
  if (*name == "safe") return safe{probability, std::move(judge)};
  if (*name == "unsafe") return unsafe{probability, std::move(hazards), std::move(judge)};
  if (*name == "unparsed") return unparsed{std::move(reason), std::move(judge)};
  throw bad_value{"unknown verdict {}: expected safe, unsafe or unparsed", detail::quoted_label(*name)};
}

EASE_INLINE void json_codec<verdict>::write(json_writer& out, verdict const& value) {
  out.object().key("verdict").value(name_of(value));
  if (auto const* s = std::get_if<safe>(&value)) {
    write_probability(out, s->probability_unsafe);
  } else if (auto const* u = std::get_if<unsafe>(&value)) {
    write_probability(out, u->probability_unsafe);
    out.key("hazards").array();
    for (auto const& code : u->hazards) out.value(code);
    out.end();
  } else {
    out.key("reason").value(std::get<unparsed>(value).reason);
  }
  if (!judge_of(value).empty()) out.key("judge").value(judge_of(value));
  out.end();
}

EASE_INLINE void json_codec<verdict>::write_probability(json_writer& out, std::optional<double> const& probability) {
  out.key("probability_unsafe");
  json_codec<std::optional<double>>::write(out, probability);
}

}  // namespace ease::inline v1
