// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a chat family writes a conversation to: text, token ids and loss mask grow together, so that they cannot disagree.
// Content is always plain text: only `special` writes a special token.
#include <cstddef>
#include <cstdint>
#include <ease/core/conversation.hpp>
#include <ease/core/error.hpp>
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
  // `training`: which of the history's answers count in the loss; none in a prompt.
  explicit chat_writer(tokenizer const& tok, std::optional<trained_turns> training = {})
      : tokenizer_{tok}, training_{training} {}

  // Whether answers of the history are trained. A family whose prompts leave out earlier reasoning keeps it there, as TRL
  // does: it would else train a reasoned answer as a direct one.
  bool trains_history() const { return training_ && *training_ != trained_turns::last; }

  void text(std::string_view plain) {
    out_.text += plain;
    waiting_ += plain;
  }
  void special(special_token const& token) {
    flush();
    out_.text += token.text;
    put(token.id);
  }
  // Splits the tokenisation here, as it is split when the model continues from a prompt. What follows counts in the loss if
  // `answer_begins`, it is a training example, and its last answer is trained.
  void cut(bool answer_begins) {
    flush();
    in_loss_ = answer_begins && training_ && (*training_ != trained_turns::first || answers_ == 0);
  }
  // An earlier answer and the end of its turn, which `write` writes. The tokenisation is not split, since the model reads
  // these texts as one; a token that holds the first character of the answer counts as part of it, as in transformers.
  void earlier_answer(message const& said, auto&& write) {
    bool const selected = trains_history() && (*training_ == trained_turns::all || answers_ == 0);
    ++answers_;
    if (selected && said.trained) loss_from_here(true);
    write();
    loss_from_here(false);
  }

  // <think>, <tool_call> and the like: its token where the vocabulary has one, else text.
  void mark_token(std::string_view which) {
    if (auto const id = tokenizer_.id_of(which)) {
      special({std::string{which}, *id});
    } else {
      text(which);
    }
  }
  // An assistant's text: a leading <think> and the first </think> after it are special tokens, nothing else is.
  void answer(std::string_view written) {
    if (!written.starts_with(think_open)) return text(written);
    mark_token(think_open);
    rest_of_reasoned(written.substr(think_open.size()));
  }
  // The same behind the <think>, which the prompt has written.
  void rest_of_reasoned(std::string_view written) {
    auto const close = written.find(think_close);
    text(written.substr(0, close));
    if (close == std::string_view::npos) return;
    mark_token(think_close);
    text(written.substr(close + think_close.size()));
  }
  void answer(direct const& a) { text(a.text); }
  // `opened`: the prompt has already written "<think>\n".
  void answer(reasoned const& a, bool opened = false) {
    if (!opened) {
      mark_token(think_open);
      text("\n");
    }
    text(a.reasoning);
    text("\n");
    mark_token(think_close);
    text("\n\n");
    text(a.text);
  }

  rendered finish() && {
    flush();
    return std::move(out_);
  }

 private:
  // Where the loss begins or ends within the waiting text.
  struct mark {
    std::size_t at;
    bool in_loss;
  };

  void put(token_id id) {
    out_.ids.push_back(id);
    out_.loss_mask.push_back(in_loss_ ? 1 : 0);
  }
  void loss_from_here(bool in_loss) {
    if (waiting_.empty()) {
      in_loss_ = in_loss;
    } else {
      marks_.push_back({waiting_.size(), in_loss});
    }
  }
  void flush() {
    auto const first = out_.ids.size();
    tokenizer_.encode(waiting_, out_.ids, special_text::plain);
    if (!marks_.empty()) mask_by_marks(first);
    out_.loss_mask.resize(out_.ids.size(), in_loss_ ? 1 : 0);
    waiting_.clear();
  }
  // A token counts if any of its bytes does.
  void mask_by_marks(std::size_t first) {
    // Ids stand for the normalised text, whose length can differ.
    for (auto& m : marks_) m.at = tokenizer_.normalised(std::string_view{waiting_}.substr(0, m.at)).size();
    auto next = marks_.begin();
    std::size_t begin = 0;
    for (auto i = first; i < out_.ids.size(); ++i) {
      auto const end = begin + tokenizer_.bytes_of(out_.ids[i]).size();
      for (; next != marks_.end() && next->at <= begin; ++next) in_loss_ = next->in_loss;
      bool counts = in_loss_;
      for (; next != marks_.end() && next->at < end; ++next) {
        in_loss_ = next->in_loss;
        counts = counts || in_loss_;
      }
      out_.loss_mask.push_back(counts ? 1 : 0);
      begin = end;
    }
    if (begin != tokenizer_.normalised(waiting_).size())
      throw error("the vocabulary has no tokens for part of the text: which of its tokens are trained cannot be told");
    in_loss_ = marks_.back().in_loss;
    marks_.clear();
  }

  tokenizer const& tokenizer_;
  std::optional<trained_turns> training_;
  rendered out_;
  std::string waiting_;  // text since the last special token or cut
  std::vector<mark> marks_;
  std::size_t answers_{0};  // earlier ones that were written
  bool in_loss_{false};
};

}  // namespace ease::inline v1
