// SPDX-License-Identifier: Apache-2.0
// A server's reply, whole or streamed: an answer, a failure or "malformed", each in words of our own; never a text that the
// reply does not hold. An error leaves out what was sent, and each field once.
#include <ease/backend/openai/openai_form.hpp>
#include <ease/backend/openai/openai_reply.hpp>
#include <ease/backend/openai/openai_stream.hpp>

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
      if (facts.finish) fuzz::check_message(*facts.finish);
      fuzz::must(facts.used.cached <= facts.used.prompt, "no more of a prompt is cached than there is");
      // A stream is the same however it is cut.
      ease::streamed_completion at_once{asked, chat}, in_two{asked, chat};
      ease::reply_facts of_one, of_two;
      at_once.feed(body);
      in_two.feed(std::string_view{body}.substr(0, size / 2));
      in_two.feed(std::string_view{body}.substr(size / 2));
      auto const one = at_once.finish(of_one);
      auto const two = in_two.finish(of_two);
      check(one);
      fuzz::must(one.index() == two.index() && of_one.finish == of_two.finish, "a stream does not depend on its pieces");
      if (auto const* whole = std::get_if<ease::completion>(&one)) {
        fuzz::must(whole->text.size() <= size + 64, "a text is no longer than the stream");
        fuzz::must(whole->text == std::get<ease::completion>(two).text, "a stream does not depend on its pieces");
      }
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
    auto const error = ease::read_error(body);
    fuzz::must(error.message.size() <= 12'000, "an error message has a limit");
    (void)ease::status_of_error(body);
    // Whatever is said again and again, there is an end of forms.
    ease::openai_form form;
    std::vector<std::string> news;
    int forms = 0;
    for (bool again = true; again; ++forms) {
      fuzz::must(forms < 40, "a refusal is not answered for ever");
      auto const out = form.left_out();
      ease::sent_fields const sent{.all = {~out.bits | 1U},
                                   .chosen = {6U},
                                   .other_limit = out.has(ease::request_field::limit),
                                   .top_logprobs = form.top_logprobs(20)};
      again = form.learn(error, error.message, sent, news);
    }
    for (auto const& one : news) fuzz::check_message(one);
    (void)ease::quota_is_gone(body);
    (void)ease::read_usage(body);
  });
  return 0;
}
