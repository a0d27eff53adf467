// SPDX-License-Identifier: Apache-2.0
#pragma once
// Alpaca: instruction, input, output; an `input` that is null or empty is none.
#include <ease/io/schemas/conversation.hpp>
#include <string_view>

namespace ease::inline v1 {

struct alpaca_schema {
  static constexpr std::string_view name = "alpaca";

  static fit how_well(first_row const& row) { return row.has("instruction") && row.has("output") ? fit::keys : fit::none; }

  static void plan(first_row const&, row_plan& out) { out.rewrite = rewrite; }

  static void rewrite(raw_members& row, rewrite_context const& context, raw_parser& parser) {
    detail::exchange one;
    one.prompt = detail::string_member(row, "instruction", parser);
    if (auto const* more = find_member(row, "input"); more != nullptr && *more != "null")
      if (auto const input = detail::string_member(row, "input", parser); !input.empty()) one.prompt += "\n\n" + input;
    one.answer = detail::string_member(row, "output", parser);
    for (auto const key : {"instruction", "input", "output"}) remove_member(row, key);
    detail::put_exchange(row, one, context);
  }
};

}  // namespace ease::inline v1
