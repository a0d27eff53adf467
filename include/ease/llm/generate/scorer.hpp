// SPDX-License-Identifier: Apache-2.0
#pragma once
// Log-likelihood of given continuations, in tokens. A prompt is prefilled once, then all its continuations run side by side
// as branches that attend to the prompt and themselves; many requests share each forward pass. A continuation of one token
// costs nothing beyond the prompt. Non-goal: text (backend/torch.hpp).
#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ease/core/generator.hpp>
#include <ease/llm/decoder/forward.hpp>
#include <ease/llm/generate/engine.hpp>
#include <span>
#include <utility>
#include <vector>

namespace ease::inline v1 {

struct token_score_request {
  std::vector<token_id> prompt{};                      // at least one token
  std::vector<std::vector<token_id>> continuations{};  // each fits the context behind the prompt
};

class scorer {
 public:
  // The decoder must outlive the scorer.
  scorer(decoder const& net, engine_options options) : net_{net}, options_{std::move(options)} {
    options_.max_batch_tokens = std::max<std::int64_t>(1, options_.max_batch_tokens);
  }

  // on_done(i, std::vector<continuation_score>), in any order. Log-softmax is float32, sums over tokens are double.
  template <class OnDone>
  void run(std::span<token_score_request const> requests, OnDone&& on_done) {
    if (requests.empty()) return;
    c10::InferenceMode const no_gradients;
    std::vector<std::span<token_id const>> prompts;
    std::vector<std::int64_t> needs;
    for (token_score_request const& r : requests) {
      prompts.emplace_back(r.prompt);
      needs.push_back(static_cast<std::int64_t>(r.prompt.size()) + branch_tokens(r));
    }
    cache_layout const layout = layout_for(prompts, needs, options_);
    kv_cache cache{net_.config, layout.slots + (layout.shared > 0 ? 1 : 0), layout.capacity, net_.embed_tokens.device(),
                   net_.embed_tokens.scalar_type()};
    prefill_shared(net_, cache, prompts.front(), layout, options_);
    engine_progress seen{.requests = requests.size(), .prompt_tokens = static_cast<std::size_t>(layout.shared)};

    std::vector<live_request> live;
    std::vector<std::int64_t> idle;
    for (std::int64_t slot = layout.slots; slot > 0; --slot) idle.push_back(slot - 1);
    std::size_t next = 0;
    while (true) {
      while (!idle.empty() && next < requests.size()) {
        live.push_back({.request = &requests[next], .index = next, .slot = idle.back(), .read = layout.shared});
        live.back().scores.resize(requests[next].continuations.size(), {.greedy = true});
        ++next;
        if (layout.shared > 0) cache.copy(layout.slots, idle.back(), layout.shared);
        idle.pop_back();
      }
      if (live.empty()) break;
      step(cache, live, seen);
      std::erase_if(live, [&](live_request& l) {
        if (!l.done()) return false;
        on_done(l.index, std::move(l.scores));
        idle.push_back(l.slot);
        ++seen.requests_done;
        return true;
      });
      seen.live = live.size();
      if (options_.progress) options_.progress(seen);
    }
  }

 private:
  struct live_request {
    token_score_request const* request;
    std::size_t index;
    std::int64_t slot, read;  // tokens of the prompt in the slot
    std::size_t branched{0};  // continuations run so far
    std::vector<continuation_score> scores{};
    bool prompt_read() const { return read == static_cast<std::int64_t>(request->prompt.size()); }
    bool done() const { return prompt_read() && branched == request->continuations.size(); }
  };

  // The logits of packed token `from` give the likelihood of `token`, number `at` of a continuation.
  struct scored_token {
    std::int64_t from;
    token_id token;
    std::size_t live, continuation, at;
  };

  static std::int64_t prefill_tokens(std::vector<token_id> const& continuation) {  // the last one need not be read
    return std::max<std::int64_t>(0, static_cast<std::int64_t>(continuation.size()) - 1);
  }

  // Cache positions that a request's branches may take at a time: those of one group (next_group).
  static std::int64_t branch_tokens(token_score_request const& r) {
    std::int64_t all = 0, longest = 0;
    for (auto const& c : r.continuations) all += prefill_tokens(c), longest = std::max(longest, prefill_tokens(c));
    return std::max(longest, std::min(all, prefill_chunk_tokens));
  }

  void step(kv_cache& cache, std::vector<live_request>& live, engine_progress& seen) {
    packed_step pack;
    std::vector<scored_token> scored;
    auto const full = [&](std::int64_t count) {
      return !pack.empty() && static_cast<std::int64_t>(pack.size()) + count > options_.max_batch_tokens;
    };
    for (std::size_t r = 0; r < live.size(); ++r) {
      live_request& l = live[r];
      if (!l.prompt_read()) {
        std::vector<token_id> const& prompt = l.request->prompt;
        std::int64_t end = 0;
        while (!l.prompt_read()) {
          std::int64_t const count = next_prefill_chunk(l.read, prompt.size());
          if (full(count)) break;
          auto const from = prompt.begin() + l.read;
          end = static_cast<std::int64_t>(pack.add({l.slot, l.read, {from, from + count}, {}}));
          l.read += count;
          seen.prompt_tokens += static_cast<std::size_t>(count);
        }
        if (!l.prompt_read()) break;
        for (std::size_t c = 0; c < l.request->continuations.size(); ++c)
          if (auto const& tokens = l.request->continuations[c]; !tokens.empty())
            scored.push_back({end, tokens.front(), r, c, 0});
      }
      std::size_t const until = next_group(l);
      std::int64_t count = 0;
      for (std::size_t c = l.branched; c < until; ++c) count += prefill_tokens(l.request->continuations[c]);
      if (count > 0 && full(count)) break;
      add_branches(pack, scored, l, r, until);
    }
    if (pack.empty()) return;  // what was left were continuations of one token
    answer(pack.forward(net_, cache), scored, live);
  }

  // Where the next group of continuations ends: as many as fit a prefill chunk, at least one, and those of a single token.
  // It depends on the request alone, for the same reason as the prefill chunks.
  static std::size_t next_group(live_request const& l) {
    std::size_t until = l.branched;
    for (std::int64_t used = 0; until < l.request->continuations.size(); ++until) {
      std::int64_t const more = prefill_tokens(l.request->continuations[until]);
      if (used > 0 && used + more > prefill_chunk_tokens) break;
      used += more;
    }
    return until;
  }

  static void add_branches(packed_step& pack, std::vector<scored_token>& scored, live_request& l, std::size_t r,
                           std::size_t until) {
    token_run run{.slot = l.slot, .start = static_cast<std::int64_t>(l.request->prompt.size())};
    auto const first = static_cast<std::int64_t>(pack.size());
    for (; l.branched < until; ++l.branched) {
      auto const& tokens = l.request->continuations[l.branched];
      for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
        auto const here = static_cast<std::int64_t>(run.tokens.size());
        run.tokens.push_back(tokens[i]);
        run.parents.push_back(i == 0 ? -1 : here - 1);
        scored.push_back({first + here, tokens[i + 1], r, l.branched, i + 1});
      }
    }
    if (!run.tokens.empty()) pack.add(std::move(run));
  }

  // hidden: [packed tokens, hidden]. Logits are computed for some tokens at a time: those of a whole step would be a
  // gigabyte.
  void answer(at::Tensor const& hidden, std::vector<scored_token> const& scored, std::vector<live_request>& live) const {
    constexpr std::size_t at_a_time = 128;
    for (std::size_t begin = 0; begin < scored.size();) {
      std::vector<std::int64_t> rows, which, tokens;  // rows of `hidden`; per scored token: index into rows, token id
      std::size_t end = begin;
      for (; end < scored.size(); ++end) {
        if (rows.empty() || rows.back() != scored[end].from) {
          if (rows.size() == at_a_time) break;
          rows.push_back(scored[end].from);
        }
        which.push_back(static_cast<std::int64_t>(rows.size()) - 1);
        tokens.push_back(scored[end].token);
      }
      auto const moved = [&](std::vector<std::int64_t> const& x) { return at::tensor(x, at::kLong).to(hidden.device()); };
      at::Tensor const scores = net_.logits(hidden.index_select(0, moved(rows))).to(at::kFloat);
      at::Tensor const row = moved(which);
      // log_softmax and not logsumexp, which splits a single row among threads.
      at::Tensor const logprob = at::log_softmax(scores, -1).index({row, moved(tokens)}).cpu();
      at::Tensor const best = scores.argmax(-1).index_select(0, row).cpu();
      for (std::size_t i = begin; i < end; ++i) {
        scored_token const& q = scored[i];
        continuation_score& s = live[q.live].scores[q.continuation];
        auto const value = static_cast<double>(logprob.const_data_ptr<float>()[i - begin]);
        if (!(value <= 1e-3))
          throw error{
              "the model's logits are not finite numbers: the weights are damaged, or bfloat16 is too narrow for them"};
        s.logprob += value;
        if (q.at == 0) s.first_token_logprob = value;
        s.greedy = s.greedy && best.const_data_ptr<std::int64_t>()[i - begin] == q.token;
        ++s.tokens;
      }
      begin = end;
    }
  }

  decoder const& net_;
  engine_options options_;
};

}  // namespace ease::inline v1
