// SPDX-License-Identifier: Apache-2.0
#pragma once
// Generation for many requests at once, in tokens, with continuous batching. Each forward pass takes one new token of every
// running sequence and, beside them, prefill chunks of the prompts that wait. A finished sequence frees its slot at once, so
// that no request waits for the slowest. A prefix that all prompts share is prefilled once and copied. The random draws of a
// request depend on (seed, row, step) alone. On the CPU its logits do too, to the last bit (llm/network/packed_network.hpp). On
// other devices they depend on the rest of the batch by rounding (matrix products of another height add in another order), so
// a near tie can fall otherwise in another batch.
// Non-goals: text (backend/torch.hpp), beam search, speculative decoding.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ease/core/generator.hpp>
#include <ease/llm/generate/engine_options.hpp>
#include <ease/llm/generate/prefix_cache.hpp>
#include <ease/llm/generate/sampler.hpp>
#include <ease/llm/network/network.hpp>
#include <ease/llm/network/packed_step.hpp>
#include <ease/ops/thread_team.hpp>
#include <exception>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace ease::inline v1 {

struct token_request {
  std::vector<token_id> prompt{};  // at least one token, fewer than the context has
  sampling how{};                  // stop strings are up to the caller
  std::uint64_t seed{42}, row{0};
};

// Prompts are prefilled in chunks that begin at multiples of this: where attention adds in an order that depends on the chunk
// (tensor_network), the chunks must not depend on how much room other sequences leave in a forward pass.
inline constexpr std::int64_t prefill_chunk_tokens = 32;

// Tokens of the prefill chunk that begins at `read`, of a prompt of `size`.
inline std::int64_t next_prefill_chunk(std::int64_t read, std::size_t size) {
  return std::min((read / prefill_chunk_tokens + 1) * prefill_chunk_tokens, static_cast<std::int64_t>(size)) - read;
}

// How the KV cache of a call is laid out.
struct cache_layout {
  std::int64_t slots{}, capacity{},
      shared{};  // shared: length of the common prefix of all prompts, kept in slot `slots` (0: no such slot)
};

// prompts: tokens of each request; needs: the most tokens each may have, prompt included; known: how many tokens of the first
// prompt a prefix_cache has.
inline cache_layout layout_for(std::span<std::span<token_id const> const> prompts, std::span<std::int64_t const> needs,
                               engine_options const& options, std::size_t known) {
  std::size_t shared = prompts.size() < 2 ? known : prompts[0].size();
  for (auto const& prompt : prompts) {
    // At least one token is left out: generation starts from its logits.
    shared = std::min({shared, common_tokens(prompt, prompts[0]), prompt.size() - 1});
  }
  std::int64_t const capacity = *std::max_element(needs.begin(), needs.end());
  std::int64_t const fit = std::max<std::int64_t>(1, options.cache_tokens / capacity);
  auto const sequences = static_cast<std::int64_t>(needs.size());
  return {std::min({sequences, fit, std::max<std::int64_t>(1, options.max_batch_rows)}), capacity,
          static_cast<std::int64_t>(shared) / prefill_chunk_tokens * prefill_chunk_tokens};
}

// A call's cache, with the common prefix of all prompts in its slot.
struct prepared_cache {
  cache_layout layout;
  std::unique_ptr<network_cache> cache;
  std::size_t prefilled{};  // tokens that were computed for it
};

// What `prefixes` has of the prefix is copied, the rest is computed and kept there. Null: nothing is kept.
inline prepared_cache prepare_cache(network const& net, std::span<std::span<token_id const> const> prompts,
                                    std::span<std::int64_t const> needs, engine_options const& options,
                                    prefix_cache* prefixes) {
  auto const prompt = prompts.front();
  auto const known = prefixes == nullptr ? prefix_cache::found{} : prefixes->longest(prompt);
  cache_layout const layout = layout_for(prompts, needs, options, known.tokens);
  prepared_cache made{layout, net.new_cache(layout.slots + (layout.shared > 0 ? 1 : 0), layout.capacity)};
  std::int64_t start =
      std::min(static_cast<std::int64_t>(known.tokens) / prefill_chunk_tokens * prefill_chunk_tokens, layout.shared);
  if (start > 0) made.cache->copy(*known.cache, 0, layout.slots, start);
  made.prefilled = static_cast<std::size_t>(layout.shared - start);
  while (start < layout.shared) {
    packed_step step;
    do {
      auto const chunk = prompt.subspan(static_cast<std::size_t>(start), static_cast<std::size_t>(prefill_chunk_tokens));
      step.add({layout.slots, start, {chunk.begin(), chunk.end()}, {}});
      start += prefill_chunk_tokens;
    } while (start < layout.shared &&
             static_cast<std::int64_t>(step.size()) + prefill_chunk_tokens <= options.max_batch_tokens);
    net.hidden(step, *made.cache);
  }
  if (prefixes != nullptr && made.prefilled > 0)
    prefixes->keep(net, prompt.first(static_cast<std::size_t>(layout.shared)), *made.cache, layout.slots);
  return made;
}

class engine {
 public:
  // stops: tokens that end a turn. The network, or decoder, must outlive the engine; a decoder must stay as it is.
  // prefixes: of earlier calls of this network, or null.
  engine(network const& net, std::vector<token_id> stops, engine_options options, prefix_cache* prefixes = nullptr)
      : net_{&net}, stops_{std::move(stops)}, options_{std::move(options)}, prefixes_{prefixes} {}
  engine(decoder const& net, std::vector<token_id> stops, engine_options options)
      : own_{network_of(net)}, net_{own_.get()}, stops_{std::move(stops)}, options_{std::move(options)} {}

  // on_token(i, token) -> bool: called for each token of request i except one that ends the turn; false ends the sequence
  // there (finish_reason::stop_string). on_done(i, reason, tokens): `tokens` counts all of them, an end-of-turn token
  // included. Precondition: each prompt fits the context.
  template <class OnToken, class OnDone>
  void run(std::span<token_request const> requests, OnToken&& on_token, OnDone&& on_done) {
    if (requests.empty()) return;
    c10::InferenceMode const no_gradients;
    std::vector<std::span<token_id const>> prompts;
    std::vector<std::int64_t> needs;
    for (token_request const& r : requests) {
      prompts.emplace_back(r.prompt);
      needs.push_back(limit_of(r));
    }
    auto const [layout, cache, prefilled] = prepare_cache(*net_, prompts, needs, options_, prefixes_);
    engine_progress seen{.requests = requests.size(), .prompt_tokens = prefilled};

    std::vector<live_sequence> live;
    std::vector<std::int64_t> idle;
    for (std::int64_t slot = layout.slots; slot > 0; --slot) idle.push_back(slot - 1);
    std::size_t next = 0;
    while (true) {
      while (!idle.empty() && next < requests.size()) {
        live.emplace_back(requests[next], next, idle.back(), layout.shared);
        ++next;
        if (layout.shared > 0) cache->copy(*cache, layout.slots, idle.back(), layout.shared);
        idle.pop_back();
      }
      if (live.empty()) break;
      step(*cache, live, options_.max_batch_tokens, seen);
      std::erase_if(live, [&](live_sequence& seq) {
        if (!seq.pending) return false;
        seq.pending = false;
        if (!accept(seq, on_token, on_done)) return false;
        idle.push_back(seq.slot);
        ++seen.requests_done;
        return true;
      });
      seen.live = live.size();
      if (options_.progress) options_.progress(seen);
    }
  }

  // The most tokens of a sequence: what was requested, or the context.
  std::int64_t limit_of(token_request const& r) const {
    return std::min(net_->config().context, static_cast<std::int64_t>(r.prompt.size()) + r.how.max_tokens);
  }

 private:
  struct live_sequence {
    live_sequence(token_request const& r, std::size_t which, std::int64_t in, std::int64_t shared)
        : request{&r}, index{which}, slot{in}, cached{shared}, sampler{r.how, r.seed, r.row} {
      for (token_id const t : r.prompt) sampler.saw(t);
    }
    token_request const* request;
    std::size_t index;
    std::int64_t slot, cached;  // tokens whose keys and values are in the slot
    row_sampler sampler;
    token_id token{};          // the newest token, not in the cache yet
    std::size_t generated{0};  // tokens generated
    bool pending{false};       // `token` was chosen by the last step
  };

  // One forward pass; afterwards each sequence whose prompt is prefilled has a pending token.
  void step(network_cache& cache, std::vector<live_sequence>& live, std::int64_t max_tokens, engine_progress& seen) {
    packed_step pack;
    std::vector<std::size_t> chosen;  // rows that get a token
    std::vector<std::int64_t> last;   // and where their logits come from
    for (std::size_t r = 0; r < live.size(); ++r) {
      live_sequence& seq = live[r];
      if (seq.generated == 0) continue;
      last.push_back(static_cast<std::int64_t>(pack.add({seq.slot, seq.cached++, {seq.token}, {}})));
      chosen.push_back(r);
    }
    bool full = false;
    bool none = true;  // one chunk is taken whatever the room: a prompt must not starve
    for (std::size_t r = 0; r < live.size() && !full; ++r) {
      live_sequence& seq = live[r];
      if (seq.generated > 0) continue;
      std::vector<token_id> const& prompt = seq.request->prompt;
      std::size_t end = 0;
      while (seq.cached < static_cast<std::int64_t>(prompt.size())) {
        std::int64_t const count = next_prefill_chunk(seq.cached, prompt.size());
        full = !none && static_cast<std::int64_t>(pack.size()) + count > max_tokens;
        if (full) break;
        auto const from = prompt.begin() + seq.cached;
        end = pack.add({seq.slot, seq.cached, {from, from + count}, {}});
        seq.cached += count;
        none = false;
        seen.prompt_tokens += static_cast<std::size_t>(count);
      }
      if (seq.cached < static_cast<std::int64_t>(prompt.size())) continue;
      last.push_back(static_cast<std::int64_t>(end));
      chosen.push_back(r);
    }
    at::Tensor const hidden = net_->hidden(pack, cache);
    if (chosen.empty()) return;
    choose(net_->logits(hidden, last), live, chosen);
    seen.tokens += chosen.size();
  }

  // logits: [chosen sequences, vocabulary].
  void choose(at::Tensor const& logits, std::vector<live_sequence>& live, std::vector<std::size_t> const& chosen) const {
    auto const deliver = [&](std::size_t i, token_id token) {
      live_sequence& seq = live[chosen[i]];
      seq.token = token;
      seq.pending = true;
      ++seq.generated;
    };
    bool const greedy =
        std::all_of(chosen.begin(), chosen.end(), [&](std::size_t r) { return live[r].sampler.plain_greedy(); });
    if (greedy && !logits.is_cpu()) {  // the logits need not leave the device
      at::Tensor const best = logits.argmax(-1).cpu();
      for (std::size_t i = 0; i < chosen.size(); ++i)
        deliver(i, static_cast<token_id>(best.const_data_ptr<std::int64_t>()[i]));
      return;
    }
    at::Tensor const scores = logits.to(at::kCPU, at::kFloat).contiguous();
    auto const width = static_cast<std::size_t>(scores.size(1));
    auto* const data = scores.mutable_data_ptr<float>();
    std::vector<std::exception_ptr> failed(chosen.size());  // a team's tasks must not throw
    ops::thread_team::of_process().run(at::get_num_threads(), [&](ops::thread_team::member& team) {
      team.for_each(static_cast<std::int64_t>(chosen.size()), [&](std::int64_t row) {
        auto const i = static_cast<std::size_t>(row);
        try {
          deliver(i, live[chosen[i]].sampler.next(std::span{data + i * width, width}));
        } catch (...) {
          failed[i] = std::current_exception();
        }
      });
    });
    for (auto const& e : failed)
      if (e) std::rethrow_exception(e);
  }

  // Passes the pending token on; true if the sequence is finished.
  template <class OnToken, class OnDone>
  bool accept(live_sequence& seq, OnToken& on_token, OnDone& on_done) const {
    if (std::find(stops_.begin(), stops_.end(), seq.token) != stops_.end()) {
      on_done(seq.index, finish_reason::end_of_turn, seq.generated);
      return true;
    }
    seq.sampler.saw(seq.token);
    if (!on_token(seq.index, seq.token)) {
      on_done(seq.index, finish_reason::stop_string, seq.generated);
      return true;
    }
    if (static_cast<std::int64_t>(seq.generated) >= seq.request->how.max_tokens) {
      on_done(seq.index, finish_reason::max_tokens, seq.generated);
      return true;
    }
    if (static_cast<std::int64_t>(seq.request->prompt.size() + seq.generated) >= net_->config().context) {
      on_done(seq.index, finish_reason::context_full, seq.generated);
      return true;
    }
    return false;
  }

  std::unique_ptr<network> own_{};
  network const* net_;
  std::vector<token_id> stops_;
  engine_options options_;
  prefix_cache* prefixes_{};
};

}  // namespace ease::inline v1
