// SPDX-License-Identifier: Apache-2.0
// ease::core: a user's own pipeline with a field, a stage and a filter of their own, from file to file.
#include <algorithm>
#include <cstddef>
#include <ease/core.hpp>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

namespace mine {

struct words : ease::field<"words", std::size_t> {};

struct count_words : ease::stage<ease::needs<ease::prompt>, ease::adds<words>> {
  output operator()(input const& row) const {
    std::string const& text = ease::get<ease::prompt>(row);
    std::size_t const spaces = static_cast<std::size_t>(std::ranges::count(text, ' '));
    return with(text.empty() ? 0 : spaces + 1);
  }
};

struct at_least : ease::stage<ease::needs<words>> {
  explicit at_least(std::size_t fewest) : fewest_{fewest} {}
  bool operator()(input const& row) const { return ease::get<words>(row) >= fewest_; }

 private:
  std::size_t fewest_;
};

}  // namespace mine

int main() {
  std::ofstream{"questions.jsonl"} << R"({"prompt": "Why is the sky blue?", "source": "a friend"}
{"prompt": "Hello"}
{"prompt": "What is the capital of France?", "source": "school"}
)";
  ease::record_writer out{"counted.jsonl"};
  auto const report = ease::run(
      ease::read_records<ease::prompt, ease::other_keys>("questions.jsonl") | mine::count_words{} | mine::at_least{2}, out);
  out.close();

  std::string const wanted = R"({"prompt":"Why is the sky blue?","words":5,"source":"a friend"}
{"prompt":"What is the capital of France?","words":6,"source":"school"}
)";
  std::ifstream file{"counted.jsonl"};
  std::string const written{std::istreambuf_iterator<char>{file}, {}};
  std::cout << report.summary() << '\n' << written;
  return written == wanted ? 0 : 1;
}
