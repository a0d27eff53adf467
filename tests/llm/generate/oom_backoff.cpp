// SPDX-License-Identifier: Apache-2.0
// Memory that does not suffice: libtorch's allocator for the CPU is replaced by one with a limit, and what it refuses, it
// refuses for real.
#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <ease/backend/torch.hpp>
#include <ease/text/tokenizer/gguf_vocabulary.hpp>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "llm/tiny_model.hpp"

using namespace ease;

namespace {

using batches = std::vector<std::pair<std::int64_t, std::int64_t>>;  // rows at once, before and after

// Hands on to the allocator there was, as long as no more than `limit` bytes are out at a time.
class limited_memory : public c10::Allocator {
 public:
  limited_memory() : before_{c10::GetAllocator(c10::DeviceType::CPU)} {
    the_one = this;
    c10::SetAllocator(c10::DeviceType::CPU, this, 255);
  }
  ~limited_memory() override {
    c10::SetAllocator(c10::DeviceType::CPU, before_, 255);
    the_one = nullptr;
  }

  c10::DataPtr allocate(std::size_t bytes) override {
    if (out + bytes > limit) {
      ++refused;
      if (as_bad_alloc) throw std::bad_alloc{};
      TORCH_CHECK(false, "DefaultCPUAllocator: can't allocate memory: you tried to allocate ", bytes, " bytes.");
    }
    auto* const block = new block_of{before_->allocate(bytes), bytes};
    most = std::max(most.load(), out += bytes);
    return {block->memory.get(), block, &give_back, c10::Device{c10::DeviceType::CPU}};
  }
  c10::DeleterFnPtr raw_deleter() const override { return nullptr; }
  void copy_data(void* to, void const* from, std::size_t bytes) const override { default_copy_data(to, from, bytes); }

  std::atomic<std::size_t> limit{SIZE_MAX}, out{0}, most{0}, refused{0};
  bool as_bad_alloc{false};

 private:
  struct block_of {
    c10::DataPtr memory;
    std::size_t bytes;
  };
  static void give_back(void* context) {
    auto* const block = static_cast<block_of*>(context);
    if (the_one != nullptr) the_one->out -= block->bytes;
    delete block;
  }
  inline static limited_memory* the_one{nullptr};
  c10::Allocator* before_;
};

language_model bare_model() {
  gguf_vocabulary v;
  for (int i = 0; i < 211; ++i) {
    v.tokens.push_back(i < 95 ? std::string(1, static_cast<char>(' ' + i)) : fmt::format("<{}>", i));
    v.token_types.push_back(1);
  }
  v.pre = "smollm";
  auto config = tiny::config();
  config.context = 600;
  return {.name = "toy", .net = random_decoder(config, 5, 0.1), .tokenizer = tokenizer::from_gguf(v)};
}

std::vector<generation_request> questions(std::size_t count) {
  std::vector<generation_request> all(count);
  for (std::size_t i = 0; i < count; ++i) {
    all[i].input = plain_text{"count" + std::string(i % 7 * 10, 'x') + std::to_string(i)};
    all[i].sampling = {.temperature = 0.8, .max_tokens = 20};
    all[i].row = i;
  }
  return all;
}
std::vector<std::string> answers(torch_generator<cpu>& slm, std::vector<generation_request> const& asks) {
  std::vector<std::string> out(asks.size());
  slm.generate(asks, [&](std::size_t i, outcome<completion> said) {
    CHECK(out[i].empty());  // once each
    out[i] = std::get<completion>(said).text + "|" + std::to_string(std::get<completion>(said).completion_tokens);
  });
  return out;
}
std::vector<std::vector<double>> scores(torch_generator<cpu>& slm, std::size_t count) {
  std::vector<score_request> asks;
  for (auto const& ask : questions(count)) asks.push_back({.input = ask.input, .continuations = {" one", " two"}});
  std::vector<std::vector<double>> out(count);
  slm.score(asks, [&](std::size_t i, outcome<std::vector<continuation_score>> said) {
    CHECK(out[i].empty());
    for (auto const& s : std::get<0>(said)) out[i].push_back(s.logprob);
  });
  return out;
}

// Bytes that are out at most while `work` runs, beyond those that are out before.
template <class Work>
std::size_t needed(limited_memory& memory, Work&& work) {
  auto const before = memory.out.load();
  memory.most = before;
  work();
  return memory.most - before;
}

}  // namespace

TEST_CASE("rows that do not fit into memory at once are answered in smaller batches, to the same bits") {
  limited_memory memory;
  auto const asks = questions(32);
  torch_generator<cpu> free{bare_model(), {.max_batch_rows = 32}};
  std::vector<std::string> expected;
  std::vector<std::vector<double>> expected_scores;
  auto const for_all = needed(memory, [&] { expected = answers(free, asks); });
  auto const for_scores = needed(memory, [&] { expected_scores = scores(free, 32); });
  torch_generator<cpu> four{bare_model(), {.max_batch_rows = 4, .max_batch_tokens = 64}};
  auto const for_four = needed(memory, [&] { answers(four, asks); });
  auto const four_scores = needed(memory, [&] { scores(four, 32); });
  REQUIRE(for_four * 2 < for_all);
  REQUIRE(four_scores * 2 < for_scores);
  for (bool const as_bad_alloc : {false, true}) {
    memory.as_bad_alloc = as_bad_alloc;
    batches said;
    torch_generator<cpu> slm{bare_model(),
                             {.max_batch_rows = 32, .out_of_memory = [&](std::int64_t before, std::int64_t after) {
                                said.emplace_back(before, after);
                              }}};
    auto const window = slm.window();
    memory.refused = 0;
    memory.limit = memory.out + (for_all + for_four) / 2;
    CHECK(answers(slm, asks) == expected);
    CHECK(memory.refused > 0);
    CHECK((said == batches{{32, 16}}));
    auto const refused = memory.refused.load();
    CHECK(answers(slm, asks) == expected);
    CHECK(memory.refused == refused);  // the batch stays small
    memory.limit = memory.out + (for_scores + four_scores) / 2;
    CHECK(scores(slm, 32) == expected_scores);
    CHECK(said.size() == 1);
    CHECK(slm.window() == window);  // journals of batches hang on it
    memory.limit = SIZE_MAX;
  }
}

TEST_CASE("where not even one row fits, one line says so") {
  limited_memory memory;
  torch_generator<cpu> slm{bare_model(), {.max_batch_rows = 8}};
  memory.limit = memory.out + 100;
  CHECK_THROWS_WITH(answers(slm, questions(8)), Catch::Contains("out of memory for the weights"));
  memory.limit = SIZE_MAX;
  answers(slm, questions(8));
  memory.limit = memory.out + 100;
  CHECK_THROWS_WITH(answers(slm, questions(8)), Catch::Contains("out of memory, with one row at a time too"));
  memory.limit = SIZE_MAX;
}

TEST_CASE("what a caller throws is no reason to ask again") {
  torch_generator<cpu> slm{bare_model(), {.max_batch_rows = 8}};
  std::size_t told = 0;
  CHECK_THROWS_AS(slm.generate(questions(8),
                               [&](std::size_t, outcome<completion> const&) {
                                 ++told;
                                 throw std::bad_alloc{};
                               }),
                  std::bad_alloc);
  CHECK(told == 1);
}
