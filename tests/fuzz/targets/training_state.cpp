// SPDX-License-Identifier: Apache-2.0
// state.json of a checkpoint: what is accepted is written again the same, to the last byte.
#include <ease/train/step/training_state.hpp>

#include "harness.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  static fuzz::folder const files;
  files.put("state.json", fuzz::text(data, size));
  fuzz::accepts(size, [&] {
    auto const state = ease::detail::read_state(files / "state.json");
    auto const written = ease::detail::state_text(state);
    files.put("again.json", written);
    fuzz::must(ease::detail::state_text(ease::detail::read_state(files / "again.json")) == written,
               "a state is written as it was read");
    ease::detail::check_same_run(files.path(), state, state.run_fingerprint);
  });
  return 0;
}
