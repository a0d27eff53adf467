// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ease/io/tensors/gguf.hpp>
#include <ease/io/tensors/safetensors_folder.hpp>
#include <ease/llm/files/config_gguf.hpp>
#include <ease/llm/files/config_json.hpp>
#include <ease/llm/files/weights.hpp>
#include <ease/llm/network/network.hpp>
#include <ease/llm/network/packed_step.hpp>
#include <ease/llm/network/tensor_network.hpp>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "catch.hpp"
#include "llm/fixtures.hpp"

namespace {

using namespace ease_test;
using row = std::vector<ease::token_id>;

ease::decoder load(std::string const& name, at::ScalarType type) {
  if (auto const path = fixtures / (name + ".gguf"); exists(path)) {
    ease::gguf_file const file{path};
    return ease::load_weights(ease::read_config(file), file, at::kCPU, type);
  }
  auto const folder = fixtures / name;
  return ease::load_weights(ease::read_config(folder / "config.json"), ease::safetensors_folder{folder}, at::kCPU, type);
}

row row_of(at::Tensor const& ids) {
  row out;
  for (std::int64_t i = 0; i < ids.numel(); ++i) out.push_back(static_cast<ease::token_id>(ids[i].item<std::int64_t>()));
  return out;
}

// The logits behind each token of each row, [tokens, vocabulary]. Rows are read side by side, row r in slot r and pieces[r]
// tokens at a time, so that in one step some begin, some go on and some read a single token.
std::vector<at::Tensor> read(ease::network const& net, ease::network_cache& cache, std::vector<row> const& rows,
                             std::vector<std::size_t> const& pieces) {
  c10::InferenceMode const no_gradients;
  std::vector<std::vector<at::Tensor>> parts(rows.size());
  std::vector<std::size_t> done(rows.size(), 0);
  while (true) {
    ease::packed_step step;
    std::vector<std::pair<std::size_t, std::int64_t>> asked;  // row, index of its first token in the step
    for (std::size_t r = 0; r < rows.size(); ++r) {
      auto const count = std::min(pieces[r], rows[r].size() - done[r]);
      if (count == 0) continue;
      auto const from = rows[r].begin() + static_cast<std::ptrdiff_t>(done[r]);
      asked.emplace_back(r, static_cast<std::int64_t>(step.size()));
      step.add({static_cast<std::int64_t>(r),
                static_cast<std::int64_t>(done[r]),
                row(from, from + static_cast<std::ptrdiff_t>(count)),
                {}});
      done[r] += count;
    }
    if (step.empty()) break;
    std::vector<std::int64_t> all(step.size());
    std::iota(all.begin(), all.end(), 0);
    at::Tensor const logits = net.logits(net.hidden(step, cache), all);
    for (std::size_t i = 0; i < asked.size(); ++i) {
      auto const end = i + 1 < asked.size() ? asked[i + 1].second : logits.size(0);
      parts[asked[i].first].push_back(logits.slice(0, asked[i].second, end));
    }
  }
  std::vector<at::Tensor> out;
  for (auto const& of_row : parts) out.push_back(at::cat(of_row).to(at::kFloat));
  return out;
}

// The two that compute the same: kernels of our own, and libtorch's operations.
std::vector<std::unique_ptr<ease::network>> networks(ease::decoder const& net) {
  std::vector<std::unique_ptr<ease::network>> both;
  both.push_back(ease::network_of(net));
  both.push_back(std::make_unique<ease::tensor_network>(net));
  return both;
}

}  // namespace

TEST_CASE("rows of unequal length, read in pieces into a cache others have left, give transformers' logits") {
  for (auto const* name : {"llama_gqa_untied", "llama_mha_tied", "llama_head_size", "qwen2_tied", "qwen2_untied",
                           "qwen3_sharded", "llama_chat", "llama", "qwen2"}) {
    auto const expected = expected_of(name);
    auto const whole = row_of(tensor_of(expected, "ids", at::kLong));
    at::Tensor const theirs = tensor_of(expected, "logits", at::kFloat);
    REQUIRE(tensor_of(expected, "positions", at::kLong)[0].item<std::int64_t>() == 0);
    auto const net = load(name, at::kFloat);
    auto const beginning = [&](std::size_t n) { return row(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n)); };
    std::vector<row> const rows{whole, beginning(1), beginning(7), whole, beginning(13), whole, beginning(2)};
    for (auto const& computes : networks(net)) {
      auto const cache = computes->new_cache(static_cast<std::int64_t>(rows.size()), 40);
      // Those before: other tokens, and longer than any row that comes.
      std::vector<row> before(rows.size(), row(whole.rbegin(), whole.rend()));
      for (auto& b : before) b.insert(b.end(), {3, 1, 4, 1, 5, 9, 2, 6});
      read(*computes, *cache, before, std::vector<std::size_t>(rows.size(), 32));
      auto const ours = read(*computes, *cache, rows, {24, 1, 3, 5, 2, 1, 9});
      for (std::size_t r = 0; r < rows.size(); ++r) {
        INFO(name << ", row " << r << " of " << rows[r].size() << " tokens");
        at::Tensor const wanted = theirs.narrow(0, 0, static_cast<std::int64_t>(rows[r].size()));
        REQUIRE(ours[r].sizes() == wanted.sizes());
        CHECK(((ours[r] - wanted).abs().max() / theirs.abs().max()).item<double>() < 2e-5);
      }
    }
  }
}

TEST_CASE("bfloat16 through the cache is no farther from float32 than a tenth more than transformers' own") {
  ease::safetensors_file const file{fixtures / "bfloat16.safetensors"};
  auto const lengths = row_of(tensor_of(file, "lengths", at::kLong)), ids = row_of(tensor_of(file, "ids", at::kLong));
  std::vector<row> rows;
  std::vector<std::size_t> at_once, in_pieces;
  for (auto at = ids.begin(); auto const length : lengths) {
    rows.emplace_back(at, at + length);
    at += length;
    at_once.push_back(static_cast<std::size_t>(length));
    in_pieces.push_back(std::vector<std::size_t>{1, 16, 50}[rows.size() % 3]);
  }
  for (auto const* name : {"llama_gqa_untied", "llama_mha_tied", "llama3_rope", "llama_head_size", "qwen2_tied",
                           "qwen2_untied", "qwen3_sharded", "llama_chat", "llama", "qwen2"}) {
    auto const run = [&](at::ScalarType type, std::vector<std::size_t> const& pieces, std::size_t which) {
      auto const net = load(name, type);
      auto const both = networks(net);
      auto const cache = both[which]->new_cache(static_cast<std::int64_t>(rows.size()), 200);
      return at::cat(read(*both[which], *cache, rows, pieces));
    };
    at::Tensor const exact = run(at::kFloat, at_once, 1);
    double const theirs = tensor_of(file, std::string{"off "} + name, at::kDouble).item<double>();
    for (std::size_t const which : {0U, 1U})
      for (auto const& pieces : {at_once, in_pieces}) {
        double const off = typical(run(at::kBFloat16, pieces, which), exact);
        INFO(name << ": " << off << ", transformers " << theirs << (pieces == at_once ? "" : ", in pieces"));
        CHECK(off > 0.0);
        CHECK(off < 1.1 * theirs);
      }
  }
}

TEST_CASE("a network that takes a model's weights computes the same in rows and in panels, and gives them back") {
  for (auto const type : {at::kFloat, at::kBFloat16})
    for (auto const* name : {"llama_gqa_untied", "llama_mha_tied", "qwen2_tied", "qwen3_sharded"})
      for (bool const used : {false, true}) {
        CAPTURE(name, type, used);
        auto net = load(name, type), left = load(name, type);
        auto const ids = row_of(tensor_of(expected_of(name), "ids", at::kLong));
        auto const whole = ease::network_of(net), taking = ease::network_taking(left);
        CHECK_FALSE(left.layers[0].q_proj.weight.defined());
        // One pass, and several: the first of the network, of few rows, and those that come.
        for (std::size_t const piece : {ids.size(), std::size_t{3}}) {
          if (!used) break;
          auto const a = whole->new_cache(1, 40), b = taking->new_cache(1, 40);
          auto const of_panels = read(*whole, *a, {ids}, {piece}), of_rows = read(*taking, *b, {ids}, {piece});
          CHECK(at::equal(of_panels[0], of_rows[0]));
        }
        taking->give_back(left);
        auto const before = net.named_parameters(), after = left.named_parameters();
        REQUIRE(before.size() == after.size());
        for (std::size_t i = 0; i < before.size(); ++i) CHECK(at::equal(before[i].second, after[i].second));
      }
}
