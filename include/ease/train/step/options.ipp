// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of train/step/options.hpp; core/compiled.hpp says where they are compiled.
#include <ATen/core/ivalue.h>
#include <ATen/cpu/Utils.h>

#include <ease/train/step/options.hpp>

namespace ease::inline v1 {

EASE_INLINE training_precision fastest_precision(at::Device device) {
  if (!device.is_cpu()) return training_precision::mixed;
  auto const has = at::cpu::get_cpu_capabilities();
  for (auto const* name : {"avx512_bf16", "amx_bf16", "bf16"})
    if (auto found = has.find(name); found != has.end() && found->second.isBool() && found->second.toBool())
      return training_precision::mixed;
  return training_precision::float32;
}

}  // namespace ease::inline v1
