// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of io/rows/write_records.hpp; core/compiled.hpp says where they are compiled.
#include <algorithm>
#include <ease/io/rows/write_records.hpp>

namespace ease::inline v1 {

EASE_INLINE void write_fields(json_writer& out, detail::field_table const& fields, void const* row) {
  for (auto const& one : fields.fields) {
    if (one.write == nullptr) continue;
    void const* const value = one.value(const_cast<void*>(row));  // which only finds it
    if (one.present != nullptr && !one.present(value)) continue;
    out.key(one.key);
    try {
      one.write(out, value);
    } catch (error const& problem) {
      throw error{"field \"{}\": {}", one.key, problem.what()};
    }
  }
}

EASE_INLINE void write_other_keys(json_writer& out, detail::field_table const& fields, void const* row,
                                  std::span<std::string_view const> taken) {
  if (fields.others == nullptr) return;
  for (auto const& [key, raw] : *fields.others(const_cast<void*>(row)))
    if (std::ranges::find(fields.fields, key, &detail::field_entry::key) == fields.fields.end() &&
        std::ranges::find(taken, key) == taken.end())
      out.key(key).raw(raw);
}

}  // namespace ease::inline v1
