// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of io/rows/side_row.hpp; core/compiled.hpp says where they are compiled.
#include <array>
#include <ease/io/rows/side_row.hpp>

namespace ease::inline v1 {

EASE_INLINE std::string side_line(std::string_view stage, detail::field_table const& fields, void const* row,
                                  rejected const& why) {
  auto const said = make_record<rejected_by, reject_reason, reject_detail>(
      std::string{stage}, why.reason, why.detail.empty() ? std::nullopt : std::optional{why.detail});
  std::string out;
  json_writer writer{out, bad_utf8::replace};
  writer.object();
  write_fields(writer, fields, row);
  write_fields(writer, fields_of<std::remove_const_t<decltype(said)>>(), &said);
  write_other_keys(writer, fields, row, std::array{rejected_by::key, reject_reason::key, reject_detail::key});
  writer.end();
  return out;
}

EASE_INLINE std::string side_line(std::string_view stage, detail::field_table const& fields, void const* row,
                                  failure const& why) {
  return side_line(stage, fields, row, rejected{"failed", why.what});
}

}  // namespace ease::inline v1
