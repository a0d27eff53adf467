// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <ease/train/options/schedule.hpp>

// libtorch before Catch: both have a CHECK, and the last one counts.
#include "catch.hpp"
#include "train/reference.hpp"

TEST_CASE("learning rates are transformers' own, at every step and past the last") {
  ease::safetensors_file const file{reference::folder / "schedules.safetensors"};
  auto const rates = reference::tensor_of(file, "rates", at::kDouble);
  std::array const kinds{ease::schedule::constant, ease::schedule::linear, ease::schedule::cosine};
  std::array<std::size_t, 4> const warmups{0, 1, 5, 20};
  for (std::size_t kind = 0; kind < kinds.size(); ++kind)
    for (std::size_t pair = 0; pair < warmups.size(); ++pair)
      for (std::size_t step = 0; step < 25; ++step) {
        ease::learning_rate_schedule const schedule{kinds[kind], 1.0, warmups[pair], 20};
        auto const theirs =
            rates[static_cast<std::int64_t>(kind)][static_cast<std::int64_t>(pair)][static_cast<std::int64_t>(step)];
        INFO("kind " << kind << ", warm-up " << warmups[pair] << ", step " << step);
        // transformers' cosine comes back up past the last step; ours does too.
        CHECK(schedule.at(step) == Approx(theirs.item<double>()).margin(1e-12));
      }
}

TEST_CASE("a warm-up given as a ratio is rounded up") {
  CHECK(ease::learning_rate_schedule::warmup_of(0.03, 40) == 2);
  CHECK(ease::learning_rate_schedule::warmup_of(0.0, 40) == 0);
  CHECK(ease::learning_rate_schedule::warmup_of(1.0, 40) == 40);
  CHECK(ease::learning_rate_schedule::warmup_of(0.03, 1) == 0);  // else the only step would have the rate 0
}
