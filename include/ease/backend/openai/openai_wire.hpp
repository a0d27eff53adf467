// SPDX-License-Identifier: Apache-2.0
#pragma once
// Requests to an OpenAI-compatible server, as JSON. Pure text: no sockets, so that each field can be tested.
// Replies are read by openai_reply.hpp.
#include <cstdint>
#include <ease/core/generator.hpp>
#include <ease/core/random.hpp>
#include <ease/io/json/json_text.hpp>
#include <string>
#include <string_view>

namespace ease::inline v1 {

// Which sampling fields are sent. A self-hosted server (vLLM, SGLang, llama.cpp) fills those left out from defaults that are
// not neutral (top_k 40, min_p 0.05, the model's generation_config.json), so all are sent; a hosted API rejects those it
// does not know, so it gets only those that were set.
enum class sampling_fields : std::uint8_t { all, asked };

// Optional parts of a request, where the server supports them.
struct wire_form {
  bool stream{false};  // the answer piece by piece, as server-sent events
  bool schema{true};   // the answer held to the request's json_schema, if that has one
};

struct openai_wire {
  std::string model;
  sampling_fields fields{sampling_fields::all};
  std::string max_tokens_name{"max_tokens"};  // of chats; OpenAI's newer models insist on "max_completion_tokens"

  // POST /chat/completions. A prefill goes as a trailing assistant message: vLLM and SGLang continue it by
  // continue_final_message, llama.cpp's server by itself; most hosted APIs start a new turn instead, and then it has no
  // effect.
  [[nodiscard]] std::string chat(generation_request const& request, wire_form form = {}) const;
  // POST /completions, for plain_text; the prefill is the text's end.
  [[nodiscard]] std::string completions(generation_request const& request, wire_form form = {}) const;
  // POST /chat/completions for the `top` likeliest first tokens. Any continuation is scored by the one reply.
  [[nodiscard]] std::string chat_first_token(score_request const& request, int top) const;
  // POST /completions that echoes prompt and continuation with each token's log-probability.
  [[nodiscard]] std::string echo(score_request const& request, std::string_view continuation) const;

 private:
  void open_chat(json_writer& to, conversation const& turns, std::string_view prefill) const;
  void sample(json_writer& to, sampling const& how, std::string_view limit) const;
  static void extras(json_writer& to, generation_request const& request, wire_form form);
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

inline void openai_wire::open_chat(json_writer& to, conversation const& turns, std::string_view prefill) const {
  auto const turn = [&](std::string_view who, std::string_view content) {
    to.object().key("role").value(who).key("content").value(content).end();
  };
  to.object().key("model").value(model).key("messages").array();
  for (auto const& each : turns) turn(name_of(each.role), each.content);
  if (!prefill.empty()) turn("assistant", prefill);
  to.end();
  if (!prefill.empty() && fields == sampling_fields::all)
    to.key("add_generation_prompt").value(false).key("continue_final_message").value(true);
}

inline void openai_wire::sample(json_writer& to, sampling const& how, std::string_view limit) const {
  bool const all = fields == sampling_fields::all;
  to.key(limit).value(how.max_tokens).key("temperature").value(how.temperature);
  if (all || how.top_p != 1) to.key("top_p").value(how.top_p);
  if (all || how.top_k != 0) to.key("top_k").value(how.top_k == 0 ? detail::every_token : how.top_k);
  if (all || how.min_p != 0) to.key("min_p").value(how.min_p);
  if (all || how.repetition_penalty != 1) {
    to.key("repetition_penalty").value(how.repetition_penalty);       // vLLM, SGLang, TGI
    if (all) to.key("repeat_penalty").value(how.repetition_penalty);  // llama.cpp
  }
  if (!how.stop.empty()) {
    to.key("stop").array();
    for (auto const& each : how.stop) to.value(each);
    to.end();
  }
}

inline void openai_wire::extras(json_writer& to, generation_request const& request, wire_form form) {
  if (form.schema && !request.json_schema.empty()) {
    to.key("response_format").object().key("type").value("json_schema").key("json_schema").object();
    to.key("name").value("answer").key("strict").value(true).key("schema").raw(request.json_schema).end().end();
  }
  if (form.stream) to.key("stream").value(true).key("stream_options").object().key("include_usage").value(true).end();
}

inline std::string openai_wire::chat(generation_request const& request, wire_form form) const {
  std::string out;
  json_writer to{out};
  open_chat(to, std::get<conversation>(request.input), request.prefill);
  sample(to, request.sampling, max_tokens_name);
  to.key("seed").value(detail::row_seed(request.seed, request.row));
  extras(to, request, form);
  to.end();
  return out;
}

inline std::string openai_wire::completions(generation_request const& request, wire_form form) const {
  std::string out;
  json_writer to{out};
  to.object().key("model").value(model).key("prompt").value(detail::plain(request.input) + request.prefill);
  sample(to, request.sampling, "max_tokens");
  to.key("seed").value(detail::row_seed(request.seed, request.row));
  extras(to, request, form);
  to.end();
  return out;
}

inline std::string openai_wire::chat_first_token(score_request const& request, int top) const {
  std::string out;
  json_writer to{out};
  open_chat(to, std::get<conversation>(request.input), request.prefill);
  sample(to, {.temperature = 0, .max_tokens = 1}, max_tokens_name);
  to.key("logprobs").value(true).key("top_logprobs").value(top).end();
  return out;
}

inline std::string openai_wire::echo(score_request const& request, std::string_view continuation) const {
  std::string out;
  json_writer to{out};
  to.object().key("model").value(model).key("prompt");
  to.value(detail::plain(request.input) + request.prefill + std::string{continuation});
  sample(to, {.temperature = 0, .max_tokens = 1}, "max_tokens");  // some servers take 0 tokens as "no limit"
  to.key("echo").value(true).key("logprobs").value(1).end();
  return out;
}

}  // namespace ease::inline v1
