// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a chat family writes a conversation to: text, token ids and loss mask grow together, so that they cannot disagree.
// Content is always plain text: only `special` writes a special token.
#include <cstdint>
#include <ease/core/error.hpp>
#include <ease/core/generator.hpp>
#include <ease/record/answer.hpp>
#include <ease/text/chat/rendered.hpp>
#include <ease/text/tokenizer/tokenizer.hpp>
#include <ease/text/unicode/token.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ease::inline v1 {

struct special_token {
  std::string text;
  token_id id;

  // Throws if the vocabulary lacks it: a template without its special tokens would be read as ordinary text.
  static special_token of(tokenizer const& tok, std::string_view text, std::string_view family) {
    if (auto const id = tok.id_of(text)) return {std::string{text}, *id};
    throw error("chat template {}: the vocabulary has no token {}; the model is of another family", family, text);
  }
};

class chat_writer {
 public:
  explicit chat_writer(tokenizer const& tok) : tokenizer_{tok} {}

  void text(std::string_view plain) {
    out_.text += plain;
    waiting_ += plain;
  }
  void special(special_token const& token) {
    flush();
    out_.text += token.text;
    put(token.id);
  }
  // Splits the tokenisation here, as it is split when the model continues from a prompt.
  void cut(bool in_loss) {
    flush();
    in_loss_ = in_loss;
  }

  // <think> or </think>: its token where the vocabulary has one, else text.
  void think_token(std::string_view which) {
    if (auto const id = tokenizer_.id_of(which)) {
      special({std::string{which}, *id});
    } else {
      text(which);
    }
  }
  // An assistant's text: a leading <think> and the first </think> after it are special tokens, nothing else is.
  void answer(std::string_view written) {
    if (!written.starts_with(think_open)) return text(written);
    written.remove_prefix(think_open.size());
    think_token(think_open);
    auto const close = written.find(think_close);
    text(written.substr(0, close));
    if (close == std::string_view::npos) return;
    think_token(think_close);
    text(written.substr(close + think_close.size()));
  }
  void answer(direct const& a) { text(a.text); }
  // `opened`: the prompt has already written "<think>\n".
  void answer(reasoned const& a, bool opened = false) {
    if (!opened) {
      think_token(think_open);
      text("\n");
    }
    text(a.reasoning);
    text("\n");
    think_token(think_close);
    text("\n\n");
    text(a.text);
  }

  rendered finish() && {
    flush();
    return std::move(out_);
  }

 private:
  void put(token_id id) {
    out_.ids.push_back(id);
    out_.loss_mask.push_back(in_loss_);
  }
  void flush() {
    tokenizer_.encode(waiting_, out_.ids, special_text::plain);
    out_.loss_mask.resize(out_.ids.size(), in_loss_);
    waiting_.clear();
  }

  tokenizer const& tokenizer_;
  rendered out_;
  std::string waiting_;  // text since the last special token or cut
  std::uint8_t in_loss_{0};
};

}  // namespace ease::inline v1
