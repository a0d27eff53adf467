// SPDX-License-Identifier: Apache-2.0
#include <ease/hub/hub_name.hpp>

#include "catch.hpp"

using namespace ease;

TEST_CASE("a hub name is read as huggingface_hub reads it, and everything else is not one") {
  auto const model = hub_name::parse("Qwen/Qwen2.5-1.5B-Instruct", hub_kind::model);
  REQUIRE(model);
  CHECK(model->id() == "Qwen/Qwen2.5-1.5B-Instruct");
  CHECK(model->revision == "main");
  CHECK(model->folder() == "models--Qwen--Qwen2.5-1.5B-Instruct");
  CHECK(model->text() == "Qwen/Qwen2.5-1.5B-Instruct");
  auto const pinned = hub_name::parse("org/name@refs/pr/3", hub_kind::model);
  REQUIRE(pinned);
  CHECK(pinned->revision == "refs/pr/3");
  CHECK(pinned->text() == "org/name@refs/pr/3");
  auto const data = hub_name::parse("allenai/wildjailbreak@v1:train/train", hub_kind::dataset);
  REQUIRE(data);
  CHECK(data->folder() == "datasets--allenai--wildjailbreak");
  auto const split = hub_name::parse("org/name:/test", hub_kind::dataset);
  REQUIRE(split);
  CHECK(split->config.empty());
  CHECK(split->split == "test");
  CHECK(split->text() == "org/name:/test");
  CHECK_FALSE(hub_name::parse("org/name:", hub_kind::dataset));
  CHECK_FALSE(hub_name::parse("org/name:/", hub_kind::dataset));
  CHECK(data->config == "train");
  CHECK(data->split == "train");
  CHECK(data->text() == "allenai/wildjailbreak@v1:train/train");

  for (auto const* text :
       {"", "name", "/name", "org/", "a/b/c", "./a", "../a", "org/..", "org/na--me", "org/na..me", "-org/name", "org/name.",
        "org/name.git", "o rg/name", "org/name@", "org/name@../x", "org/name@a b", "org/n\\ame", "org/name:config"})
    CHECK_FALSE(hub_name::parse(text, hub_kind::model));
  for (auto const* text : {"org/name:", "org/name:a/", "org/name:a/b/c", "org/name:../x"})
    CHECK_FALSE(hub_name::parse(text, hub_kind::dataset));
}
