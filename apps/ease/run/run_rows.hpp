// SPDX-License-Identifier: Apache-2.0
#pragma once
// The rows that `ease run` reads from files, by what they are for.
#include <fmt/format.h>

#include <cstddef>
#include <ease/core/error.hpp>
#include <ease/io/formats/row_spec.hpp>
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

// Each file can be read, has a row, and that row has what it is read for. Throws usage_error if no file has a row that its
// `where` takes; one that has none beside others is told.
template <class Rows>
void look_at(std::vector<std::string> const& files) {
  std::string none;
  std::size_t with_rows = 0;
  for (auto const& file : files) {
    Rows rows{{file}, {.reading = {.on_guess = tell_once}}};
    bool const has_one = rows.begin() != rows.end();
    auto const counts = rows.counts();
    with_rows += has_one ? 1U : 0U;
    if (has_one || counts.left_out == 0) continue;
    auto const spec = row_spec::parse(file);
    none += fmt::format("{}{}: where {} takes none of its {} rows", none.empty() ? "" : "; ", spec.file,
                        spec.where.value_or(""), counts.read);
  }
  if (none.empty()) return;
  if (with_rows == 0) throw usage_error{"{}", none};
  tell_once(none);
}

}  // namespace ease::app
