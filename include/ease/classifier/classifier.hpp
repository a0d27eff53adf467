// SPDX-License-Identifier: Apache-2.0
#pragma once
// What gives a prompt its safety categories, several where several apply. One file a classifier: zero_shot_classifier.hpp
// (any local model), generative_classifier.hpp (a model that writes, local or remote).
#include <concepts>
#include <cstddef>
#include <ease/core/generator.hpp>
#include <ease/policy/category.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ease::inline v1 {

struct labels {
  category_set known;
  std::vector<std::string> unknown{};  // words the classifier used that name no category: never a default one
  std::string problem{};               // why what it wrote cannot be read, without a word of it; empty: it can
};

// Its texts belong to the caller and stay until `classify` returns.
struct label_request {
  std::string_view prompt;
  std::span<message const> before{};  // the messages in front of the prompt
};

template <class L>
concept classifier = requires(L& l, std::span<label_request const> requests, on_done<labels> const& done) {
  l.classify(requests, done);
  { std::as_const(l).window() } -> std::convertible_to<std::size_t>;
};

namespace detail {
// Stands for the argument of a stage that was given something else (stage/ill_formed_stage.hpp).
struct no_classifier {
  void classify(std::span<label_request const>, on_done<labels> const&);
  std::size_t window() const;
};
}  // namespace detail

}  // namespace ease::inline v1
