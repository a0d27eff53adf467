// SPDX-License-Identifier: Apache-2.0
#pragma once
// ARC, the challenge set: questions that word statistics do not answer (Clark et al. 2018, arXiv 1803.05457).
#include <ease/measure/question/task.hpp>
#include <ease/measure/tasks/arc_easy.hpp>

namespace ease::inline v1 {

struct arc_challenge : arc_easy {
  static constexpr task_facts facts{
      .name = "arc_challenge",
      .about = "grade-school science, hard",
      .files = {"multiple_choice/arc_challenge.jsonl", "arc_challenge.jsonl", "ARC-Challenge/ARC-Challenge-Test.jsonl"},
      .shot_files = {"multiple_choice/arc_challenge_train.jsonl", "arc_challenge_train.jsonl",
                     "ARC-Challenge/ARC-Challenge-Train.jsonl"},
      .hub = "allenai/ai2_arc:ARC-Challenge/test",
      .hub_shots = "allenai/ai2_arc:ARC-Challenge/train",
      .rows = arc_easy::facts.rows};
};

}  // namespace ease::inline v1
