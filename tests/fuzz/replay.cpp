// SPDX-License-Identifier: Apache-2.0
// A fuzz target as an ordinary program: replay COUNT FOLDER... runs every file of the folders, then COUNT random changes of
// them, the same ones in every run. Non-goal: finding new paths, which libFuzzer does (script/test fuzz).
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "harness.hpp"

namespace {

namespace fs = std::filesystem;
using bytes = std::string;

void run(bytes const& input) { LLVMFuzzerTestOneInput(reinterpret_cast<std::uint8_t const*>(input.data()), input.size()); }

class changes {
 public:
  explicit changes(std::vector<bytes> const& seeds) : seeds_{seeds} {}

  bytes next() {
    bytes one = seeds_[below(seeds_.size())];
    for (std::size_t i = 0, n = 1 + below(4); i < n; ++i) change(one);
    one.resize(std::min<std::size_t>(one.size(), 1U << 14U));
    return one;
  }

 private:
  std::size_t below(std::size_t n) { return n == 0 ? 0 : random_() % n; }
  void change(bytes& one) {
    auto const at = below(one.size() + 1), length = below(std::min<std::size_t>(one.size() - at + 1, 64));
    constexpr std::string_view odd[]{
        "\0",    "\xFF\xFF\xFF\xFF",     "\x7F", "\x80",     "\"",  "\\",          "\\ud800", "{", "}", "[", "\n", "-1",
        "1e999", "18446744073709551615", "null", "\x1B[31m", "../", "\xED\xA0\x80"};
    switch (below(7)) {
      case 0:
        if (at < one.size()) one[at] = static_cast<char>(one[at] ^ static_cast<char>(1U << below(8)));
        break;
      case 1:
        if (at < one.size()) one[at] = static_cast<char>(below(256));
        break;
      case 2:
        one.erase(at, length);
        break;
      case 3:
        one.insert(at, one.substr(at, length));
        break;
      case 4:
        one.insert(at, odd[below(std::size(odd))]);
        break;
      case 5:
        one.resize(at);
        break;
      default: {
        bytes const& other = seeds_[below(seeds_.size())];
        auto const from = below(other.size() + 1);
        one.replace(at, length, other.substr(from, below(64)));
      }
    }
  }

  std::vector<bytes> const& seeds_;
  std::mt19937 random_{42};
};

}  // namespace

int main(int argc, char** argv) {
  auto const count = argc > 1 ? std::atol(argv[1]) : 0;
  std::vector<bytes> seeds;
  for (int i = 2; i < argc; ++i)
    for (auto const& item : fs::directory_iterator{argv[i]}) {
      std::ifstream file{item.path(), std::ios::binary};
      seeds.emplace_back(std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{});
    }
  fuzz::must(!seeds.empty(), "there are seeds to begin with");
  std::ranges::sort(seeds);
  for (auto const& seed : seeds) run(seed);
  changes made{seeds};
  static bytes now;  // what an abort leaves behind
  std::signal(SIGABRT, [](int) {
    std::ofstream{"replay-finding", std::ios::binary} << now;
    std::fputs("the input is in replay-finding\n", stderr);
  });
  for (long i = 0; i < count; ++i) run(now = made.next());
  std::printf("%zu seeds, %ld changes of them\n", seeds.size(), count);
}
