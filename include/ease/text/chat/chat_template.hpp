// SPDX-License-Identifier: Apache-2.0
#pragma once
// Typed chat templates: one pass gives text, ids and loss mask. A family is one file in chat/ and its name in the list of
// all.hpp. `history` is byte-equal to the model's own Jinja template, which is compared when a model is opened (`of`);
// content never becomes a special token. Calls of tools and what they say are written by the families whose templates have them
// (Qwen2.5, Llama 3.1 and later, ChatML as Hermes has it), each time compared with the model's own; elsewhere they are refused.
// Non-goals: lists of tools, images, and templates of unknown families.
#include <ease/core/compiled.hpp>
#include <ease/core/generator.hpp>
#include <ease/record/answer.hpp>
#include <ease/text/chat/options.hpp>
#include <ease/text/chat/rendered.hpp>
#include <ease/text/tokenizer/tokenizer.hpp>
#include <ease/text/unicode/token.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ease::inline v1 {

struct template_difference;

class chat_template {
 public:
  // The family of that name, e.g. "smollm2", whatever the model's own template says. Throws if there is none, or if the
  // vocabulary lacks a special token of it.
  chat_template(std::string_view family, ease::tokenizer tok, chat_options const& options = {});
  static std::string families();  // "smollm2, qwen2_5, ..." for messages

  // Recognised from the model's own Jinja text: by its words, else by what it renders. Throws if it is of no known family, or
  // if it renders a conversation differently: a small difference would be a silent error in every prompt. Where only
  // conversations of unusual order are rendered differently, or refused, those are errors when they come.
  static chat_template of(ease::tokenizer const& tok, chat_options const& options = {});

  // The same template for the same vocabulary with more tokens.
  chat_template with(ease::tokenizer tok) const;

  // Why the model's own template could not be rendered and compared, where `of` could not; "" if it was, and was equal.
  std::string const& not_compared() const;

  // The conversation up to where the model answers, then `prefill` as the beginning of its answer.
  rendered prompt(conversation const& turns, std::string_view prefill = {}) const;

  // A training example: the prompt, then the answer and the end of its turn. In the loss mask are the answers that `which`
  // names, each with the end of its turn: those of `before` which are `trained`, and `said`, which is the last. With `first`
  // and an answer in `before`, what stands behind the loss is left out: nothing depends on it. Throws if `said` is empty.
  // The masks are those of TRL's assistant_only_loss without the tokens of the frame: what opens an answer stands in the
  // prompt when the model generates, and white space behind the end mark is never generated.
  rendered example(conversation const& before, complete_answer const& said, trained_turns which = trained_turns::last) const;

  // The conversation as the model's own template writes it.
  rendered history(conversation const& turns, bool generation_prompt) const;

  // The same conversation as the model's own template renders it, by our reading of Jinja. Throws if it cannot be rendered.
  std::string own_rendering(conversation const& turns, bool generation_prompt) const;

  std::vector<token_id> const& stops() const { return stops_; }  // ids that end a turn
  std::string_view family() const;
  // For reports and keys: two templates with the same identity write the same.
  std::string identity() const;
  ease::tokenizer const& tokenizer() const { return tokenizer_; }

  // The model's own Jinja text with whatever is pinned here pinned there too: save this, and users of transformers get the
  // same prompts.
  std::string source() const;

 private:
  struct known;  // the family, of whichever type it is

  template <class Rest>
  rendered walk(conversation const& turns, std::optional<trained_turns> training, bool generation_prompt, Rest&& rest) const;
  // How the rendered template differs from ours, on conversations with unusual white space, empty messages, special tokens,
  // reasoning, and a last message of either side; none if it does not, or could not be rendered.
  std::optional<template_difference> compare();
  bool takes_system() const;
  std::string written(conversation const& turns, bool generation_prompt) const;  // our text
  // Throws if messages of tools cannot be written, or not as the model's own template does.
  void check_tools(conversation const& turns, bool generation_prompt) const;
  // Throws if the model's own template refuses these messages, or writes them otherwise.
  void same_as_own(conversation const& turns, bool generation_prompt) const;

  // The BOS of the family where the vocabulary's files name none.
  std::optional<token_id> bos_of_family() const;

  void add_stop(std::optional<token_id> id);

  ease::tokenizer tokenizer_;
  std::shared_ptr<known const> how_;
  chat_options options_;
  std::vector<token_id> stops_;
  std::string not_compared_;
  bool named_{true};          // the family was named, whatever the model's own template says
  bool compare_each_{false};  // the model's own template does not write every order of messages as we do
};

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/text/chat/chat_template.ipp>
#endif
