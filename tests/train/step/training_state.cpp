// SPDX-License-Identifier: Apache-2.0
#include <ease/train/step/training_state.hpp>

#include "catch.hpp"
#include "io/temporary.hpp"

TEST_CASE("a checkpoint's counts cannot be negative") {
  test::temporary_folder const folder;
  ease::training_state const state{.step = 3, .tokens = 10, .run_fingerprint = {{"model", "m"}, {"rows", "r"}}};
  auto const path = folder.file("state.json", ease::detail::state_text(state));
  CHECK(ease::detail::read_state(path).step == 3);
  auto text = ease::detail::state_text(state);
  text.replace(text.find("\"step\":3"), 8, "\"step\":-3");
  folder.file("state.json", text);
  CHECK_THROWS_WITH(ease::detail::read_state(path), Catch::Contains("field 'step' is -3"));
}

TEST_CASE("a state of another version is refused with what to do") {
  test::temporary_folder const folder;
  auto const text = ease::detail::state_text({.step = 3, .run_fingerprint = {{"model", "m"}, {"rows", "r"}}});
  auto const refused = [&](std::string const& version, std::string const& whose) {
    auto other = text;
    other.replace(other.find("\"version\":2"), 11, "\"version\":" + version);
    auto const path = folder.file("state.json", other);
    CHECK_THROWS_WITH(ease::detail::read_state(path),
                      path.string() + ": written by " + whose +
                          " version of ease, which identifies model and rows in another way: finish the run with that one, "
                          "or start over in another output folder");
  };
  refused("1", "an earlier");
  refused("3", "a later");
}

TEST_CASE("a state with the earlier names of its fields is read") {
  test::temporary_folder const folder;
  ease::training_state const state{.step = 3, .tokens = 10, .target_tokens = 4, .run_fingerprint = {{"model", "m"}}};
  auto text = ease::detail::state_text(state);
  auto const put_earlier = [&](std::string const& now, std::string const& earlier) {
    text.replace(text.find(now), now.size(), earlier);
  };
  put_earlier("\"target_tokens\"", "\"trained_tokens\"");
  put_earlier("\"run_fingerprint\"", "\"depends_on\"");
  auto const read = ease::detail::read_state(folder.file("state.json", text));
  CHECK(read.target_tokens == 4);
  CHECK(read.run_fingerprint == state.run_fingerprint);
}
