// SPDX-License-Identifier: Apache-2.0
#pragma once
// A name on the hub as users type it: ORG/NAME, ORG/NAME@REVISION, of a data set also ORG/NAME:CONFIG/SPLIT, and ORG/NAME:/SPLIT
// for the configuration that is meant where none is said; and as fsspec and DuckDB write it, hf://ORG/NAME and
// hf://datasets/ORG/NAME, where a file of the repository, or a pattern of files, may follow: hf://datasets/ORG/NAME@REVISION/data/*.csv.
// The name of a folder of the cache, models--ORG--NAME, is one too, with what may stand behind a name.
// Whether such a text is a name or a path is the caller's question: what exists as a path is one, as in transformers. Why a text is
// no name: hub_name_problem.hpp.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
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
  std::string path{};             // of files of the repository, a pattern or one; empty: not said

  // Nothing if `text` has not the form of a name.
  static std::optional<hub_name> parse(std::string_view text, hub_kind kind);

  std::string id() const { return owner + '/' + name; }
  // As users type it.
  std::string text() const;
  // The folder of the cache, `models--ORG--NAME`.
  std::string folder() const {
    return fmt::format("{}--{}--{}", kind == hub_kind::model ? "models" : "datasets", owner, name);
  }
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
    return static_cast<unsigned char>(c) <= ' ' || c == '\\' || c == '?' || c == '#' || c == '%' || c == ':' || c == '*' ||
           c == '~' || c == '^';
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

inline constexpr std::string_view hub_scheme{"hf://"};

// Of files in a repository: stays in it.
inline bool is_hub_path(std::string_view path) {
  if (path.empty() || path.front() == '/' || path.back() == '/' || path.find("//") != path.npos) return false;
  for (std::size_t at = 0; at < path.size();) {
    auto const end = std::min(path.find('/', at), path.size());
    if (auto const part = path.substr(at, end - at); part == ".." || part == ".") return false;
    at = end + 1;
  }
  return std::ranges::none_of(path, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\\' || c == 0x7F; });
}

// A revision in front of a path: the hub's own branches hold slashes, of others a slash is written %2F. (File names stand as they
// are, as for huggingface_hub.)
inline std::size_t revision_length(std::string_view text) {
  constexpr std::string_view pull{"refs/pr/"}, convert{"refs/convert/"};
  for (auto const own : {pull, convert})
    if (text.starts_with(own)) return std::min(text.find_first_of("/:", own.size()), text.size());
  return std::min(text.find_first_of("/:"), text.size());
}
// "%20" is a space, as in the address of a page.
inline std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned char code = 0;
    auto const digits = text[i] == '%' ? text.substr(i + 1, 2) : std::string_view{};
    bool const is_code =
        digits.size() == 2 && std::from_chars(digits.data(), digits.data() + 2, code, 16).ptr == digits.data() + 2;
    out += is_code ? static_cast<char>(code) : text[i];
    i += is_code ? 2U : 0U;
  }
  return out;
}

constexpr std::string_view cache_prefix(hub_kind kind) { return kind == hub_kind::model ? "models--" : "datasets--"; }

// "models--ORG--NAME@v1" -> "ORG/NAME@v1"; empty: no folder of the cache is called so.
inline std::string of_cache_folder(std::string_view text, hub_kind kind) {
  if (!text.starts_with(cache_prefix(kind))) return {};
  text.remove_prefix(cache_prefix(kind).size());
  auto const between = text.find("--");
  return between == text.npos ? std::string{} : fmt::format("{}/{}", text.substr(0, between), text.substr(between + 2));
}

// What stands behind hf://, as the text without it, and the path in the repository; nothing if it is of the other kind.
struct hub_address {
  std::string name, path;
};
inline std::optional<hub_address> read_hub_address(std::string_view text, hub_kind kind) {
  constexpr std::string_view datasets{"datasets/"}, models{"models/"};
  if (text.starts_with(datasets) != (kind == hub_kind::dataset)) return std::nullopt;
  for (auto const type : {datasets, models})
    if (text.starts_with(type)) text.remove_prefix(type.size());
  for (std::string_view const other : {"spaces/", "buckets/", "kernels/"})
    if (text.starts_with(other)) return std::nullopt;
  while (text.ends_with('/')) text.remove_suffix(1);
  auto const slash = text.find('/');
  if (slash == text.npos) return std::nullopt;
  auto end = std::min(text.find_first_of("@/:", slash + 1), text.size());
  hub_address out{std::string{text.substr(0, end)}, {}};
  if (end < text.size() && text[end] == '@') {
    auto const length = revision_length(text.substr(end + 1));
    out.name += '@' + percent_decoded(text.substr(end + 1, length));
    end += 1 + length;
  }
  if (end < text.size() && text[end] == ':')
    out.name += text.substr(end);
  else if (end < text.size())
    out.path = text.substr(end + 1);
  if (end + 1 == text.size() || (!out.path.empty() && !is_hub_path(out.path))) return std::nullopt;
  return out;
}

}  // namespace detail

inline std::optional<hub_name> hub_name::parse(std::string_view text, hub_kind kind) {
  if (text.starts_with(detail::hub_scheme)) {
    auto const address = detail::read_hub_address(text.substr(detail::hub_scheme.size()), kind);
    auto out = address ? parse(address->name, kind) : std::nullopt;
    if (out) out->path = address->path;
    return out;
  }
  if (auto const plain = detail::of_cache_folder(text, kind); !plain.empty()) return parse(plain, kind);
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
  if (!path.empty()) {
    auto at = revision;
    if (detail::revision_length(at) != at.size())
      for (std::size_t i = 0; (i = at.find('/', i)) != at.npos; i += 3) at.replace(i, 1, "%2F");
    return fmt::format("{}{}{}{}/{}", detail::hub_scheme, kind == hub_kind::model ? "" : "datasets/", out,
                       revision == "main" ? "" : '@' + at, path);
  }
  if (revision != "main") out += '@' + revision;
  if (!config.empty() || !split.empty()) out += ':' + config;
  if (!split.empty()) out += '/' + split;
  return out;
}

}  // namespace ease::inline v1
