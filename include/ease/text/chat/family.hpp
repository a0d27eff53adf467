// SPDX-License-Identifier: Apache-2.0
#pragma once
// What several chat families have in common.
#include <cstddef>
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
// has none. Calls of tools and what tools say stand as Hermes and Qwen2.5 have them, the latter in turns of the user.
class chatml {
 public:
  chatml(tokenizer const& tok, std::string_view family, std::optional<std::string> default_system)
      : start_{special_token::of(tok, "<|im_start|>", family)},
        end_{special_token::of(tok, "<|im_end|>", family)},
        default_system_{std::move(default_system)} {}

  void history(chat_writer& out, conversation const& turns) const {
    if (default_system_ && turns.front().role != role::system) turn(out, role::system, *default_system_);
    auto const is_tool = [&](std::size_t i) { return i < turns.size() && turns[i].role == role::tool; };
    for (std::size_t i = 0; i < turns.size(); ++i) {
      auto const& said = turns[i];
      if (said.role == role::tool) {
        if (i == 0 || !is_tool(i - 1)) out.special(start_), out.text("user");
        out.text("\n");
        between_marks(out, "tool_response", said.content);
        if (!is_tool(i + 1)) out.special(end_), out.text("\n");
      } else if (said.role != role::assistant) {
        turn(out, said.role, said.content);
      } else {
        open_answer(out);
        out.earlier_answer(said, [&] {
          out.answer(said.content);
          for (auto const& call : said.calls) {
            if (&call != &said.calls.front() || !said.content.empty()) out.text("\n");
            between_marks(out, "tool_call", "{\"name\": \"" + call.name + "\", \"arguments\": " + call.arguments + "}");
          }
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
  // There is no one way to write them in ChatML: only where the model's own template was found to have this one.
  static bool writes_tools(bool compared) { return compared; }

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

  static void between_marks(chat_writer& out, std::string const& mark, std::string_view content) {
    out.mark_token("<" + mark + ">");
    out.text("\n");
    out.text(content);
    out.text("\n");
    out.mark_token("</" + mark + ">");
  }

  special_token start_, end_;
  std::optional<std::string> default_system_;
};

}  // namespace detail
}  // namespace ease::inline v1
