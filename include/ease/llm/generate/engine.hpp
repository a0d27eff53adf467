// SPDX-License-Identifier: Apache-2.0
#pragma once
// Generation for many rows at once, in tokens. Continuous batching: each forward pass takes one new token of every row that
// generates and, beside them, pieces of the prompts of rows that wait; a finished row's slot is given away at once, so that
// no row waits for the slowest. What all prompts begin with is read once and copied. A row's random draws depend on (seed,
// row, step) alone. On the CPU its logits do too, to the last bit: prompts are read in pieces that depend on the prompt
// alone. Elsewhere they depend on its neighbours by rounding (matrix products of another height add in another order), so a
// near tie can fall otherwise in another batch. Non-goals: text (backend/torch.hpp), beams, speculation.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "ease/core/generator.hpp"
#include "ease/llm/decoder/forward.hpp"
#include "ease/llm/generate/engine_options.hpp"
#include "ease/llm/generate/kv_cache.hpp"
#include "ease/llm/generate/packed_step.hpp"
#include "ease/llm/generate/sampler.hpp"

namespace ease {

struct token_request {
  std::vector<token_id> prompt{};  // at least one token, fewer than the context has
  sampling how{};                  // stop strings are the caller's business
  std::uint64_t seed{42}, row{0};
};

// Prompts are read in pieces that begin at multiples of this: attention adds in an order that depends on the piece, so the
// pieces must not depend on how much room other rows leave.
inline constexpr std::int64_t piece_tokens = 32;

// Tokens of the piece that begins at `read`, of a prompt of `size`.
inline std::int64_t next_piece(std::int64_t read, std::size_t size) {
  return std::min((read / piece_tokens + 1) * piece_tokens, static_cast<std::int64_t>(size)) - read;
}

// How a prompt and the cache of a call are laid out.
struct cache_layout {
  std::int64_t slots{}, capacity{},
      shared{};  // shared: tokens all prompts begin with, kept in slot `slots` (0: no such slot)
};

// prompts: spans of tokens; needs: tokens each row may come to, prompt included.
inline cache_layout layout_for(std::span<std::span<token_id const> const> prompts, std::span<std::int64_t const> needs,
                               engine_options const& options) {
  std::size_t shared = prompts.size() < 2 ? 0 : prompts[0].size();
  for (auto const& prompt : prompts) {
    auto const end = std::mismatch(prompt.begin(), prompt.end(), prompts[0].begin(), prompts[0].end()).first;
    // At least one token is left: its logits are what generation starts from.
    shared = std::min({shared, static_cast<std::size_t>(end - prompt.begin()), prompt.size() - 1});
  }
  std::int64_t const capacity = *std::max_element(needs.begin(), needs.end());
  std::int64_t const fit = std::max<std::int64_t>(1, options.cache_tokens / capacity);
  auto const rows = static_cast<std::int64_t>(needs.size());
  return {std::min({rows, fit, std::max<std::int64_t>(1, options.max_batch_rows)}), capacity,
          static_cast<std::int64_t>(shared) / piece_tokens * piece_tokens};
}

// Reads the shared beginning into its slot.
inline void read_shared(decoder const& net, kv_cache& cache, std::span<token_id const> prompt, cache_layout const& layout,
                        engine_options const& options) {
  for (std::int64_t start = 0; start < layout.shared;) {
    packed_step step;
    do {
      auto const piece = prompt.subspan(static_cast<std::size_t>(start), static_cast<std::size_t>(piece_tokens));
      step.add({layout.slots, start, {piece.begin(), piece.end()}, {}});
      start += piece_tokens;
    } while (start < layout.shared && static_cast<std::int64_t>(step.size()) + piece_tokens <= options.max_batch_tokens);
    step.forward(net, cache);
  }
}

class engine {
 public:
  // stops: tokens that end a turn. The decoder must outlive the engine.
  engine(decoder const& net, std::vector<token_id> stops, engine_options options)
      : net_{net}, stops_{std::move(stops)}, options_{std::move(options)} {}

  // on_token(i, token) -> bool: called for each token of request i except one that ends the turn; false ends the row there
  // (finish_reason::stop_string). on_done(i, reason, tokens): tokens counts all of them, an end-of-turn token included.
  // Neither is ever called twice at the same time. Requests that do not fit the context must not come here.
  template <class OnToken, class OnDone>
  void run(std::span<token_request const> requests, OnToken&& on_token, OnDone&& on_done) {
    std::size_t const lanes = lanes_for(requests.size());
    engine_progress seen{.rows = requests.size()};
    std::mutex telling;
    // Who goes where depends on nothing but the order, so that a run can be repeated.
    auto const lane = [&](std::size_t which) {
      std::vector<std::size_t> mine;
      for (std::size_t i = which; i < requests.size(); i += lanes) mine.push_back(i);
      run_lane(requests, mine, lanes, seen, telling, on_token, on_done);
    };
    if (lanes == 1) return lane(0);
    // Inside this loop libtorch runs on one thread.
    at::parallel_for(0, static_cast<std::int64_t>(lanes), 1, [&](std::int64_t begin, std::int64_t end) {
      for (auto i = begin; i < end; ++i) lane(static_cast<std::size_t>(i));
    });
  }

  // Rows are independent: with a batch of their own for each core, the cores wait for each other at the end and not at each
  // operation (of which half are too small to share). A lane of few rows would be slower: reading the weights takes as long
  // as the products of some 30 rows.
  std::size_t lanes_for(std::size_t rows) const {
    constexpr std::size_t worthwhile = 32;
    if (!net_.embed_tokens.is_cpu() || at::in_parallel_region()) return 1;
    auto const threads = static_cast<std::size_t>(std::max(1, at::get_num_threads()));
    auto const together = std::min(rows, static_cast<std::size_t>(std::max<std::int64_t>(1, options_.max_batch_rows)));
    return threads * worthwhile <= together ? threads : 1;
  }

  // Tokens the row may come to: what it asked for, or the context.
  std::int64_t limit_of(token_request const& r) const {
    return std::min(net_.config.context, static_cast<std::int64_t>(r.prompt.size()) + r.how.max_tokens);
  }

 private:
  template <class OnToken, class OnDone>
  void run_lane(std::span<token_request const> requests, std::span<std::size_t const> mine, std::size_t lanes,
                engine_progress& total, std::mutex& telling, OnToken& on_token, OnDone& on_done) {
    if (mine.empty()) return;
    c10::InferenceMode const no_gradients;
    auto const share = static_cast<std::int64_t>(lanes);
    engine_options bounds = options_;
    bounds.max_batch_rows = (options_.max_batch_rows + share - 1) / share;
    bounds.max_batch_tokens = (options_.max_batch_tokens + share - 1) / share;
    bounds.cache_tokens = options_.cache_tokens / share;
    std::vector<std::span<token_id const>> prompts;
    std::vector<std::int64_t> needs;
    for (auto const i : mine) {
      prompts.emplace_back(requests[i].prompt);
      needs.push_back(limit_of(requests[i]));
    }
    cache_layout const layout = layout_for(prompts, needs, bounds);
    kv_cache cache{net_.config, layout.slots + (layout.shared > 0 ? 1 : 0), layout.capacity, net_.embed_tokens.device(),
                   net_.embed_tokens.scalar_type()};
    read_shared(net_, cache, prompts.front(), layout, bounds);
    engine_progress seen{.prompt_tokens = static_cast<std::size_t>(layout.shared)};

    std::vector<live_row> live;
    std::vector<std::int64_t> idle;
    for (std::int64_t slot = layout.slots; slot > 0; --slot) idle.push_back(slot - 1);
    std::size_t next = 0;
    std::size_t live_before = 0;
    while (true) {
      while (!idle.empty() && next < mine.size()) {
        live.emplace_back(requests[mine[next]], mine[next], idle.back(), layout.shared);
        ++next;
        if (layout.shared > 0) cache.copy(layout.slots, idle.back(), layout.shared);
        idle.pop_back();
      }
      if (live.empty()) break;
      step(cache, live, bounds.max_batch_tokens, seen);
      std::scoped_lock const one_at_a_time{telling};
      std::erase_if(live, [&](live_row& row) {
        if (!row.fresh) return false;
        row.fresh = false;
        if (!accept(row, on_token, on_done)) return false;
        idle.push_back(row.slot);
        ++seen.rows_done;
        return true;
      });
      total.rows_done += std::exchange(seen.rows_done, 0);
      total.prompt_tokens += std::exchange(seen.prompt_tokens, 0);
      total.tokens += std::exchange(seen.tokens, 0);
      total.live = total.live + live.size() - std::exchange(live_before, live.size());
      if (options_.progress) options_.progress(total);
    }
  }

  struct live_row {
    live_row(token_request const& r, std::size_t which, std::int64_t in, std::int64_t shared)
        : request{&r}, index{which}, slot{in}, cached{shared}, dice{r.how, r.seed, r.row} {
      for (token_id const t : r.prompt) dice.saw(t);
    }
    token_request const* request;
    std::size_t index;
    std::int64_t slot, cached;  // tokens whose keys and values are in the slot
    row_sampler dice;
    token_id token{};     // the newest token, not in the cache yet
    std::size_t made{0};  // tokens generated
    bool fresh{false};    // `token` was chosen by the last step
  };

  // One forward pass; afterwards each row whose prompt is read has a fresh token.
  void step(kv_cache& cache, std::vector<live_row>& live, std::int64_t max_tokens, engine_progress& seen) {
    packed_step pack;
    std::vector<std::size_t> chosen;  // rows that get a token
    std::vector<std::int64_t> last;   // and where their logits come from
    for (std::size_t r = 0; r < live.size(); ++r) {
      live_row& row = live[r];
      if (row.made == 0) continue;
      last.push_back(static_cast<std::int64_t>(pack.add({row.slot, row.cached++, {row.token}, {}})));
      chosen.push_back(r);
    }
    bool full = false;
    bool none = true;  // one piece goes in whatever the room: a prompt must not wait for ever
    for (std::size_t r = 0; r < live.size() && !full; ++r) {
      live_row& row = live[r];
      if (row.made > 0) continue;
      std::vector<token_id> const& prompt = row.request->prompt;
      std::size_t end = 0;
      while (row.cached < static_cast<std::int64_t>(prompt.size())) {
        std::int64_t const count = next_piece(row.cached, prompt.size());
        full = !none && static_cast<std::int64_t>(pack.size()) + count > max_tokens;
        if (full) break;
        auto const from = prompt.begin() + row.cached;
        end = pack.add({row.slot, row.cached, {from, from + count}, {}});
        row.cached += count;
        none = false;
        seen.prompt_tokens += static_cast<std::size_t>(count);
      }
      if (row.cached < static_cast<std::int64_t>(prompt.size())) continue;
      last.push_back(static_cast<std::int64_t>(end));
      chosen.push_back(r);
    }
    at::Tensor const hidden = pack.forward(net_, cache);
    if (chosen.empty()) return;
    choose(net_.logits(hidden.index_select(0, at::tensor(last, at::kLong).to(hidden.device()))), live, chosen);
    seen.tokens += chosen.size();
  }

  // logits: [chosen rows, vocabulary].
  void choose(at::Tensor const& logits, std::vector<live_row>& live, std::vector<std::size_t> const& chosen) const {
    auto const deliver = [&](std::size_t i, token_id token) {
      live_row& row = live[chosen[i]];
      row.token = token;
      row.fresh = true;
      ++row.made;
    };
    bool const greedy =
        std::all_of(chosen.begin(), chosen.end(), [&](std::size_t r) { return live[r].dice.plain_greedy(); });
    if (greedy && !logits.is_cpu()) {  // whole rows of logits need not leave the device
      at::Tensor const best = logits.argmax(-1).cpu();
      for (std::size_t i = 0; i < chosen.size(); ++i)
        deliver(i, static_cast<token_id>(best.const_data_ptr<std::int64_t>()[i]));
      return;
    }
    at::Tensor const scores = logits.to(at::kCPU, at::kFloat).contiguous();
    auto const width = static_cast<std::size_t>(scores.size(1));
    auto* const data = scores.mutable_data_ptr<float>();
    at::parallel_for(0, static_cast<std::int64_t>(chosen.size()), 1, [&](std::int64_t begin, std::int64_t end) {
      for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i)
        deliver(i, live[chosen[i]].dice.next(std::span{data + i * width, width}));
    });
  }

  // Hands the row's fresh token on; true if the row is done.
  template <class OnToken, class OnDone>
  bool accept(live_row& row, OnToken& on_token, OnDone& on_done) const {
    if (std::find(stops_.begin(), stops_.end(), row.token) != stops_.end()) {
      on_done(row.index, finish_reason::end_of_turn, row.made);
      return true;
    }
    row.dice.saw(row.token);
    if (!on_token(row.index, row.token)) {
      on_done(row.index, finish_reason::stop_string, row.made);
      return true;
    }
    if (static_cast<std::int64_t>(row.made) >= row.request->how.max_tokens) {
      on_done(row.index, finish_reason::max_tokens, row.made);
      return true;
    }
    if (static_cast<std::int64_t>(row.request->prompt.size() + row.made) >= net_.config.context) {
      on_done(row.index, finish_reason::context_full, row.made);
      return true;
    }
    return false;
  }

  decoder const& net_;
  std::vector<token_id> stops_;
  engine_options options_;
};

}  // namespace ease
