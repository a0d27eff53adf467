// SPDX-License-Identifier: Apache-2.0
#pragma once
// ShareGPT: conversations (or conversation) [{from, value}]. Keys and roles: io/json/messages.hpp.
#include <ease/io/schemas/conversation.hpp>
#include <string_view>

namespace ease::inline v1 {

struct sharegpt_schema {
  static constexpr std::string_view name = "sharegpt";

  static fit how_well(first_row const& row) {
    if (row.said("conversations") || row.said("conversation")) return fit::talk;
    bool const talk = row.has("conversations") || row.holds_array("conversation");
    return talk && !row.said("prompt") ? fit::talk : fit::none;
  }

  static void plan(first_row const&, row_plan& out) { out.rewrite = rewrite, out.talks = true; }

  static void rewrite(raw_members& row, rewrite_context const& context, raw_parser& parser) {
    detail::rewrite_conversation(row, {"conversations", "conversation"}, context, parser);
  }
};

}  // namespace ease::inline v1
