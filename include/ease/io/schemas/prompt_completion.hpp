// SPDX-License-Identifier: Apache-2.0
#pragma once
// TRL: prompt and completion, each a string or a list of messages.
#include <ease/io/schemas/conversation.hpp>
#include <string_view>
#include <utility>
#include <vector>

namespace ease::inline v1 {

struct prompt_completion_schema {
  static constexpr std::string_view name = "prompt_completion";

  static fit how_well(first_row const& row) {
    if (!row.holds_array("prompt")) return fit::none;
    return row.has_all() ? fit::all : fit::keys;
  }

  static void plan(first_row const&, row_plan& out) { out.rewrite = rewrite; }

  static void rewrite(raw_members& row, rewrite_context const& context, raw_parser& parser) {
    std::vector<detail::turn> turns;
    for (auto const key : {"prompt", "completion"}) {
      if (std::string_view{key} == "completion" && find_member(row, key) == nullptr) continue;
      detail::with_member(row, key, [&](std::string const& raw) {
        auto more =
            raw.starts_with('[')
                ? parser.read(raw, [](simdjson::ondemand::value v) { return detail::turns_of(v, "role", "content"); })
                : std::vector<detail::turn>{
                      {std::string_view{key} == "prompt" ? "user" : "assistant", parser.as<std::string>(raw)}};
        for (auto& one : more) turns.push_back(std::move(one));
        return 0;
      });
    }
    detail::exchange one;
    try {
      one = detail::exchange_of(std::move(turns), context.turns);
    } catch (bad_value const& problem) {
      throw bad_field{"prompt", problem.what()};
    }
    remove_member(row, "prompt");
    remove_member(row, "completion");
    detail::put_exchange(row, one, context);
  }
};

}  // namespace ease::inline v1
