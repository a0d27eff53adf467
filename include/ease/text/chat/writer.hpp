// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where a chat family writes its walk over a conversation: text, token ids and loss mask grow together, so that they cannot
// disagree. Content is always plain: only `mark` can put a special token down.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ease/core/error.hpp"
#include "ease/core/generator.hpp"
#include "ease/record/answer.hpp"
#include "ease/text/chat/rendered.hpp"
#include "ease/text/tokenizer/tokenizer.hpp"
#include "ease/text/unicode/token.hpp"

namespace ease {

struct chat_mark {
  std::string text;
  token_id id;

  // Throws if the vocabulary lacks it: a template without its marks would be read as ordinary text.
  static chat_mark of(tokenizer const& words, std::string_view text, std::string_view family) {
    if (auto const id = words.id_of(text)) return {std::string{text}, *id};
    throw error("chat template {}: the vocabulary has no token {}; the model is of another family", family, text);
  }
};

class chat_writer {
 public:
  explicit chat_writer(tokenizer const& words) : words_{words} {}

  void text(std::string_view plain) {
    out_.text += plain;
    waiting_ += plain;
  }
  void mark(chat_mark const& m) {
    flush();
    out_.text += m.text;
    put(m.id);
  }
  // What follows is tokenised apart from what came before, as it is when the model goes on from there.
  void cut(bool trained_from_here) {
    flush();
    trained_ = trained_from_here;
  }

  // A think mark: its token where the vocabulary has one, else text.
  void think_mark(std::string_view which) {
    if (auto const id = words_.id_of(which)) {
      mark({std::string{which}, *id});
    } else {
      text(which);
    }
  }
  // An assistant's text in the written form: a leading <think> and the first </think> after it are marks, nothing else is.
  void answer(std::string_view written) {
    if (!written.starts_with(think_open)) return text(written);
    written.remove_prefix(think_open.size());
    think_mark(think_open);
    auto const close = written.find(think_close);
    text(written.substr(0, close));
    if (close == std::string_view::npos) return;
    think_mark(think_close);
    text(written.substr(close + think_close.size()));
  }
  void answer(direct const& a) { text(a.text); }
  // `opened`: the prompt has already written "<think>\n".
  void answer(reasoned const& a, bool opened = false) {
    if (!opened) {
      think_mark(think_open);
      text("\n");
    }
    text(a.trace);
    text("\n");
    think_mark(think_close);
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
    out_.trained.push_back(trained_);
  }
  void flush() {
    words_.encode(waiting_, out_.ids, special_text::plain);
    out_.trained.resize(out_.ids.size(), trained_);
    waiting_.clear();
  }

  tokenizer const& words_;
  rendered out_;
  std::string waiting_;  // text since the last mark or cut
  std::uint8_t trained_{0};
};

}  // namespace ease
