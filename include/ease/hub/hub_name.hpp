// SPDX-License-Identifier: Apache-2.0
#pragma once
// A name on the hub as users type it: ORG/NAME, ORG/NAME@REVISION, of a data set also ORG/NAME:CONFIG/SPLIT, and ORG/NAME:/SPLIT
// for the configuration that is meant where none is said. Whether such a
// text is a name or a path is the caller's question: what exists as a path is one, as in transformers.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ease::inline v1 {

enum class hub_kind : std::uint8_t { model, dataset };

struct hub_name {
  hub_kind kind{hub_kind::model};
  std::string owner, name;
  std::string revision{"main"};   // a branch, a tag or a commit
  std::string config{}, split{};  // of a data set; empty: not said

  // Nothing if `text` has not the form of a name.
  static std::optional<hub_name> parse(std::string_view text, hub_kind kind);

  std::string id() const { return owner + '/' + name; }
  // As users type it.
  std::string text() const;
  // The folder of the cache, `models--ORG--NAME`.
  std::string folder() const { return (kind == hub_kind::model ? "models--" : "datasets--") + owner + "--" + name; }
  friend bool operator==(hub_name const&, hub_name const&) = default;
};

namespace detail {

// The hub's own rule (huggingface_hub, validate_repo_id): at most 96 letters, digits, '.', '_', '-'; no "--", no "..", neither
// '-' nor '.' at an end, no name that ends in ".git".
inline bool is_hub_word(std::string_view word) {
  constexpr std::size_t longest = 96;
  auto const allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  };
  auto const bad_end = [](char c) { return c == '.' || c == '-'; };
  return !word.empty() && word.size() <= longest && std::ranges::all_of(word, allowed) && !bad_end(word.front()) &&
         !bad_end(word.back()) && word.find("--") == std::string_view::npos && word.find("..") == std::string_view::npos &&
         !word.ends_with(".git");
}

// A revision becomes part of a path: no step out of its folder. The hub's own branches hold slashes (refs/convert/parquet).
inline bool is_hub_revision(std::string_view word) {
  auto const bad = [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == '\\' || c == '?' || c == '#' || c == '%';
  };
  return !word.empty() && std::ranges::none_of(word, bad) && word.front() != '/' && word.back() != '/' &&
         word.find("..") == std::string_view::npos && word.find("//") == std::string_view::npos;
}

inline bool is_lower_hex(std::string_view text, std::size_t length) {
  return text.size() == length &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}
inline bool is_sha1(std::string_view text) { return is_lower_hex(text, 40); }
inline bool is_sha256(std::string_view text) { return is_lower_hex(text, 64); }
// A commit in full; git names it by a SHA-1.
inline bool is_commit(std::string_view text) { return is_sha1(text); }

}  // namespace detail

inline std::optional<hub_name> hub_name::parse(std::string_view text, hub_kind kind) {
  hub_name out;
  out.kind = kind;
  if (kind == hub_kind::dataset) {
    if (auto const colon = text.find(':'); colon != std::string_view::npos) {
      auto const part = text.substr(colon + 1);
      auto const slash = part.find('/');
      out.config = part.substr(0, slash);
      if (slash != std::string_view::npos) out.split = part.substr(slash + 1);
      bool const says_split = slash != std::string_view::npos;
      if (!(says_split && out.config.empty()) && !detail::is_hub_word(out.config)) return std::nullopt;
      if (says_split && !detail::is_hub_word(out.split)) return std::nullopt;
      text = text.substr(0, colon);
    }
  }
  if (auto const at = text.find('@'); at != std::string_view::npos) {
    out.revision = text.substr(at + 1);
    if (!detail::is_hub_revision(out.revision)) return std::nullopt;
    text = text.substr(0, at);
  }
  auto const slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  out.owner = text.substr(0, slash);
  out.name = text.substr(slash + 1);
  if (!detail::is_hub_word(out.owner) || !detail::is_hub_word(out.name)) return std::nullopt;
  return out;
}

inline std::string hub_name::text() const {
  auto out = id();
  if (revision != "main") out += '@' + revision;
  if (!config.empty() || !split.empty()) out += ':' + config;
  if (!split.empty()) out += '/' + split;
  return out;
}

}  // namespace ease::inline v1
