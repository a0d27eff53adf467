// SPDX-License-Identifier: Apache-2.0
#pragma once
// Looking fields up in a server's JSON, and the token counts of a reply. A reply is untrusted input: each field is looked up,
// none is assumed.
#include <cstddef>
#include <cstdint>
#include <ease/io/json/simdjson.hpp>
#include <initializer_list>
#include <optional>
#include <string_view>

namespace ease::inline v1 {

// Tokens that a reply says were used.
struct token_count {
  std::size_t prompt{0};
  std::size_t completion{0};
  std::size_t cached{0};     // of the prompt's, those that the server's prompt cache had
  std::size_t reasoning{0};  // of the completion's, those of a thought, told or not
};

namespace detail {

using json_element = simdjson::dom::element;

// Null counts as absent.
inline std::optional<json_element> member(json_element of, std::string_view key) {
  json_element found;
  if (of.is_object() && of[key].get(found) == simdjson::SUCCESS && !found.is_null()) return found;
  return std::nullopt;
}
inline std::optional<json_element> member(std::optional<json_element> of, std::string_view key) {
  return of ? member(*of, key) : std::nullopt;
}
inline std::optional<std::string_view> text_of_element(std::optional<json_element> of) {
  std::string_view text;
  if (of && of->get(text) == simdjson::SUCCESS) return text;
  return std::nullopt;
}
inline std::optional<std::string_view> text_member(json_element of, std::string_view key) {
  return text_of_element(member(of, key));
}
inline std::optional<double> number(json_element value) {
  double n = 0;
  if (value.get(n) == simdjson::SUCCESS) return n;
  return std::nullopt;
}
// Some servers write a count as 12.0.
inline std::size_t count_member(std::optional<json_element> of, std::string_view key) {
  auto const found = member(of, key);
  std::uint64_t count = 0;
  if (found && found->get(count) == simdjson::SUCCESS) return count;
  auto const n = found ? number(*found) : std::nullopt;
  return n && *n >= 0 && *n < 1e15 ? static_cast<std::size_t>(*n) : 0;
}
inline std::optional<simdjson::dom::array> array_of_element(std::optional<json_element> of) {
  simdjson::dom::array list;
  if (of && of->get(list) == simdjson::SUCCESS) return list;
  return std::nullopt;
}
inline std::optional<simdjson::dom::array> array_member(json_element of, std::string_view key) {
  return array_of_element(member(of, key));
}

// `usage` of a reply or of an event. Cached tokens stand under OpenAI's, DeepSeek's or Anthropic's name.
inline token_count usage_of(json_element reply) {
  auto const usage = member(reply, "usage");
  token_count used{.prompt = count_member(usage, "prompt_tokens"), .completion = count_member(usage, "completion_tokens")};
  used.reasoning = count_member(member(usage, "completion_tokens_details"), "reasoning_tokens");
  used.cached = count_member(member(usage, "prompt_tokens_details"), "cached_tokens");
  for (auto const* name : {"prompt_cache_hit_tokens", "cache_read_input_tokens", "cached_tokens"})
    if (used.cached == 0) used.cached = count_member(usage, name);
  if (used.cached > used.prompt) used.cached = used.prompt;
  if (used.reasoning > used.completion) used.reasoning = used.completion;
  return used;
}

// A parsed body; the elements point into `parser`.
struct document {
  simdjson::dom::parser parser;
  json_element root{};
  explicit document(std::string_view body) { whole = parser.parse(body.data(), body.size()).get(root) == simdjson::SUCCESS; }
  bool whole{false};
};

}  // namespace detail

}  // namespace ease::inline v1
