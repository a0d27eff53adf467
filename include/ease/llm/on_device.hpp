// SPDX-License-Identifier: Apache-2.0
#pragma once
// From a device's name, as options give it, to the type that code is compiled for.
#include <ATen/ATen.h>

#include <ease/core/error.hpp>
#include <ease/llm/decoder/device.hpp>
#include <string>

namespace ease::inline v1 {

// work.operator()<Device>() on the device that is wanted.
auto on_device(std::string const& device, auto&& work) {
  if (device == "cuda" || (device == "auto" && at::hasCUDA())) return work.template operator()<cuda>();
  if (device == "auto" || device == "cpu") return work.template operator()<cpu>();
  throw error{"device \"{}\" is not known; choose auto, cpu or cuda", device};
}

}  // namespace ease::inline v1
