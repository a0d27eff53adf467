// SPDX-License-Identifier: Apache-2.0
#pragma once
// Settings of `ease run` that come with the program, one a purpose: each is a file of presets/, and nothing else.
#include <ease/core/error.hpp>
#include <ease/io/files/did_you_mean.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ease::app {

struct preset {
  std::string_view name, toml;

  // The first line, without its mark.
  std::string_view about() const {
    auto const line = toml.substr(0, toml.find('\n'));
    return line.starts_with("# ") ? line.substr(2) : line;
  }
};

// By name.
std::span<preset const> presets();

inline std::vector<std::string> preset_names() {
  std::vector<std::string> all;
  for (auto const& one : presets()) all.emplace_back(one.name);
  return all;
}

// Throws usage_error, which lists them, if there is none of the name.
inline preset const& preset_of(std::string_view name) {
  std::string all;
  for (auto const& one : presets()) {
    if (one.name == name) return one;
    all.append(all.empty() ? "" : ", ").append(one.name);
  }
  throw usage_error{"--preset {}: there is none of this name{}; known: {}", name,
                    did_you_mean(std::string{name}, preset_names()), all};
}

}  // namespace ease::app
