// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where the hub and its cache are, from the environment: the variables and the order of huggingface_hub, so that one download
// serves all tools of a machine.
#include <cstdlib>
#include <ease/core/environment.hpp>
#include <ease/core/error.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace ease::inline v1 {

struct hub_settings {
  std::string endpoint{"https://huggingface.co"};  // without a slash at its end
  std::filesystem::path cache{};                   // holds models--ORG--NAME
  std::string token{};                             // empty: none. Never printed, never sent to another host
  bool offline{false};                             // ask nobody

  // HF_ENDPOINT; HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, HF_HOME/hub, XDG_CACHE_HOME/huggingface/hub, ~/.cache/huggingface/hub;
  // HF_TOKEN, HUGGING_FACE_HUB_TOKEN, the file HF_TOKEN_PATH or HF_HOME/token; HF_HUB_OFFLINE. Throws ease::error if an
  // endpoint is no http or https URL, or if there is no home folder to put a cache in.
  static hub_settings from_environment();
};

namespace detail {

inline std::filesystem::path hub_home() {
  if (auto const v = first_set({"HF_HOME"}); v.name != nullptr) return std::filesystem::path{v.value};
  if (auto const v = first_set({"XDG_CACHE_HOME"}); v.name != nullptr) return std::filesystem::path{v.value} / "huggingface";
  if (auto const v = first_set({"HOME"}); v.name != nullptr)
    return std::filesystem::path{v.value} / ".cache" / "huggingface";
  throw error{"no folder for the hub's cache: neither HF_HUB_CACHE nor HF_HOME nor HOME is set; set one of them"};
}

inline std::filesystem::path hub_cache_folder() {
  auto const v = first_set({"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"});
  return v.name != nullptr ? std::filesystem::path{v.value} : hub_home() / "hub";
}

inline std::string trimmed_token(std::string text) {
  constexpr auto space = " \t\r\n";
  text.erase(0, text.find_first_not_of(space) == std::string::npos ? text.size() : text.find_first_not_of(space));
  text.erase(text.find_last_not_of(space) + 1);
  return text;
}

// As huggingface_hub reads such a variable.
inline bool is_true(std::string_view value) {
  for (std::string_view const yes : {"1", "ON", "YES", "TRUE", "on", "yes", "true", "On", "Yes", "True"})
    if (value == yes) return true;
  return false;
}

}  // namespace detail

inline hub_settings hub_settings::from_environment() {
  hub_settings out;
  if (auto const v = detail::first_set({"HF_ENDPOINT"}); v.name != nullptr) {
    out.endpoint = v.value;
    while (out.endpoint.ends_with('/')) out.endpoint.pop_back();
    if (!out.endpoint.starts_with("http://") && !out.endpoint.starts_with("https://"))
      throw error{"environment variable HF_ENDPOINT: must be a URL that begins with http:// or https://"};
  }
  out.cache = detail::hub_cache_folder();
  if (auto const v = detail::first_set({"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"}); v.name != nullptr) {
    out.token = detail::trimmed_token(std::string{v.value});
  } else if (auto const named = detail::first_set({"HF_TOKEN_PATH"}); named.name != nullptr || !out.cache.empty()) {
    std::error_code none;
    auto const file = named.name != nullptr ? std::filesystem::path{named.value}
                      : detail::first_set({"HF_HOME", "XDG_CACHE_HOME", "HOME"}).name != nullptr
                          ? detail::hub_home() / "token"
                          : std::filesystem::path{};
    if (!file.empty() && std::filesystem::is_regular_file(file, none)) {
      std::ifstream in{file};
      out.token = detail::trimmed_token({std::istreambuf_iterator<char>{in}, {}});
    }
  }
  for (auto const* name : {"HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"})
    if (auto const v = detail::first_set({name}); v.name != nullptr) out.offline = out.offline || detail::is_true(v.value);
  return out;
}

}  // namespace ease::inline v1
