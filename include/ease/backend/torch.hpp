// SPDX-License-Identifier: Apache-2.0
#pragma once
// A local model on libtorch as generator and scorer: tokenises conversations by the model's chat template, runs the engine,
// and decodes its tokens. `torch_generator<cpu>` or `torch_generator<cuda>`; several requests run at once.
// Non-goals: several devices, changing the weights (but `model()` may be trained between calls).
#include <cstddef>
#include <cstdint>
#include <ease/core/compiled.hpp>
#include <ease/core/generator.hpp>
#include <ease/llm/decoder/device.hpp>
#include <ease/llm/generate/engine_options.hpp>
#include <ease/llm/generate/oom_backoff.hpp>
#include <ease/llm/model.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ease::inline v1 {

class network;
class prefix_cache;

template <class Device = cpu>
  requires device_choice<Device>
class torch_generator {
 public:
  // Text as it is generated: (index of the request, the next piece). A tail that may become a stop string is held back.
  using text_watch = std::function<void(std::size_t, std::string_view)>;

  // Throws where `Device` is missing, or the model was loaded to another.
  explicit torch_generator(language_model model, engine_options options = {});
  torch_generator(torch_generator&&) noexcept;
  torch_generator& operator=(torch_generator&&) noexcept;
  ~torch_generator();

  // A prompt without room for an answer is a failure, an answer that fills the context ends as context_full: nothing is
  // truncated silently. Bytes of a completion that are not UTF-8 become U+FFFD.
  void generate(std::span<generation_request const> requests, on_done<completion> const& done);

  // A continuation is tokenised on its own (a leading <think> and its </think> are special tokens) and appended to the
  // prompt's tokens: a continuation that starts a new word must begin with a space. A `joined` one is tokenised with the
  // plain text that it continues; one of which no token is left beyond the text's is a failure.
  void score(std::span<score_request const> requests, on_done<std::vector<continuation_score>> const& done);

  // Four times the sequences that run at once: the tail, when slots are empty, is then a small part of a window.
  std::size_t window() const { return 4 * static_cast<std::size_t>(options_.max_batch_rows); }

  // Name, dtype, chat template and a hash of the weights: a model that is trained further is another model.
  std::string identity() const;

  // Whether an answer is the same to the last bit whatever the other requests of the batch.
  bool rows_are_independent() const;

  // The model with all its weights. On the CPU generation keeps them in another order, and only so until this is asked for;
  // whoever has asked for a model that can be changed may change it between calls, so that each call orders them anew.
  language_model& model();
  language_model const& model() const;
  void watch_text(text_watch watch) { watch_ = std::move(watch); }

 private:
  struct sequence_state;

  void show(sequence_state& state, std::size_t until) const;
  std::vector<token_id> stops() const;
  std::variant<std::vector<token_id>, failure> prompt_of(model_input const& input, std::string const& prefill,
                                                         std::size_t room) const;
  std::string without_row(std::span<token_id const> ids) const;
  std::vector<std::vector<token_id>> continuations_of(score_request const& request) const;
  std::optional<token_id> begins_with() const;

  network const& ready_network();
  void restore_weights() const;

  mutable language_model model_;
  precision dtype_;
  bool may_change_{false};
  mutable std::unique_ptr<network> network_{};
  mutable std::unique_ptr<prefix_cache> prefixes_{};  // of network_
  mutable bool taken_{false};                         // the network has the weights, and model_ none
  mutable std::string identity_{};
  engine_options options_;
  oom_backoff backoff_;
  text_watch watch_{};
};

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/backend/torch.ipp>
#endif
