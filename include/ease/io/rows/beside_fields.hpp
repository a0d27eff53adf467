// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a row says beside its fields and which belongs to one of them, whatever its schema; which names these are is said in
// record/row_words.hpp:
//
//   history       the messages in front of the prompt (io/json/messages.hpp); also pairs
//   system        a system message: it is the first of those
//   reasoning     the reasoning of the answer that is trained on
//   training      weight, train, mask and the like, preferences such as label: a row whose answer is not to be trained on is
//                 refused, and one that says so in a way that is not understood
//   tools, images, context and the like     counted in `not_given`
//
// null and empty texts are absent. A record without a place for it keeps it as any other key.
#include <ease/io/json/field_table.hpp>
#include <ease/io/json/message_parts.hpp>
#include <ease/io/json/messages.hpp>
#include <ease/record/answer.hpp>
#include <ease/record/row_words.hpp>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ease::inline v1::detail {

class beside_fields {
 public:
  beside_fields(field_table const& fields, void* row) : fields_{&fields}, row_{row} {}

  void begin_row() { system_.reset(), reasoning_.reset(), seen_.clear(), not_given_.clear(); }

  bool takes(std::string_view key) const {
    return (is_in_front(key) && fields_->before != nullptr) ||
           ((is_of_answer(key) || is_switch(key)) && fields_->target != nullptr) || says_given(key);
  }
  // Keys of the row that the model should have been given, and is not.
  std::vector<std::string> const& not_given() const { return not_given_; }
  // False if the key is none of these. Keys of messages that nothing reads are added to `not_used`.
  bool take(std::string_view key, simdjson::ondemand::value value, std::vector<std::string>& not_used) {
    using simdjson::ondemand::json_type;
    if (!takes(key) || !python_number(value).empty()) return false;  // NaN: what pandas writes for an absent value
    auto const kind = expect(value.type());
    if (is_in_front(key) && fields_->before == nullptr) return false;
    if (says_given(key)) {
      if (!is_empty(value, kind)) not_given_.emplace_back(key);
      return false;
    }
    if (is_switch(key)) return take_switch(key, value, kind);
    if (kind == json_type::number || kind == json_type::boolean) {
      if (is_of_answer(key)) return false;
    }
    for (auto const& one : seen_)
      if (one == key) throw bad_field{key, "the key stands twice in the row"};
    seen_.emplace_back(key);
    if (kind == json_type::null && expect(value.is_null())) return true;
    if (key == "history") {
      read_history(value, kind == json_type::string, not_used);
    } else if (auto text = is_in_front(key) ? read_json<std::string>(value) : read_thought(value); !text.empty()) {
      auto& into = is_in_front(key) ? system_ : reasoning_;
      if (into && trim(into->text) != trim(text))
        throw bad_field{key, fmt::format("differs from the row's \"{}\": one of them must go", into->key)};
      into = {std::string{key}, std::move(text)};
    } else if (kind != json_type::string) {
      not_used.emplace_back(key);  // pieces of reasoning without a text: encrypted ones
    }
    return true;
  }

  // All keys were read: puts what was found into the record.
  void end_row() {
    if (system_) put_system();
    if (reasoning_) put_reasoning();
  }

 private:
  static bool is_in_front(std::string_view key) { return key == "history" || says_system(key); }
  static bool is_switch(std::string_view key) { return training_key_of(key) != training_key::none || says_preferred(key); }
  static bool is_of_answer(std::string_view key) { return says_reasoning(key); }
  // Nothing is in it: null, "", [] or {}. A value can be read once, so that its text is looked at.
  static bool is_empty(simdjson::ondemand::value& value, simdjson::ondemand::json_type kind) {
    using simdjson::ondemand::json_type;
    auto const token = value.raw_json_token();
    if (kind == json_type::null) return true;
    if (kind == json_type::string) return token.starts_with("\"\"") || token.starts_with("\"[]\"");
    if (kind != json_type::array && kind != json_type::object) return false;
    // The token reaches up to the next one, which begins right behind it.
    auto const* const next = token.data() + token.size();
    return *next == ']' || *next == '}';
  }
  struct said {
    std::string key, text;
  };

  // A row that has one answer says of it what messages say of theirs. True: it was understood, and there is no more to it.
  bool take_switch(std::string_view key, simdjson::ondemand::value& value, simdjson::ondemand::json_type kind) {
    using simdjson::ondemand::json_type;
    auto const sort = training_key_of(key);
    bool const preference = sort == training_key::none;
    bool const list = kind == json_type::array || kind == json_type::object;
    if (kind == json_type::null) return false;
    if (list && (preference || sort == training_key::unknown || is_empty(value, kind))) return false;
    bool const may_be_a_class = words_of_name(key) == "label";  // of whatever it is
    if (preference && may_be_a_class && kind == json_type::number) return false;
    std::optional<double> truth;
    if (!list) truth = read_switch(value);
    if (!truth && !list) return false;  // a text that is no switch
    if (sort == training_key::unknown && (*truth < 0 || *truth > 1)) return false;
    if (preference && *truth == 0)
      throw bad_field{key,
                      "the row says that its answer is not a good one, and good ones are trained; FILE?on_bad_row=reject "
                      "leaves such rows out"};
    if (preference) return false;
    if (sort == training_key::unknown)
      throw bad_field{key, "it looks like a switch of training and is none that is known: write \"train\": true or false"};
    if (!truth || (*truth != 0 && *truth != 1))
      throw bad_field{key, "expected 0, 1, true or false: rows have no weights between, and none for parts of an answer"};
    if ((*truth == 1) == (sort == training_key::off))
      throw bad_field{key,
                      "the row says that its answer is not to be trained on; FILE?on_bad_row=reject leaves such rows out"};
    return false;
  }
  void read_history(simdjson::ondemand::value value, bool is_text, std::vector<std::string>& not_used) {
    if (is_text && read_json<std::string>(value).empty()) return;
    auto all = read_messages(value);
    check_turns(all.turns);
    if (!all.turns.empty() && all.turns.back().role == role::user)
      throw bad_value{"it ends with a user's message, and the prompt is the user's too"};
    for (auto const& key : all.not_used) not_used.push_back("history." + key);
    *fields_->before(row_) = std::move(all.turns);
  }
  void put_system() {
    auto& before = *fields_->before(row_);
    bool const has = !before.empty() && before.front().role == role::system;
    if (has && before.front().content != system_->text)
      throw bad_field{system_->key, "the row's messages begin with another system message"};
    if (!has) before.insert(before.begin(), {role::system, std::move(system_->text)});
  }
  void put_reasoning() {
    auto* const answered = fields_->target(row_);
    if (answered == nullptr) return;  // no answer, no reasoning of it
    auto const given = trim(reasoning_->text);
    if (auto const* r = std::get_if<reasoned>(answered)) {
      if (r->reasoning != given) throw bad_field{reasoning_->key, "the answer itself begins with other reasoning"};
    } else {
      *answered = reasoned{std::string{given}, std::move(std::get<direct>(*answered).text)};
    }
  }

  field_table const* fields_;
  void* row_;
  std::optional<said> system_{}, reasoning_{};
  std::vector<std::string> seen_{}, not_given_{};
};

}  // namespace ease::inline v1::detail
