// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of named/model.hpp; core/compiled.hpp says where they are compiled.
#include <ATen/Parallel.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ease/backend/openai/openai.hpp>
#include <ease/backend/torch.hpp>
#include <ease/core/stop_signals.hpp>
#include <ease/journal/journaled.hpp>
#include <ease/llm/model.hpp>
#include <ease/llm/on_device.hpp>
#include <ease/named/model.hpp>
#include <ease/train/step/options.hpp>
#include <filesystem>
#include <string_view>
#include <utility>
#include <vector>

namespace ease::inline v1 {

namespace detail::opening {

inline std::string_view asked_text(model_input const& input) {
  if (auto const* plain = std::get_if<plain_text>(&input)) return plain->text;
  auto const& turns = std::get<conversation>(input);
  return turns.empty() ? std::string_view{} : turns.back().content;
}

// Passes on to a backend, and reports each finished row.
template <class Backend>
class watched : public any_model {
 public:
  template <class... Args>
  explicit watched(event_log* log, Args&&... args) : log_{log}, backend_{std::forward<Args>(args)...} {}

  void generate(std::span<generation_request const> requests, on_done<completion> const& done) override {
    if constexpr (requires { backend_.watch_text(typename Backend::text_watch{}); }) {
      if (stream)
        backend_.watch_text([this](std::size_t row, std::string_view piece) { stream(row, std::string{piece}); });
      else
        backend_.watch_text({});
    }
    backend_.generate(requests, [&](std::size_t i, outcome<completion> what) {
      auto const* c = std::get_if<completion>(&what);
      if (c != nullptr && log_ != nullptr && log_->wants(log_level::debug))
        log_->write(
            log_level::debug, "answer",
            {{"tokens", c->completion_tokens},
             {"prompt_tokens", c->prompt_tokens},
             {"whole", c->finish_reason == finish_reason::end_of_turn || c->finish_reason == finish_reason::stop_string},
             row_says("asked", asked_text(requests[i].input)),
             row_says("answered", c->text)});
      std::size_t const tokens = c == nullptr ? 0 : c->completion_tokens;
      done(i, std::move(what));
      if (watch) watch({tokens});
    });
  }
  void score(std::span<score_request const> requests, on_done<std::vector<continuation_score>> const& done) override {
    backend_.score(requests, [&](std::size_t i, outcome<std::vector<continuation_score>> what) {
      done(i, std::move(what));
      if (watch) watch({0});
    });
  }
  std::size_t window() const override { return backend_.window(); }
  std::string identity() const override { return backend_.identity(); }
  bool rows_are_independent() const override { return ease::rows_are_independent(backend_); }
  std::optional<openai_usage> usage() const override {
    if constexpr (requires { backend_.usage(); })
      return backend_.usage();
    else
      return std::nullopt;
  }

 private:
  event_log* log_;
  Backend backend_;
};

template <class Device>
std::unique_ptr<any_model> open_on(std::string const& path, model_options const& o, model_notices const& notices) {
  bool const narrow = fastest_precision(Device::device()) != training_precision::float32;
  auto number = narrow ? precision::bfloat16 : precision::float32;
  if (o.precision == "float32")
    number = precision::float32;
  else if (o.precision == "bfloat16")
    number = precision::bfloat16;
  else if (o.precision != "auto")
    throw usage_error{"precision \"{}\" is not known; choose auto, float32 or bfloat16", o.precision};
  auto model = load_model(path, Device::device(), number, o.chat);
  auto const& say = notices.say_of_files ? notices.say_of_files : notices.say;
  for (auto const& line : model.notices) say(line);
  if (model.chat && !model.chat->not_compared().empty())
    say(fmt::format("{}: prompts follow {}, which could not be compared with the model's own template: {}", model.name,
                    model.chat->identity(), model.chat->not_compared()));
  return std::make_unique<watched<torch_generator<Device>>>(
      notices.log, std::move(model),
      engine_options{
          .max_batch_rows = static_cast<std::int64_t>(o.max_batch_rows),
          .progress = [](engine_progress const&) { stop_if_asked(); },
          .out_of_memory =
              [notices](std::int64_t before, std::int64_t after) {
                if (notices.log != nullptr)
                  notices.log->write(log_level::warn, "out_of_memory", {{"rows_before", before}, {"rows", after}});
                notices.say(
                    fmt::format("out of memory with {} rows at once; going on with {} or fewer "
                                "(--max-batch-rows)",
                                before, after));
              }});
}

inline openai_options to_openai_options(remote_options const& o, model_notices const& notices) {
  auto const milliseconds = [](double seconds, char const* what) {
    if (!(seconds > 0) || seconds > 1e6) throw usage_error{"{}: {} seconds is no time-out; give more than 0", what, seconds};
    return std::chrono::milliseconds{static_cast<std::int64_t>(std::ceil(seconds * 1000))};
  };
  for (auto const& [what, number] : {std::pair{"requests-per-minute", o.requests_per_minute},
                                     {"tokens-per-minute", o.tokens_per_minute},
                                     {"price-in", o.price_in.value_or(0)},
                                     {"price-out", o.price_out.value_or(0)},
                                     {"price-cached", o.price_cached.value_or(0)}})
    if (!(number >= 0)) throw usage_error{"{}: {} is below 0", what, number};
  openai_options out;
  out.http.max_in_flight = o.max_in_flight;
  out.http.connect_timeout = milliseconds(o.connect_timeout, "connect-timeout");
  out.http.idle_timeout = milliseconds(o.idle_timeout, "idle-timeout");
  out.http.whole_timeout = milliseconds(o.request_timeout, "request-timeout");
  out.requests_per_minute = o.requests_per_minute;
  out.tokens_per_minute = o.tokens_per_minute;
  out.more = request_fields{o.request_fields};
  out.header = o.key_header;
  out.notice = [notices](std::string const& line) {
    if (notices.log != nullptr) notices.log->write(log_level::warn, "remote", {{"says", line}});
    notices.say(line);
  };
  if (notices.log == nullptr) return out;
  out.on_retry = [log = notices.log](openai_retry const& r) {
    log->write(log_level::info, "retry",
               {{"server", r.url},
                {"status", r.status},
                {"reason", r.what},
                {"try", r.tries},
                {"wait_seconds", std::chrono::duration<double>(r.wait).count()}});
  };
  return out;
}

}  // namespace detail::opening

EASE_INLINE std::unique_ptr<any_model> open_model(std::string const& name, model_options const& o,
                                                  model_notices const& notices) {
  using namespace detail::opening;
  if (o.threads > 0) at::set_num_threads(o.threads);
  if (is_remote(name)) {
    return std::make_unique<watched<openai_generator>>(notices.log, std::string_view{name},
                                                       to_openai_options(o.remote, notices));
  }
  return on_device(o.device, [&]<class Device>() { return open_on<Device>(name, o, notices); });
}

}  // namespace ease::inline v1
