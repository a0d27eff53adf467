// SPDX-License-Identifier: Apache-2.0
#pragma once
// A value as models write one that were asked for JSON: JSON itself, or Python's spelling of it ('text', True, None, a tuple,
// a comma behind the last element). For short answers of models; files of rows are read by io/json.
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <ease/core/compiled.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ease::inline v1 {

struct written_value {
  enum class kind : std::uint8_t { nothing, truth, number, text, list, table };
  kind is{kind::nothing};
  bool truth{false};
  std::string text{};                  // of a text; of a number as it is written
  std::vector<std::string> keys{};     // of a table
  std::vector<written_value> parts{};  // of a list, and of a table in the order of its keys
};

// The value that `text` begins with; `length` is how much of the text it takes. Nothing if there is none, or if it is cut off
// or nested deeper than 16 levels.
std::optional<written_value> read_written_value(std::string_view text, std::size_t& length);

// The inside of a Markdown code fence, where the text has exactly one; else the text. An unclosed fence ends with the text.
std::string_view without_fence(std::string_view text);

// Lower-case letters and digits alone, so that "Safety-Categories" is "safetycategories".
inline std::string folded_key(std::string_view key) {
  std::string out;
  for (char const c : key)
    if (std::isalnum(static_cast<unsigned char>(c)) != 0)
      out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/policy/written_value.ipp>
#endif
