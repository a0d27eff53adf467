// SPDX-License-Identifier: Apache-2.0
#pragma once
// Several rows as one sequence of tokens, with or without padding, and the block-diagonal causal attention over it.
#include <ATen/ATen.h>

#include <algorithm>
#include <cstdint>
#include <ease/train/batches/dataset.hpp>
#include <ease/train/ops/tile_attention.hpp>
#include <span>
#include <vector>

namespace ease::inline v1 {

struct packed_batch {
  at::Tensor ids;                     // int64 [n]
  at::Tensor positions;               // int64 [n], 0.. again at each row
  at::Tensor sources;                 // int64 [t]: the tokens whose hidden state predicts a target
  at::Tensor targets;                 // int64 [t]: the ids they should predict
  std::vector<std::int64_t> lengths;  // tokens of each row, its padding among them; they sum to n
  std::vector<std::size_t> rows;      // indices of the rows, for error messages

  // `padded`: every row is padded to the longest. No token of a row attends to its padding.
  static packed_batch of(std::span<tokenized_example const> all, std::span<std::size_t const> chosen, at::Device device,
                         bool padded = false) {
    std::vector<std::int64_t> ids, positions, sources, targets;
    packed_batch batch;
    std::size_t longest = 0;
    for (auto index : chosen) longest = std::max(longest, all[index].ids.size());
    for (auto index : chosen) {
      auto const& row = all[index];
      auto const start = static_cast<std::int64_t>(ids.size());
      for (std::size_t i = 0; i < row.ids.size(); ++i) {
        ids.push_back(row.ids[i]);
        positions.push_back(static_cast<std::int64_t>(i));
        if (i > 0 && row.loss_mask[i] != 0) {
          sources.push_back(start + static_cast<std::int64_t>(i) - 1);
          targets.push_back(row.ids[i]);
        }
      }
      auto const length = padded ? longest : row.ids.size();
      for (auto i = row.ids.size(); i < length; ++i) {
        ids.push_back(0);
        positions.push_back(static_cast<std::int64_t>(i));
      }
      batch.lengths.push_back(static_cast<std::int64_t>(length));
      batch.rows.push_back(index);
    }
    auto const tensor = [device](std::vector<std::int64_t> const& values) {
      return at::tensor(values, at::kLong).to(device);
    };
    batch.ids = tensor(ids);
    batch.positions = tensor(positions);
    batch.sources = tensor(sources);
    batch.targets = tensor(targets);
    return batch;
  }
};

// The decoder's `attend` for training: causal attention within each row. q [n, heads, d]; k, v [n, kv_heads, d].
struct packed_attention {
  std::vector<std::int64_t> lengths;  // a copy: a checkpointed layer may outlive the batch

  at::Tensor operator()(std::size_t /*layer*/, at::Tensor const& q, at::Tensor const& k, at::Tensor const& v) const {
    if (detail::row_attention::fits(q)) return detail::row_attention::apply(q, k, v, lengths);
    if (std::equal(lengths.begin() + 1, lengths.end(), lengths.begin())) {  // rows alike: one call, [rows, heads, length, d]
      auto const split = [&](at::Tensor const& x) {
        return x.view({std::ssize(lengths), lengths.front(), x.size(1), x.size(2)}).transpose(1, 2);
      };
      return at::scaled_dot_product_attention(split(q), split(k), split(v), {}, 0.0, /*is_causal=*/true, {},
                                              /*enable_gqa=*/q.size(1) != k.size(1))
          .transpose(1, 2)
          .reshape(q.sizes());
    }
    // split, not narrow: the backward of a split is one concatenation, that of each narrow fills a tensor of the whole
    // batch.
    auto const qs = q.split_with_sizes(lengths), ks = k.split_with_sizes(lengths), vs = v.split_with_sizes(lengths);
    std::vector<at::Tensor> out;
    out.reserve(qs.size());
    for (std::size_t row = 0; row < qs.size(); ++row) {
      auto const heads_first = [](at::Tensor const& x) { return x.transpose(0, 1).unsqueeze(0); };  // [1, heads, length, d]
      out.push_back(at::scaled_dot_product_attention(heads_first(qs[row]), heads_first(ks[row]), heads_first(vs[row]), {},
                                                     0.0,
                                                     /*is_causal=*/true, {}, /*enable_gqa=*/q.size(1) != k.size(1))
                        .squeeze(0)
                        .transpose(0, 1));
    }
    return at::cat(out);
  }
};

}  // namespace ease::inline v1
