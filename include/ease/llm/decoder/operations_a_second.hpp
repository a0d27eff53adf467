// SPDX-License-Identifier: Apache-2.0
#pragma once
// How fast this machine multiplies matrices at the moment, for estimates of time.
#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <chrono>
#include <cstdint>

namespace ease::inline v1 {

// Multiplications and additions a second of this machine's matrix products, about: half a second of them.
inline double operations_a_second(at::Device device, at::ScalarType number) {
  c10::NoGradGuard const no_gradients;
  auto const side = std::int64_t{768};
  auto const a = at::randn({side, side}, at::TensorOptions{}.device(device).dtype(number)), b = a.clone();
  (void)at::mm(a, b);
  using clock = std::chrono::steady_clock;
  auto const start = clock::now();
  int rounds = 0;
  double seconds = 0;
  for (; seconds < 0.3 && rounds < 1000; ++rounds) {
    (void)at::mm(a, b).sum().item<float>();
    seconds = std::chrono::duration<double>(clock::now() - start).count();
  }
  return 2.0 * static_cast<double>(side) * static_cast<double>(side) * static_cast<double>(side) * rounds / seconds;
}

// How long a training takes at `rate` such operations a second, about: six a parameter and token, at half of the rate.
inline double training_seconds(double parameters, double tokens, double rate) {
  return 6 * parameters * tokens / (0.5 * rate);
}

}  // namespace ease::inline v1
