// SPDX-License-Identifier: Apache-2.0
#pragma once
// Fills a decoder from a Hugging Face folder's safetensors or from a GGUF file. On the CPU a matrix that the file has in the
// dtype asked for is the mapped file's memory (mapped_tensor.hpp): nothing is copied, and it may be trained. The file must
// have every parameter, with its shape, and no other: an unused weight would mean that we compute another model than the
// file's.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ease/core/error.hpp>
#include <ease/core/printable.hpp>
#include <ease/io/tensors/dequantise.hpp>
#include <ease/io/tensors/gguf.hpp>
#include <ease/io/tensors/safetensors_folder.hpp>
#include <ease/llm/arch/all.hpp>
#include <ease/llm/decoder/decoder.hpp>
#include <ease/llm/decoder/rope.hpp>
#include <ease/llm/files/checkpoint_tensors.hpp>
#include <ease/llm/files/mapped_tensor.hpp>
#include <ease/llm/files/tensor_files.hpp>
#include <ease/ops/thread_team.hpp>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ease::inline v1 {

namespace detail {

// A decoder without weights (PyTorch's meta device): a weight is allocated only when the file is known to have it.
inline decoder meta_decoder(model_config const& config) {
  decoder net{.config = config, .embed_tokens = {}, .final_norm = {}, .lm_head = {}, .layers = {}};
  net.layers.resize(static_cast<std::size_t>(config.layers));
  return net;
}

// Sets what is derived from the weights.
inline void finish(decoder& net, at::Device device) {
  if (net.config.tied) net.lm_head = net.embed_tokens;
  net.frequencies = rope_frequencies(net.config).to(device);
}

inline void check_shape(std::string_view file, std::string_view tensor, std::vector<std::int64_t> const& is,
                        at::IntArrayRef wanted) {
  if (at::IntArrayRef{is} != wanted)
    throw error{"{}: tensor '{}' has shape [{}], the configuration makes it [{}]", file, tensor, fmt::join(is, ", "),
                fmt::join(wanted, ", ")};
}

// Expands row by row: row r of the result is row `source(r)` of the file.
inline void expand_rows(gguf_tensor const& tensor, at::Tensor& weight,
                        std::function<std::int64_t(std::int64_t)> const& source) {
  auto const columns = static_cast<std::size_t>(weight.size(-1));
  auto const rows = static_cast<std::size_t>(weight.numel()) / columns, row_bytes = tensor.bytes.size() / rows;
  auto const bytes_of_row = [&](std::int64_t r) {
    return tensor.bytes.subspan(static_cast<std::size_t>(source(r)) * row_bytes, row_bytes);
  };
  auto const each_row = [&](auto&& expand) {
    std::vector<float> first(columns);
    expand(0, first);  // throws here, and not on a thread of the team, what the other rows would too
    ops::thread_team::of_process().run(std::max(1, at::get_num_threads()), [&](ops::thread_team::member& team) {
      std::vector<float> row(columns);
      team.for_ranges(static_cast<std::int64_t>(rows), 16, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t r = begin; r < end; ++r) expand(r, row);
      });
    });
  };
  if (weight.is_cpu() && weight.scalar_type() == at::kBFloat16) {  // row by row: no copy of the whole in float32
    auto* const out = weight.data_ptr<at::BFloat16>();
    return each_row([&](std::int64_t r, std::vector<float>& row) {
      auto* const to = out + static_cast<std::size_t>(r) * columns;
      if (tensor.type == ggml_type::bf16) {
        std::memcpy(to, bytes_of_row(r).data(), row_bytes);
      } else {
        dequantise(tensor.type, bytes_of_row(r), row);
        std::copy(row.begin(), row.end(), to);
      }
    });
  }
  bool const in_place = weight.is_cpu() && weight.scalar_type() == at::kFloat;
  at::Tensor const wide = in_place ? weight : at::empty(weight.sizes(), at::kFloat);
  float* const out = wide.data_ptr<float>();
  each_row([&](std::int64_t r, std::vector<float>& /*row*/) {
    dequantise(tensor.type, bytes_of_row(r), {out + static_cast<std::size_t>(r) * columns, columns});
  });
  if (!in_place) weight.copy_(wide);
}

}  // namespace detail

// The head is that of the folder (with_head_of). Throws if a parameter is missing, has another shape or is not floating
// point, or if there is a weight that is no parameter.
inline decoder load_weights(model_config const& said, checkpoint_tensors const& files, at::Device device,
                            at::ScalarType type) {
  c10::NoGradGuard const no_gradient;
  auto const options = at::TensorOptions{}.dtype(type).device(device);
  model_config const config = with_head_of(files, said);
  decoder net = detail::meta_decoder(config);
  std::set<std::string, std::less<>> used;
  decoder::each_parameter(net, [&](parameter const& p, at::Tensor& weight) {
    auto const* entry = files.find(p.name);
    auto name = p.name;
    if (entry == nullptr && config.tied && name == "model.embed_tokens.weight")  // saved under the other name of the two
      entry = files.find(name = "lm_head.weight");
    if (entry == nullptr)
      throw error{"{}: tensor '{}' is missing{}", files.path(), p.name,
                  p.name == "lm_head.weight" ? ", and config.json does not say tie_word_embeddings" : ""};
    detail::check_shape(files.path(), name, entry->shape, p.shape);
    if (device.is_cpu() && detail::float_type_of(files.path(), *entry) == type)
      weight = mapped_tensor(entry->bytes, entry->owner, p.shape, type);
    if (!weight.defined()) {
      weight = at::empty(p.shape, options);
      detail::copy_in(files.path(), *entry, weight);
    }
    used.insert(name);
  });
  for (auto const& [name, entry] : files.entries()) {
    bool const harmless = name.ends_with("rotary_emb.inv_freq") || (config.tied && name == "lm_head.weight");
    if (!harmless && !used.contains(name))
      throw error{"{}: tensor '{}' is no part of a {} with this config.json", files.path(), printable(name),
                  config.architecture};
  }
  detail::finish(net, device);
  return net;
}
inline decoder load_weights(model_config const& config, safetensors_folder const& files, at::Device device,
                            at::ScalarType type) {
  return load_weights(config, checkpoint_tensors{files}, device, type);
}

// The same from a GGUF file; quantised blocks are dequantised.
inline decoder load_weights(model_config const& config, gguf_file const& file, at::Device device, at::ScalarType type) {
  c10::NoGradGuard const no_gradient;
  architecture const& kind = *find_architecture(&architecture::hf_class, config.architecture);
  auto const options = at::TensorOptions{}.dtype(type).device(device);
  decoder net = detail::meta_decoder(config);
  std::set<std::string, std::less<>> used{"rope_freqs.weight"};
  decoder::each_parameter(net, [&](parameter const& p, at::Tensor& weight) {
    gguf_tensor const* const tensor = file.find(p.gguf_name);
    if (tensor == nullptr) throw error{"{}: tensor '{}' is missing", file.path().string(), p.gguf_name};
    detail::check_shape(file.path().string(), p.gguf_name, tensor->shape, p.shape);
    used.insert(p.gguf_name);
    bool const paired = kind.gguf_pairs_rows && p.rotary;
    bool const as_is =
        (tensor->type == ggml_type::bf16 && type == at::kBFloat16) || (tensor->type == ggml_type::f32 && type == at::kFloat);
    if (device.is_cpu() && as_is && !paired) weight = mapped_tensor(tensor->bytes, tensor->owner, p.shape, type);
    if (weight.defined()) return;
    weight = at::empty(p.shape, options);
    std::int64_t const size = config.head_dim, half = size / 2;
    if (paired)
      detail::expand_rows(*tensor, weight,
                          [=](std::int64_t r) { return r / size * size + r % size % half * 2 + r % size / half; });
    else
      detail::expand_rows(*tensor, weight, [](std::int64_t r) { return r; });
  });
  for (gguf_tensor const& tensor : file.tensors())
    if (!used.contains(tensor.name))
      throw error{"{}: tensor '{}' is no part of a {}", file.path().string(), printable(tensor.name), config.architecture};
  detail::finish(net, device);
  return net;
}

// Copies what may be the file's memory, so that a change of the file cannot change a training. On another device nothing is.
inline void own_weights(decoder& net) {
  if (!net.embed_tokens.is_cpu()) return;
  c10::NoGradGuard const no_gradient;
  decoder::each_parameter(net, [](parameter const&, at::Tensor& weight) { weight = weight.clone(); });
  if (net.config.tied) net.lm_head = net.embed_tokens;
}

}  // namespace ease::inline v1
