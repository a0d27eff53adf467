// SPDX-License-Identifier: Apache-2.0
#pragma once
// Requests to an OpenAI-compatible server, as JSON. Pure text: no sockets, so that each field can be tested.
// Replies are read by openai_reply.hpp.
#include <cstdint>
#include <ease/backend/openai/openai_form.hpp>
#include <ease/backend/openai/request_fields.hpp>
#include <ease/core/generator.hpp>
#include <ease/core/random.hpp>
#include <ease/io/json/json_text.hpp>
#include <ease/io/json/messages.hpp>
#include <string>
#include <string_view>

namespace ease::inline v1 {

// Which sampling fields are sent. A self-hosted server (vLLM, SGLang, llama.cpp) fills those left out from defaults that are
// not neutral (top_k 40, min_p 0.05, the model's generation_config.json), so all are sent; a hosted API rejects those it
// does not know, so it gets only those that were set.
enum class sampling_fields : std::uint8_t { all, asked };

// How a request is written for a server: what it asks for, what the server does not take, and what was written.
struct wire_form {
  bool stream{false};   // the answer piece by piece, as server-sent events
  field_set without{};  // left out (openai_form.hpp)
  sent_fields* sent{};  // if there is one, it gets what the request has
};

struct openai_wire {
  std::string model;
  sampling_fields fields{sampling_fields::all};
  std::string max_tokens_name{"max_tokens"};  // of chats; OpenAI's newer models insist on "max_completion_tokens"
  request_fields more{};                      // at the end of each request

  // POST /chat/completions. A prefill goes as a trailing assistant message: vLLM and SGLang continue it by
  // continue_final_message, llama.cpp's server by itself; most hosted APIs start a new turn instead, and then it has no
  // effect.
  [[nodiscard]] std::string chat(generation_request const& request, wire_form form = {}) const;
  // POST /completions, for plain_text; the prefill is the text's end.
  [[nodiscard]] std::string completions(generation_request const& request, wire_form form = {}) const;
  // POST /chat/completions for the `top` likeliest first tokens. Any continuation is scored by the one reply.
  [[nodiscard]] std::string chat_first_token(score_request const& request, int top, wire_form form = {}) const;
  // POST /completions that echoes prompt and continuation with each token's log-probability.
  [[nodiscard]] std::string echo(score_request const& request, std::string_view continuation, wire_form form = {}) const;

 private:
  // Whether the field is written; says so to `form`.
  static bool takes(wire_form const& form, request_field field, bool chosen = true);
  void open_chat(json_writer& to, conversation const& turns, std::string_view prefill, wire_form const& form) const;
  void sample(json_writer& to, sampling const& how, bool chat, wire_form const& form) const;
  static void extras(json_writer& to, generation_request const& request, wire_form const& form);
};

namespace detail {

// A seed for each row, since the API has no row number. 31 bits, since some servers keep 32 and give 2^32-1 a meaning.
inline std::uint32_t row_seed(std::uint64_t seed, std::uint64_t row) {
  return static_cast<std::uint32_t>(random_key(seed, row) >> 33U);
}

// "All of the vocabulary" in a form that every server takes: vLLM knew only -1 for long, llama-cpp-python takes none below
// 0.
constexpr int every_token = 1 << 20;

inline std::string const& plain(model_input const& input) { return std::get<plain_text>(input).text; }

}  // namespace detail

inline bool openai_wire::takes(wire_form const& form, request_field field, bool chosen) {
  if (form.without.has(field)) return false;
  if (form.sent != nullptr) form.sent->all.add(field);
  if (form.sent != nullptr && chosen) form.sent->chosen.add(field);
  return true;
}

inline void openai_wire::open_chat(json_writer& to, conversation const& turns, std::string_view prefill,
                                   wire_form const& form) const {
  auto const turn = [&](std::string_view who, std::string_view content) {
    to.object().key("role").value(who).key("content").value(content).end();
  };
  to.object().key("model").value(model).key("messages").array();
  for (auto const& each : turns) {
    write_message(to, each);
    to.end();
  }
  if (!prefill.empty()) turn("assistant", prefill);
  to.end();
  if (!prefill.empty() && fields == sampling_fields::all && takes(form, request_field::continue_final, false))
    to.key("add_generation_prompt").value(false).key("continue_final_message").value(true);
}

inline void openai_wire::sample(json_writer& to, sampling const& how, bool chat, wire_form const& form) const {
  using enum request_field;
  bool const all = fields == sampling_fields::all;
  // A limit always stands there: without one an answer could be of any length.
  bool const other = form.without.has(limit);
  if (form.sent != nullptr) form.sent->all.add(limit), form.sent->chosen.add(limit), form.sent->other_limit = other;
  std::string_view const first = chat ? std::string_view{max_tokens_name} : "max_tokens";
  to.key(!other ? first : first == "max_tokens" ? "max_completion_tokens" : "max_tokens").value(how.max_tokens);
  if (takes(form, temperature)) to.key("temperature").value(how.temperature);
  if ((all || how.top_p != 1) && takes(form, top_p, how.top_p != 1)) to.key("top_p").value(how.top_p);
  if ((all || how.top_k != 0) && takes(form, top_k, how.top_k != 0))
    to.key("top_k").value(how.top_k == 0 ? detail::every_token : how.top_k);
  if ((all || how.min_p != 0) && takes(form, min_p, how.min_p != 0)) to.key("min_p").value(how.min_p);
  bool const penalty = how.repetition_penalty != 1;
  if ((all || penalty) && takes(form, repetition_penalty, penalty))  // vLLM, SGLang, TGI
    to.key("repetition_penalty").value(how.repetition_penalty);
  if (all && takes(form, repeat_penalty, false)) to.key("repeat_penalty").value(how.repetition_penalty);  // llama.cpp
  if (!how.stop.empty() && takes(form, stop)) {
    to.key("stop").array();
    for (auto const& each : how.stop) to.value(each);
    to.end();
  }
}

inline void openai_wire::extras(json_writer& to, generation_request const& request, wire_form const& form) {
  using enum request_field;
  if (takes(form, seed, false)) to.key("seed").value(detail::row_seed(request.seed, request.row));
  if (!request.json_schema.empty() && takes(form, response_format, false)) {
    to.key("response_format").object().key("type").value("json_schema").key("json_schema").object();
    to.key("name").value("answer").key("strict").value(true).key("schema").raw(request.json_schema).end().end();
  }
  if (!form.stream || !takes(form, stream, false)) return;
  to.key("stream").value(true);
  if (takes(form, stream_options, false)) to.key("stream_options").object().key("include_usage").value(true).end();
}

inline std::string openai_wire::chat(generation_request const& request, wire_form form) const {
  std::string out;
  json_writer to{out};
  open_chat(to, std::get<conversation>(request.input), request.prefill, form);
  sample(to, request.sampling, true, form);
  extras(to, request, form);
  more.write(to);
  to.end();
  return out;
}

inline std::string openai_wire::completions(generation_request const& request, wire_form form) const {
  std::string out;
  json_writer to{out};
  to.object().key("model").value(model).key("prompt").value(detail::plain(request.input) + request.prefill);
  sample(to, request.sampling, false, form);
  extras(to, request, form);
  more.write(to);
  to.end();
  return out;
}

inline std::string openai_wire::chat_first_token(score_request const& request, int top, wire_form form) const {
  std::string out;
  json_writer to{out};
  open_chat(to, std::get<conversation>(request.input), request.prefill, form);
  sample(to, {.temperature = 0, .max_tokens = 1}, true, form);
  if (form.sent != nullptr) form.sent->top_logprobs = top;
  to.key("logprobs").value(true).key("top_logprobs").value(top);
  more.write(to);
  to.end();
  return out;
}

inline std::string openai_wire::echo(score_request const& request, std::string_view continuation, wire_form form) const {
  std::string out;
  json_writer to{out};
  to.object().key("model").value(model).key("prompt");
  to.value(detail::plain(request.input) + request.prefill + std::string{continuation});
  sample(to, {.temperature = 0, .max_tokens = 1}, false, form);  // some servers take 0 tokens as "no limit"
  to.key("echo").value(true).key("logprobs").value(1);
  more.write(to);
  to.end();
  return out;
}

}  // namespace ease::inline v1
