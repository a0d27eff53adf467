// SPDX-License-Identifier: Apache-2.0
#pragma once
// Log-likelihood of given continuations, in tokens. A prompt is prefilled once, then all its continuations run side by side
// as branches that attend to the prompt and themselves; many requests share each forward pass. A continuation of one token
// costs nothing beyond the prompt. Non-goal: text (backend/torch.hpp).
#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <ease/core/generator.hpp>
#include <ease/llm/generate/engine.hpp>
#include <limits>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace ease::inline v1 {

namespace detail {

struct row_softmax {
  float log_total{};  // the logarithm of the sum of e^logit
  token_id best{};    // the first of the largest
};

// NaN where a logit is none.
inline row_softmax softmax_of(std::span<float const> logits) {
  float const most = simd::run<largest_kernel>(logits);
  if (!std::isfinite(most)) return {std::numeric_limits<float>::quiet_NaN(), 0};
  double total = 0;
  std::vector<float> part(std::min<std::size_t>(logits.size(), 4096));
  for (std::size_t from = 0; from < logits.size(); from += part.size()) {
    auto const some = logits.subspan(from, std::min(part.size(), logits.size() - from));
    std::copy(some.begin(), some.end(), part.begin());
    total += simd::run<weights_kernel>(std::span{part.data(), some.size()}, most, 1.0F);
  }
  return {static_cast<float>(static_cast<double>(most) + std::log(total)), static_cast<token_id>(first_of(logits, most))};
}

}  // namespace detail

struct token_score_request {
  std::vector<token_id> prompt{};                      // at least one token
  std::vector<std::vector<token_id>> continuations{};  // each fits the context behind the prompt
};

class scorer {
 public:
  // The network, or decoder, must outlive the scorer; a decoder must stay as it is.
  // prefixes: of earlier calls of this network, or null.
  scorer(network const& net, engine_options options, prefix_cache* prefixes = nullptr)
      : net_{&net}, options_{std::move(options)}, prefixes_{prefixes} {
    options_.max_batch_tokens = std::max<std::int64_t>(1, options_.max_batch_tokens);
  }
  scorer(decoder const& net, engine_options options) : scorer{network_of(net), std::move(options)} {}

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
    auto const [layout, cache, prefilled] = prepare_cache(*net_, prompts, needs, options_, prefixes_);
    engine_progress seen{.requests = requests.size(), .prompt_tokens = prefilled};

    std::vector<live_request> live;
    std::vector<std::int64_t> idle;
    for (std::int64_t slot = layout.slots; slot > 0; --slot) idle.push_back(slot - 1);
    std::size_t next = 0;
    while (true) {
      while (!idle.empty() && next < requests.size()) {
        live.push_back({.request = &requests[next], .index = next, .slot = idle.back(), .read = layout.shared});
        live.back().scores.resize(requests[next].continuations.size(), {.greedy = true});
        ++next;
        if (layout.shared > 0) cache->copy(*cache, layout.slots, idle.back(), layout.shared);
        idle.pop_back();
      }
      if (live.empty()) break;
      step(*cache, live, seen);
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

  void step(network_cache& cache, std::vector<live_request>& live, engine_progress& seen) {
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
    answer(net_->hidden(pack, cache), scored, live);
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
      auto const [logprob, best] = log_likelihoods(net_->logits(hidden, rows), which, tokens);
      for (std::size_t i = begin; i < end; ++i) {
        scored_token const& q = scored[i];
        continuation_score& s = live[q.live].scores[q.continuation];
        auto const value = static_cast<double>(logprob[i - begin]);
        if (!(value <= 1e-3))
          throw error{
              "the model's logits are not finite numbers: the weights are damaged, or bfloat16 is too narrow for them"};
        s.logprob += value;
        if (q.at == 0) s.first_token_logprob = value;
        s.greedy = s.greedy && best[i - begin] == q.token;
        ++s.tokens;
      }
      begin = end;
    }
  }

  // logits: [rows, vocab]. For each i: the log-softmax of row which[i] at tokens[i], and the row's likeliest token.
  std::pair<std::vector<float>, std::vector<token_id>> log_likelihoods(at::Tensor const& logits,
                                                                       std::vector<std::int64_t> const& which,
                                                                       std::vector<std::int64_t> const& tokens) const {
    std::vector<float> logprob(which.size());
    std::vector<token_id> best(which.size());
    if (!net_->on_cpu()) {
      auto const moved = [&](std::vector<std::int64_t> const& x) { return at::tensor(x, at::kLong).to(logits.device()); };
      at::Tensor const scores = logits.to(at::kFloat), row = moved(which);
      at::Tensor const all = at::log_softmax(scores, -1).index({row, moved(tokens)}).cpu();
      at::Tensor const most = scores.argmax(-1).index_select(0, row).cpu();
      for (std::size_t i = 0; i < which.size(); ++i)
        logprob[i] = all.const_data_ptr<float>()[i], best[i] = static_cast<token_id>(most.const_data_ptr<std::int64_t>()[i]);
      return {std::move(logprob), std::move(best)};
    }
    auto const width = static_cast<std::size_t>(logits.size(1));
    auto const* const data = logits.const_data_ptr<float>();
    std::vector<detail::row_softmax> rows(static_cast<std::size_t>(logits.size(0)));
    ops::thread_team::of_process().run(at::get_num_threads(), [&](ops::thread_team::member& team) {
      team.for_each(logits.size(0), [&](std::int64_t r) {
        auto const i = static_cast<std::size_t>(r);
        rows[i] = detail::softmax_of(std::span{data + i * width, width});
      });
    });
    for (std::size_t i = 0; i < which.size(); ++i) {
      auto const row = static_cast<std::size_t>(which[i]);
      best[i] = rows[row].best;
      logprob[i] = data[row * width + static_cast<std::size_t>(tokens[i])] - rows[row].log_total;
    }
    return {std::move(logprob), std::move(best)};
  }

  scorer(std::unique_ptr<network> own, engine_options options) : scorer{*own, std::move(options)} { own_ = std::move(own); }

  std::unique_ptr<network> own_{};
  network const* net_;
  engine_options options_;
  prefix_cache* prefixes_{};
};

}  // namespace ease::inline v1
