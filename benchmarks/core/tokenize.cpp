// SPDX-License-Identifier: Apache-2.0
// Text to tokens and back, in bytes a second: prose and the inputs that make careless byte-pair merging quadratic, with a
// small vocabulary of the tests; "given" is the text of the file TEXT with the tokenizer of TOKENIZER (a folder or tokenizer.json).
#include <cstdlib>
#include <ease/text/tokenizer/tokenizer.hpp>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "measures.hpp"

using namespace ease;

namespace {

tokenizer const& tok() {
  static tokenizer const one = tokenizer::load(EASE_FIXTURES "/text/qwen2_5");
  return one;
}

std::string prose(std::size_t bytes) {
  std::string text;
  while (text.size() < bytes)
    text += "The lighthouse keeper wrote down the weather twice a day, in 1893 as in 1894; nobody asked why.\n";
  return text;
}

measures::work encode(tokenizer const& by, std::string text) {
  return [&by, text = std::move(text)]() -> measures::done {
    measures::keep(by.encode(text));
    return {static_cast<double>(text.size())};
  };
}

std::string variable(char const* name) {
  auto const* const value = std::getenv(name);
  if (value == nullptr) throw error{"the measure `given` needs {}", name};
  return value;
}

measures::work given() {
  static tokenizer const one = tokenizer::load(variable("TOKENIZER"));
  std::ifstream in{variable("TEXT"), std::ios::binary};
  std::string text{std::istreambuf_iterator<char>{in}, {}};
  std::cout << "tokens " << one.encode(text).size() << std::endl;
  return encode(one, std::move(text));
}

measures::work decode() {
  auto const text = prose(100'000);
  return [ids = tok().encode(text), bytes = text.size()]() -> measures::done {
    measures::keep(tok().decode(ids));
    return {static_cast<double>(bytes)};
  };
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<measures::measure> all{{"prose", "bytes", [] { return encode(tok(), prose(100'000)); }},
                                     {"one_letter", "bytes", [] { return encode(tok(), std::string(100'000, 'a')); }},
                                     {"spaces", "bytes", [] { return encode(tok(), std::string(100'000, ' ')); }},
                                     {"digits", "bytes", [] { return encode(tok(), std::string(100'000, '7')); }},
                                     {"decode", "bytes", decode}};
  if (std::getenv("TEXT") != nullptr) all.push_back({"given", "bytes", given});
  return measures::serve(argc, argv, all);
}
