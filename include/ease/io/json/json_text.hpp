// SPDX-License-Identifier: Apache-2.0
#pragma once
// JSON out: strings escaped, numbers that read back as the same value, and a writer that sets the commas.
// Strings come out as Python's json.dumps(ensure_ascii=False) writes them. Non-goal: JSON in (simdjson does that).

#include <charconv>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <ease/core/error.hpp>
#include <ease/io/json/simdjson.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ease::inline v1 {

// Appends `utf8` as a JSON string, quotes included. Throws ease::error on bytes that are not UTF-8: replacing them in
// silence would make a prompt another prompt.
inline void append_json_string(std::string& out, std::string_view utf8) {
  if (!simdjson::validate_utf8(utf8.data(), utf8.size()))
    throw error{"cannot write a string of {} bytes as JSON: it is not valid UTF-8", utf8.size()};
  constexpr std::string_view hex = "0123456789abcdef";
  out += '"';
  std::size_t kept = 0;  // everything before it is in `out`
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    auto const c = static_cast<unsigned char>(utf8[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out.append(utf8, kept, i - kept);
    kept = i + 1;
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      default:
        out += "\\u00";
        out += hex[c >> 4U];
        out += hex[c & 15U];
    }
  }
  out.append(utf8, kept);
  out += '"';
}

// The length of the UTF-8 character that starts at `at`; 0 if the bytes there are not one.
inline std::size_t utf8_length(std::string_view text, std::size_t at) {
  auto const lead = static_cast<unsigned char>(text[at]);
  std::size_t const length = lead < 0x80 ? 1 : lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
  return length != 0 && at + length <= text.size() && simdjson::validate_utf8(text.data() + at, length) ? length : 0;
}

// Replaces each run of bytes that are not UTF-8 by one U+FFFD and returns how many runs there were.
inline std::size_t replace_bad_utf8(std::string& text) {
  if (simdjson::validate_utf8(text.data(), text.size())) return 0;
  std::string out;
  std::size_t replaced = 0;
  bool inside = false;
  for (std::size_t i = 0; i < text.size();) {
    auto const length = utf8_length(text, i);
    if (length != 0) {
      out.append(text, i, length);
    } else if (!inside) {
      out += "\xEF\xBF\xBD";
      ++replaced;
    }
    inside = length == 0;
    i += length == 0 ? 1 : length;
  }
  text = std::move(out);
  return replaced;
}

inline void append_json_number(std::string& out, std::integral auto number) {
  char text[24];
  out.append(text, std::to_chars(text, text + sizeof text, number).ptr);
}

// Shortest digits that read back as the same double; a whole number keeps its ".0", so that a column's type does not depend
// on its values. Throws ease::error on NaN and infinities, which JSON does not have.
inline void append_json_number(std::string& out, std::floating_point auto number) {
  if (!std::isfinite(number)) throw error{"cannot write {} as JSON: it is not a finite number", number};
  char text[32];
  std::string_view const digits{text, static_cast<std::size_t>(std::to_chars(text, text + sizeof text, number).ptr - text)};
  out += digits;
  if (digits.find_first_of(".e") == digits.npos) out += ".0";
}

// What becomes of bytes that are not UTF-8 when they are written: an error, or one U+FFFD for each run of them, counted.
enum class bad_utf8 { fail, replace };

// Writes one value into a string it does not own; commas and colons are its business, balance is the caller's.
//   json_writer w{out};  w.object().key("rows").value(3).key("names").array().value("a").value("b").end().end();
class json_writer {
 public:
  explicit json_writer(std::string& out, bad_utf8 policy = bad_utf8::fail) : out_{&out}, policy_{policy} {}

  // How many runs of bytes were replaced by U+FFFD so far.
  std::size_t replaced() const { return replaced_; }

  json_writer& object() { return open('{', '}'); }
  json_writer& array() { return open('[', ']'); }
  json_writer& end() {
    *out_ += closers_.back();
    closers_.pop_back();
    comma_ = true;
    return *this;
  }

  json_writer& key(std::string_view name) {
    separate();
    append_json_string(*out_, name);
    *out_ += ':';
    comma_ = false;
    return *this;
  }

  json_writer& value(std::string_view text) {
    return put([&] {
      if (policy_ == bad_utf8::fail || simdjson::validate_utf8(text.data(), text.size()))
        return append_json_string(*out_, text);
      std::string repaired{text};
      replaced_ += replace_bad_utf8(repaired);
      append_json_string(*out_, repaired);
    });
  }
  json_writer& value(char const* text) { return value(std::string_view{text}); }
  json_writer& value(bool truth) { return raw(truth ? "true" : "false"); }
  json_writer& value(std::nullptr_t) { return raw("null"); }
  template <class Number>
    requires((std::integral<Number> && !std::same_as<Number, bool> && !std::same_as<Number, char>) ||
             std::floating_point<Number>)
  json_writer& value(Number number) {
    return put([&] { append_json_number(*out_, number); });
  }
  // JSON text that is already whole, e.g. a field no stage reads.
  json_writer& raw(std::string_view json) {
    return put([&] { *out_ += json; });
  }

 private:
  json_writer& open(char opener, char closer) {
    separate();
    *out_ += opener;
    closers_.push_back(closer);
    comma_ = false;
    return *this;
  }
  void separate() {
    if (comma_) *out_ += ',';
  }
  json_writer& put(auto write) {
    separate();
    write();
    comma_ = true;
    return *this;
  }

  std::string* out_;
  bad_utf8 policy_;
  std::size_t replaced_{0};
  std::vector<char> closers_{};
  bool comma_{false};
};

}  // namespace ease::inline v1
