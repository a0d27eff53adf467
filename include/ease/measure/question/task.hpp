// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a benchmark is: a struct with its facts and the function that reads a row of its files. One file a task, in
// measure/tasks; this is what such a struct says:
//
//     struct piqa {
//       static constexpr task_facts facts{.name = "piqa", ...};
//       static choice_question read(task_row const& row);           // or open_question
//       static std::string description(std::string_view part);      // if something stands in front of all questions
//       static constexpr open_rules rules{...};                     // of open questions
//     };
#include <array>
#include <concepts>
#include <cstddef>
#include <ease/measure/question/question.hpp>
#include <ease/measure/question/task_row.hpp>
#include <string>
#include <string_view>

namespace ease::inline v1 {

// Files are named in their order of preference, from the folder that --data names. A `*` stands for the name of a part, a
// subject of MMLU, each of which has its file.
struct task_facts {
  std::string_view name, about;
  std::array<std::string_view, 2> metrics{"acc", "acc_norm"};  // the second one may be empty
  std::size_t shots{0};                                        // where none are asked for
  std::array<std::string_view, 4> files{};
  std::array<std::string_view, 4> shot_files{};
  std::string_view hub{}, hub_shots{};  // data sets of the hub
  std::string_view rows{};              // keys of its rows, for messages
  std::string_view columns{};           // of a table without a header
};

// How an answer in words is had and compared.
struct open_rules {
  std::array<std::string_view, 3> stops{};  // the answer ends before the first of these
  int max_tokens{256};
  // What metric `which` takes for the answer's result, as text.
  std::string (*extract)(std::string_view answer, std::size_t which){};
  // Whether it is that of the worked-out answer.
  bool (*equal)(std::string_view extracted, std::string_view answer){};
};

template <class T>
concept benchmark_task = requires(task_row const& row) {
  { T::facts } -> std::convertible_to<task_facts>;
  { T::read(row) } -> std::convertible_to<question>;
};

// A task as a value: what the list of them gives for a name.
struct task_kind {
  task_facts facts{};
  question (*read)(task_row const&){};
  std::string (*description)(std::string_view part){};  // null: there is none
  open_rules rules{};

  bool is_open() const { return rules.extract != nullptr; }
  std::size_t metrics() const { return facts.metrics[1].empty() ? 1 : 2; }

  template <benchmark_task T>
  static constexpr task_kind of() {
    task_kind kind{.facts = T::facts, .read = [](task_row const& row) -> question { return T::read(row); }};
    if constexpr (requires { T::description; }) kind.description = T::description;
    if constexpr (requires { T::rules; }) kind.rules = T::rules;
    return kind;
  }
};

}  // namespace ease::inline v1
