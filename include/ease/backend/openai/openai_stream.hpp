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

  // After the last byte: the answer, its usage in `used`; malformed where an event is no JSON or an error, or the end is
  // missing.
  parsed<completion> finish(token_count& used) {
    events_.finish([&](std::string_view data) { take(data); });
    used = parts_.used;
    if (!problem_.empty()) return malformed{problem_};
    return completion_of(parts_, *asked_);
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
    if (detail::member(event.root, "error")) {
      problem_ = "the server broke the stream off with an error";
      return;
    }
    if (auto const usage = detail::member(event.root, "usage")) parts_.used = detail::usage_of(event.root);
    auto const choices = detail::array_member(event.root, "choices");
    if (!choices) return;
    for (auto const choice : *choices) {
      if (detail::count_member(choice, "index") != 0) continue;
      auto const from = chat_ ? detail::member(choice, "delta") : std::optional{choice};
      if (from) {
        auto const add = [&](std::optional<std::string>& to, char const* key) {
          auto const text = detail::text_member(*from, key);
          if (text) to = to.value_or(std::string{}).append(*text);
          return text.has_value();
        };
        if (!chat_)
          add(parts_.content, "text");
        else if (!add(parts_.content, "content"))
          add(parts_.content, "refusal");
        if (chat_ && !add(parts_.thought, "reasoning_content")) add(parts_.thought, "reasoning");
      }
      if (auto const why = detail::text_member(choice, "finish_reason")) {
        parts_.why = std::string{*why};
        parts_.by_string = detail::text_member(choice, "stop_reason").has_value();
      }
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
