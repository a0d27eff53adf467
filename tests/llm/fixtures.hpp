// SPDX-License-Identifier: Apache-2.0
#pragma once
// Models with the logits that transformers computes for them (made by tests/oracle/llm/llm_models.py), and how ours are
// compared.
#include <ATen/ATen.h>

#include <cmath>
#include <cstring>
#include <ease/io/tensors/safetensors.hpp>
#include <ease/llm/decoder/decoder.hpp>
#include <ease/llm/decoder/forward.hpp>
#include <filesystem>
#include <limits>
#include <string>

#include "catch.hpp"

namespace ease_test {

inline std::filesystem::path const fixtures = std::filesystem::path{EASE_FIXTURES} / "llm";

inline at::Tensor tensor_of(ease::safetensors_file const& file, std::string const& name, at::ScalarType type) {
  auto const* const entry = file.find(name);
  REQUIRE(entry != nullptr);
  at::Tensor t = at::empty(entry->shape, type);
  std::memcpy(t.data_ptr(), entry->bytes.data(), entry->bytes.size());
  return t;
}

// Causal attention of one sequence, written the plain way.
inline auto const causal = [](std::size_t, at::Tensor const& q, at::Tensor const& k, at::Tensor const& v) {
  auto const groups = q.size(1) / k.size(1);
  auto const heads_first = [](at::Tensor const& x) { return x.transpose(0, 1); };
  at::Tensor const keys = heads_first(k.repeat_interleave(groups, 1)), values = heads_first(v.repeat_interleave(groups, 1));
  at::Tensor scores = at::matmul(heads_first(q), keys.transpose(1, 2)) / std::sqrt(static_cast<double>(q.size(2)));
  at::Tensor const later = at::ones({q.size(0), q.size(0)}, at::kBool).triu(1);
  scores = scores.masked_fill(later, -std::numeric_limits<double>::infinity());
  return heads_first(
      at::matmul(at::softmax(scores, -1, at::promote_types(scores.scalar_type(), at::kFloat)).to(q.scalar_type()), values));
};

inline at::Tensor logits_of(ease::decoder const& net, ease::safetensors_file const& expected) {
  c10::NoGradGuard const no_gradient;
  return net.logits(net.hidden(tensor_of(expected, "ids", at::kLong), tensor_of(expected, "positions", at::kLong), causal));
}

inline double farthest(at::Tensor const& a, at::Tensor const& b) {
  return ((a - b).abs().max() / b.abs().max()).item<double>();
}
inline double typical(at::Tensor const& a, at::Tensor const& b) { return (a - b).square().mean().sqrt().item<double>(); }

inline ease::safetensors_file expected_of(std::string const& name) {
  auto const beside = fixtures / (name + ".expected.safetensors");
  return ease::safetensors_file{exists(beside) ? beside : fixtures / name / "expected.safetensors"};
}

}  // namespace ease_test
