// SPDX-License-Identifier: Apache-2.0
#pragma once
// The fixtures of tests/oracle/train/train_reference.py, and random training rows.
#include <ATen/ATen.h>

#include <cstring>
#include <ease/io/tensors/safetensors.hpp>
#include <ease/io/tensors/safetensors_folder.hpp>
#include <ease/llm/files/config_json.hpp>
#include <ease/llm/files/weights.hpp>
#include <ease/train/batches/dataset.hpp>
#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace reference {

inline std::filesystem::path const folder = std::filesystem::path{EASE_FIXTURES} / "train";

inline at::Tensor tensor_of(ease::safetensors_file const& file, std::string const& name, at::ScalarType type) {
  auto const* const entry = file.find(name);
  if (entry == nullptr) throw ease::error{"fixture lacks {}", name};
  auto t = at::empty(entry->shape, type);
  std::memcpy(t.data_ptr(), entry->bytes.data(), entry->bytes.size());
  return t;
}

inline ease::decoder model(std::string const& name) {
  return ease::load_weights(ease::read_config(folder / name / "config.json"), ease::safetensors_folder{folder / name},
                            at::kCPU, at::kFloat);
}

struct run {
  std::vector<ease::tokenized_example> rows;
  at::Tensor steps;                            // float64 [10, 3]: loss, gradient norm, learning rate
  std::map<std::string, double> weight_norms;  // of the trained weights
};

inline run expected(std::string const& name) {
  ease::safetensors_file const file{folder / name / "expected.safetensors"};
  auto const ids = tensor_of(file, "ids", at::kLong), mask = tensor_of(file, "mask", at::kByte),
             lengths = tensor_of(file, "lengths", at::kLong);
  run r{{}, tensor_of(file, "steps", at::kDouble), {}};
  std::string const mark = "norm of ";
  for (auto const& entry : file.entries())
    if (entry.name.starts_with(mark))
      r.weight_norms[entry.name.substr(mark.size())] = tensor_of(file, entry.name, at::kDouble).item<double>();
  std::int64_t at = 0;
  for (std::int64_t i = 0; i < lengths.numel(); ++i) {
    auto& row = r.rows.emplace_back();
    for (auto const end = at + lengths[i].item<std::int64_t>(); at < end; ++at) {
      row.ids.push_back(static_cast<ease::token_id>(ids[at].item<std::int64_t>()));
      row.loss_mask.push_back(mask[at].item<std::uint8_t>());
    }
  }
  return r;
}

// The order in which a trainer with `seed` will see `rows` in its first epoch, undone.
inline std::vector<ease::tokenized_example> unshuffled(std::vector<ease::tokenized_example> const& rows,
                                                       std::uint64_t seed) {
  std::vector<ease::tokenized_example> given(rows.size());
  auto const order = ease::shuffled(rows.size(), seed, 0);
  for (std::size_t i = 0; i < rows.size(); ++i) given[order[i]] = rows[i];
  return given;
}

// `count` rows of `shortest` to `longest` tokens below `vocabulary`; the second half of each is trained.
inline std::vector<ease::tokenized_example> random_rows(std::size_t count, std::size_t shortest, std::size_t longest,
                                                        unsigned vocabulary, unsigned seed) {
  std::mt19937 dice{seed};
  std::vector<ease::tokenized_example> rows(count);
  for (auto& row : rows) {
    auto const length = shortest + dice() % (longest - shortest + 1);
    for (std::size_t i = 0; i < length; ++i) {
      row.ids.push_back(static_cast<ease::token_id>(dice() % vocabulary));
      row.loss_mask.push_back(i >= length / 2);
    }
  }
  return rows;
}

inline ease::model_config tiny_config() {
  return {.architecture = "LlamaForCausalLM",
          .hidden = 32,
          .layers = 2,
          .heads = 4,
          .kv_heads = 2,
          .head_dim = 8,
          .intermediate = 48,
          .vocab = 61,
          .context = 128,
          .rope_theta = 10000.0,
          .norm_eps = 1e-5,
          .tied = true,
          .qkv_bias = false,
          .qk_norm = false,
          .rope_scaling = {}};
}

}  // namespace reference
