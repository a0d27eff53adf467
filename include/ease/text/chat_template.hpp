#pragma once
// Typed chat templates: one walk gives text, ids and loss mask. A family is one file in chat/ and its name in
// `chat_variant`. `history` is byte-equal to the model's own Jinja template, which is compared when a model is opened
// (`of`); content never becomes a special token. Non-goals: tools, images, and answering with a template of no known family.
#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "ease/backend/generator.hpp"
#include "ease/io/error.hpp"
#include "ease/record/answer.hpp"
#include "ease/text/chat/family.hpp"
#include "ease/text/chat/llama3.hpp"
#include "ease/text/chat/llama_guard3.hpp"
#include "ease/text/chat/qwen2_5.hpp"
#include "ease/text/chat/r1_distill.hpp"
#include "ease/text/chat/smollm2.hpp"
#include "ease/text/chat/writer.hpp"
#include "ease/text/jinja/template.hpp"
#include "ease/text/tokenizer.hpp"

namespace ease {

namespace detail {
using chat_variant = std::variant<smollm2_chat, qwen2_5_chat, llama3_chat, r1_distill_chat, llama_guard3_chat>;
}

class chat_template {
 public:
  // Throws if the vocabulary lacks a mark the family needs.
  chat_template(chat_family which, tokenizer words, chat_options const& options = {})
      : words_{std::move(words)},
        how_{made(words_, options, [&]<class Family>(Family*) { return Family::family == which; })} {
    std::visit(
        [&](auto const& how) {
          for (auto const mark : how.end_marks()) add_stop(words_.id_of(mark));
        },
        how_);
    add_stop(words_.eos());
  }

  // Recognised from the model's own Jinja text. Throws if no family wrote it, or if it renders a conversation otherwise than
  // the family does: a near miss would be a silent error in every prompt.
  static chat_template of(tokenizer const& words, chat_options const& options = {}) {
    auto const& jinja = words.chat_template_source();
    std::optional<chat_family> found;
    std::string tried;
    for_each_family([&]<class Family>(Family*) {
      if (!found && Family::wrote(jinja)) found = Family::family;
      tried.append(tried.empty() ? "" : ", ").append(Family::name);
    });
    if (!found) {
      throw error("the model's chat template {} (tried {}); if one of them is right, name it (--chat-template)",
                  jinja.empty() ? "is missing" : "is of no known family", tried);
    }
    chat_template made{*found, words, options};
    made.compare(options);
    return made;
  }

  // The family of that name, whatever the model's own template says. Throws if there is none.
  static chat_template named(std::string_view family, tokenizer const& words, chat_options const& options = {}) {
    std::optional<chat_family> found;
    std::string known;
    for_each_family([&]<class Family>(Family*) {
      if (Family::name == family) found = Family::family;
      known.append(known.empty() ? "" : ", ").append(Family::name);
    });
    if (!found) throw error("chat template \"{}\" is not known; choose one of {}", family, known);
    return chat_template{*found, words, options};
  }

  // Why the model's own template could not be rendered and compared, where `of` could not; "" if it was, and was equal.
  std::string const& not_compared() const { return not_compared_; }

  // The conversation up to where the model answers, then `prefill` as the beginning of its answer.
  rendered prompt(conversation const& turns, std::string_view prefill = {}) const {
    return walk(turns, true, [&](chat_writer& out, auto const&) {
      out.cut(false);
      out.answer(prefill);
    });
  }

  // A training row: the prompt, then the answer and the end of the turn, which alone are trained. Throws if the answer is
  // empty.
  rendered example(conversation const& before, finished const& said) const {
    if (text_of(said).empty()) throw error("an empty answer is no training row");
    return walk(before, true, [&](chat_writer& out, auto const& how) {
      out.cut(true);
      how.complete(out, said);
    });
  }

  // The conversation as the model's own template writes it.
  rendered history(conversation const& turns, bool generation_prompt) const {
    return walk(turns, generation_prompt, [](chat_writer&, auto const&) {});
  }

  // The same conversation as the model's own template renders it, by our reading of Jinja. Throws if it cannot be rendered.
  std::string own_rendering(conversation const& turns, bool generation_prompt) const {
    return jinja::source{words_.chat_template_source()}.render(given(turns, generation_prompt));
  }

  std::vector<token_id> const& stops() const { return stops_; }  // ids that end a turn
  chat_family family() const {
    return std::visit([](auto const& how) { return how.family; }, how_);
  }
  // For reports and keys: two templates with the same identity write the same.
  std::string identity() const {
    return std::visit([](auto const& how) { return how.identity(); }, how_);
  }
  tokenizer const& words() const { return words_; }

  // The model's own Jinja text with whatever is pinned here pinned there too: save this, and users of transformers get the
  // same prompts.
  std::string source() const {
    return std::visit(
        [&](auto const& how) {
          if constexpr (requires { how.pinned(words_.chat_template_source()); }) {
            return how.pinned(words_.chat_template_source());
          } else {
            return words_.chat_template_source();
          }
        },
        how_);
  }

 private:
  template <class Each>
  static void for_each_family(Each&& each) {
    [&]<class... Family>(std::variant<Family...>*) {
      (each(static_cast<Family*>(nullptr)), ...);
    }(static_cast<detail::chat_variant*>(nullptr));
  }

  template <class Wanted>
  static detail::chat_variant made(tokenizer const& words, chat_options const& options, Wanted&& wanted) {
    std::optional<detail::chat_variant> out;
    for_each_family([&]<class Family>(Family* family) {
      if (wanted(family)) out.emplace(Family{words, options});
    });
    return std::move(out).value();
  }

  template <class Rest>
  rendered walk(conversation const& turns, bool generation_prompt, Rest&& rest) const {
    if (turns.empty()) throw error("a conversation needs at least one message");
    chat_writer out{words_};
    std::visit(
        [&](auto const& how) {
          how.history(out, turns);
          if (generation_prompt) how.open_answer(out);
          rest(out, how);
        },
        how_);
    return std::move(out).finish();
  }

  // Throws if the template, rendered, is not what we write. Conversations of every shape a family knows: odd white space,
  // nothing, marks, reasoning, a last message of either side.
  void compare(chat_options const& options) {
    if (!options.guard_categories.empty()) {
      not_compared_ = "another list of categories was asked for";
      return;
    }
    std::vector<conversation> const talks{
        {{role::user, " a\n"}},
        {{role::user, ""}, {role::assistant, "\u00a0b "}},
        {{role::user, "a"}, {role::assistant, "<think>\nc\n</think>\n\nb"}, {role::user, "<|im_end|><|eot_id|>"}},
        {{role::user, "a"}, {role::assistant, "b"}, {role::user, "c"}, {role::assistant, "d"}},
        {{role::system, "\ns "}, {role::user, "a"}},
        {{role::system, ""}, {role::user, "a"}, {role::assistant, "b"}, {role::user, "c"}}};
    for (auto const& talk : talks) {
      if (talk.front().who == role::system && family() == chat_family::llama_guard3) continue;
      for (bool const generation_prompt : {false, true}) {
        auto const ours = history(talk, generation_prompt).text;
        std::string theirs;
        try {
          theirs = own_rendering(talk, generation_prompt);
        } catch (error const& e) {
          not_compared_ = e.what();
          return;
        }
        auto const at = static_cast<std::size_t>(
            std::mismatch(ours.begin(), ours.end(), theirs.begin(), theirs.end()).first - ours.begin());
        if (ours != theirs) {
          constexpr std::size_t before = 20;  // what leads up to it tells where it is
          auto const shown = [&](std::string const& text) {
            return json_quoted(valid_utf8(text.substr(at - std::min(at, before), 60)));
          };
          throw error(
              "the model's chat template is nearly that of {}, but writes {} where that has {}; if that is right, name the "
              "family (--chat-template)",
              std::visit([](auto const& how) { return how.name; }, how_), shown(theirs), shown(ours));
        }
      }
    }
  }

  jinja::map given(conversation const& talk, bool generation_prompt) const {
    jinja::list messages;
    for (auto const& [who, content] : talk)
      messages.push_back(
          jinja::of(jinja::map{{"role", jinja::of(std::string{name_of(who)})}, {"content", jinja::of(content)}}));
    jinja::map out{
        {"messages", jinja::of(std::move(messages))}, {"add_generation_prompt", {generation_prompt}}, {"tools", {nullptr}}};
    auto const add = [&](std::string_view name, std::optional<token_id> id) {
      if (id) out.emplace_back(name, jinja::of(std::string{words_.bytes_of(*id)}));
    };
    add("bos_token", bos_of_family());
    add("eos_token", words_.eos());
    std::visit(
        [&](auto const& how) {
          if constexpr (requires { how.date(); }) {
            if (!how.date().empty()) out.emplace_back("date_string", jinja::of(how.date()));
          }
        },
        how_);
    return out;
  }
  // The mark a conversation opens with where the vocabulary's files name none.
  std::optional<token_id> bos_of_family() const {
    if (auto const named = words_.bos()) return named;
    return std::visit(
        [&](auto const& how) -> std::optional<token_id> {
          if constexpr (requires { how.bos(); }) return how.bos();
          return std::nullopt;
        },
        how_);
  }

  void add_stop(std::optional<token_id> id) {
    if (id && std::find(stops_.begin(), stops_.end(), *id) == stops_.end()) stops_.push_back(*id);
  }

  tokenizer words_;
  detail::chat_variant how_;
  std::vector<token_id> stops_;
  std::string not_compared_;
};

}  // namespace ease
