// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where the hub and its cache are, from the environment: the variables and the order of huggingface_hub, so that one download
// serves all tools of a machine.
#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <ease/core/environment.hpp>
#include <ease/core/error.hpp>
#include <ease/core/printable.hpp>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <string>
#include <string_view>

namespace ease::inline v1 {

struct hub_settings {
  std::string endpoint{"https://huggingface.co"};  // without a slash at its end
  std::filesystem::path cache{};                   // holds models--ORG--NAME
  std::string cache_from{"HF_HOME"};               // the variable that says another one
  std::string token{};                             // empty: none. Never printed, never sent to another host
  std::string token_from{};                        // the variable or the file that it was read from
  bool offline{false};                             // ask nobody
  std::string offline_from{"HF_HUB_OFFLINE"};      // the variable that says so

  // HF_ENDPOINT; HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, HF_HOME/hub, XDG_CACHE_HOME/huggingface/hub, ~/.cache/huggingface/hub;
  // HF_TOKEN, HUGGING_FACE_HUB_TOKEN, the file HF_TOKEN_PATH or HF_HOME/token, none of them where HF_HUB_DISABLE_IMPLICIT_TOKEN is
  // set; HF_HUB_OFFLINE, TRANSFORMERS_OFFLINE. `~` and `$NAME` in paths are followed. Throws ease::error if an endpoint is no
  // http or https URL, if a token or a yes or no is none, or if there is no home folder to put a cache in.
  static hub_settings from_environment();
};

namespace detail {

// A path of the environment as Python's expanduser and expandvars read it: `~` in front is HOME, `$NAME` and `${NAME}` are the
// variables that are set.
inline std::filesystem::path expanded(std::string_view text) {
  std::string out;
  auto const variable_of = [](std::string_view name) { return std::getenv(std::string{name}.c_str()); };
  if (auto const* const home = variable_of("HOME");
      home != nullptr && text.starts_with('~') && (text.size() == 1 || text[1] == '/')) {
    out = home;
    text.remove_prefix(1);
  }
  auto const in_name = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  for (std::size_t i = 0; i < text.size();) {
    std::string_view name;
    std::size_t length = 0;
    if (text[i] == '$' && i + 1 < text.size() && text[i + 1] == '{') {
      auto const close = text.find('}', i);
      if (close != text.npos) name = text.substr(i + 2, close - i - 2), length = close + 1 - i;
    } else if (text[i] == '$') {
      auto end = i + 1;
      while (end < text.size() && in_name(text[end])) ++end;
      name = text.substr(i + 1, end - i - 1), length = end - i;
    }
    auto const* const value = name.empty() ? nullptr : variable_of(name);
    if (value != nullptr)
      out += value, i += length;
    else
      out += text[i++];
  }
  return out;
}

inline std::filesystem::path hub_home() {
  if (auto const v = first_set({"HF_HOME"}); v.name != nullptr) return expanded(v.value);
  if (auto const v = first_set({"XDG_CACHE_HOME"}); v.name != nullptr) return expanded(v.value) / "huggingface";
  if (auto const v = first_set({"HOME"}); v.name != nullptr)
    return std::filesystem::path{v.value} / ".cache" / "huggingface";
  throw error{"no folder for the hub's cache: neither HF_HUB_CACHE nor HF_HOME nor HOME is set; set one of them"};
}

inline std::filesystem::path hub_cache_folder() {
  auto const v = first_set({"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"});
  return v.name != nullptr ? expanded(v.value) : hub_home() / "hub";
}

// Line ends are left out wherever they stand, as huggingface_hub does: a header must not end within it. Throws ease::error,
// which does not quote it, for what no token is.
inline std::string cleaned_token(std::string text, std::string const& from) {
  std::erase_if(text, [](char c) { return c == '\r' || c == '\n'; });
  constexpr auto space = " \t";
  text.erase(0, std::min(text.find_first_not_of(space), text.size()));
  text.erase(text.find_last_not_of(space) + 1);
  if (std::ranges::any_of(text, [](char c) { return c <= ' ' || c > '~'; }))
    throw error{"{}: a token of the hub has letters, digits and underscores, and this has other characters; copy it again",
                from};
  return text;
}

// As huggingface_hub reads such a variable; what is neither yes nor no there is asked about, since a machine that was meant to be
// offline must not ask anybody.
inline bool is_true(variable const& v) {
  std::string word{v.value};
  for (auto& c : word) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  for (std::string_view const yes : {"1", "ON", "YES", "TRUE"})
    if (word == yes) return true;
  for (std::string_view const no : {"0", "OFF", "NO", "FALSE"})
    if (word == no) return false;
  throw error{"environment variable {}=\"{}\": must be 1, on, yes or true, or 0, off, no or false", v.name,
              printable(v.value)};
}
inline bool is_true(std::initializer_list<char const*> names) {
  auto const v = first_set(names);
  return v.name != nullptr && is_true(v);
}

}  // namespace detail

inline hub_settings hub_settings::from_environment() {
  hub_settings out;
  if (auto const v = detail::first_set({"HF_ENDPOINT"}); v.name != nullptr) {
    out.endpoint = v.value;
    while (out.endpoint.ends_with('/')) out.endpoint.pop_back();
    auto const scheme = out.endpoint.find("://");
    auto const host = scheme == std::string::npos ? std::string{} : out.endpoint.substr(scheme + 3);
    if ((!out.endpoint.starts_with("http://") && !out.endpoint.starts_with("https://")) || host.empty() ||
        host.front() == '/' ||
        std::ranges::any_of(host, [](char c) { return c <= ' ' || c > '~' || c == '?' || c == '#' || c == '\\'; }))
      throw error{"environment variable HF_ENDPOINT: must be a URL that begins with http:// or https://"};
    // It stands in messages and reports.
    if (host.substr(0, host.find('/')).find('@') != host.npos)
      throw error{"environment variable HF_ENDPOINT: must not have a user or a password in it; set HF_TOKEN"};
  }
  out.cache = detail::hub_cache_folder();
  if (auto const v = detail::first_set({"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"}); v.name != nullptr)
    out.cache_from = v.name;
  // The first that is set counts, as in huggingface_hub.
  if (auto const v = detail::first_set({"HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"}); v.name != nullptr)
    out.offline = detail::is_true(v), out.offline_from = v.name;
  if (detail::is_true({"HF_HUB_DISABLE_IMPLICIT_TOKEN"})) return out;
  if (auto const v = detail::first_set({"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"}); v.name != nullptr) {
    out.token_from = v.name;
    out.token = detail::cleaned_token(std::string{v.value}, out.token_from);
  } else {
    std::error_code none;
    auto const named = detail::first_set({"HF_TOKEN_PATH"});
    auto const file = named.name != nullptr ? detail::expanded(named.value)
                      : detail::first_set({"HF_HOME", "XDG_CACHE_HOME", "HOME"}).name != nullptr
                          ? detail::hub_home() / "token"
                          : std::filesystem::path{};
    if (!file.empty() && std::filesystem::is_regular_file(file, none)) {
      std::ifstream in{file};
      out.token_from = file.string();
      out.token = detail::cleaned_token({std::istreambuf_iterator<char>{in}, {}}, out.token_from);
    }
  }
  return out;
}

}  // namespace ease::inline v1
