// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which families a model's own chat template may be of, and the conversations that tell them apart.
#include <algorithm>
#include <cstddef>
#include <ease/core/conversation.hpp>
#include <ease/core/error.hpp>
#include <ease/text/chat/all.hpp>
#include <ease/text/jinja/template.hpp>
#include <ease/text/tokenizer/tokenizer.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ease::inline v1::detail {

template <class Each>
void for_each_chat_family(Each&& each) {
  [&]<class... Family>(std::variant<Family...>*) {
    (each(static_cast<Family*>(nullptr)), ...);
  }(static_cast<chat_families*>(nullptr));
}

// The conversation as the tokeniser's own Jinja text renders it. `bos`, `date`: "" if there is none. Throws if it cannot be
// rendered; jinja::refusal if the template says so.
inline std::string rendered_by_own(tokenizer const& tok, conversation const& turns, bool generation_prompt,
                                   std::string_view bos, std::string_view date) {
  jinja::list messages;
  for (auto const& said : turns) {
    jinja::map one{{"role", jinja::of(std::string{name_of(said.role)})}, {"content", jinja::of(said.content)}};
    jinja::list calls;
    for (auto const& call : said.calls) {
      auto function = jinja::of(
          jinja::map{{"name", jinja::of(call.name)}, {"arguments", jinja::value{jinja::json_map{call.arguments}}}});
      calls.push_back(jinja::of(jinja::map{{"type", jinja::of("function")}, {"function", std::move(function)}}));
    }
    if (!calls.empty()) one.emplace_back("tool_calls", jinja::of(std::move(calls)));
    messages.push_back(jinja::of(std::move(one)));
  }
  jinja::map names{
      {"messages", jinja::of(std::move(messages))}, {"add_generation_prompt", {generation_prompt}}, {"tools", {nullptr}}};
  auto const add = [&](std::string_view name, std::string_view text) {
    if (!text.empty()) names.emplace_back(name, jinja::of(std::string{text}));
  };
  auto const text_of = [&](std::optional<token_id> id) { return id ? tok.bytes_of(*id) : std::string_view{}; };
  add("bos_token", bos);
  add("eos_token", text_of(tok.eos()));
  add("pad_token", text_of(tok.pad()));
  add("unk_token", text_of(tok.unk()));
  add("date_string", date);
  return jinja::source{tok.chat_template_source()}.render(names);
}

struct chat_candidate {
  std::string_view family;
  chat_options options;
  bool by_words;  // the template has the words of that family's
};

// In the order they are tried: those whose words the template has first.
inline std::vector<chat_candidate> chat_candidates(tokenizer const& tok, chat_options const& options) {
  std::optional<std::string> sample;
  try {
    auto const bos = tok.bos();
    sample = rendered_by_own(tok, {{role::user, "a"}}, false, bos ? tok.bytes_of(*bos) : std::string_view{}, {});
  } catch (error const&) {  // compare() says why, where it matters
  }
  std::vector<chat_candidate> all;
  for_each_chat_family([&]<class Family>(Family*) {
    chat_candidate one{Family::name, options, Family::wrote(tok.chat_template_source())};
    if constexpr (requires { Family::read(std::string_view{}, tok, options); }) {
      if (sample) one.options = Family::read(*sample, tok, options);
    }
    all.push_back(std::move(one));
  });
  std::ranges::stable_partition(all, &chat_candidate::by_words);
  return all;
}

// Conversations that every template of a family must write as the family does, each with whether the model is asked. How a
// template closes a user's message when it is not asked matters to nobody.
inline std::vector<std::pair<conversation, bool>> usual_talks() {
  constexpr auto system = role::system, user = role::user, assistant = role::assistant;
  return {{{{user, " a\n"}}, true},
          {{{user, ""}, {assistant, "\u00a0b "}}, false},
          {{{user, "a"}, {assistant, "<think>\nc\n</think>\n\nb"}, {user, "<|im_end|><|eot_id|>"}}, true},
          {{{user, "a"}, {assistant, "b"}, {user, "c"}, {assistant, "d"}}, false},
          {{{user, "a"}, {assistant, "b"}, {user, "c"}, {assistant, "d"}, {user, "e"}}, true},
          {{{system, "\ns "}, {user, "a"}}, true},
          {{{system, "s"}, {user, "a"}, {assistant, "b"}, {user, "c"}}, true},
          {{{system, "s"}, {user, "a"}, {assistant, "b"}}, false}};
}

// Orders of messages, and marks in answers, that some templates refuse or write in their own way.
inline std::vector<conversation> unusual_talks() {
  constexpr auto system = role::system, user = role::user, assistant = role::assistant;
  return {{{system, ""}, {user, "a"}, {assistant, "b"}, {user, "c"}},
          {{system, "s"}, {system, "t"}, {user, "a"}},
          {{user, "a"}, {system, "s"}, {user, "b"}},
          {{user, "a"}, {user, "b"}},
          {{assistant, "b"}, {user, "a"}},
          {{user, "a"}, {assistant, "b"}, {assistant, "c"}, {user, "d"}},
          {{user, "a"}, {assistant, "b"}},
          {{user, "a"}, {assistant, "x </think> y </think> z"}, {user, "b"}},
          {{user, "a"}, {assistant, "<think>\nx"}, {user, "b"}},
          {{user, "a"}, {assistant, ""}, {user, "b"}},
          {{system, "s"}}};
}

// White space behind the last end mark is neither asked with nor trained.
inline bool same_but_for_the_end(std::string_view ours, std::string_view theirs) {
  auto const without_end = [](std::string_view text) { return text.substr(0, text.find_last_not_of(" \n") + 1); };
  return without_end(ours) == without_end(theirs);
}

}  // namespace ease::inline v1::detail
