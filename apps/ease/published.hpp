// SPDX-License-Identifier: Apache-2.0
#pragma once
// Options of the published scripts that the commands of their names share.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <ease/run/files/input_rows.hpp>
#include <ease/settings/command.hpp>
#include <ease/settings/foreign_options.hpp>
#include <string>

namespace ease::app {

// Rows drawn at random, as several published options say. `flags`: the published one among them.
inline CLI::Option* add_random_rows(command& cmd, input_options& in, std::string const& flags) {
  return cmd->add_option(flags, in.random_rows, "Read so many rows, drawn at random by their prompts and the seed; 0: all")
      ->check(in_range<std::size_t>(at_least(0)))
      ->each([&in](std::string const&) { in.tells_too_few = true; });
}

inline constexpr foreign_option memory_is_taken_as_needed{
    "gpu_memory_utilization", "memory is taken as rows need it, and fewer run at once where it is short"};
inline void add_tensor_parallel(command& cmd) {
  cmd->add_option_function<int>(
         both("tensor-parallel-size"),
         [](int devices) {
           if (devices != 1)
             throw CLI::ValidationError{
                 fmt::format("--tensor_parallel_size {}: a model is not split over several devices yet; leave it at 1, and "
                             "divide the rows "
                             "over them by --shard I/N",
                             devices)};
         },
         "As published: devices that a model is split over; 1 alone is taken")
      ->type_name("1")
      ->group(without_effect_group);
}

}  // namespace ease::app
