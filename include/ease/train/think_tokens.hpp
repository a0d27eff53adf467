#pragma once
// `<think>` and `</think>` as tokens of a model that has none. They take the idle rows of the embedding where there are two (Qwen2.5
// has 271, so nothing is resized); otherwise the matrix grows to a multiple of 64 rows. The two rows start at the mean of the rows
// in use, each with its own small noise: from two equal rows a small model does not learn to tell opening from closing, and
// answers nothing.
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <c10/core/GradMode.h>

#include <array>
#include <cstdint>

#include "ease/llm/model.hpp"
#include "ease/record/answer.hpp"

namespace ease {

namespace detail {

// Row := mean of the first `used` rows + a tenth of their standard deviation, dimension by dimension, times normal noise.
inline void start_row(at::Tensor const& weight, std::int64_t used, std::int64_t row, std::uint64_t seed) {
  auto const known = weight.slice(0, 0, used).to(at::kFloat);
  auto generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  auto const noise = at::randn({weight.size(1)}, generator, at::TensorOptions{}.dtype(at::kFloat)).to(weight.device());
  weight.select(0, row).copy_(known.mean(0) + 0.1 * known.std(0, /*unbiased=*/false) * noise);
}

}  // namespace detail

// Does nothing where both marks are tokens already. The chat template is made anew, so that it writes the marks as ids.
inline void add_think_tokens(language_model& model, std::uint64_t seed = 42) {
  constexpr std::array marks{think_open, think_close};
  auto const there = [&](std::string_view mark) { return model.words.id_of(mark).has_value(); };
  if (there(marks[0]) && there(marks[1])) return;

  c10::NoGradGuard const no_gradient;
  auto const used = static_cast<std::int64_t>(model.words.size());
  auto const needed = used + static_cast<std::int64_t>(marks.size());
  if (needed > model.net.config.vocab) model.net.resize_vocabulary((needed + 63) / 64 * 64);
  for (std::size_t i = 0; i < marks.size(); ++i) {
    if (there(marks[i])) continue;
    auto const row = static_cast<std::int64_t>(model.words.add_token(marks[i], false));
    detail::start_row(model.net.embed_tokens, used, row, seed + i);
    if (!model.net.config.tied) detail::start_row(model.net.lm_head, used, row, seed + i);
  }
  if (model.chat) model.chat = chat_template{model.chat->family(), model.words};
}

}  // namespace ease
