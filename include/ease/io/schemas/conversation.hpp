// SPDX-License-Identifier: Apache-2.0
#pragma once
// A row's messages, and the one exchange of them that becomes prompt and answer.
#include <ease/io/json/raw_json.hpp>
#include <ease/io/json/record_codecs.hpp>
#include <ease/io/schemas/schema.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ease::inline v1::detail {

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

inline std::string string_member(raw_members const& row, std::string_view key, raw_parser& parser) {
  return with_member(row, key, [&](std::string const& raw) { return parser.as<std::string>(raw); });
}

}  // namespace ease::inline v1::detail
