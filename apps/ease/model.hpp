#pragma once
// A model named on the command line: a Hugging Face folder or .gguf file here, or `openai:MODEL@URL` there (`@URL,URL` for
// several servers). The pipelines take it as generator and scorer; only this program's model.cpp knows libtorch and libcurl.
#include <cstddef>
#include <cstdint>
#include <ease/backend/generator.hpp>
#include <ease/backend/openai_usage.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ease::app {

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
  virtual bool rows_are_independent() const = 0;          // backend/journaled.hpp
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
  double silence_timeout{600};                    // seconds without a byte
  double request_timeout{3600};                   // seconds in all
  std::optional<double> price_in{}, price_out{};  // of a million tokens
};

struct model_options {
  std::string precision{"auto"};  // auto | float32 | bfloat16
  std::string device{"auto"};     // auto | cpu | cuda
  std::string chat{};             // a chat family's name; empty: that of the model's own template
  std::size_t max_batch_rows{64};
  int threads{0};  // 0: libtorch's own choice
  remote_options remote{};
};

inline bool is_remote(std::string_view model) { return model.starts_with("openai:"); }

// Throws ease::error with one line that says what is wrong with the name, the files or the server.
std::unique_ptr<any_model> open_model(std::string const& name, model_options const& options);

}  // namespace ease::app
