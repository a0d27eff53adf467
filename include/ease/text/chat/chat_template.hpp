// SPDX-License-Identifier: Apache-2.0
#pragma once
// Typed chat templates: one walk gives text, ids and loss mask. A family is one file in chat/ and its name in
// `chat_variant` (chat_template.ipp). `history` is byte-equal to the model's own Jinja template, which is compared when a
// model is opened
// (`of`); content never becomes a special token. Non-goals: tools, images, and answering with a template of no known family.
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ease/core/compiled.hpp"
#include "ease/core/generator.hpp"
#include "ease/record/answer.hpp"
#include "ease/text/chat/options.hpp"
#include "ease/text/chat/rendered.hpp"
#include "ease/text/tokenizer/tokenizer.hpp"
#include "ease/text/unicode/token.hpp"

namespace ease {

class chat_template {
 public:
  // Throws if the vocabulary lacks a mark the family needs.
  chat_template(chat_family which, tokenizer words, chat_options const& options = {});

  // Recognised from the model's own Jinja text. Throws if no family wrote it, or if it renders a conversation otherwise than
  // the family does: a near miss would be a silent error in every prompt.
  static chat_template of(tokenizer const& words, chat_options const& options = {});

  // The family of that name, whatever the model's own template says. Throws if there is none.
  static chat_template named(std::string_view family, tokenizer const& words, chat_options const& options = {});

  // Why the model's own template could not be rendered and compared, where `of` could not; "" if it was, and was equal.
  std::string const& not_compared() const;

  // The conversation up to where the model answers, then `prefill` as the beginning of its answer.
  rendered prompt(conversation const& turns, std::string_view prefill = {}) const;

  // A training row: the prompt, then the answer and the end of the turn, which alone are trained. Throws if the answer is
  // empty.
  rendered example(conversation const& before, finished const& said) const;

  // The conversation as the model's own template writes it.
  rendered history(conversation const& turns, bool generation_prompt) const;

  // The same conversation as the model's own template renders it, by our reading of Jinja. Throws if it cannot be rendered.
  std::string own_rendering(conversation const& turns, bool generation_prompt) const;

  std::vector<token_id> const& stops() const { return stops_; }  // ids that end a turn
  chat_family family() const;
  // For reports and keys: two templates with the same identity write the same.
  std::string identity() const;
  tokenizer const& words() const { return words_; }

  // The model's own Jinja text with whatever is pinned here pinned there too: save this, and users of transformers get the
  // same prompts.
  std::string source() const;

 private:
  struct known;  // the family, of whichever type it is

  template <class Rest>
  rendered walk(conversation const& turns, bool generation_prompt, Rest&& rest) const;
  // Throws if the template, rendered, is not what we write. Conversations of every shape a family knows: odd white space,
  // nothing, marks, reasoning, a last message of either side.
  void compare(chat_options const& options);

  // The mark a conversation opens with where the vocabulary's files name none.
  std::optional<token_id> bos_of_family() const;

  void add_stop(std::optional<token_id> id);

  tokenizer words_;
  std::shared_ptr<known const> how_;
  std::vector<token_id> stops_;
  std::string not_compared_;
};

}  // namespace ease

#ifndef EASE_COMPILED
#include "ease/text/chat/chat_template.ipp"
#endif
