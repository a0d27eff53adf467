// SPDX-License-Identifier: Apache-2.0
#pragma once
// The rows that `ease run` reads from files, by what they are for.
#include <ease/io/rows/row_files.hpp>
#include <ease/record/fields.hpp>
#include <string>
#include <vector>

#include "../logs.hpp"

namespace ease::app {

using adversarial_rows = row_files<history, prompt, data_type, vanilla, given_categories, other_keys>;
using reasoned_rows = row_files<history, prompt, target>;
using refusal_rows = row_files<history, prompt, given_target, given_categories>;
using general_rows = row_files<history, prompt, given_target, file_number>;
using held_out_rows = row_files<history, prompt, given_class, given_data_type, other_keys>;
using threshold_rows = row_files<history, prompt, given_data_type, file_number>;

// Each file can be read, has a row, and that row has what it is read for.
template <class Rows>
void look_at(std::vector<std::string> const& files) {
  for (auto const& file : files) {
    Rows rows{{file}, {.reading = {.on_guess = tell_once}}};
    (void)rows.begin();
  }
}

}  // namespace ease::app
