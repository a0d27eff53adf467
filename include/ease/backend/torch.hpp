// SPDX-License-Identifier: Apache-2.0
#pragma once
// A local model on libtorch as generator and scorer: conversations become tokens by the model's chat template, tokens become
// text again, the engine does the rest. `torch_generator<cpu>` or `torch_generator<cuda>`; several rows run at once.
// Non-goals: several devices, changing the weights (but `model()` may be trained between calls).
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "ease/core/compiled.hpp"
#include "ease/core/generator.hpp"
#include "ease/llm/decoder/device.hpp"
#include "ease/llm/generate/engine_options.hpp"
#include "ease/llm/generate/memory_room.hpp"
#include "ease/llm/model.hpp"

namespace ease {

// Whether the CPU's matrix products keep rows apart: whether a row's product with a weight of this shape is the same to the
// last bit whichever rows are multiplied with it. That depends on the machine's matrix library; it is tried.
bool products_keep_rows_apart(std::int64_t out, std::int64_t in, at::ScalarType dtype);

template <class Device = cpu>
  requires device_choice<Device>
class torch_generator {
 public:
  // Text as it is written: (index of the request, the next piece). What may turn out to be a stop string is held back.
  using text_watch = std::function<void(std::size_t, std::string_view)>;

  // Throws where `Device` is missing, or the model was loaded to another.
  explicit torch_generator(language_model model, engine_options options = {});

  // A prompt without room for an answer is a failure, an answer that fills the context ends as context_full: nothing is cut
  // silently. Bytes of a completion that are not UTF-8 become U+FFFD.
  void generate(std::span<generation_request const> requests, on_done<completion> const& done);

  // A continuation's tokens are those of its text alone (a leading <think> and its </think> are marks), put behind the
  // prompt's: a word that should join the prompt's last one must bring its space.
  void score(std::span<score_request const> requests, on_done<std::vector<continuation_score>> const& done);

  // Four times the rows that run at once: the tail, when slots stay empty, is then a small part of a window.
  std::size_t window() const { return 4 * static_cast<std::size_t>(options_.max_batch_rows); }

  // Name, number format, chat template and a fingerprint of the weights: a model trained further is another model.
  std::string identity() const;

  // Whether a row's answer is the same to the last bit whichever rows are asked for with it.
  bool rows_are_independent() const;

  language_model& model() { return model_; }
  language_model const& model() const { return model_; }
  void watch_text(text_watch watch) { watch_ = std::move(watch); }

 private:
  struct row_state;

  void show(row_state& state, std::size_t until) const;
  std::vector<token_id> stops() const;
  std::variant<std::vector<token_id>, failure> prompt_of(model_input const& input, std::string const& prefill,
                                                         std::size_t room) const;
  std::optional<token_id> begins_with() const;

  language_model model_;
  engine_options options_;
  memory_room room_;
  text_watch watch_{};
};

}  // namespace ease

#ifndef EASE_COMPILED
#include "ease/backend/torch.ipp"
#endif
