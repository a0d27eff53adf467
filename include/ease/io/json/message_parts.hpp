// SPDX-License-Identifier: Apache-2.0
#pragma once
// Parts of a message that stand in JSON in several ways (io/json/messages.ipp): calls of tools and reasoning.
#include <algorithm>
#include <array>
#include <cstddef>
#include <ease/core/conversation.hpp>
#include <ease/io/json/python_json.hpp>
#include <ease/io/json/raw_json.hpp>
#include <ease/record/answer.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ease::inline v1::detail {

// A string, or a list of parts that are all text.
inline std::string text_of_parts(simdjson::ondemand::value at) {
  if (expect(at.type()) != simdjson::ondemand::json_type::array) return read_json<std::string>(at);
  std::string out;
  for (auto element : expect(at.get_array())) {
    auto part = expect(std::move(element));
    if (expect(part.type()) == simdjson::ondemand::json_type::string) {
      out += read_json<std::string>(part);
      continue;
    }
    expect_kind(part, simdjson::ondemand::json_type::object, "a part of a message");
    std::optional<std::string> text;
    for (auto member : expect(part.get_object())) {
      auto one = expect(std::move(member));
      std::string_view const name = expect(one.unescaped_key());
      if (name != "text" && name != "content") continue;
      auto value = one.value();
      if (expect(value.type()) == simdjson::ondemand::json_type::string) text = read_json<std::string>(value);
    }
    if (!text) throw bad_value{"a part of it is not text"};
    out += *text;
  }
  return out;
}

// [question, answer], as alpaca's history has them.
inline void read_pair(simdjson::ondemand::value value, conversation& into, std::size_t number) {
  std::vector<std::string> texts;
  for (auto element : expect(value.get_array())) texts.push_back(read_json<std::string>(expect(std::move(element))));
  if (texts.size() != 2) throw bad_value{"pair {}: expected a question and an answer, found {} texts", number, texts.size()};
  into.push_back({role::user, std::move(texts[0])});
  into.push_back({role::assistant, std::move(texts[1])});
}

// Reads JSON text that stands in a string; that it is none is the string's problem, not the row's.
inline auto read_inside(std::string_view text, std::string_view what, auto&& read) {
  try {
    return raw_parser{}.read(text, read);
  } catch (bad_json const& problem) {
    throw bad_value{"{}: {}", what, problem.what()};
  }
}

// An object, or one as JSON text, which is what OpenAI's API has.
inline std::string arguments_of(simdjson::ondemand::value at) {
  if (expect(at.type()) == simdjson::ondemand::json_type::string) {
    auto const text = read_json<std::string>(at);
    if (trim(text).empty()) return "{}";
    return read_inside(text, "the arguments of a call", [](simdjson::ondemand::value value) {
      expect_kind(value, simdjson::ondemand::json_type::object, "the arguments of a call as an object");
      return arguments_of(value);
    });
  }
  expect_kind(at, simdjson::ondemand::json_type::object, "the arguments of a call as an object");
  std::string out;
  append_python_json(out, at);
  return out;
}
// {"name": ..., "arguments": ...}, or that under "function".
inline tool_call call_of(simdjson::ondemand::value value) {
  expect_kind(value, simdjson::ondemand::json_type::object, "a call of a tool (an object)");
  tool_call out;
  for (auto member : expect(value.get_object())) {
    auto one = expect(std::move(member));
    std::string const key{expect(one.unescaped_key())};
    auto at = one.value();
    if (expect(at.is_null())) continue;
    if (key == "function") {
      auto inner = call_of(at);
      out.name = std::move(inner.name), out.arguments = std::move(inner.arguments);
    } else if (key == "name") {
      out.name = read_json<std::string>(at);
    } else if (key == "id") {
      out.id = read_json<std::string>(at);
    } else if (key == "arguments" || key == "parameters") {
      out.arguments = arguments_of(at);
    } else if (key != "type" && key != "index") {
      throw bad_value{"a call of a tool has the key {}, which nothing reads", quoted_label(key)};
    }
  }
  if (out.name.empty()) throw bad_value{"a call of a tool lacks \"name\""};
  if (out.arguments.empty()) out.arguments = "{}";
  return out;
}

// Adds a list of calls, or one call, or either as JSON text.
inline void read_calls(simdjson::ondemand::value at, std::vector<tool_call>& into);
inline void read_calls_text(std::string_view text, std::vector<tool_call>& into) {
  if (trim(text).empty()) return;
  read_inside(text, "the calls of tools", [&](simdjson::ondemand::value value) {
    if (expect(value.type()) == simdjson::ondemand::json_type::string) throw bad_value{"a call of a tool is no object"};
    read_calls(value, into);
    return true;
  });
}
inline void read_calls(simdjson::ondemand::value at, std::vector<tool_call>& into) {
  auto const kind = expect(at.type());
  if (kind == simdjson::ondemand::json_type::string)
    read_calls_text(read_json<std::string>(at), into);
  else if (kind == simdjson::ondemand::json_type::array)
    for (auto element : expect(at.get_array())) into.push_back(call_of(expect(std::move(element))));
  else
    into.push_back(call_of(at));
}

// The text of a thought: a text, an object with one, or a list of those, as servers and data sets hold it. Empty if there is
// none. Throws bad_value for a number or a word.
inline std::string read_thought(simdjson::ondemand::value value) {
  using simdjson::ondemand::json_type;
  static constexpr std::array keys{"text", "value", "thinking", "reasoning", "content", "summary"};
  auto const read = [](auto const& self, simdjson::ondemand::value from, int depth) -> std::optional<std::string> {
    auto const kind = expect(from.type());
    if (depth > 4 || kind == json_type::null) return std::nullopt;
    if (kind == json_type::string) return read_json<std::string>(from);
    std::optional<std::string> all;
    if (kind == json_type::array) {
      for (auto element : expect(from.get_array()))
        if (auto const text = self(self, expect(std::move(element)), depth + 1)) all = all.value_or("") + *text;
      return all;
    }
    if (kind != json_type::object) throw bad_value{"expected a text or parts with one, found {}", kind_of(from)};
    std::size_t best = keys.size();
    for (auto member : expect(from.get_object())) {
      auto one = expect(std::move(member));
      auto const key = std::string{expect(one.unescaped_key())};
      auto const place = static_cast<std::size_t>(std::ranges::find(keys, key) - keys.begin());
      auto at = one.value();
      auto const inner = expect(at.type());
      if (place >= best || inner == json_type::number || inner == json_type::boolean) continue;
      if (auto text = self(self, at, depth + 1)) all = std::move(text), best = place;
    }
    return all;
  };
  return read(read, value, 0).value_or("");
}

}  // namespace ease::inline v1::detail
