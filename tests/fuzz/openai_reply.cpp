// SPDX-License-Identifier: Apache-2.0
// A server's reply: an answer, a failure or "malformed", each in words of our own; never a text that the reply does not hold.
#include <ease/backend/openai/openai_reply.hpp>
#include <ease/backend/openai/reply/openai_error.hpp>

#include "harness.hpp"

namespace {

template <class T>
void check(ease::parsed<T> const& read) {
  if (auto const* bad = std::get_if<ease::malformed>(&read)) fuzz::check_message(bad->what);
  if (auto const* bad = std::get_if<ease::failure>(&read)) fuzz::check_message(bad->what);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  auto const body = fuzz::text(data, size);
  ease::generation_request const asked{.input = ease::plain_text{"p"}, .prefill = "<think>", .sampling = {.max_tokens = 16}};
  fuzz::accepts(size, [&] {
    for (bool const chat : {true, false}) {
      ease::reply_facts facts;
      auto const read = ease::read_completion(body, asked, chat, facts);
      check(read);
      if (auto const* whole = std::get_if<ease::completion>(&read))
        fuzz::must(whole->text.size() <= size + 64, "a text is no longer than the reply");
    }
    auto const first = ease::read_first_token(body);
    check(first);
    if (auto const* tokens = std::get_if<std::vector<ease::token_logprob>>(&first))
      for (std::size_t i = 1; i < tokens->size(); ++i)
        fuzz::must(!((*tokens)[i - 1].logprob < (*tokens)[i].logprob), "the likeliest stands first");
    auto const echo = ease::read_echo(body);
    check(echo);
    if (auto const* all = std::get_if<ease::echoed_tokens>(&echo))
      fuzz::must(all->generated <= all->tokens.size(), "no more tokens are generated than there are");
    (void)ease::read_error_message(body);
    (void)ease::quota_is_gone(body);
    (void)ease::read_usage(body);
  });
  return 0;
}
