// SPDX-License-Identifier: Apache-2.0
#pragma once
// DeepSeek-R1-Distill, Qwen and Llama alike: <｜User｜>question<｜Assistant｜>answer, the system text bare after BOS.
// Reasoning of earlier turns is removed from prompts, and kept where it is trained; the prompt ends in "<think>\n", so that a completion has no <think> (older copies
// of the template end at <｜Assistant｜>).
#include <ease/text/chat/family.hpp>

namespace ease::inline v1 {

class r1_distill_chat {
 public:
  static constexpr std::string_view name = "r1_distill";

  static bool wrote(std::string_view jinja) {
    using detail::contains;
    return contains(jinja, "{{'<｜User｜>' + message['content']}}") && contains(jinja, "content.split('</think>')[-1]") &&
           contains(jinja, "{{bos_token}}{{ns.system_prompt}}") &&
           contains(jinja, "{{'<｜Assistant｜>' + content + '<｜end▁of▁sentence｜>'}}") &&
           !contains(jinja, "enable_thinking") && !contains(jinja, "ns.system_prompt +");
  }

  r1_distill_chat(tokenizer const& tok, chat_options const&)
      : bos_{special_token::of(tok, "<｜begin▁of▁sentence｜>", name)},
        user_{special_token::of(tok, "<｜User｜>", name)},
        assistant_{special_token::of(tok, "<｜Assistant｜>", name)},
        end_{special_token::of(tok, "<｜end▁of▁sentence｜>", name)} {
    auto const& jinja = tok.chat_template_source();
    opens_thinking_ = jinja.empty() || detail::contains(jinja, R"('<｜Assistant｜><think>\n')");
  }

  void history(chat_writer& out, conversation const& turns) const {
    out.special(bos_);
    std::string_view system;
    for (auto const& said : turns) {
      if (said.role == role::system) system = said.content;
    }
    out.text(system);
    for (auto const& said : turns) {
      if (said.role == role::user) {
        out.special(user_);
        out.text(said.content);
      } else if (said.role == role::assistant) {
        earlier_answer(out, said);
      }
    }
  }
  void open_answer(chat_writer& out) const {
    out.special(assistant_);
    if (!opens_thinking_) return;
    out.mark_token(think_open);
    out.text("\n");
  }
  // A direct answer closes the trace at once where the prompt has opened it.
  void complete(chat_writer& out, complete_answer const& said) const {
    if (auto const* const thought = std::get_if<reasoned>(&said)) {
      out.answer(*thought, opens_thinking_);
    } else if (opens_thinking_) {
      out.text("\n");
      out.mark_token(think_close);
      out.text("\n\n");
      out.text(text_of(said));
    } else {
      out.text(text_of(said));
    }
    out.special(end_);
  }
  token_id bos() const { return bos_.id; }
  std::vector<std::string_view> stop_tokens() const { return {end_.text}; }
  std::string identity() const { return std::string{name} + (opens_thinking_ ? "" : " without <think>"); }

 private:
  // Reasoning that is kept begins as a prompt does.
  void earlier_answer(chat_writer& out, message const& said) const {
    std::string_view content{said.content};
    bool const keeps = out.trains_history();
    bool const opened = keeps && opens_thinking_ && content.starts_with("<think>\n");
    if (opened) {
      open_answer(out);
      content.remove_prefix(think_open.size() + 1);
    } else {
      out.special(assistant_);
    }
    out.earlier_answer(said, [&] {
      opened ? out.rest_of_reasoned(content) : keeps ? out.answer(content) : out.text(without_reasoning(content));
      out.special(end_);
    });
  }
  static std::string_view without_reasoning(std::string_view content) {
    auto const close = content.rfind(think_close);
    return close == std::string_view::npos ? content : content.substr(close + think_close.size());
  }

  special_token bos_, user_, assistant_, end_;
  bool opens_thinking_;
};

}  // namespace ease::inline v1
