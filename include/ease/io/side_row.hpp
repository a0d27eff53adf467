#pragma once
// A row that goes no further, as a line of JSON for a side file: the fields it had by then, which stage stopped it, and why.
#include <ease/io/write_records.hpp>
#include <ease/record/outcome.hpp>
#include <string>
#include <string_view>

namespace ease {

template <class Row>
std::string side_line(std::string_view stage, Row const& row, rejected const& why) {
  auto line = to_json(row);
  line.pop_back();
  line += line.size() > 1 ? ",\"rejected_by\":" : "\"rejected_by\":";
  append_json_string(line, stage);
  line += ",\"reason\":";
  append_json_string(line, why.reason);
  if (!why.detail.empty()) {
    line += ",\"detail\":";
    std::string detail = why.detail;
    replace_bad_utf8(detail);
    append_json_string(line, detail);
  }
  return line + "}";
}
template <class Row>
std::string side_line(std::string_view stage, Row const& row, failure const& why) {
  return side_line(stage, row, rejected{"failed", why.what});
}

}  // namespace ease
