#pragma once
// Setting the boundary as the commands call it, without libtorch in the header: read a model, move its boundary, write it.
#include <ease/method/boundary.hpp>
#include <span>
#include <string>

namespace ease::app {

struct boundary_options {
  std::string device{"auto"};
  std::string chat{};  // a chat family's name; empty: that of the model's own template
  int threads{0};
  bool overwrite{false};
};

// Weights keep the number format they are stored in.
boundary_report set_boundary_of(std::string const& model, std::string const& out, std::span<boundary_prompts const> kinds,
                                boundary_options const& options);

std::string boundary_table(boundary_report const& report);

}  // namespace ease::app
