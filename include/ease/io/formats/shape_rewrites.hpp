// SPDX-License-Identifier: Apache-2.0
#pragma once
// Rows that are not a flat set of columns (chat messages, alpaca, WildJailbreak) rewritten into our keys: prompt,
// system_prompt, and the answer. Each function takes the row's members and gives them back changed.
// A conversation of several user turns has no single prompt. What becomes of it is the caller's choice, never a silent one.
#include <ease/io/json/raw_json.hpp>
#include <ease/io/json/record_codecs.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ease {

enum class several_turns {
  refuse,  // the row is a bad row (default)
  first,   // the first user turn and the answer to it
  last,    // the last user turn and the answer to it, without what went before
};

// A problem that belongs to one member of the row.
struct bad_field : error {
  std::string field;
  bad_field(std::string_view name, std::string const& reason) : error{reason}, field{name} {}
};

namespace detail {

struct rewrite_context {
  std::string_view answer_key{"completion"};
  several_turns turns{several_turns::refuse};
};
using rewrite_function = void (*)(raw_members&, rewrite_context const&, raw_parser&);

struct turn {
  std::string role;
  std::string text;
};

// The text of a message: a string, or a list of parts of which all are text.
inline std::string text_of_content(simdjson::ondemand::value content) {
  if (expect(content.type()) != simdjson::ondemand::json_type::array) return read_json<std::string>(content);
  std::string out;
  for (auto element : expect(content.get_array())) {
    std::optional<std::string> text;
    auto part = expect(std::move(element));
    expect_kind(part, simdjson::ondemand::json_type::object, "a part of a message");
    for (auto member : expect(part.get_object())) {
      auto one = expect(std::move(member));
      if (expect(one.unescaped_key()) == "text") text = read_json<std::string>(one.value());
    }
    if (!text) throw bad_value{"a part of a message is not text"};
    out += *text;
  }
  return out;
}

// [{role_key: ..., text_key: ...}, ...] with ShareGPT's role names made TRL's.
inline std::vector<turn> turns_of(simdjson::ondemand::value value, std::string_view role_key, std::string_view text_key) {
  expect_kind(value, simdjson::ondemand::json_type::array, "an array of messages");
  std::vector<turn> out;
  for (auto element : expect(value.get_array())) {
    auto message = expect(std::move(element));
    expect_kind(message, simdjson::ondemand::json_type::object, "a message object");
    std::optional<std::string> role;
    std::optional<std::string> text;
    for (auto member : expect(message.get_object())) {
      auto one = expect(std::move(member));
      auto const key = expect(one.unescaped_key());
      if (key == role_key)
        role = read_json<std::string>(one.value());
      else if (key == text_key)
        text = text_of_content(one.value());
    }
    if (!role || !text) throw bad_value{"message {} lacks \"{}\"", out.size() + 1, role ? text_key : role_key};
    if (*role == "human") role = "user";
    if (*role == "gpt" || *role == "chatgpt" || *role == "bot" || *role == "model") role = "assistant";
    if (*role != "system" && *role != "user" && *role != "assistant")
      throw bad_value{"message {} has the role {}: expected system, user or assistant", out.size() + 1, quoted_label(*role)};
    out.push_back({*std::move(role), *std::move(text)});
  }
  return out;
}

// One exchange out of a conversation.
struct exchange {
  std::optional<std::string> system;
  std::string prompt;
  std::optional<std::string> answer;
};

inline exchange exchange_of(std::vector<turn> turns, several_turns policy) {
  exchange out;
  if (!turns.empty() && turns.front().role == "system") {
    out.system = std::move(turns.front().text);
    turns.erase(turns.begin());
  }
  std::size_t users = 0;
  for (std::size_t i = 0; i < turns.size(); ++i) {
    if (turns[i].role == "system") throw bad_value{"a system message stands after the first message"};
    if (turns[i].role != (i % 2 == 0 ? "user" : "assistant"))
      throw bad_value{"user and assistant messages do not alternate"};
    if (i % 2 == 0) ++users;
  }
  if (users == 0) throw bad_value{"there is no user message"};
  if (users > 1 && policy == several_turns::refuse)
    throw bad_value{"the conversation has {} user turns and one is needed; choose the first or the last turn", users};
  auto const at = policy == several_turns::last ? 2 * (users - 1) : 0;
  out.prompt = std::move(turns[at].text);
  if (at + 1 < turns.size()) out.answer = std::move(turns[at + 1].text);
  return out;
}

inline void put_exchange(raw_members& row, exchange const& one, rewrite_context const& context) {
  if (one.system) put_member(row, "system_prompt", json_string(*one.system));
  put_member(row, "prompt", json_string(one.prompt));
  if (one.answer) put_member(row, context.answer_key, json_string(*one.answer));
}

// Runs `work` on the raw text of a member; what goes wrong is said of that member.
inline auto with_member(raw_members const& row, std::string_view key, auto&& work) {
  auto const* raw = find_member(row, key);
  if (raw == nullptr) throw bad_field{key, "missing"};
  try {
    return work(*raw);
  } catch (bad_value const& problem) {
    throw bad_field{key, problem.what()};
  }
}

inline void rewrite_conversation(raw_members& row, std::string_view key, std::string_view role_key,
                                 std::string_view text_key, rewrite_context const& context, raw_parser& parser) {
  auto const one = with_member(row, key, [&](std::string const& raw) {
    auto turns = parser.read(raw, [&](simdjson::ondemand::value v) { return turns_of(v, role_key, text_key); });
    return exchange_of(std::move(turns), context.turns);
  });
  remove_member(row, key);
  put_exchange(row, one, context);
}

inline void rewrite_messages(raw_members& row, rewrite_context const& context, raw_parser& parser) {
  rewrite_conversation(row, "messages", "role", "content", context, parser);
}
inline void rewrite_sharegpt(raw_members& row, rewrite_context const& context, raw_parser& parser) {
  rewrite_conversation(row, "conversations", "from", "value", context, parser);
}

inline void rewrite_prompt_completion(raw_members& row, rewrite_context const& context, raw_parser& parser) {
  std::vector<turn> turns;
  for (auto const key : {"prompt", "completion"}) {
    if (std::string_view{key} == "completion" && find_member(row, key) == nullptr) continue;
    with_member(row, key, [&](std::string const& raw) {
      auto more =
          raw.starts_with('[')
              ? parser.read(raw, [](simdjson::ondemand::value v) { return turns_of(v, "role", "content"); })
              : std::vector<turn>{{std::string_view{key} == "prompt" ? "user" : "assistant", parser.as<std::string>(raw)}};
      for (auto& one : more) turns.push_back(std::move(one));
      return 0;
    });
  }
  exchange one;
  try {
    one = exchange_of(std::move(turns), context.turns);
  } catch (bad_value const& problem) {
    throw bad_field{"prompt", problem.what()};
  }
  remove_member(row, "prompt");
  remove_member(row, "completion");
  put_exchange(row, one, context);
}

inline std::string string_member(raw_members const& row, std::string_view key, raw_parser& parser) {
  return with_member(row, key, [&](std::string const& raw) { return parser.as<std::string>(raw); });
}

inline void rewrite_alpaca(raw_members& row, rewrite_context const& context, raw_parser& parser) {
  exchange one;
  one.prompt = string_member(row, "instruction", parser);
  if (find_member(row, "input") != nullptr)
    if (auto const input = string_member(row, "input", parser); !input.empty()) one.prompt += "\n\n" + input;
  one.answer = string_member(row, "output", parser);
  for (auto const key : {"instruction", "input", "output"}) remove_member(row, key);
  put_exchange(row, one, context);
}

inline void rewrite_wildjailbreak(raw_members& row, rewrite_context const& context, raw_parser& parser) {
  auto const kind = with_member(row, "data_type", [&](std::string const& raw) { return parser.as<prompt_kind>(raw); });
  bool const adversarial = kind == prompt_kind::adversarial_harmful || kind == prompt_kind::adversarial_benign;
  std::string_view const source = adversarial ? "adversarial" : "vanilla";
  auto const text = string_member(row, source, parser);
  if (text.empty()) throw bad_field{source, "empty, though data_type says that the prompt stands there"};
  remove_member(row, source);
  put_member(row, "prompt", json_string(text));
  if (context.answer_key != "completion")
    for (auto& [key, raw] : row)
      if (key == "completion") key = context.answer_key;
}

}  // namespace detail
}  // namespace ease
