// SPDX-License-Identifier: Apache-2.0
#pragma once
// Llama 3, 3.1, 3.2 and 3.3 Instruct (Meta). From 3.1 on there is always a system turn that opens with two date lines; the
// day is pinned (chat_options::date), since the model's own template asks the clock. Contents are trimmed. From 3.1 on a
// message may have one call of a tool, and what tools say stands as JSON in turns of `ipython`; lists of tools are not supported.
#include <algorithm>
#include <ease/core/error.hpp>
#include <ease/io/json/json_text.hpp>
#include <ease/text/chat/family.hpp>
#include <ease/text/unicode/strip.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace ease::inline v1 {

class llama3_chat {
 public:
  static constexpr std::string_view name = "llama3";

  static bool wrote(std::string_view jinja) {
    using detail::contains;
    bool const frame = contains(
        jinja,
        "'<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n'+ message['content'] | trim + '<|eot_id|>'");
    bool const dated =
        contains(jinja, "Cutting Knowledge Date: December 2023\\n") && contains(jinja, "date_string = \"26 Jul 2024\"");
    return frame && (dated || is_undated(jinja));
  }
  // The template of Llama 3.0 has no date.
  static bool is_undated(std::string_view jinja) {
    return !detail::contains(jinja, "Date:") && detail::contains(jinja, "set content = bos_token + content");
  }

  // The day that the model's template writes where it is told none; "" if it writes no dates.
  static chat_options read(std::string_view rendered, tokenizer const&, chat_options options) {
    constexpr std::string_view begins = "\nToday Date: ";
    auto const at = rendered.find(begins);
    if (at == std::string_view::npos) {
      options.date = "";
    } else if (!options.date) {
      rendered.remove_prefix(at + begins.size());
      options.date = std::string{rendered.substr(0, rendered.find('\n'))};
    }
    return options;
  }

  llama3_chat(tokenizer const& tok, chat_options const& options)
      : bos_{special_token::of(tok, "<|begin_of_text|>", name)},
        start_{special_token::of(tok, "<|start_header_id|>", name)},
        end_{special_token::of(tok, "<|end_header_id|>", name)},
        turn_end_{special_token::of(tok, "<|eot_id|>", name)},
        date_{is_undated(tok.chat_template_source()) ? "" : options.date.value_or(date_in(tok.chat_template_source()))} {}

  void history(chat_writer& out, conversation const& turns) const {
    out.special(bos_);
    bool const system_first = !date_.empty() && turns.front().role == role::system;
    if (!date_.empty()) {
      header(out, name_of(role::system));
      out.text("Cutting Knowledge Date: December 2023\nToday Date: ");
      out.text(date_);
      out.text("\n\n");
      if (system_first) out.text(stripped(turns.front().content));
      out.special(turn_end_);
    }
    for (std::size_t i = system_first ? 1 : 0; i < turns.size(); ++i) {
      if (turns[i].role == role::tool) {
        std::string said;
        append_json_string(said, turns[i].content);
        header(out, "ipython");
        out.text(said);
        out.special(turn_end_);
        continue;
      }
      header(out, name_of(turns[i].role));
      auto const content = stripped(turns[i].content);
      if (turns[i].role == role::assistant) {
        out.earlier_answer(turns[i], [&] {
          turns[i].calls.empty() ? out.answer(content) : call(out, turns[i]);
          out.special(turn_end_);
        });
      } else {
        out.text(content);
        out.special(turn_end_);
      }
    }
  }
  void open_answer(chat_writer& out) const { header(out, name_of(role::assistant)); }
  void complete(chat_writer& out, complete_answer const& said) const {
    std::visit([&](auto const& a) { out.answer(a); }, said);
    out.special(turn_end_);
  }
  token_id bos() const { return bos_.id; }
  std::string const& date() const { return date_; }
  bool writes_tools(bool) const { return !date_.empty(); }  // Llama 3.0 has none
  std::vector<std::string_view> stop_tokens() const { return {turn_end_.text, "<|end_of_text|>", "<|eom_id|>"}; }
  std::string identity() const { return date_.empty() ? std::string{name} : fmt::format("{} date={}", name, date_); }
  // The template with the date set at its beginning: it takes today's only if none is defined.
  std::string pinned(std::string_view jinja) const {
    if (date_.empty() || jinja.empty()) return std::string{jinja};
    if (jinja.starts_with(pin)) jinja.remove_prefix(std::min(jinja.size(), jinja.find('\n') + 1));
    return fmt::format("{}{}\" %}}\n{}", pin, date_, jinja);
  }

 private:
  static constexpr std::string_view pin = "{%- set date_string = \"";

  // The date of a template that `pinned` wrote.
  static std::string date_in(std::string_view jinja) {
    if (!jinja.starts_with(pin)) return "26 Jul 2024";
    jinja.remove_prefix(pin.size());
    return std::string{jinja.substr(0, jinja.find('"'))};
  }

  // The template takes one call, and leaves out the text beside it.
  static void call(chat_writer& out, message const& said) {
    if (said.calls.size() > 1)
      throw error("chat template {}: a message has {} calls of tools, and one is written", name, said.calls.size());
    if (!stripped(said.content).empty())
      throw error("chat template {}: a message has a text beside its call of a tool, which would be left out", name);
    out.text("{\"name\": \"" + said.calls[0].name + "\", \"parameters\": " + said.calls[0].arguments + "}");
  }
  void header(chat_writer& out, std::string_view who) const {
    out.special(start_);
    out.text(who);
    out.special(end_);
    out.text("\n\n");
  }

  special_token bos_, start_, end_, turn_end_;
  std::string date_;
};

}  // namespace ease::inline v1
