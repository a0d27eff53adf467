// SPDX-License-Identifier: Apache-2.0
#pragma once
// Tables for people: the scores of one evaluation, before and after, and the components of a mix.
#include <ease/core/compiled.hpp>
#include <ease/method/evaluate.hpp>
#include <ease/method/mix.hpp>
#include <ease/method/tables/score_table.hpp>
#include <string>

namespace ease::inline v1 {

// `guard`: the name of the one that judged the attack success too; a line below the rates says what they are by.
std::string scores_table(evaluation const& scores, std::string const& guard = {});
std::string mix_table(mix_report const& components);
std::string before_after_table(score_table const& before, score_table const& after, std::string const& guard = {});

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/method/tables/tables.ipp>
#endif
