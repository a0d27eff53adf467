// SPDX-License-Identifier: Apache-2.0
#pragma once
// Tables for people: the scores of one evaluation, before beside after, and the arms of a mix.
#include <ease/method/evaluate.hpp>
#include <ease/method/mix.hpp>
#include <string>

#include "scores.hpp"

namespace ease::app {

std::string scores_table(evaluation const& scores);
std::string mix_table(mix_report const& arms);
std::string before_after_table(score_table const& before, score_table const& after);

}  // namespace ease::app
