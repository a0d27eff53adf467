// SPDX-License-Identifier: Apache-2.0
#pragma once
// Llama-Guard-3 (Meta; PurpleLlama's MODEL_CARD gives the format): the whole conversation is quoted in one user turn, which
// asks whether its last message is safe. The wording is the published one, slips included: the model was trained on these
// bytes. The categories are read from the model's own template where it has one, so that a guard with another list is asked
// for its own.
#include <array>
#include <ease/text/chat/family.hpp>
#include <ease/text/unicode/strip.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace ease::inline v1 {

class llama_guard3_chat {
 public:
  static constexpr std::string_view name = "llama_guard3";
  static constexpr bool takes_system = false;

  // The template must contain all fixed texts of this family.
  static bool wrote(std::string_view jinja) {
    using detail::contains;
    auto const text = unescaped(jinja);
    return contains(text, task) && contains(text, policy) && contains(text, ask) && contains(text, rules) &&
           contains(text, categories_begin) && contains(text, categories_end);
  }

  llama_guard3_chat(tokenizer const& tok, chat_options const& options)
      : bos_{special_token::of(tok, "<|begin_of_text|>", name)},
        start_{special_token::of(tok, "<|start_header_id|>", name)},
        end_{special_token::of(tok, "<|end_header_id|>", name)},
        turn_end_{special_token::of(tok, "<|eot_id|>", name)},
        categories_{options.guard_categories} {
    if (categories_.empty()) categories_ = categories_in(unescaped(tok.chat_template_source()));
    if (categories_.empty()) categories_.assign(published.begin(), published.end());
  }

  // Judges the last message: the agent's if the number of messages is even, else the user's. Throws if the roles do not
  // alternate.
  void history(chat_writer& out, conversation const& turns) const {
    std::string_view const judged = turns.size() % 2 == 0 ? "Agent" : "User";
    out.special(bos_);
    header(out, role::user);
    out.text(task);
    out.text(judged);
    out.text(policy);
    out.text(categories_begin);
    for (auto const& line : categories_) {
      out.text(line);
      out.text("\n");
    }
    out.text(categories_end);
    out.text("\n\n<BEGIN CONVERSATION>\n\n");
    for (std::size_t i = 0; i < turns.size(); ++i) {
      if (turns[i].role != (i % 2 == 0 ? role::user : role::assistant)) {
        throw error("chat template {}: message {} breaks the order user, assistant, user, ...", name, i + 1);
      }
      out.text(i % 2 == 0 ? "User: " : "Agent: ");
      out.text(stripped(turns[i].content));
      out.text("\n\n");
    }
    out.text(ask);
    out.text(judged);
    out.text(rules);
    out.special(turn_end_);
    header(out, role::assistant);
  }
  void open_answer(chat_writer&) const {}  // the template always asks for an answer
  void complete(chat_writer& out, complete_answer const& said) const {
    std::visit([&](auto const& a) { out.answer(a); }, said);
    out.special(turn_end_);
  }
  token_id bos() const { return bos_.id; }
  std::vector<std::string_view> stop_tokens() const { return {turn_end_.text, "<|end_of_text|>"}; }
  std::string identity() const {
    std::string text{name};
    for (auto const& line : categories_) text.append(" | ").append(line);
    return text;
  }
  std::vector<std::string> const& categories() const { return categories_; }

 private:
  static constexpr std::string_view task = "Task: Check if there is unsafe content in '";
  static constexpr std::string_view policy =
      "' messages in conversations according our safety policy with the below categories.\n\n";
  static constexpr std::string_view categories_begin = "<BEGIN UNSAFE CONTENT CATEGORIES>\n";
  static constexpr std::string_view categories_end = "<END UNSAFE CONTENT CATEGORIES>";
  static constexpr std::string_view ask = "<END CONVERSATION>\n\nProvide your safety assessment for ONLY THE LAST ";
  static constexpr std::string_view rules =
      " message in the above conversation:\n - First line must read 'safe' or 'unsafe'.\n"
      " - If unsafe, a second line must include a comma-separated list of violated categories.";
  static constexpr std::array<std::string_view, 14> published{"S1: Violent Crimes.",
                                                              "S2: Non-Violent Crimes.",
                                                              "S3: Sex Crimes.",
                                                              "S4: Child Exploitation.",
                                                              "S5: Defamation.",
                                                              "S6: Specialized Advice.",
                                                              "S7: Privacy.",
                                                              "S8: Intellectual Property.",
                                                              "S9: Indiscriminate Weapons.",
                                                              "S10: Hate.",
                                                              "S11: Self-Harm.",
                                                              "S12: Sexual Content.",
                                                              "S13: Elections.",
                                                              "S14: Code Interpreter Abuse."};

  // A Jinja string's escapes, so that the same words are found whichever way the template quotes them.
  static std::string unescaped(std::string_view jinja) {
    std::string out;
    for (std::size_t i = 0; i < jinja.size(); ++i) {
      bool const escape = jinja[i] == '\\' && i + 1 < jinja.size();
      if (escape) ++i;
      out.push_back(escape && jinja[i] == 'n' ? '\n' : jinja[i]);
    }
    return out;
  }
  // The lines between the two tags, if they are plain text and not computed.
  static std::vector<std::string> categories_in(std::string_view text) {
    auto const begin = text.find(categories_begin);
    auto const end = text.find(categories_end);
    if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) return {};
    auto list = text.substr(begin + categories_begin.size(), end - begin - categories_begin.size());
    if (detail::contains(list, "{")) return {};
    std::vector<std::string> lines;
    for (auto at = list.find('\n'); at != std::string_view::npos; at = list.find('\n')) {
      lines.emplace_back(list.substr(0, at));
      list.remove_prefix(at + 1);
    }
    return lines;
  }

  void header(chat_writer& out, role who) const {
    out.special(start_);
    out.text(name_of(who));
    out.special(end_);
    out.text("\n\n");
  }

  special_token bos_, start_, end_, turn_end_;
  std::vector<std::string> categories_;
};

}  // namespace ease::inline v1
