// SPDX-License-Identifier: Apache-2.0
#pragma once
// What several chat families have in common.
#include <ease/text/chat/options.hpp>
#include <ease/text/chat/writer.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ease::inline v1 {

namespace detail {

inline bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

// ChatML: <|im_start|>role\ncontent<|im_end|>\n, and a system turn of the model's own, if it has one, where the conversation
// has none.
class chatml {
 public:
  chatml(tokenizer const& tok, std::string_view family, std::optional<std::string> default_system)
      : start_{special_token::of(tok, "<|im_start|>", family)},
        end_{special_token::of(tok, "<|im_end|>", family)},
        default_system_{std::move(default_system)} {}

  void history(chat_writer& out, conversation const& turns) const {
    if (default_system_ && turns.front().role != role::system) turn(out, role::system, *default_system_);
    for (auto const& said : turns) {
      if (said.role != role::assistant) {
        turn(out, said.role, said.content);
      } else {
        open_answer(out);
        out.earlier_answer(said, [&] {
          out.answer(said.content);
          out.special(end_);
        });
        out.text("\n");
      }
    }
  }
  void open_answer(chat_writer& out) const {
    out.special(start_);
    out.text("assistant\n");
  }
  void complete(chat_writer& out, complete_answer const& said) const {
    std::visit([&](auto const& a) { out.answer(a); }, said);
    out.special(end_);
  }
  std::vector<std::string_view> stop_tokens() const { return {end_.text, "<|endoftext|>"}; }

 protected:
  std::optional<std::string> const& own_system() const { return default_system_; }

 private:
  void turn(chat_writer& out, role who, std::string_view content) const {
    out.special(start_);
    out.text(name_of(who));
    out.text("\n");
    out.text(content);
    out.special(end_);
    out.text("\n");
  }

  special_token start_, end_;
  std::optional<std::string> default_system_;
};

}  // namespace detail
}  // namespace ease::inline v1
