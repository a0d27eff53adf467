// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of io/json/messages.hpp; core/compiled.hpp says where they are compiled.
#include <algorithm>
#include <array>
#include <ease/io/json/messages.hpp>
#include <ease/record/answer.hpp>
#include <optional>
#include <string_view>
#include <utility>

namespace ease::inline v1 {

namespace detail {

inline bool is_any_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::ranges::find(words, word) != words.end();
}

// One message while its keys are read.
class message_reader {
 public:
  // `number`: of the message in its list, from 1, for errors.
  message_reader(message_list& into, std::size_t number) : into_{into}, number_{number} {}

  void read(simdjson::ondemand::value value) {
    if (expect(value.type()) != simdjson::ondemand::json_type::object)
      throw bad_value{"message {}: expected an object, found {}", number_, kind_of(value)};
    for (auto member : expect(value.get_object())) {
      auto one = expect(std::move(member));
      std::string const key{expect(one.unescaped_key())};
      auto at = one.value();
      if (expect(at.is_null())) {
        if (is_text(key)) null_text_ = key;
        continue;  // an absent member; columnar files have one for each key that some message has
      }
      try {
        take(key, at);
      } catch (bad_json const&) {
        throw;
      } catch (bad_value const& problem) {
        if (named_) throw;
        throw bad_value{"message {}: \"{}\": {}", number_, quotable(key), problem.what()};
      }
    }
    finish();
  }

 private:
  static bool is_text(std::string_view key) { return is_any_of(key, {"content", "value", "text"}); }
  static std::string quotable(std::string const& key) { return key.size() <= 40 ? key : key.substr(0, 40) + "..."; }
  template <class... Args>
  [[noreturn]] void refuse(fmt::format_string<Args...> form, Args&&... args) {
    named_ = true;
    throw bad_value{"message {}{}", number_, fmt::format(form, std::forward<Args>(args)...)};
  }

  void take(std::string const& key, simdjson::ondemand::value at) {
    if (is_any_of(key, {"role", "from"}))
      take_role(key, read_json<std::string>(at));
    else if (is_text(key))
      put(text_, text_of(at), key);
    else if (is_any_of(key, {"reasoning_content", "reasoning", "thinking"}))
      put(reasoning_, text_of(at), key);
    else if (is_any_of(key, {"human", "user", "assistant", "gpt", "bot"}))
      take_side(key, at);
    else if (is_any_of(key, {"tool_calls", "function_call", "tool_call_id"}))
      take_tools(key, at);
    else if (is_any_of(key, {"weight", "loss_weight", "loss_scale", "train", "training", "trainable", "trained", "loss",
                             "loss_mask", "step_loss_mask"}))
      take_switch(key, truth_of(at));
    else if (is_any_of(key, {"masked", "mask"}))
      take_switch(key, !truth_of(at));
    else if (key == "train_detail")
      refuse(" says \"train_detail\": training on parts of a message is not supported");
    else
      unused_.push_back(key);
  }

  void take_role(std::string const& key, std::string name) {
    std::string folded;
    for (char const c : name) folded += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    std::optional<role> found;
    if (is_any_of(folded, {"system", "developer"})) found = role::system;
    if (is_any_of(folded, {"user", "human", "prompter"})) found = role::user;
    if (is_any_of(folded, {"assistant", "gpt", "chatgpt", "bot", "model"})) found = role::assistant;
    if (!found) {
      if (is_any_of(folded, {"tool", "function", "ipython", "observation", "function_call", "function-call", "tool_call",
                             "tool_response", "function_response", "function-response"}))
        refuse(" has the role {}: messages of tools are not supported", quoted_label(name));
      refuse(" has the role {}: expected system, user or assistant", quoted_label(name));
    }
    if (role_ && *role_ != *found) refuse(" has two roles, \"role\" and \"from\" differ");
    if (role_ && key == role_key_) refuse(": the key \"{}\" stands twice", key);
    role_ = found, role_key_ = key;
  }
  void put(std::optional<std::string>& into, std::string text, std::string const& key) {
    if (into && *into != text) refuse(" has two texts of one kind: \"{}\" differs from a key before it", key);
    into = std::move(text);
  }
  // {"human": "...", "assistant": "..."}: a turn of both in one object.
  void take_side(std::string const& key, simdjson::ondemand::value at) {
    if (expect(at.type()) != simdjson::ondemand::json_type::string) return unused_.push_back(key);
    put(is_any_of(key, {"human", "user"}) ? question_ : answer_, read_json<std::string>(at), key);
    side_keys_.push_back(key);
  }
  // A string, or a list of parts that are all text.
  std::string text_of(simdjson::ondemand::value at) {
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
        if (!is_any_of(expect(one.unescaped_key()), {"text", "content"})) continue;
        auto value = one.value();
        if (expect(value.type()) == simdjson::ondemand::json_type::string) text = read_json<std::string>(value);
      }
      if (!text) refuse(": a part of it is not text");
      out += *text;
    }
    return out;
  }
  void take_tools(std::string const& key, simdjson::ondemand::value at) {
    auto const kind = expect(at.type());
    bool empty = kind == simdjson::ondemand::json_type::string && read_json<std::string>(at).empty();
    if (kind == simdjson::ondemand::json_type::array) {
      auto calls = expect(at.get_array());
      empty = expect(calls.is_empty());
    }
    if (!empty) refuse(" has \"{}\": calls of tools are not supported", key);
  }
  static bool truth_of(simdjson::ondemand::value at) {
    if (expect(at.type()) == simdjson::ondemand::json_type::boolean) return read_json<bool>(at);
    auto const number = read_json<double>(at);
    if (number != 0 && number != 1) throw bad_value{"expected 0, 1, true or false: messages have no weights between"};
    return number == 1;
  }
  void take_switch(std::string const& key, bool on) {
    if (trained_ && *trained_ != on) refuse(": \"{}\" and \"{}\" contradict each other", switch_key_, key);
    trained_ = on, switch_key_ = key;
  }

  void finish() {
    if (!role_ && !text_ && question_ && answer_) return put_both();
    std::ranges::move(side_keys_, std::back_inserter(unused_));
    if (!role_) refuse(" lacks \"role\"");
    if (*role_ == role::system && !text_ && !null_text_.empty()) return tell_unused();
    if (!text_ && !null_text_.empty()) refuse(": its \"{}\" is null", null_text_);
    if (!text_) refuse(" lacks \"{}\"", role_key_ == "from" ? "value" : "content");
    bool const answers = *role_ == role::assistant;
    if (reasoning_ && reasoning_->empty()) reasoning_.reset();
    if (reasoning_ && !answers) refuse(" has reasoning, and is not the assistant's");
    if (reasoning_) text_ = with_reasoning();
    bool const off = answers && trained_ && !*trained_;
    if (off) into_.untrained_by = switch_key_;
    if (!answers && trained_ && *trained_) unused_.push_back(switch_key_);  // only an assistant's messages are trained on
    into_.turns.push_back({*role_, *std::move(text_), !off});
    tell_unused();
  }
  void put_both() {
    role_ = role::assistant;
    text_ = std::move(answer_);
    side_keys_.clear();
    into_.turns.push_back({role::user, *std::move(question_)});
    finish();
  }
  std::string with_reasoning() {
    auto const inside = parse_answer(*text_, true);
    auto const given = trim(*reasoning_);
    if (auto const* r = std::get_if<reasoned>(&inside)) {
      if (r->reasoning != given) refuse(" has reasoning twice: that within its text is another");
      return *std::move(text_);
    }
    answer const both = reasoned{std::string{given}, std::string{trim(*text_)}};
    auto out = written(*complete_part(both));
    if (parse_answer(out, true) != both)
      refuse(": its reasoning or its text holds a mark of reasoning, {} or {}", think_open, think_close);
    return out;
  }
  void tell_unused() { std::ranges::move(unused_, std::back_inserter(into_.not_used)); }

  message_list& into_;
  std::size_t number_;
  std::optional<role> role_{};
  std::optional<std::string> text_{}, reasoning_{};
  std::optional<std::string> question_{}, answer_{};  // of an object with both
  std::optional<bool> trained_{};
  std::string role_key_{}, null_text_{}, switch_key_{};
  std::vector<std::string> unused_{}, side_keys_{};
  bool named_{false};  // the error says which message it is of
};

// [question, answer], as alpaca's history has them.
inline void read_pair(simdjson::ondemand::value value, conversation& into, std::size_t number) {
  std::vector<std::string> texts;
  for (auto element : expect(value.get_array())) texts.push_back(read_json<std::string>(expect(std::move(element))));
  if (texts.size() != 2) throw bad_value{"pair {}: expected a question and an answer, found {} texts", number, texts.size()};
  into.push_back({role::user, std::move(texts[0])});
  into.push_back({role::assistant, std::move(texts[1])});
}

}  // namespace detail

EASE_INLINE message_list read_messages(simdjson::ondemand::value value) {
  using simdjson::ondemand::json_type;
  if (detail::expect(value.type()) != json_type::array)
    throw bad_value{"expected an array of messages, found {}", detail::kind_of(value)};
  message_list out;
  std::size_t number = 0;
  for (auto element : detail::expect(value.get_array())) {
    auto one = detail::expect(std::move(element));
    ++number;
    if (detail::expect(one.type()) == json_type::array)
      detail::read_pair(one, out.turns, number);
    else
      detail::message_reader{out, number}.read(one);
  }
  return out;
}

EASE_INLINE void check_turns(conversation const& turns) {
  std::size_t place = 0;  // without the system message
  for (std::size_t i = 0; i < turns.size(); ++i) {
    auto const who = turns[i].role;
    if (who == role::system) {
      if (i > 0) throw bad_value{"a system message stands after the first message"};
      continue;
    }
    bool const users_turn = place++ % 2 == 0;
    if ((who == role::user) == users_turn) continue;
    if (place == 1) throw bad_value{"the conversation begins with an assistant's message: it must begin with a user's"};
    throw bad_value{"user and assistant messages do not alternate: two {} messages follow each other", name_of(who)};
  }
}

EASE_INLINE void json_codec<conversation>::write(json_writer& out, conversation const& turns) {
  out.array();
  for (auto const& one : turns) {
    out.object().key("role").value(name_of(one.role)).key("content").value(one.content);
    if (!one.trained) out.key("train").value(false);
    out.end();
  }
  out.end();
}

}  // namespace ease::inline v1
