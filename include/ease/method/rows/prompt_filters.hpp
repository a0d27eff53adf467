// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which prompts take part at all: those that are short enough, and those that are not used elsewhere.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ease/record/asked_about.hpp>
#include <ease/record/fields.hpp>
#include <ease/record/prompt_hash.hpp>
#include <ease/stage/pipeline.hpp>
#include <memory>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace ease::inline v1 {

// Long training prompts cost more than they teach. Rejects them as "too_long"; bytes of UTF-8.
class at_most_bytes : public stage<needs<prompt>> {
 public:
  explicit at_most_bytes(std::size_t most) : most_{most} {}
  decision<output> operator()(input const& row) const {
    if (get<prompt>(row).size() > most_) return rejected{"too_long"};
    return output{};
  }
  void each_part(auto&& visit) { visit(most_); }

 private:
  std::size_t most_;
};

// Leaves out prompts that stand in other rows (of the training set, of the evaluation set), as "used_elsewhere": with the same
// turns in front of them, under any system message.
class leave_out : public stage<needs<prompt, maybe<history>>> {
 public:
  // Any ranges of rows with a prompt; they are read here.
  template <class... Rows>
  explicit leave_out(Rows&&... used) : keys_{std::make_shared<std::unordered_set<std::uint64_t>>()} {
    (add(used), ...);
  }
  template <class Rows>
  void add(Rows&& rows) {
    for (auto const& row : rows) keys_->insert(prompt_hash(get<prompt>(row), without_system(get_or_default<history>(row))));
  }
  decision<output> operator()(input const& row) const {
    if (keys_->contains(prompt_hash(get<prompt>(row), without_system(get<history>(row))))) return rejected{"used_elsewhere"};
    return output{};
  }
  void each_part(auto&& visit) {
    std::vector<std::uint64_t> sorted{keys_->begin(), keys_->end()};
    std::ranges::sort(sorted);
    visit(sorted);
  }

 private:
  std::shared_ptr<std::unordered_set<std::uint64_t>> keys_;
};

}  // namespace ease::inline v1
