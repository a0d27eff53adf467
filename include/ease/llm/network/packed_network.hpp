// SPDX-License-Identifier: Apache-2.0
#pragma once
// Forward passes on the CPU over packed weights: one call of a thread team for a whole pass, in which all threads walk
// through the layers together. A row's result depends on that row alone, to the last bit: not on the rows beside it, on how
// its prompt is cut into chunks, or on the number of threads. Results agree with transformers (tests/llm/network).
// Non-goals: training, other devices.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ease/llm/decoder/rope.hpp>
#include <ease/llm/network/network.hpp>
#include <ease/llm/network/packed_cache.hpp>
#include <ease/llm/network/packed_ops.hpp>
#include <ease/llm/network/packed_step.hpp>
#include <ease/llm/network/packed_weights.hpp>
#include <ease/ops/attention.hpp>
#include <ease/ops/free_cores.hpp>
#include <ease/ops/logits.hpp>
#include <ease/ops/rms_norm.hpp>
#include <ease/ops/rotary.hpp>
#include <ease/ops/thread_team.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

namespace ease::inline v1 {

template <class Number>
class packed_network final : public network {
 public:
  explicit packed_network(packed_decoder weights) : net_{std::move(weights)} {}

  model_config const& config() const override { return net_.config; }
  bool on_cpu() const override { return true; }

  std::unique_ptr<network_cache> new_cache(std::int64_t slots, std::int64_t capacity) const override {
    return std::make_unique<packed_cache<Number>>(net_.config, slots, capacity, net_.dtype);
  }

  at::Tensor hidden(packed_step const& step, network_cache& any) const override {
    c10::InferenceMode const no_gradients;
    std::scoped_lock const one_at_a_time{passes_lock_};  // as the team has it too
    auto const rows = static_cast<std::int64_t>(step.size());
    fill_panels_before(rows);
    at::Tensor out = at::empty({rows, net_.config.hidden}, net_.dtype);
    pass p{step, static_cast<packed_cache<Number>&>(any), plan_of(step), rotary_of_rows(step.positions()),
           static_cast<Number*>(out.mutable_data_ptr())};
    visit_architecture(net_.config, [&]<class Architecture>(Architecture) {
      p.cache.memory().reserve(layer_bytes<Architecture>(rows, p));
      ops::run_on_free_cores(threads(), [&](ops::thread_team::member& team) { run<Architecture>(p, team); });
    });
    return out;
  }

  at::Tensor logits(at::Tensor const& hidden, std::span<std::int64_t const> rows) const override {
    c10::InferenceMode const no_gradients;
    std::scoped_lock const one_at_a_time{passes_lock_};
    auto const count = static_cast<std::int64_t>(rows.size()), width = net_.config.hidden;
    at::Tensor const some = at::empty({count, width}, net_.dtype), out = at::empty({count, net_.head.out}, at::kFloat);
    auto* const x = static_cast<Number*>(some.mutable_data_ptr());
    auto const* const from = static_cast<Number const*>(hidden.const_data_ptr());
    for (std::int64_t r = 0; r < count; ++r)
      std::copy_n(from + rows[static_cast<std::size_t>(r)] * width, width, x + r * width);
    ops::run_on_free_cores(threads(), [&](ops::thread_team::member& team) {
      ops::logits<Number>(team, {x, count, width}, packed_ops<Number>::matrix(net_.head), out.mutable_data_ptr<float>());
    });
    return out;
  }

  void give_back(decoder& net) const override { unpack_released(net_, net); }

 private:
  // Queries that one thread attends at a time: `rows` rows of the step from `first` on, of one head; or the heads of a group
  // of one row (`heads` of them).
  struct attention_task {
    std::int64_t first{}, rows{}, slot{}, position{}, head{}, heads{};
    unsigned char const* mask{};
    std::int64_t mask_from{}, mask_stride{};
  };
  struct plan {
    std::vector<attention_task> tasks{};
    std::vector<std::vector<unsigned char>> masks{};  // [count, count] of each forest
  };
  struct pass {
    packed_step const& step;
    packed_cache<Number>& cache;
    plan todo;
    packed_rotary<Number> rotary;
    Number* out;
  };

  // In rows, a panel is laid out anew for each block of rows that is multiplied with it: a first pass of one block gains.
  void fill_panels_before(std::int64_t rows) const {
    if (filled_) return;
    if (std::exchange(began_, true) || rows > ops::rows_at_a_time) fill_panels(net_), filled_ = true;
  }

  // Of the caller: OpenMP has another number for each thread that it has not made.
  static int threads() { return std::max(1, at::get_num_threads()); }

  // Runs that continue each other are one; long tasks come first, so that threads end together.
  plan plan_of(packed_step const& step) const {
    plan p;
    auto const& runs = step.runs();
    p.masks.reserve(runs.size());
    for (std::size_t r = 0; r < runs.size();) {
      auto const first = static_cast<std::int64_t>(step.first_of(r));
      token_run const& run = runs[r];
      auto count = static_cast<std::int64_t>(run.tokens.size());
      if (!run.parents.empty()) {
        add_tasks(p, first, count, run, mask_of(p, run));
        ++r;
        continue;
      }
      for (++r; r < runs.size() && runs[r].parents.empty() && runs[r].slot == run.slot && runs[r].start == run.start + count;
           ++r)
        count += static_cast<std::int64_t>(runs[r].tokens.size());
      add_tasks(p, first, count, run, nullptr);
    }
    std::ranges::stable_sort(p.tasks, std::greater<>{}, [](attention_task const& t) {
      return (t.position + t.rows) * t.rows * std::max<std::int64_t>(1, t.heads);
    });
    return p;
  }

  void add_tasks(plan& p, std::int64_t first, std::int64_t count, token_run const& run, unsigned char const* mask) const {
    model_config const& c = net_.config;
    std::int64_t const group = c.heads / c.kv_heads;
    if (count == 1 && mask == nullptr) {
      for (std::int64_t h = 0; h < c.heads; h += group)
        for (std::int64_t part = 0; part < group; part += ops::most_query_rows)
          p.tasks.push_back({first, 1, run.slot, run.start, h + part, std::min(ops::most_query_rows, group - part)});
      return;
    }
    for (std::int64_t from = 0; from < count; from += ops::most_query_rows)
      for (std::int64_t h = 0; h < c.heads; ++h)
        p.tasks.push_back({first + from, std::min(ops::most_query_rows, count - from), run.slot, run.start + from, h, 0,
                           mask == nullptr ? nullptr : mask + from * count, run.start, count});
  }

  static unsigned char const* mask_of(plan& p, token_run const& run) {
    std::size_t const count = run.tokens.size();
    auto& mask = p.masks.emplace_back(count * count);
    for (std::size_t i = 0; i < count; ++i)
      for (auto up = static_cast<std::int64_t>(i); up >= 0; up = run.parents[static_cast<std::size_t>(up)])
        mask[i * count + static_cast<std::size_t>(up)] = 1;
    return mask.data();
  }

  // Positions are computed a block at a time, once.
  packed_rotary<Number> rotary_of_rows(std::vector<std::int64_t> const& positions) const {
    // So many positions that libtorch computes their sines and cosines alone: its OpenMP threads, once woken, spin beside ours
    // for as long as OMP_WAIT_POLICY says.
    constexpr std::int64_t most_numbers = 2048;
    std::int64_t const width = net_.config.head_dim, block = std::max<std::int64_t>(1, most_numbers / width);
    std::scoped_lock const one_at_a_time{rotary_lock_};
    packed_rotary<Number> rows;
    for (std::int64_t const position : positions) {
      auto const b = static_cast<std::size_t>(position / block);
      if (b >= rotary_blocks_.size()) rotary_blocks_.resize(b + 1);
      if (rotary& of = rotary_blocks_[b]; !of.cos.defined())
        of = rotary_of(net_.frequencies, at::arange(position / block * block, (position / block + 1) * block, at::kLong),
                       net_.dtype, rope_attention_factor(net_.config));
      std::int64_t const at = position % block * width;
      rows.cos.push_back(static_cast<Number const*>(rotary_blocks_[b].cos.const_data_ptr()) + at);
      rows.sin.push_back(static_cast<Number const*>(rotary_blocks_[b].sin.const_data_ptr()) + at);
    }
    return rows;
  }

  // One layer, computed or, for its memory, only walked through.
  template <class Architecture>
  activations<Number> layer(packed_ops<Number> const& compute, std::size_t index, activations<Number> const& x,
                            pass const& p, ops::attention_scratch<Number>* scratch) const {
    return Architecture::block(
        compute, net_.config, net_.layers[index], index, x, p.rotary,
        [&](std::size_t l, unrotated<Number> const& q, unrotated<Number> const& k, activations<Number> const& v) {
          return attend(compute, l, q.heads, k.heads, v, p, scratch);
        });
  }

  template <class Architecture>
  std::size_t layer_bytes(std::int64_t rows, pass const& p) const {
    packed_ops<Number> const dry{net_.config.norm_eps, nullptr, threads(), nullptr};
    activations<Number> const x = Architecture::embedded(dry, net_.config, dry.rows_of(rows, net_.config.hidden));
    layer<Architecture>(dry, 0, x, p, nullptr);
    return dry.used();
  }

  template <class Architecture>
  void run(pass const& p, ops::thread_team::member& team) const {
    model_config const& c = net_.config;
    ops::attention_scratch<Number> scratch{c.head_dim};
    auto const ops_at = [&](std::size_t index) {
      return packed_ops<Number>{c.norm_eps, &team, team.size(), p.cache.memory().half(index)};
    };
    auto const rows = static_cast<std::int64_t>(p.step.size());
    auto const first = ops_at(1);
    activations<Number> x = first.rows_of(rows, c.hidden);
    team.for_each(rows, [&](std::int64_t r) { embed(p.step.ids()[static_cast<std::size_t>(r)], x.head(r, 0)); });
    x = Architecture::embedded(first, c, x);
    for (std::size_t i = 0; i < net_.layers.size(); ++i) x = layer<Architecture>(ops_at(i), i, x, p, &scratch);
    auto const* const norm = static_cast<Number const*>(net_.final_norm.const_data_ptr());
    team.for_each(rows, [&](std::int64_t r) {
      ops::run_best<ops::rms_norm_row<Number>>(x.head(r, 0), norm, c.hidden, static_cast<float>(c.norm_eps),
                                               p.out + r * c.hidden);
    });
  }

  void embed(std::int64_t id, Number* to) const {
    std::int64_t const width = net_.config.hidden;
    if (net_.embed_tokens.defined())
      std::copy_n(static_cast<Number const*>(net_.embed_tokens.const_data_ptr()) + id * width, width, to);
    else
      ops::unpack_row(packed_ops<Number>::matrix(net_.head), id, to);
  }

  // q [rows, heads, head_dim], k and v [rows, kv_heads, head_dim]; q is rotated in place.
  activations<Number> attend(packed_ops<Number> const& compute, std::size_t layer, activations<Number> const& q,
                             activations<Number> const& k, activations<Number> const& v, pass const& p,
                             ops::attention_scratch<Number>* scratch) const {
    activations<Number> mixed = compute.rows_of(q.rows, q.heads * q.width);
    mixed.heads = q.heads, mixed.width = q.width, mixed.by_head = true;
    if (!compute.computes()) return mixed;
    std::int64_t const group = q.heads / k.heads;
    compute.team().for_each(q.rows * k.heads, [&](std::int64_t i) {
      std::int64_t const row = i / k.heads, h = i % k.heads;
      auto const turn = [&](Number* head) {
        ops::run_best<ops::rotate_head<Number>>(head, p.rotary.cos[static_cast<std::size_t>(row)],
                                                p.rotary.sin[static_cast<std::size_t>(row)], q.width, head);
      };
      for (std::int64_t g = 0; g < group; ++g) turn(q.head(row, h * group + g));
      turn(k.head(row, h));
      cache_location const where = p.step.locations()[static_cast<std::size_t>(row)];
      p.cache.head(layer, where.slot, h).write(where.position, k.head(row, h), v.head(row, h));
    });
    compute.team().for_each(static_cast<std::int64_t>(p.todo.tasks.size()), [&](std::int64_t i) {
      attention_task const& t = p.todo.tasks[static_cast<std::size_t>(i)];
      ops::query_rows<Number> rows{.queries = q.head(t.first, t.head), .out = mixed.head(t.first, t.head)};
      rows.rows = t.heads > 0 ? t.heads : t.rows, rows.stride = t.heads > 0 ? q.width : q.stride;
      rows.first = t.position, rows.step = t.heads > 0 ? 0 : 1;
      rows.mask = t.mask, rows.mask_from = t.mask_from, rows.mask_stride = t.mask_stride;
      ops::attend(p.cache.head(layer, t.slot, t.head / group), rows, *scratch);
    });
    return mixed;
  }

  mutable packed_decoder net_;  // what it computes is the same in rows and in panels
  mutable std::mutex passes_lock_{}, rotary_lock_{};
  mutable bool began_{false}, filled_{false};
  mutable std::vector<rotary> rotary_blocks_{};
};

}  // namespace ease::inline v1
