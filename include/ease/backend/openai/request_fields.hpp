// SPDX-License-Identifier: Apache-2.0
#pragma once
// Fields that a user adds to every request of a remote model, "key=value": for what a server of today has and this library
// does not know. The value is JSON, or a text where it is none; what begins as an object, a list or a string of JSON and
// is none was meant as one, and is refused.
#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <ease/core/error.hpp>
#include <ease/core/printable.hpp>
#include <ease/io/json/json_text.hpp>
#include <ease/io/json/simdjson.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ease::inline v1 {

class request_fields {
 public:
  struct field {
    std::string key, json;
  };

  request_fields() = default;
  // Throws ease::error on what problem() finds, and on a key that is there twice.
  explicit request_fields(std::vector<std::string> const& said);

  [[nodiscard]] bool empty() const { return all_.empty(); }
  [[nodiscard]] std::vector<field> const& all() const { return all_; }
  void write(json_writer& to) const {
    for (auto const& one : all_) to.key(one.key).raw(one.json);
  }
  // For a model's identity: answers depend on them. Empty if there are none.
  [[nodiscard]] std::string text() const {
    std::string out;
    for (auto const& one : all_) out.append(out.empty() ? "" : ",").append(one.key).append("=").append(one.json);
    return out;
  }

  // What is wrong with "key=value": no key, one that the program sets by an option of its own, or that of a secret; a value
  // that begins as JSON and is none.
  static std::optional<std::string> problem(std::string_view said);

 private:
  std::vector<field> all_{};
};

// As the values that an option takes (core/option.hpp).
struct request_field_text {
  static constexpr bool is_text{true};  // any text but those with a problem; commas are its own
  static std::optional<std::string> problem(std::string_view said) { return request_fields::problem(said); }
};

inline std::optional<std::string> request_fields::problem(std::string_view said) {
  auto const equals = said.find('=');
  if (equals == said.npos || equals == 0) return "write key=value, with a value that is JSON or a text";
  auto const key = said.substr(0, equals);
  if (!simdjson::validate_utf8(said.data(), said.size())) return "it is not valid UTF-8";
  struct own {
    std::string_view key, by;
  };
  constexpr auto known = std::to_array<own>({
      {"model", "the model's name, openai:MODEL@URL"},
      {"messages", "the rows"},
      {"prompt", "the rows"},
      {"max_tokens", "the option max_tokens"},
      {"max_completion_tokens", "the option max_tokens"},
      {"temperature", "the option temperature"},
      {"top_p", "the option top_p"},
      {"top_k", "the option top_k"},
      {"min_p", "the option min_p"},
      {"repetition_penalty", "the option repetition_penalty"},
      {"repeat_penalty", "the option repetition_penalty"},
      {"stop", "the option stop"},
      {"seed", "the option seed"},
      {"response_format", "the program, where it wants labels"},
      {"stream", "the program, where it shows an answer as it grows"},
      {"stream_options", "the program, where it shows an answer as it grows"},
      {"logprobs", "the program, where it scores"},
      {"top_logprobs", "the program, where it scores"},
      {"echo", "the program, where it scores"},
      {"n", "the program, which asks for one answer a request"},
      {"add_generation_prompt", "the program, for an answer that is begun"},
      {"continue_final_message", "the program, for an answer that is begun"},
  });
  for (auto const& one : known)
    if (one.key == key) return fmt::format("{} is set by {} already", key, one.by);
  for (std::string_view const secret : {"api_key", "api-key", "apikey", "key", "token", "authorization", "Authorization"})
    if (key == secret)
      return "a key goes into the environment variable OPENAI_API_KEY, where no process list and no report has it";
  auto const value = said.substr(equals + 1);
  auto const begins = value.find_first_not_of(" \t\r\n");
  simdjson::dom::parser parser;
  if (begins != value.npos && std::string_view{"{[\""}.find(value[begins]) != std::string_view::npos)
    if (auto const bad = parser.parse(value.data(), value.size()).error(); bad != simdjson::SUCCESS)
      return fmt::format("{}: the value begins as JSON and is none ({}); mend it, or write a text as JSON too: \"...\"",
                         printable(key, 40), simdjson::error_message(bad));
  return std::nullopt;
}

inline request_fields::request_fields(std::vector<std::string> const& said) {
  for (std::string_view const one : said) {
    if (auto const bad = problem(one)) throw usage_error{"request_field {}: {}", one.substr(0, one.find('=')), *bad};
    auto const equals = one.find('=');
    field added{.key = std::string{one.substr(0, equals)}, .json = {}};
    for (auto const& other : all_)
      if (other.key == added.key) throw usage_error{"request_field {} is given twice", added.key};
    auto const value = one.substr(equals + 1);
    simdjson::dom::parser parser;
    simdjson::dom::element parsed;
    if (parser.parse(value.data(), value.size()).get(parsed) == simdjson::SUCCESS)
      added.json = simdjson::minify(parsed);
    else
      json_writer{added.json}.value(value);
    all_.push_back(std::move(added));
  }
}

}  // namespace ease::inline v1
