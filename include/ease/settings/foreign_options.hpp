// SPDX-License-Identifier: Apache-2.0
#pragma once
// Options of another program, so that a line that was written for it runs here, or ends with the reason why not: those that mean
// nothing here are accepted and said to have no effect, those that mean what is not done here are refused. Messages spell them as
// that program does.
//
//     add_without_effect(cmd, {{"multi_gpu", "CUDA devices are used where there are some", false}}, tell);
//     add_refused(cmd, {{"config_file", "say what it says as options"}});
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <ease/settings/chosen_settings.hpp>
#include <ease/settings/command.hpp>
#include <functional>
#include <initializer_list>
#include <string>

namespace ease::inline v1 {

struct foreign_option {
  char const *name, *why;  // as the other program spells it, without the dashes
  bool takes_value{true};
  char const* short_name{""};  // "-m"
};

namespace detail {

// `found`: called where the option is given, before its value is looked at.
inline CLI::Option* add_foreign(command& cmd, foreign_option const& one, std::string const& help,
                                std::function<void()> const& found) {
  std::string dashed{one.name};
  for (auto& c : dashed)
    if (c == '_') c = '-';
  auto const names = (*one.short_name == 0 ? std::string{} : std::string{one.short_name} + ",") + both(dashed);
  return one.takes_value ? cmd->add_option_function<std::string>(
                               names, [found](std::string const&) { found(); }, help)
                         : cmd->add_flag_callback(names, found, help);
}

}  // namespace detail

// `tell`: a line for a person.
inline void add_without_effect(command& cmd, std::initializer_list<foreign_option> options,
                               std::function<void(std::string const&)> const& tell) {
  for (auto const& one : options)
    detail::add_foreign(cmd, one, std::string{"As published; no effect: "} + one.why, [one, tell] {
      tell(fmt::format("--{} has no effect: {}", one.name, one.why));
    })->group(without_effect_group);
}

inline void add_refused(command& cmd, std::initializer_list<foreign_option> options) {
  for (auto const& one : options)
    detail::add_foreign(cmd, one, one.why, [one] {
      auto const name = *one.short_name == 0 ? std::string{} : fmt::format("{}, ", one.short_name);
      throw CLI::ValidationError{fmt::format("{}--{} is not supported: {}", name, one.name, one.why)};
    })->group(refused_group);
}

}  // namespace ease::inline v1
