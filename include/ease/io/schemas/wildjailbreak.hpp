// SPDX-License-Identifier: Apache-2.0
#pragma once
// WildJailbreak: vanilla, adversarial, completion, data_type; the prompt is the one that data_type names.
#include <ease/io/schemas/conversation.hpp>
#include <string_view>

namespace ease::inline v1 {

struct wildjailbreak_schema {
  static constexpr std::string_view name = "wildjailbreak";

  static fit how_well(first_row const& row) {
    return row.has("adversarial") && row.has("data_type") ? fit::keys : fit::none;
  }

  static void plan(first_row const&, row_plan& out) { out.rewrite = rewrite; }

  static void rewrite(raw_members& row, rewrite_context const& context, raw_parser& parser) {
    auto const kind =
        detail::with_member(row, "data_type", [&](std::string const& raw) { return parser.as<prompt_kind>(raw); });
    bool const adversarial = kind == prompt_kind::adversarial_harmful || kind == prompt_kind::adversarial_benign;
    std::string_view const source = adversarial ? "adversarial" : "vanilla";
    auto const text = detail::string_member(row, source, parser);
    if (text.empty()) throw bad_field{source, "empty, though data_type says that the prompt stands there"};
    remove_member(row, source);
    put_member(row, "prompt", json_string(text));
    if (context.answer_key != "completion")
      for (auto& [key, raw] : row)
        if (key == "completion") key = context.answer_key;
  }
};

}  // namespace ease::inline v1
