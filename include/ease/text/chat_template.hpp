#pragma once
// Typed chat templates: one walk gives text, ids and loss mask. A family is one file in chat/ and its name in
// `chat_variant`. `history` is byte-equal to the model's own Jinja template; content never becomes a special token.
// Non-goals: tools, images, and rendering arbitrary Jinja.
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

  // Recognised from the model's own Jinja text. Throws if no family wrote it: a near miss would be a silent error in every
  // prompt.
  static chat_template of(tokenizer const& words, chat_options const& options = {}) {
    auto const& jinja = words.chat_template_source();
    std::optional<chat_family> found;
    std::string tried;
    for_each_family([&]<class Family>(Family*) {
      if (!found && Family::wrote(jinja)) found = Family::family;
      tried.append(tried.empty() ? "" : ", ").append(Family::name);
    });
    if (!found) {
      throw error("the model's chat template {} (tried {}); if one of them is right, name it",
                  jinja.empty() ? "is missing" : "is of no known family", tried);
    }
    return chat_template{*found, words, options};
  }

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

  void add_stop(std::optional<token_id> id) {
    if (id && std::find(stops_.begin(), stops_.end(), *id) == stops_.end()) stops_.push_back(*id);
  }

  tokenizer words_;
  detail::chat_variant how_;
  std::vector<token_id> stops_;
};

}  // namespace ease
