// SPDX-License-Identifier: Apache-2.0
#pragma once
// A streamed answer: assembles the events to what read_completion reads from a complete reply. Pure text: no sockets.
#include <cstddef>
#include <ease/backend/http/event_stream.hpp>
#include <ease/backend/openai/openai_reply.hpp>
#include <ease/core/generator.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace ease::inline v1 {

class streamed_completion {
 public:
  // `asked` must outlive it.
  streamed_completion(generation_request const& asked, bool chat) : asked_{&asked}, chat_{chat} {}

  void feed(std::string_view bytes) {
    events_.feed(bytes, [&](std::string_view data) { take(data); });
  }

  // The text so far, without a prefill that the server repeats.
  [[nodiscard]] std::string text() const {
    auto so_far = text_of(parts_, *asked_, false);
    return asked_->prefill.starts_with(so_far) ? std::string{} : so_far;
  }

  // After the last byte: the answer, what else it says in `facts`; malformed where an event is no JSON or an error, or the
  // end is missing: both the finish_reason and [DONE].
  parsed<completion> finish(reply_facts& facts) {
    events_.finish([&](std::string_view data) { take(data); });
    facts.used = parts_.used;
    bool const paid = parts_.content || parts_.thought || parts_.used.completion > 0;
    if (!problem_.empty()) return malformed{problem_, paid};
    bool const says_why = parts_.why && !parts_.why->empty();
    if (!says_why && !(done_ && paid)) return malformed{"the stream breaks off before its end", paid};
    return completion_of(parts_, *asked_, facts);
  }

 private:
  void take(std::string_view data) {
    if (done_ || !problem_.empty()) return;
    if (data == "[DONE]") {
      done_ = true;
      return;
    }
    detail::document const event{data};
    if (!event.whole) {
      problem_ = "an event of the stream is not whole JSON";
      return;
    }
    if (detail::member(event.root, "error") || detail::text_member(event.root, "object") == "error") {
      problem_ = "the server broke the stream off with an error";
      return;
    }
    if (detail::member(event.root, "usage")) parts_.used = detail::usage_of(event.root);
    auto const choices = detail::array_member(event.root, "choices");
    if (!choices) return;
    for (auto const choice : *choices) {
      if (detail::count_member(choice, "index") != 0) continue;
      auto const delta = detail::member(choice, "delta");
      auto const whole = detail::member(choice, "message");
      auto const text = detail::text_member(choice, "text");
      if (delta && (chat_ || !text))
        add_message(parts_, *delta);
      else if (text)
        parts_.content = parts_.content.value_or(std::string{}).append(*text);
      else if (whole && !parts_.content && !parts_.thought)  // all at once; some repeat it so at the end
        add_message(parts_, *whole);
      detail::add_finish(parts_, choice);
    }
  }

  generation_request const* asked_;
  bool chat_;
  event_stream events_{};
  reply_parts parts_{};
  std::string problem_{};
  bool done_{false};
};

}  // namespace ease::inline v1
