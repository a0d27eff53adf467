// SPDX-License-Identifier: Apache-2.0
#pragma once
// A model by a name that a user gives at run time: a Hugging Face folder or .gguf file here, or `openai:MODEL@URL` there
// (`@URL,URL` for several servers). Pipelines take it as generator and scorer; the header knows neither libtorch nor libcurl.
//
//     auto const model = open_model("openai:gpt-4o", {});
//     run(from(prompts) | diagnose(*model), run_folder{"out"});
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <ease/backend/openai/openai_key.hpp>
#include <ease/backend/openai/request_fields.hpp>
#include <ease/core/compiled.hpp>
#include <ease/core/generator.hpp>
#include <ease/core/option.hpp>
#include <ease/journal/openai_usage.hpp>
#include <ease/log/event_log.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace ease::inline v1 {

struct model_progress {
  std::size_t tokens{0};  // generated since the last report
};

class any_model {
 public:
  any_model() = default;
  any_model(any_model const&) = delete;
  any_model& operator=(any_model const&) = delete;
  virtual ~any_model() = default;
  virtual void generate(std::span<generation_request const> requests, on_done<completion> const& done) = 0;
  virtual void score(std::span<score_request const> requests, on_done<std::vector<continuation_score>> const& done) = 0;
  virtual std::size_t window() const = 0;
  virtual std::string identity() const = 0;
  virtual bool rows_are_independent() const = 0;          // journal/journaled.hpp
  virtual std::optional<openai_usage> usage() const = 0;  // of remote models, since they were opened

  std::function<void(model_progress const&)> watch{};
  std::function<void(std::size_t row, std::string const& text)> stream{};  // text of a row as it grows
};
static_assert(text_generator<any_model> && likelihood_scorer<any_model>);

struct remote_options {
  std::size_t max_in_flight{32};                  // of each server
  double requests_per_minute{0};                  // of each model; 0: no limit
  double tokens_per_minute{0};                    // likewise
  double connect_timeout{10};                     // seconds
  double idle_timeout{600};                       // seconds without a byte
  double request_timeout{3600};                   // seconds in all
  std::optional<double> price_in{}, price_out{};  // of a million tokens
  std::optional<double> price_cached{};           // of a million of the prompt's tokens that the server's cache had
  std::vector<std::string> request_fields{};      // key=value, added to each request
  std::optional<ease::key_header> key_header{};   // none: as the server's host has it

  static constexpr std::string_view heading{
      "Remote models (openai:MODEL@URL; openai:MODEL@URL,URL spreads rows over several servers)"};
  static constexpr auto options() {
    using r = remote_options;
    constexpr above seconds{0, 1e6};
    return std::tuple{
        option("max_in_flight", &r::max_in_flight, "Requests each server is sent at once", between{1, 65'536})
            .without_effect_on_results(),
        option("requests_per_minute", &r::requests_per_minute, "Limit of each model's requests (0: none)", at_least(0.0))
            .without_effect_on_results(),
        option("tokens_per_minute", &r::tokens_per_minute, "Limit of its tokens, prompts and answers (0: none)",
               at_least(0.0))
            .without_effect_on_results(),
        option("connect_timeout", &r::connect_timeout, "Seconds to connect to a server", seconds)
            .without_effect_on_results(),
        option("idle_timeout", &r::idle_timeout,
               "Seconds without a byte after which a request is retried; an answer that is not streamed sends none until it "
               "is complete",
               seconds)
            .formerly("silence_timeout")
            .without_effect_on_results(),
        option("request_timeout", &r::request_timeout, "Seconds that one request may take in all", seconds)
            .without_effect_on_results(),
        option("price_in", &r::price_in, "Price of a million prompt tokens, for the report's cost", at_least(0.0))
            .without_effect_on_results(),
        option("price_out", &r::price_out, "Price of a million tokens of answers", at_least(0.0))
            .without_effect_on_results(),
        option("price_cached", &r::price_cached,
               "Price of a million prompt tokens that the server's cache had; auto: that of the others", at_least(0.0))
            .without_effect_on_results(),
        // The model's identity() has it.
        option("request_field", &r::request_fields,
               "key=value, added to each request: a field that a server has and no option here; the value is JSON or a text",
               request_field_text{})
            .without_effect_on_results(),
        option("key_header", &r::key_header, "The header that has the key; auto: api-key for Azure's hosts")
            .without_effect_on_results()};
  }
};

struct model_options {
  std::string precision{"auto"};
  std::string device{"auto"};
  std::string chat{};
  std::size_t max_batch_rows{64};
  int threads{0};
  remote_options remote{};

  // What models answer depends on precision and template; their identity() says so.
  static constexpr auto options() {
    using m = model_options;
    return std::tuple{
        option("chat_template", &m::chat,
               "A chat family, such as smollm2, where the model's own template is not recognised; a wrong name lists them")
            .without_effect_on_results(),
        option("precision", &m::precision, "auto: bfloat16 where the hardware multiplies it",
               one_of_words{"auto", "float32", "bfloat16"})
            .without_effect_on_results(),
        option("device", &m::device, "Where local models run", one_of_words{"auto", "cpu", "cuda"})
            .without_effect_on_results(),
        option("max_batch_rows", &m::max_batch_rows, "Rows a local model generates at once", between{1, 65'536})
            .without_effect_on_results(),
        option("threads", &m::threads, "CPU threads (0: as many as there are cores)", between{0, 4096})
            .without_effect_on_results(),
        part(&m::remote)};
  }
};

// What so many tokens cost; none where no price is known.
inline std::optional<double> cost_of(openai_usage const& used, remote_options const& prices) {
  if (!prices.price_in && !prices.price_out && !prices.price_cached) return std::nullopt;
  auto const in = prices.price_in.value_or(0);
  return (static_cast<double>(used.prompt_tokens - used.cached_tokens) * in +
          static_cast<double>(used.cached_tokens) * prices.price_cached.value_or(in) +
          static_cast<double>(used.completion_tokens) * prices.price_out.value_or(0)) /
         1e6;
}

inline bool is_remote(std::string_view model) { return model.starts_with("openai:"); }

// Who hears what happens to a model beside its answers.
struct model_notices {
  event_log* log{nullptr};  // answers, retries, less memory than was asked for
  // A line for a person: a server that does not answer, less memory, a chat template that could not be compared.
  std::function<void(std::string const&)> say{[](std::string const& line) { std::fputs((line + "\n").c_str(), stderr); }};
  // What a model's files have that a person should be told: whenever it is opened. Empty: as `say`.
  std::function<void(std::string const&)> say_of_files{};
};

// Throws ease::error with one line that says what is wrong with the name, the files or the server. A stop signal
// (core/stop_signals.hpp) ends a local model's work by `stopped`.
std::unique_ptr<any_model> open_model(std::string const& name, model_options const& options,
                                      model_notices const& notices = {});

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/named/model.ipp>
#endif
