// SPDX-License-Identifier: Apache-2.0
// What a journal costs a row: a generator that answers at once, bare, with a journal that is empty, and with one that has
// every answer. A prompt and an answer of 1000 bytes each.
#include <unistd.h>

#include <cstdlib>
#include <ease/backend/scripted.hpp>
#include <ease/journal/journaled.hpp>
#include <filesystem>
#include <memory>

#include "measures.hpp"

namespace {

using namespace ease;

std::vector<generation_request> requests(std::size_t count) {
  std::vector<generation_request> all;
  for (std::size_t i = 0; i < count; ++i)
    all.push_back({.input = conversation{{role::user, std::to_string(i) + std::string(1000, 'p')}}, .row = i});
  return all;
}

enum class with { nothing, empty, full };

constexpr std::size_t row_count = 20'000;

// A file of journal that goes when the last copy of the work does.
struct journal_file {
  std::filesystem::path path{std::filesystem::temp_directory_path() /
                             ("ease-bench-" + std::to_string(::getpid()) + ".journal")};
  ~journal_file() { std::filesystem::remove(path); }
};

template <with What>
measures::work generate() {
  auto model = std::make_shared<scripted_generator>(
      [said = std::string(1000, 'a')](generation_request const&) { return outcome<completion>{completion{.text = said}}; },
      scripted_options{.window = 256});
  auto all = [asks = requests(row_count)](auto& generator) -> measures::done {
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < asks.size(); i += 256)
      generator.generate(std::span{asks}.subspan(i, std::min<std::size_t>(256, asks.size() - i)),
                         [&](std::size_t, outcome<completion> what) { bytes += std::get<completion>(what).text.size(); });
    if (bytes != 1000 * asks.size()) throw error{"rows were lost"};
    return {static_cast<double>(asks.size())};
  };
  if constexpr (What == with::nothing) return [model, all] { return all(*model); };
  auto file = std::make_shared<journal_file>();
  auto const kept = [model, all, file] {
    journal keep{file->path};
    journaled<scripted_generator> journaled_model{*model, keep};
    return all(journaled_model);
  };
  std::filesystem::remove(file->path);
  if constexpr (What == with::full) kept();
  return [kept, file] {
    if constexpr (What == with::empty) std::filesystem::remove(file->path);
    return kept();
  };
}

}  // namespace

int main(int argc, char** argv) {
  return measures::serve(argc, argv,
                         {{"bare", "rows", generate<with::nothing>},
                          {"empty", "rows", generate<with::empty>},
                          {"full", "rows", generate<with::full>}});
}
