// SPDX-License-Identifier: Apache-2.0
#include <ease/method/rows/prompt_class.hpp>
#include <optional>
#include <string>
#include <vector>

#include "catch.hpp"

using namespace ease;

TEST_CASE("a prompt's class is the one in its row or else that of its kind") {
  using row = record<prompt, given_class, given_data_type>;
  std::vector<row> const rows{
      make_record<prompt, given_class, given_data_type>("a", std::optional<std::string>{"jailbreak"}, std::nullopt),
      make_record<prompt, given_class, given_data_type>("b", std::optional<std::string>{"wrapped_benign"}, std::nullopt),
      make_record<prompt, given_class, given_data_type>("c", std::nullopt, prompt_kind::adversarial_benign),
      make_record<prompt, given_class, given_data_type>("d", std::nullopt, std::nullopt)};
  std::vector<std::string> classes;
  for (auto const& one : from(rows) | classed{}) classes.push_back(get<prompt_class>(one));
  CHECK(classes == std::vector<std::string>{"jailbreak", "adversarial_benign", "adversarial_benign", "all"});
}
