// SPDX-License-Identifier: Apache-2.0
#pragma once
// TRL: prompt and completion, each a string or a list of messages.
#include <algorithm>
#include <ease/io/schemas/conversation.hpp>
#include <iterator>
#include <string_view>
#include <utility>

namespace ease::inline v1 {

struct prompt_completion_schema {
  static constexpr std::string_view name = "prompt_completion";

  static fit how_well(first_row const& row) {
    if (!row.holds_array("prompt")) return fit::none;
    return row.has_all() ? fit::all : fit::keys;
  }

  static void plan(first_row const&, row_plan& out) { out.rewrite = rewrite; }

  static void rewrite(raw_members& row, rewrite_context const& context, raw_parser& parser) {
    message_list all;
    for (std::string_view const key : {"prompt", "completion"}) {
      if (key == "completion" && find_member(row, key) == nullptr) continue;
      detail::with_member(row, key, [&](std::string const& raw) {
        message_list more;
        if (raw.starts_with('['))
          more = detail::messages_in(raw, parser);
        else
          more.turns.push_back({key == "prompt" ? role::user : role::assistant, parser.as<std::string>(raw)});
        std::ranges::move(more.turns, std::back_inserter(all.turns));
        for (auto const& name : more.not_used) all.not_used.push_back(std::string{key} + '.' + name);
        if (!more.untrained_by.empty()) all.untrained_by = std::move(more.untrained_by);
        return true;
      });
    }
    detail::exchange one;
    try {
      one = detail::exchange_of(std::move(all), context);
    } catch (bad_value const& problem) {
      throw bad_field{"prompt", problem.what()};
    }
    remove_member(row, "prompt");
    remove_member(row, "completion");
    detail::put_exchange(row, one, context);
  }
};

}  // namespace ease::inline v1
