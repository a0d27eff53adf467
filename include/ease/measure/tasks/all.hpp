// SPDX-License-Identifier: Apache-2.0
#pragma once
// The benchmarks there are. Adding one: its file beside this one, and its name in the list.
#include <array>
#include <ease/core/error.hpp>
#include <ease/measure/question/task.hpp>
#include <ease/measure/tasks/arc_challenge.hpp>
#include <ease/measure/tasks/arc_easy.hpp>
#include <ease/measure/tasks/gsm8k.hpp>
#include <ease/measure/tasks/hellaswag.hpp>
#include <ease/measure/tasks/mmlu.hpp>
#include <ease/measure/tasks/openbook_qa.hpp>
#include <ease/measure/tasks/piqa.hpp>
#include <ease/measure/tasks/winogrande.hpp>
#include <string>
#include <string_view>
#include <tuple>

namespace ease::inline v1 {

using benchmark_list = std::tuple<mmlu, gsm8k, arc_easy, arc_challenge, piqa, openbook_qa, winogrande, hellaswag>;

inline constexpr auto benchmarks =
    std::apply([]<class... Task>(Task...) { return std::array{task_kind::of<Task>()...}; }, benchmark_list{});

// "mmlu, gsm8k, ..." for help and messages.
inline std::string benchmark_names() {
  std::string all;
  for (auto const& one : benchmarks) (all += all.empty() ? "" : ", ") += one.facts.name;
  return all;
}

// Throws ease::error if there is none of that name.
inline task_kind const& benchmark_named(std::string_view name) {
  for (auto const& one : benchmarks)
    if (one.facts.name == name) return one;
  throw usage_error{"benchmark \"{}\" is not known; choose of {}", name, benchmark_names()};
}

}  // namespace ease::inline v1
