// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of llm/network/packed_weights.hpp; core/compiled.hpp says where they are compiled.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ease/llm/decoder/rope.hpp>
#include <ease/llm/network/packed_weights.hpp>
#include <ease/ops/linear.hpp>
#include <ease/ops/panel_matrix.hpp>
#include <ease/ops/thread_team.hpp>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace ease::inline v1 {

namespace detail {

// Memory that matrices are laid into one after the other. In pages of 2 MB where the system gives them: a pass reads all of
// it, and the tables of small pages are a part of its time.
class weight_memory {
 public:
  weight_memory(std::int64_t numbers, at::ScalarType dtype) : all_{at::empty({numbers}, dtype)} {
    constexpr std::uintptr_t page = 4096;
    auto const begin =
        reinterpret_cast<std::uintptr_t>(all_.data_ptr());  // NOLINT(cppcoreguidelines-pro-type-reinterpret-cast)
    auto const first = (begin + page - 1) / page * page, last = (begin + all_.nbytes()) / page * page;
#if defined(MADV_HUGEPAGE)
    if (first < last) ::madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE);  // NOLINT
#endif
  }
  at::Tensor next(std::int64_t numbers) { return all_.narrow(0, std::exchange(used_, used_ + numbers), numbers); }

 private:
  at::Tensor all_;
  std::int64_t used_{0};
};

template <class Number>
void pack_into(at::Tensor const& matrix, at::Tensor const& panels) {
  at::Tensor const rows = matrix.contiguous();
  auto const* const from = static_cast<Number const*>(rows.const_data_ptr());
  auto* const to = static_cast<Number*>(panels.mutable_data_ptr());
  std::int64_t const out = rows.size(0), in = rows.size(1);
  ops::thread_team::of_process().run(at::get_num_threads(), [&](ops::thread_team::member& team) {
    team.for_each(ops::panels_of(out),
                  [&](std::int64_t p) { ops::pack_panel(from, out, in, in, p, to + p * ops::panel_size<Number>(in)); });
  });
}
inline void pack_into(at::Tensor const& matrix, at::Tensor const& panels) {
  if (matrix.scalar_type() == at::kBFloat16) return pack_into<ops::bf16>(matrix, panels);
  pack_into<float>(matrix, panels);
}

inline std::int64_t numbers_in_panels(std::int64_t out, std::int64_t in, at::ScalarType dtype) {
  return dtype == at::kBFloat16 ? ops::panels_size<ops::bf16>(out, in) : ops::panels_size<float>(out, in);
}

inline at::Tensor float_panels(at::Tensor const& matrix) {
  at::Tensor const wide = matrix.to(at::kFloat);
  at::Tensor panels = at::empty({numbers_in_panels(wide.size(0), wide.size(1), at::kFloat)}, at::kFloat);
  pack_into(wide, panels);
  return panels;
}

// `taken`: the weight is nobody else's.
inline void pack_linear(at::Tensor const& weight, bool taken, at::Tensor const& bias, lora_weights const& adapter,
                        weight_memory& memory, packed_linear& to) {
  to.out = weight.size(0), to.in = weight.size(1);
  to.panels = memory.next(numbers_in_panels(to.out, to.in, weight.scalar_type()));
  if (taken)
    to.rows = weight.contiguous();
  else
    pack_into(weight, to.panels);
  if (bias.defined()) {
    to.bias = at::zeros({ops::padded_width(to.out)}, at::kFloat);
    to.bias.narrow(0, 0, to.out).copy_(bias);
  }
  if (!adapter.a.defined()) return;
  to.adapter.a = float_panels(adapter.a), to.adapter.b = float_panels(adapter.b);
  to.adapter.rank = adapter.a.size(0), to.adapter.scaling = adapter.scaling;
}

}  // namespace detail

EASE_INLINE bool can_pack(decoder const& net) {
  auto const type = net.embed_tokens.scalar_type();
  return net.embed_tokens.is_cpu() && (type == at::kFloat || type == at::kBFloat16) && net.config.head_dim % 2 == 0;
}

namespace detail {

// f(the decoder's linear_weights, the packed one) for each matrix of each layer, f(norm, norm) likewise.
template <class Decoder, class Packed, class F>
void each_pair(Decoder& net, Packed& packed, F&& f) {
  visit_architecture(net.config, [&]<class Architecture>(Architecture) {
    for (std::size_t i = 0; i < net.layers.size(); ++i) {
      std::vector<decltype(&net.layers[i].q_proj)> linears;
      std::vector<decltype(&net.layers[i].mlp_norm)> norms;
      Architecture::each_linear(net.config, net.layers[i], [&](linear_shape const&, auto& w) { linears.push_back(&w); });
      Architecture::each_norm(net.config, net.layers[i], [&](norm_shape const&, auto& w) { norms.push_back(&w); });
      std::size_t linear = 0, norm = 0;
      Architecture::each_linear(net.config, packed.layers[i],
                                [&](linear_shape const&, auto& to) { f(*linears[linear++], to); });
      Architecture::each_norm(net.config, packed.layers[i], [&](norm_shape const&, auto& to) { f(*norms[norm++], to); });
    }
  });
}

// take(matrix of the decoder): whether it is nobody else's, and the decoder gives it up.
template <class Take>
packed_decoder pack(decoder const& net, Take&& take) {
  c10::InferenceMode const no_gradients;
  packed_decoder packed{.config = net.config, .dtype = net.embed_tokens.scalar_type()};
  at::Tensor const head = net.lm_head.defined() ? net.lm_head : net.embed_tokens;
  bool const tied = head.data_ptr() == net.embed_tokens.data_ptr();
  std::int64_t numbers = numbers_in_panels(head.size(0), head.size(1), packed.dtype);
  decoder::each_linear(net, [&](std::string const&, linear_shape const&, linear_weights const& w) {
    numbers += numbers_in_panels(w.weight.size(0), w.weight.size(1), packed.dtype);
  });
  weight_memory memory{numbers, packed.dtype};
  packed.layers.resize(net.layers.size());
  packed.final_norm = net.final_norm.contiguous();
  packed.frequencies = (net.frequencies.defined() ? net.frequencies : rope_frequencies(net.config)).contiguous();
  if (!tied) packed.embed_tokens = net.embed_tokens.contiguous();
  pack_linear(head, take(net.lm_head.defined() ? net.lm_head : net.embed_tokens), {}, {}, memory, packed.head);
  each_pair(net, packed, [&]<class From, class To>(From const& from, To& to) {
    if constexpr (std::is_same_v<To, packed_linear>) {
      at::Tensor const weight = from.weight;
      pack_linear(weight, take(from.weight), from.bias, from.adapter, memory, to);
    } else {
      to = from.contiguous();
    }
  });
  return packed;
}

inline at::Tensor unpacked(packed_linear const& from, at::ScalarType dtype) {
  at::Tensor matrix = at::empty({from.out, from.in}, dtype);
  auto const fill = [&]<class Number>(Number* to) {
    ops::panel_matrix<Number> const panels{static_cast<Number const*>(from.panels.const_data_ptr()), from.out, from.in};
    ops::thread_team::of_process().run(at::get_num_threads(), [&](ops::thread_team::member& team) {
      team.for_each(panels.panels(), [&](std::int64_t p) { ops::unpack_panel(panels, p, to); });
    });
  };
  if (dtype == at::kBFloat16)
    fill(static_cast<ops::bf16*>(matrix.mutable_data_ptr()));
  else
    fill(matrix.mutable_data_ptr<float>());
  return matrix;
}

}  // namespace detail

EASE_INLINE packed_decoder pack(decoder const& net) {
  return detail::pack(net, [](at::Tensor const&) { return false; });
}

EASE_INLINE packed_decoder pack_taking(decoder& net) {
  return detail::pack(net, [&](at::Tensor const& matrix) {
    bool const head = &matrix == &net.lm_head || &matrix == &net.embed_tokens;
    bool const twice = head && net.lm_head.defined() && net.lm_head.is_same(net.embed_tokens);
    if (matrix.use_count() > (twice ? 3U : 2U)) return false;  // the caller's is one of them
    if (twice) net.embed_tokens.reset();
    const_cast<at::Tensor&>(matrix).reset();  // NOLINT(cppcoreguidelines-pro-type-const-cast): a member of `net`
    return true;
  });
}

EASE_INLINE void fill_panels(packed_decoder& packed) {
  auto const fill = [](packed_linear& one) {
    if (!one.rows.defined()) return;
    detail::pack_into(one.rows, one.panels);
    one.rows.reset();
  };
  fill(packed.head);
  visit_architecture(packed.config, [&]<class Architecture>(Architecture) {
    for (auto& layer : packed.layers)
      Architecture::each_linear(packed.config, layer, [&](linear_shape const&, packed_linear& one) { fill(one); });
  });
}

EASE_INLINE void unpack_released(packed_decoder const& packed, decoder& net) {
  c10::InferenceMode const no_gradients;
  bool const tied = !packed.embed_tokens.defined();
  at::Tensor& head = tied ? net.embed_tokens : net.lm_head;
  auto const matrix = [&](packed_linear const& from) {
    return from.rows.defined() ? from.rows : detail::unpacked(from, packed.dtype);
  };
  if (!head.defined()) head = matrix(packed.head);
  if (tied && !net.lm_head.defined()) net.lm_head = net.embed_tokens;
  detail::each_pair(net, packed, [&]<class To, class From>(To& to, From const& from) {
    if constexpr (std::is_same_v<From, packed_linear>)
      if (!to.weight.defined()) to.weight = matrix(from);
  });
}

}  // namespace ease::inline v1
