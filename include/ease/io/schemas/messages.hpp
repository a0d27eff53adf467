// SPDX-License-Identifier: Apache-2.0
#pragma once
// TRL: messages [{role, content}]; the last assistant turn is the answer. Keys and roles: io/json/messages.hpp.
#include <ease/io/schemas/conversation.hpp>
#include <string_view>

namespace ease::inline v1 {

struct messages_schema {
  static constexpr std::string_view name = "messages";

  static fit how_well(first_row const& row) {
    if (row.said("messages")) return fit::talk;
    return row.has("messages") && !row.said("prompt") ? fit::talk : fit::none;
  }

  static void plan(first_row const&, row_plan& out) { out.rewrite = rewrite, out.talks = true; }

  static void rewrite(raw_members& row, rewrite_context const& context, raw_parser& parser) {
    detail::rewrite_conversation(row, {"messages"}, context, parser);
  }
};

}  // namespace ease::inline v1
