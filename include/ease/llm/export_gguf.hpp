// SPDX-License-Identifier: Apache-2.0
#pragma once
// Writes a language model as a GGUF file from which llama.cpp gives the same answers: names, row order and tokeniser keys
// are those of llama.cpp's own converter. Matrices get the requested type, norms and biases stay float32, a tied head is
// left out. Tensors are quantised a few rows at a time. The file appears complete or not at all.
// Non-goals: types of less than 8 bits (llama-quantize makes them from such a file), sampling defaults, which GGUF lacks.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <ease/core/error.hpp>
#include <ease/io/tensors/gguf_writer.hpp>
#include <ease/io/tensors/quantise.hpp>
#include <ease/llm/arch/all.hpp>
#include <ease/llm/decoder/decoder.hpp>
#include <ease/llm/decoder/rope.hpp>
#include <ease/llm/files/rope_gguf.hpp>
#include <ease/llm/model.hpp>
#include <ease/text/gguf/as_gguf.hpp>
#include <filesystem>
#include <functional>
#include <map>
#include <numbers>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ease::inline v1 {

struct gguf_report {
  std::map<std::string_view, std::size_t> tensors{};  // by type, e.g. "Q8_0"
  std::uint64_t weight_bytes{0};
  std::string pre{};  // tokenizer.ggml.pre
};

namespace detail {

// Llama 3.1's scaling as divisors of the frequencies, by the converter's own float32 operations. [head_dim / 2]
inline at::Tensor rope_divisors(model_config const& c) {
  model_config plain = c;
  plain.rope_scaling.reset();
  auto const& s = std::get<llama3_rope_scaling>(*c.rope_scaling);
  auto const original = static_cast<double>(s.original_context);
  at::Tensor const wave = 2.0 * std::numbers::pi / rope_frequencies(plain);
  at::Tensor const blend = (original / wave - s.low_freq_factor) / (s.high_freq_factor - s.low_freq_factor);
  at::Tensor const between = 1.0 / ((1.0 - blend) / s.factor + blend);
  at::Tensor const slow = at::where(wave > original / s.low_freq_factor, at::full_like(wave, s.factor), between);
  return at::where(wave < original / s.high_freq_factor, at::ones_like(wave), slow);
}

// general.file_type, llama.cpp's number for "mostly this type".
inline std::uint32_t gguf_file_type(ggml_type type) {
  switch (type) {
    case ggml_type::f16:
      return 1;
    case ggml_type::q8_0:
      return 7;
    case ggml_type::bf16:
      return 32;
    default:
      return 0;
  }
}

inline void write_hyperparameters(gguf_writer& out, model_config const& c, architecture const& kind) {
  auto const key = [&](std::string_view name) { return fmt::format("{}.{}", kind.gguf_name, name); };
  for (auto const& [name, value] :
       {std::pair{"context_length", c.context}, std::pair{"embedding_length", c.hidden}, std::pair{"block_count", c.layers},
        std::pair{"feed_forward_length", c.intermediate}, std::pair{"attention.head_count", c.heads},
        std::pair{"attention.head_count_kv", c.kv_heads}, std::pair{"attention.key_length", c.head_dim},
        std::pair{"attention.value_length", c.head_dim}, std::pair{"rope.dimension_count", c.head_dim},
        std::pair{"vocab_size", c.vocab}})
    out.count(key(name), static_cast<std::uint32_t>(value));
  out.number(key("rope.freq_base"), static_cast<float>(c.rope_theta));
  out.number(key("attention.layer_norm_rms_epsilon"), static_cast<float>(c.norm_eps));
  write_rope_scaling(out, kind.gguf_name, c);
}

inline void write_vocabulary(gguf_writer& out, gguf_vocabulary const& v) {
  out.text("tokenizer.ggml.model", "gpt2");
  out.text("tokenizer.ggml.pre", v.pre);
  out.texts("tokenizer.ggml.tokens", v.tokens);
  out.integers("tokenizer.ggml.token_type", v.token_types);
  out.texts("tokenizer.ggml.merges", v.merges);
  for (auto const& [key, id] :
       {std::pair{"bos", v.bos}, std::pair{"eos", v.eos}, std::pair{"unknown", v.unk}, std::pair{"padding", v.pad}})
    if (id) out.count(fmt::format("tokenizer.ggml.{}_token_id", key), static_cast<std::uint32_t>(*id));
  out.flag("tokenizer.ggml.add_bos_token", v.add_bos);  // llama.cpp's own default depends on `pre`
  if (!v.chat_template.empty()) out.text("tokenizer.chat_template", v.chat_template);
}

// The rows of q and k in rotary pairs: row 2 i + j of a head is its row j * half + i. [heads * head_dim, hidden]
inline at::Tensor paired_rows(at::Tensor const& weight, std::int64_t head_dim) {
  return weight.reshape({-1, 2, head_dim / 2, weight.size(1)}).transpose(1, 2).reshape(weight.sizes());
}

// Packs and writes some rows at a time.
inline void write_rows(gguf_writer& out, std::string_view name, ggml_type type, at::Tensor const& weight) {
  constexpr std::int64_t most = 1 << 20;  // numbers at a time
  ggml_type_info const& info = *info_of(type);
  std::int64_t const columns = weight.size(-1), rows = weight.numel() / columns,
                     step = std::max<std::int64_t>(1, most / columns);
  at::Tensor const table = weight.detach().reshape({rows, columns});
  std::size_t const row_bytes = static_cast<std::size_t>(columns) / info.block_elements * info.block_bytes;
  std::vector<std::byte> packed;
  for (std::int64_t from = 0; from < rows; from += step) {
    at::Tensor const part = table.slice(0, from, from + step).to(at::TensorOptions{at::kCPU}.dtype(at::kFloat)).contiguous();
    float const* const values = part.data_ptr<float>();
    packed.resize(static_cast<std::size_t>(part.size(0)) * row_bytes);
    std::atomic<bool> finite{true};
    at::parallel_for(0, part.size(0), 16, [&](std::int64_t begin, std::int64_t end) {
      auto const at = static_cast<std::size_t>(begin), count = static_cast<std::size_t>(end - begin);
      std::span const in{values + begin * columns, count * static_cast<std::size_t>(columns)};
      if (!quantise(type, in, std::span{packed}.subspan(at * row_bytes, count * row_bytes))) finite = false;
    });
    if (!finite)
      throw error{"{}: tensor '{}' holds a number that is not finite, or too large for {} (f32 takes any finite one)",
                  out.path().string(), name, info.name};
    out.write(packed);
  }
}

// What the model's tokenizer says, and where it says nothing about a special token, what the model's own files say.
inline gguf_vocabulary exported_vocabulary(language_model const& model) {
  tokenizer tok = model.tokenizer;
  if (model.chat) tok.set_chat_template_source(model.chat->source());  // what we pinned, users of the file get as well
  gguf_vocabulary vocabulary = as_gguf(tok, static_cast<std::size_t>(model.net->config.vocab));
  if (!vocabulary.eos && !model.defaults.eos.empty()) vocabulary.eos = model.defaults.eos.front();
  if (!vocabulary.bos) vocabulary.bos = model.defaults.bos;
  if (!vocabulary.pad) vocabulary.pad = model.defaults.pad;
  return vocabulary;
}

// The tokens that end a turn and a message with a tool call to come, beside eos: the ends that the families of chat templates
// here write (text/chat). llama.cpp ends an answer at each.
inline void write_turn_ends(gguf_writer& out, tokenizer const& tok) {
  auto const first_of = [&](std::string_view key, std::initializer_list<std::string_view> texts) {
    for (auto const text : texts)
      if (auto const id = tok.id_of(text)) {
        out.count(fmt::format("tokenizer.ggml.{}_token_id", key), static_cast<std::uint32_t>(*id));
        return;
      }
  };
  first_of("eot", {"<|eot_id|>", "<|im_end|>"});
  first_of("eom", {"<|eom_id|>"});
}

struct exported_tensor {
  std::string name;
  ggml_type type;
  at::Tensor weight;
  bool paired;  // its rows change places, because llama.cpp rotates neighbours
};

inline std::vector<exported_tensor> exported_tensors(language_model const& model, ggml_type type, architecture const& kind) {
  std::vector<exported_tensor> items;
  model_config const& c = model.net->config;
  if (c.rope_scaling && std::holds_alternative<llama3_rope_scaling>(*c.rope_scaling))
    items.push_back({"rope_freqs.weight", ggml_type::f32, rope_divisors(c), false});
  decoder::each_parameter(*model.net, [&](parameter const& p, at::Tensor const& weight) {
    bool const fits = weight.size(-1) % static_cast<std::int64_t>(info_of(type)->block_elements) == 0;
    bool const paired = kind.gguf_pairs_rows && p.rotary;
    items.push_back({p.gguf_name, weight.dim() < 2 ? ggml_type::f32 : fits ? type : ggml_type::f16, weight, paired});
  });
  return items;
}

}  // namespace detail

// `base_model`: what the model was made of, as ORG/NAME of the hub; empty: not said. type: F32, F16, BF16 or Q8_0, for the matrices; one whose rows are not whole blocks of it is written as F16.
// on_progress(bytes written, bytes in all) is called now and then. Throws if the model cannot be said in GGUF, or if the
// file cannot be written.
inline gguf_report export_gguf(language_model const& model, std::filesystem::path const& path, ggml_type type,
                               std::function<void(std::uint64_t, std::uint64_t)> const& on_progress = {},
                               std::string const& base_model = {}) {
  if (!can_quantise(type)) throw error{"{}: only F32, F16, BF16 and Q8_0 can be exported", path.string()};
  c10::NoGradGuard const no_gradient;
  model_config const& c = model.net->config;
  architecture const* const kind = find_architecture(&architecture::hf_class, c.architecture);
  if (kind == nullptr)
    throw error{"a model of architecture '{}' cannot be exported; supported: {}", c.architecture,
                supported_architectures(&architecture::hf_class)};
  gguf_vocabulary const vocabulary = detail::exported_vocabulary(model);
  gguf_writer out{path};
  out.text("general.architecture", kind->gguf_name);
  out.text("general.type", "model");
  out.text("general.name", model.name);
  if (auto const slash = base_model.find('/'); slash != std::string::npos) {  // general.base_model of the GGUF specification
    out.count("general.base_model.count", 1);
    out.text("general.base_model.0.name", base_model.substr(slash + 1));
    out.text("general.base_model.0.organization", base_model.substr(0, slash));
    out.text("general.base_model.0.repo_url", "https://huggingface.co/" + base_model);
  }
  out.count("general.file_type", detail::gguf_file_type(type));
  out.count("general.quantization_version", 2);
  detail::write_hyperparameters(out, c, *kind);
  detail::write_vocabulary(out, vocabulary);
  detail::write_turn_ends(out, model.tokenizer);

  std::vector<detail::exported_tensor> const items = detail::exported_tensors(model, type, *kind);
  gguf_report report{.pre = vocabulary.pre};
  for (detail::exported_tensor const& one : items) {
    out.tensor(one.name, one.type, std::span{one.weight.sizes().data(), one.weight.sizes().size()});
    ++report.tensors[info_of(one.type)->name];
  }
  report.weight_bytes = out.tensor_bytes();
  std::uint64_t done = 0;
  for (detail::exported_tensor const& one : items) {
    detail::write_rows(out, one.name, one.type, one.paired ? detail::paired_rows(one.weight, c.head_dim) : one.weight);
    ggml_type_info const& info = *info_of(one.type);
    done += static_cast<std::uint64_t>(one.weight.numel()) / info.block_elements * info.block_bytes;
    if (on_progress) on_progress(done, report.weight_bytes);
  }
  out.commit();
  return report;
}

}  // namespace ease::inline v1
