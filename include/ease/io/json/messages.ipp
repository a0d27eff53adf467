// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of io/json/messages.hpp; core/compiled.hpp says where they are compiled.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <ease/io/json/message_parts.hpp>
#include <ease/io/json/messages.hpp>
#include <ease/io/json/raw_json.hpp>
#include <ease/record/answer.hpp>
#include <ease/record/row_words.hpp>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

namespace ease::inline v1 {

namespace detail {

inline bool is_any_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::ranges::find(words, word) != words.end();
}

EASE_INLINE std::optional<double> read_switch(simdjson::ondemand::value value) {
  using simdjson::ondemand::json_type;
  auto const kind = expect(value.type());
  if (kind == json_type::boolean) return read_json<bool>(value) ? 1 : 0;
  if (kind == json_type::number) return read_json<double>(value);
  if (kind != json_type::string) return std::nullopt;
  auto const whole = read_json<std::string>(value);
  std::string text{trim(whole)};
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (is_any_of(text, {"true", "yes", "on", "1"})) return 1;
  if (is_any_of(text, {"false", "no", "off", "0"})) return 0;
  double number{};
  auto const [end, bad] = std::from_chars(text.data(), text.data() + text.size(), number);
  return bad == std::errc{} && end == text.data() + text.size() && std::isfinite(number) ? std::optional{number}
                                                                                         : std::nullopt;
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
      put(text_, text_of_parts(at), key);
    else if (says_reasoning(key))
      take_reasoning(key, at);
    else if (is_any_of(key, {"human", "user", "assistant", "gpt", "bot"}))
      take_side(key, at);
    else if (is_any_of(key, {"tool_calls", "function_call"}))
      read_calls(at, calls_);
    else if (key == "tool_call_id")
      call_id_ = read_json<std::string>(at);
    else
      take_other(key, at);
  }
  void take_other(std::string const& key, simdjson::ondemand::value at) {
    switch (training_key_of(key)) {
      case training_key::on:
        return take_switch(key, truth_of(at));
      case training_key::off:
        return take_switch(key, !truth_of(at));
      case training_key::unknown:
        refuse(
            " says \"{}\", which looks like a switch of training and is none that is known: write \"train\": true or false",
            quotable(key));
      case training_key::none:
        unused_.push_back(key);
    }
  }

  void take_role(std::string const& key, std::string name) {
    std::string folded;
    for (char const c : name) folded += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    std::optional<role> found;
    if (is_any_of(folded, {"system", "developer"})) found = role::system;
    if (is_any_of(folded, {"user", "human", "prompter"})) found = role::user;
    if (is_any_of(folded, {"assistant", "gpt", "chatgpt", "bot", "model"})) found = role::assistant;
    if (is_any_of(folded, {"tool", "function", "ipython", "observation", "tool_response", "function_response",
                           "function-response", "tool-response", "tool_result"}))
      found = role::tool;
    if (is_any_of(folded, {"function_call", "function-call", "tool_call"})) found = role::assistant, text_is_calls_ = true;
    if (!found) refuse(" has the role {}: expected system, user, assistant or tool", quoted_label(name));
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
  void take_reasoning(std::string const& key, simdjson::ondemand::value at) {
    bool const pieces = expect(at.type()) != simdjson::ondemand::json_type::string;
    auto text = read_thought(at);
    if (trim(text).empty()) {
      if (pieces) unused_.push_back(key);  // without a text: encrypted ones
      return;
    }
    if (reasoning_ && trim(*reasoning_) == trim(text)) return;
    put(reasoning_, std::move(text), key);
  }
  static bool truth_of(simdjson::ondemand::value at) {
    auto const said = read_switch(at);
    if (!said) throw bad_value{"expected 0, 1, true or false, found {}", kind_of(at)};
    if (*said != 0 && *said != 1) throw bad_value{"expected 0, 1, true or false: messages have no weights between"};
    return *said == 1;
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
    if (text_is_calls_ && text_) read_calls_text(*std::exchange(text_, std::nullopt), calls_);
    if (!calls_.empty() && *role_ != role::assistant) refuse(" calls a tool, and is not the assistant's");
    if (!calls_.empty() && !text_) text_.emplace();
    if (!text_ && !null_text_.empty()) refuse(": its \"{}\" is null", null_text_);
    if (!text_) refuse(" lacks \"{}\"", role_key_ == "from" ? "value" : "content");
    bool const answers = *role_ == role::assistant;
    if (reasoning_ && reasoning_->empty()) reasoning_.reset();
    if (reasoning_ && !answers) refuse(" has reasoning, and is not the assistant's");
    if (reasoning_ && !calls_.empty()) refuse(" has reasoning in front of calls of tools, which no template here writes");
    if (reasoning_)
      text_ = with_reasoning();
    else if (answers)
      use_written_marks(*text_);
    bool const off = answers && trained_ && !*trained_;
    if (off) into_.untrained_by = switch_key_;
    if (!answers && trained_ && *trained_) unused_.push_back(switch_key_);  // only an assistant's messages are trained on
    into_.turns.push_back({*role_, *std::move(text_), !off, std::move(calls_), {}});
    if (*role_ == role::tool)
      into_.turns.back().call_id = std::move(call_id_);
    else if (!call_id_.empty())
      unused_.push_back("tool_call_id");
    tell_unused();
  }
  // Marks of reasoning in another spelling become those that are written here: <thinking> is <think>.
  static void use_written_marks(std::string& text) {
    auto const marks = find_think_marks(text);
    if (!marks.opened || !marks.closed() || trim(text).starts_with(think_open)) return;
    text = written(*complete_part(parse_answer(text, true)));
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
  std::string role_key_{}, null_text_{}, switch_key_{}, call_id_{};
  std::vector<tool_call> calls_{};
  bool text_is_calls_{false};
  std::vector<std::string> unused_{}, side_keys_{};
  bool named_{false};  // the error says which message it is of
};

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
  auto before = role::assistant;  // whom a user's message may stand behind
  bool first = true, called = false;
  for (std::size_t i = 0; i < turns.size(); ++i) {
    auto const who = turns[i].role;
    if (who == role::system) {
      if (i > 0) throw bad_value{"a system message stands after the first message"};
      continue;
    }
    if (first && who == role::assistant)
      throw bad_value{"the conversation begins with an assistant's message: it must begin with a user's"};
    if (who == role::tool && (first || before == role::user))
      throw bad_value{"message {} is a tool's, and no assistant's stands in front of it", i + 1};
    if (called && who != role::tool) throw bad_value{"message {} stands where what the tool said is expected", i + 1};
    bool const fits = who == role::tool || (who == role::user ? before == role::assistant : before != role::assistant);
    if (!fits && before == role::tool) throw bad_value{"a user's message follows a tool's: the assistant's is missing"};
    if (!fits)
      throw bad_value{"user and assistant messages do not alternate: two {} messages follow each other", name_of(who)};
    called = !turns[i].calls.empty();
    before = who, first = false;
  }
}

EASE_INLINE void write_message(json_writer& out, message const& one) {
  out.object().key("role").value(name_of(one.role)).key("content").value(one.content);
  if (!one.calls.empty()) {
    out.key("tool_calls").array();
    for (auto const& call : one.calls) {
      out.object();
      if (!call.id.empty()) out.key("id").value(call.id);
      out.key("type").value("function").key("function").object();
      out.key("name").value(call.name).key("arguments").value(call.arguments).end().end();
    }
    out.end();
  }
  if (!one.call_id.empty()) out.key("tool_call_id").value(one.call_id);
}

EASE_INLINE void json_codec<conversation>::write(json_writer& out, conversation const& turns) {
  out.array();
  for (auto const& one : turns) {
    write_message(out, one);
    if (!one.trained) out.key("train").value(false);
    out.end();
  }
  out.end();
}

}  // namespace ease::inline v1
