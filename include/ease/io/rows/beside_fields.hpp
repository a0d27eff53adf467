// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a row says beside its fields and which belongs to one of them, whatever its schema:
//
//   history                                   the messages in front of the prompt (io/json/messages.hpp); also pairs
//   system, system_prompt                     a system message: it is the first of those
//   reasoning_content, reasoning, thinking    the reasoning of the answer that is trained on
//   weight, loss_weight, train, trainable     0 or false: there is no answer to train on, and the row is refused
//
// null and empty texts are absent. A record without a place for it keeps it as any other key.
#include <ease/io/json/field_table.hpp>
#include <ease/io/json/messages.hpp>
#include <ease/record/answer.hpp>
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

  void begin_row() { system_.reset(), reasoning_.reset(), seen_.clear(); }

  bool takes(std::string_view key) const {
    return (is_in_front(key) && fields_->before != nullptr) ||
           ((is_of_answer(key) || is_switch(key)) && fields_->target != nullptr);
  }
  // False if the key is none of these. Keys of messages that nothing reads are added to `not_used`.
  bool take(std::string_view key, simdjson::ondemand::value value, std::vector<std::string>& not_used) {
    if (fields_->target != nullptr) refuse_what_trains_nothing(key, value);
    if (!takes(key) || is_switch(key)) return false;
    using simdjson::ondemand::json_type;
    auto const kind = expect(value.type());
    if (is_of_answer(key) && kind != json_type::string && kind != json_type::null) return false;
    for (auto const& one : seen_)
      if (one == key) throw bad_field{key, "the key stands twice in the row"};
    seen_.emplace_back(key);
    if (kind == json_type::null && expect(value.is_null())) return true;
    if (key == "history") {
      read_history(value, kind == json_type::string, not_used);
    } else if (auto text = read_json<std::string>(value); !text.empty()) {
      auto& into = is_in_front(key) ? system_ : reasoning_;
      if (into && into->text != text)
        throw bad_field{key, fmt::format("differs from the row's \"{}\": one of them must go", into->key)};
      into = {std::string{key}, std::move(text)};
    }
    return true;
  }

  // All keys were read: puts what was found into the record.
  void end_row() {
    if (system_) put_system();
    if (reasoning_) put_reasoning();
  }

 private:
  static bool is_in_front(std::string_view key) { return key == "history" || key == "system" || key == "system_prompt"; }
  static bool is_switch(std::string_view key) {
    return key == "weight" || key == "loss_weight" || key == "train" || key == "trainable";
  }
  static bool is_of_answer(std::string_view key) {
    return key == "reasoning_content" || key == "reasoning" || key == "thinking";
  }
  struct said {
    std::string key, text;
  };

  // A row that has one answer says of it what messages say of theirs.
  static void refuse_what_trains_nothing(std::string_view key, simdjson::ondemand::value& value) {
    if (!is_switch(key)) return;
    auto const said = trim(value.raw_json_token());
    if (said == "0" || said == "0.0" || said == "false")
      throw bad_field{key, "the row says that its answer is not to be trained on"};
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
  std::vector<std::string> seen_{};
};

}  // namespace ease::inline v1::detail
