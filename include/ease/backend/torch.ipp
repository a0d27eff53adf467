// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of backend/torch.hpp; core/compiled.hpp says where they are compiled.
#include <ATen/ATen.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ease/backend/torch.hpp>
#include <ease/core/error.hpp>
#include <ease/llm/decoder/decoder.hpp>
#include <ease/llm/files/weights_hash.hpp>
#include <ease/llm/generate/engine.hpp>
#include <ease/llm/generate/prefix_cache.hpp>
#include <ease/llm/generate/scorer.hpp>
#include <ease/llm/generate/stop_strings.hpp>
#include <ease/llm/network/network.hpp>
#include <ease/text/chat/writer.hpp>
#include <ease/text/tokenizer/stream_decoder.hpp>
#include <exception>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ease::inline v1 {

namespace detail {
// The stream decoder never splits a character, so bytes that are not UTF-8 here will not become it.
inline std::string readable_text(std::string piece) { return is_utf8(piece) ? piece : valid_utf8(piece); }
}  // namespace detail

template <class Device>
  requires device_choice<Device>
struct torch_generator<Device>::sequence_state {
  std::size_t request;
  stream_decoder decoder;
  stop_strings text;
  std::size_t shown{0};
  // The text will be the same, so what was shown is not shown again.
  void restart(std::vector<std::string> const& stop) {
    decoder.finish();
    text = stop_strings{stop};
  }
};

template <class Device>
  requires device_choice<Device>
torch_generator<Device>::torch_generator(language_model model, engine_options options)
    : model_{std::move(model)},
      dtype_{model_.net->embed_tokens.scalar_type() == at::kBFloat16 ? precision::bfloat16 : precision::float32},
      options_{std::move(options)},
      backoff_{options_} {
  if (model_.net->embed_tokens.device().type() != Device::device().type())
    throw error{"{}: the weights are on another device than {}: load the model to that device", model_.name, Device::name};
  if (options_.max_batch_rows < 1 || options_.max_batch_tokens < 1 || options_.cache_tokens < 1)
    throw error{"engine options: max_batch_rows, max_batch_tokens and cache_tokens must be 1 or more"};
}

template <class Device>
  requires device_choice<Device>
torch_generator<Device>::torch_generator(torch_generator&&) noexcept = default;
template <class Device>
  requires device_choice<Device>
torch_generator<Device>& torch_generator<Device>::operator=(torch_generator&&) noexcept = default;
template <class Device>
  requires device_choice<Device>
torch_generator<Device>::~torch_generator() = default;

template <class Device>
  requires device_choice<Device>
network const& torch_generator<Device>::ready_network() {
  if (network_ && !may_change_) return *network_;
  prefixes_ = std::make_unique<prefix_cache>();
  try {
    network_ = may_change_ ? network_of(*model_.net) : network_taking(*model_.net);
  } catch (std::exception const& e) {
    if (!is_out_of_memory(e)) throw;
    throw error{"{}: out of memory for the weights: take a smaller model, or bfloat16 where it is float32", model_.name};
  }
  taken_ = !may_change_;
  return *network_;
}

template <class Device>
  requires device_choice<Device>
void torch_generator<Device>::restore_weights() const {
  if (!std::exchange(taken_, false)) return;
  network_->give_back(*model_.net);
  network_.reset(), prefixes_.reset();
}

template <class Device>
  requires device_choice<Device>
language_model const& torch_generator<Device>::model() const {
  restore_weights();
  return model_;
}
template <class Device>
  requires device_choice<Device>
language_model& torch_generator<Device>::model() {
  restore_weights();
  may_change_ = true;
  identity_.clear();
  return model_;
}

template <class Device>
  requires device_choice<Device>
void torch_generator<Device>::generate(std::span<generation_request const> requests, on_done<completion> const& done) {
  std::vector<token_request> rows;
  std::vector<sequence_state> states;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    generation_request const& r = requests[i];
    row_sampler::check(r.sampling);
    auto prompt = prompt_of(r.input, r.prefill, 1);
    if (auto* const failed = std::get_if<failure>(&prompt)) {
      done(i, *failed);
      continue;
    }
    rows.push_back({std::get<std::vector<token_id>>(std::move(prompt)), r.sampling, r.seed, r.row});
    states.push_back({i, stream_decoder{model_.tokenizer}, stop_strings{r.sampling.stop}});
  }
  if (rows.empty()) return;
  network const& net = ready_network();
  backoff_.each(rows.size(), [&](std::span<std::size_t const> some, engine_options const& bounds, auto const& complete) {
    std::vector<token_request> asked;
    for (std::size_t const row : some) {
      asked.push_back(rows[row]);
      states[row].restart(requests[states[row].request].sampling.stop);
    }
    engine{net, stops(), bounds, prefixes_.get()}.run(
        asked,
        [&](std::size_t which, token_id token) {
          sequence_state& state = states[some[which]];
          bool const found = state.text.push(detail::readable_text(state.decoder.push(token)));
          show(state, state.text.certain());
          return !found;
        },
        [&](std::size_t which, finish_reason why, std::size_t tokens) {
          sequence_state& state = states[some[which]];
          if (why != finish_reason::stop_string && state.text.push(detail::readable_text(state.decoder.finish())))
            why = finish_reason::stop_string;
          complete(some[which], [&] {
            show(state, state.text.text().size());
            done(state.request, completion{state.text.text(), why, asked[which].prompt.size(), tokens});
          });
        });
  });
}

template <class Device>
  requires device_choice<Device>
void torch_generator<Device>::score(std::span<score_request const> requests,
                                    on_done<std::vector<continuation_score>> const& done) {
  std::vector<token_score_request> rows;
  std::vector<std::size_t> request_of;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    auto continuations = continuations_of(requests[i]);
    std::size_t longest = 0;
    std::string problem;
    for (auto const& ids : continuations) {
      longest = std::max(longest, ids.size());
      if (ids.empty() && requests[i].joined) problem = "a continuation is no token of its own behind its text";
      if (problem.empty()) problem = without_row(ids);
    }
    auto prompt = problem.empty() ? prompt_of(requests[i].input, requests[i].prefill, longest) : failure{std::move(problem)};
    if (auto* const failed = std::get_if<failure>(&prompt)) {
      done(i, *failed);
      continue;
    }
    rows.push_back({std::get<std::vector<token_id>>(std::move(prompt)), std::move(continuations)});
    request_of.push_back(i);
  }
  if (rows.empty()) return;
  network const& net = ready_network();
  backoff_.each(rows.size(), [&](std::span<std::size_t const> some, engine_options const& bounds, auto const& complete) {
    std::vector<token_score_request> asked;
    for (std::size_t const row : some) asked.push_back(rows[row]);
    scorer{net, bounds, prefixes_.get()}.run(asked, [&](std::size_t which, std::vector<continuation_score> scores) {
      complete(some[which], [&] { done(request_of[some[which]], std::move(scores)); });
    });
  });
}

template <class Device>
  requires device_choice<Device>
std::vector<std::vector<token_id>> torch_generator<Device>::continuations_of(score_request const& request) const {
  std::vector<std::vector<token_id>> all;
  auto const* const plain = request.joined ? std::get_if<plain_text>(&request.input) : nullptr;
  auto const before = plain == nullptr ? std::string{} : plain->text + request.prefill;
  auto const own = static_cast<std::ptrdiff_t>(model_.tokenizer.encode(before).size());
  for (std::string const& text : request.continuations) {
    chat_writer writer{model_.tokenizer};
    plain == nullptr ? writer.answer(text) : writer.text(before + text);
    all.push_back(std::move(writer).finish().ids);
    all.back().erase(all.back().begin(), all.back().begin() + std::min(own, std::ssize(all.back())));
  }
  return all;
}

template <class Device>
  requires device_choice<Device>
std::string torch_generator<Device>::identity() const {
  if (may_change_ || identity_.empty()) {
    restore_weights();
    identity_ = fmt::format("{} {} template={} weights={}", model_.name, to_string(dtype_),
                            model_.chat ? model_.chat->identity() : "none", weights_hash(*model_.net));
  }
  return identity_;
}

template <class Device>
  requires device_choice<Device>
bool torch_generator<Device>::rows_are_independent() const {
  return Device::device().is_cpu();
}

template <class Device>
  requires device_choice<Device>
void torch_generator<Device>::show(sequence_state& state, std::size_t until) const {
  if (!watch_ || until <= state.shown) return;
  watch_(state.request, std::string_view{state.text.text()}.substr(state.shown, until - state.shown));
  state.shown = until;
}

// Tokens that end an answer: those of the template and of the model's generation defaults.
template <class Device>
  requires device_choice<Device>
std::vector<token_id> torch_generator<Device>::stops() const {
  std::vector<token_id> all = model_.chat ? model_.chat->stops() : std::vector<token_id>{};
  all.insert(all.end(), model_.defaults.eos.begin(), model_.defaults.eos.end());
  if (auto const eos = model_.tokenizer.eos()) all.push_back(*eos);
  return all;
}

// The prompt's tokens, if `room` more fit behind them.
template <class Device>
  requires device_choice<Device>
std::variant<std::vector<token_id>, failure> torch_generator<Device>::prompt_of(model_input const& input,
                                                                                std::string const& prefill,
                                                                                std::size_t room) const {
  std::vector<token_id> ids;
  if (auto const* const turns = std::get_if<conversation>(&input)) {
    if (!model_.chat) throw error{"{}: cannot take a conversation: {}", model_.name, model_.why_no_chat};
    try {
      ids = model_.chat->prompt(*turns, prefill).ids;
    } catch (error const& e) {
      return failure{e.what()};
    }
  } else {
    if (auto const bos = begins_with()) ids.push_back(*bos);
    model_.tokenizer.encode(std::get<plain_text>(input).text + prefill, ids);
  }
  auto const context = static_cast<std::size_t>(model_.net->config.context);
  if (auto problem = without_row(ids); !problem.empty()) return failure{std::move(problem)};
  if (ids.empty()) return failure{"an empty prompt: the model has nothing to go on from"};
  if (ids.size() + room > context)
    return failure{
        fmt::format("the prompt has {} tokens and needs {} more, but the model's context is {}: shorten it by {} tokens",
                    ids.size(), room, context, ids.size() + room - context)};
  return ids;
}

// Names a token that the embeddings have no row for; empty: there is none.
template <class Device>
  requires device_choice<Device>
std::string torch_generator<Device>::without_row(std::span<token_id const> ids) const {
  auto const rows = model_.net->config.vocab;
  auto const found = std::ranges::find_if(ids, [&](token_id id) { return id >= rows; });
  if (found == ids.end()) return {};
  return fmt::format("the token '{}' has id {}, and the model only {} embeddings", model_.tokenizer.bytes_of(*found), *found,
                     rows);
}

// The BOS that the tokenisers of Llama 3 and the R1 distills put before any text; those like GPT-2's (SmolLM2, Qwen) put
// none.
template <class Device>
  requires device_choice<Device>
std::optional<token_id> torch_generator<Device>::begins_with() const {
  auto const bos = model_.tokenizer.bos();
  if (!bos) return {};
  auto const text = model_.tokenizer.bytes_of(*bos);
  return text == "<|begin_of_text|>" || text == "<｜begin▁of▁sentence｜>" ? bos : std::nullopt;
}

}  // namespace ease::inline v1

#ifdef EASE_COMPILED_SOURCE
template class ease::torch_generator<ease::cpu>;
template class ease::torch_generator<ease::cuda>;
#endif
