#pragma once
// Tables for people: the scores of one evaluation, before beside after, and the arms of a mix. They are made from the
// reports' JSON, so that a stage which was done in an earlier run prints the same.
#include <ease/method/evaluate.hpp>
#include <string>

#include "steps.hpp"

namespace ease::app {

std::string scores_table(evaluation const& scores);
std::string mix_table(step_report const& mixed);
// `report`: the JSON of `ease run`.
std::string before_after_table(std::string const& report);

}  // namespace ease::app
