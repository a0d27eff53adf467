// SPDX-License-Identifier: Apache-2.0
// What a model wrote as labels or as a guard's words: whatever it is, the answer is labels, words or a reason, and never a label
// that no part of the text could name.
#include <ease/classifier/read_labels.hpp>
#include <ease/policy/hazard.hpp>
#include <ease/policy/written_value.hpp>

#include "harness.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  auto const text = fuzz::text(data, size);
  fuzz::accepts(size, [&] {
    auto const read = ease::read_labels(text);
    if (!read.problem.empty()) {
      fuzz::check_message(read.problem);
      fuzz::must(read.known.empty() && read.unknown.empty(), "what cannot be read has no labels");
    }
    for (auto const& word : read.unknown) fuzz::must(word.size() <= 80, "an unknown word is short");
    if (!read.known.empty())
      fuzz::must(text.find_first_of("0123456789aeiouAEIOU") != text.npos, "labels come out of names or numbers");
    std::size_t length = 0;
    if (ease::read_written_value(text, length)) fuzz::must(length > 0 && length <= text.size(), "a value lies in its text");
    fuzz::must(ease::without_fence(text).size() <= text.size(), "the inside of a fence lies in its text");
    if (auto const words = ease::read_guard_words(text))
      fuzz::must(words->unsafe || words->hazards.empty(), "safe has no codes");
  });
  return 0;
}
