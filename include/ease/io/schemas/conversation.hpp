// SPDX-License-Identifier: Apache-2.0
#pragma once
// A row's messages, and the one exchange of them that becomes prompt and answer. What stands in front of it is the row's
// history.
#include <algorithm>
#include <ease/io/json/messages.hpp>
#include <ease/io/json/python_json.hpp>
#include <ease/io/json/raw_json.hpp>
#include <ease/io/json/record_codecs.hpp>
#include <ease/io/schemas/schema.hpp>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ease::inline v1::detail {

// The messages of a member: a list, or a string that holds one as JSON.
inline message_list messages_in(std::string const& raw, raw_parser& parser) {
  if (!raw.starts_with('"')) return parser.read(raw, [](simdjson::ondemand::value v) { return read_messages(v); });
  auto const text = parser.as<std::string>(raw);
  if (!trim(text).starts_with('[')) throw bad_value{"expected an array of messages, found a string"};
  try {
    return parser.read(text, [](simdjson::ondemand::value v) { return read_messages(v); });
  } catch (bad_json const& problem) {
    auto const why = near_json(text);
    throw bad_value{"{}", why.empty() ? problem.what() : "not valid JSON: " + why};
  }
}

// One exchange out of a conversation.
struct exchange {
  conversation before{};
  std::string prompt{};
  std::optional<std::string> answer{};
  bool answer_is_trained{true};
  std::vector<std::string> not_used{};  // keys of messages, and what else of the conversation is left aside
};

// Without the turns behind the last answer that is to be trained on: they are no part of its loss.
inline void cut_behind_trained(message_list& all) {
  auto& turns = all.turns;
  auto const trained = [](message const& one) { return one.role == role::assistant && one.trained; };
  if (turns.empty() || turns.back().role != role::assistant || turns.back().trained) return;
  auto const last = std::find_if(turns.rbegin(), turns.rend(), trained);
  if (last == turns.rend()) throw bad_value{"none of its answers is to be trained on: \"{}\" says so", all.untrained_by};
  all.not_used.insert(all.not_used.end(), static_cast<std::size_t>(std::distance(turns.rbegin(), last)),
                      "turns behind the last answer to train on");
  turns.erase(last.base(), turns.end());
}

inline exchange exchange_of(message_list all, rewrite_context const& context) {
  auto& turns = all.turns;
  check_turns(turns);
  bool const trains = context.answer_needed && context.answer_key == "completion";
  auto const policy = context.turns;
  auto const is_user = [](message const& one) { return one.role == role::user; };
  auto const users = static_cast<std::size_t>(std::ranges::count_if(turns, is_user));
  if (users == 0) throw bad_value{"there is no user message"};
  if (users > 1 && policy == several_turns::refuse)
    throw bad_value{"the conversation has {} user turns and one is needed; choose the first or the last turn", users};
  if (policy == several_turns::first)
    turns.erase(std::find_if(std::ranges::find_if(turns, is_user) + 1, turns.end(), is_user), turns.end());
  if (trains) cut_behind_trained(all);
  exchange out{.not_used = std::move(all.not_used)};
  if (!turns.back().calls.empty())
    throw bad_value{"the conversation ends with a call of a tool: what the tool said, and the answer, are missing"};
  if (turns.back().role == role::assistant) {
    out.answer = std::move(turns.back().content);
    out.answer_is_trained = turns.back().trained;
    turns.pop_back();
  } else if (context.answer_needed) {
    throw bad_value{"the conversation ends with a {}'s message, and an answer is needed", name_of(turns.back().role)};
  }
  // Behind a question that tools were asked about stands what they said: it stays in the history, and so does the question.
  if (turns.back().role == role::tool) {
    out.prompt = std::ranges::find_if(turns.rbegin(), turns.rend(), is_user)->content;
  } else {
    out.prompt = std::move(turns.back().content);
    turns.pop_back();
  }
  if (!context.keeps_history && std::ranges::any_of(turns, is_user))
    throw bad_value{
        "the conversation has {} user turns, and the record has no place for those in front: add the field history", users};
  out.before = std::move(turns);
  return out;
}

// The answer stands under a key of its own where it must not be trained on, so that no later command does.
inline void put_exchange(raw_members& row, exchange const& one, rewrite_context const& context) {
  if (!one.before.empty()) {
    std::string list;
    json_writer out{list};
    json_codec<conversation>::write(out, one.before);
    put_member(row, "history", std::move(list));
  }
  put_member(row, "prompt", json_string(one.prompt));
  bool const lent = context.answer_key == "completion" && !one.answer_is_trained;
  if (one.answer) put_member(row, lent ? "completion_not_trained" : context.answer_key, json_string(*one.answer));
  std::ranges::copy(one.not_used, std::back_inserter(context.not_used));
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

// Whether a member says nothing.
inline bool is_nothing(std::string_view raw) {
  return raw == "null" || raw == "[]" || raw == "\"\"" || raw == "\"[]\"" || raw == "{}";
}

// What a row says a second time beside its messages. `turns` are all of them, `one` is what is read of them. A prompt that is
// one of the user's messages, or messages that begin as these do, are the same thing said twice; so is an answer that is
// the same. Any other, and a history in front of earlier turns, leave open what is meant. Where the user has named the
// column of the messages, the others stay as keys that nothing reads.
inline void refuse_second(raw_members& row, std::string_view key, exchange const& one, conversation const& turns,
                          rewrite_context const& context, raw_parser& parser) {
  auto const settle = [&](std::string_view field, bool same, std::string_view why) {
    if (!same && !context.chosen) throw bad_field{field, second_says(why, field, key)};
    if (same) remove_member(row, field);
    for (auto& [name, raw] : row)
      if (name == field) name += "_in_file";
  };
  if (auto const* raw = find_member(row, "history"); raw != nullptr && !one.before.empty())
    settle("history", is_nothing(*raw), "the row has messages in front of its prompt in both");
  if (auto const* raw = find_member(row, "prompt"); raw != nullptr) {
    bool same = is_nothing(*raw);
    if (!same && raw->starts_with('[')) {
      auto const list = messages_in(*raw, parser).turns;
      same = list.size() <= turns.size() && std::equal(list.begin(), list.end(), turns.begin());
    } else if (!same && raw->starts_with('"')) {
      auto const text = parser.as<std::string>(*raw);
      same = std::ranges::any_of(turns, [&](auto const& t) { return t.role == role::user && t.content == text; });
    }
    settle("prompt", same, "it is none of the user's messages");
  }
  if (!one.answer) return;
  if (auto const* raw = find_member(row, context.answer_key); raw != nullptr) {
    bool same = is_nothing(*raw);
    if (!same && raw->starts_with('[')) {
      auto const list = messages_in(*raw, parser).turns;
      same = list.size() == 1 && list.front().content == *one.answer;
    } else if (!same && raw->starts_with('"')) {
      same = parse_answer(parser.as<std::string>(*raw), true) == parse_answer(*one.answer, true);
    }
    settle(context.answer_key, same, "it is not the answer of the messages");
  }
}

// `keys`: the row's messages stand under the first of them that it has. A row that has none there, but a prompt, is what it is
// without them.
inline void rewrite_conversation(raw_members& row, std::initializer_list<std::string_view> keys,
                                 rewrite_context const& context, raw_parser& parser) {
  auto const found = std::ranges::find_if(keys, [&](auto key) { return find_member(row, key) != nullptr; });
  auto const key = found == keys.end() ? *keys.begin() : *found;
  auto const* const raw_list = find_member(row, key);
  if (find_member(row, "prompt") != nullptr && (raw_list == nullptr || is_nothing(*raw_list)))
    return remove_member(row, key);
  conversation turns;
  auto one = with_member(row, key, [&](std::string const& raw) {
    auto all = messages_in(raw, parser);
    turns = all.turns;
    for (auto& name : all.not_used) name.insert(0, std::string{key} + '.');
    return exchange_of(std::move(all), context);
  });
  remove_member(row, key);
  refuse_second(row, key, one, turns, context, parser);
  put_exchange(row, one, context);
}

inline std::string string_member(raw_members const& row, std::string_view key, raw_parser& parser) {
  return with_member(row, key, [&](std::string const& raw) { return parser.as<std::string>(raw); });
}

}  // namespace ease::inline v1::detail
