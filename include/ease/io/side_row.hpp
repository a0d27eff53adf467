#pragma once
// A row that goes no further, as a line of JSON for a side file: the fields it had by then, which stage stopped it, and why.
#include <ease/io/write_records.hpp>
#include <ease/record/outcome.hpp>
#include <ease/record/record.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace ease {

struct rejected_by : field<"rejected_by", std::string> {};
struct reject_reason : field<"reason", std::string> {};
struct reject_detail : field<"detail", std::optional<std::string>> {};

// One row of a side output: the fields it had by then, and which stage said what.
template <class... Fs>
std::string side_line(std::string_view stage, record<Fs...> const& row, rejected const& why) {
  auto const detail = why.detail.empty() ? std::nullopt : std::optional{why.detail};
  return to_json(
      joined(row, make_record<rejected_by, reject_reason, reject_detail>(std::string{stage}, why.reason, detail)));
}
template <class Row>
std::string side_line(std::string_view stage, Row const& row, failure const& why) {
  return side_line(stage, row, rejected{"failed", why.what});
}

}  // namespace ease
