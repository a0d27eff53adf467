#include "ease/train/training_state.hpp"

#include "catch.hpp"
#include "io/temporary.hpp"

TEST_CASE("a checkpoint's counts cannot be negative") {
  test::temporary_folder const folder;
  ease::training_state const state{.step = 3, .tokens = 10, .depends_on = {{"model", "m"}, {"rows", "r"}}};
  auto const path = folder.file("state.json", ease::detail::state_text(state));
  CHECK(ease::detail::read_state(path).step == 3);
  auto text = ease::detail::state_text(state);
  text.replace(text.find("\"step\":3"), 8, "\"step\":-3");
  folder.file("state.json", text);
  CHECK_THROWS_WITH(ease::detail::read_state(path), Catch::Contains("field 'step' is -3"));
}
