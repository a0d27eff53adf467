// SPDX-License-Identifier: Apache-2.0
#include <ease/hub/hub_name.hpp>
#include <ease/hub/hub_name_problem.hpp>
#include <string>
#include <string_view>

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

TEST_CASE("the name of a folder of the cache is a name") {
  CHECK(hub_name::parse("models--org--name", hub_kind::model)->text() == "org/name");
  CHECK(hub_name::parse("models--org--name@v1", hub_kind::model)->text() == "org/name@v1");
  CHECK(hub_name::parse("datasets--org--na.me:cfg/test", hub_kind::dataset)->text() == "org/na.me:cfg/test");
  for (auto const* text : {"models--name", "models--org--name--x", "datasets--org--name", "models----name", "models--a/b--c",
                           "hub/models--org--name"})
    CHECK_FALSE(hub_name::parse(text, hub_kind::model));
}

// As huggingface_hub 2.4's parse_hf_uri reads them, but for ":", which is ours.
TEST_CASE("what fsspec and DuckDB write is a name, with the files of the repository that it says") {
  struct wanted {
    std::string_view text, id, revision, path;
  };
  for (auto const& one :
       {wanted{"hf://datasets/org/name", "org/name", "main", ""}, wanted{"hf://datasets/org/name/", "org/name", "main", ""},
        wanted{"hf://datasets/org/name@v1", "org/name", "v1", ""},
        wanted{"hf://datasets/org/name/data/a b.jsonl", "org/name", "main", "data/a b.jsonl"},
        wanted{"hf://datasets/org/name@v1/a.jsonl", "org/name", "v1", "a.jsonl"},
        wanted{"hf://datasets/org/name@refs/pr/3/train.json", "org/name", "refs/pr/3", "train.json"},
        wanted{"hf://datasets/org/name@refs/convert/parquet-v2", "org/name", "refs/convert/parquet-v2", ""},
        wanted{"hf://datasets/org/name@refs%2Fpr%2F3/a/*.csv", "org/name", "refs/pr/3", "a/*.csv"},
        wanted{"hf://datasets/org/name@my%2Fbranch/x.csv", "org/name", "my/branch", "x.csv"},
        wanted{"hf://datasets/org/name/a%20b.csv", "org/name", "main", "a%20b.csv"}}) {
    INFO(one.text);
    auto const name = hub_name::parse(one.text, hub_kind::dataset);
    REQUIRE(name);
    CHECK(name->id() == one.id);
    CHECK(name->revision == one.revision);
    CHECK(name->path == one.path);
    CHECK(((hub_name::parse(name->text(), hub_kind::dataset) == name)));
    CHECK_FALSE(hub_name::parse(one.text, hub_kind::model));
  }
  auto const split = hub_name::parse("hf://datasets/org/name@v1:config/test", hub_kind::dataset);
  REQUIRE(split);
  CHECK(split->text() == "org/name@v1:config/test");
  CHECK(hub_name::parse("hf://org/name@v1", hub_kind::model)->text() == "org/name@v1");
  CHECK(hub_name::parse("hf://models/org/name", hub_kind::model)->text() == "org/name");
  CHECK(hub_name::parse("hf://org/name/a/b.gguf", hub_kind::model)->text() == "hf://org/name/a/b.gguf");
  for (auto const* const text :
       {"hf://", "hf://datasets/", "hf://datasets/org", "hf://datasets/org/name@", "hf://datasets/org/name/../x",
        "hf://datasets/org/name//x", "hf://datasets/org/name:", "hf://spaces/org/name", "hf://datasets/org/name/a\nb"})
    CHECK_FALSE(hub_name::parse(text, hub_kind::dataset));
}

TEST_CASE("why a text is no name is said with what to write") {
  struct wanted {
    std::string_view text, model, dataset;  // what the problem holds of either; empty: it is a name
  };
  for (auto const& one : {
           wanted{"org/name", "", ""},
           wanted{"gpt2", "openai-community/gpt2", "stanfordnlp/imdb"},
           wanted{"a/b/c", "as hf://a/b/c", "as hf://datasets/a/b/c"},
           wanted{"models/a/b.gguf", "as hf://ORG/NAME/FILE", "hf://datasets/ORG/NAME/FILE"},
           wanted{"a/b/../c", "as hf://ORG/NAME/FILE", "as hf://datasets/ORG/NAME/FILE"},
           wanted{"org/name/q8/m.gguf", "as hf://org/name/q8/m.gguf", "as hf://datasets/org/name/q8/m.gguf"},
           wanted{"org/", "ORG/NAME", "ORG/NAME"},
           wanted{"", "ORG/NAME", "ORG/NAME"},
           wanted{"org/name@", "behind the @", "behind the @"},
           wanted{"org/shards@:default", "behind the @", "behind the @"},
           wanted{"org/name:", "no colon", "behind the colon"},
           wanted{"org/name:Q4_K_M", ".gguf", ""},
           wanted{"org/name:a/b/c", "no colon", "CONFIG/SPLIT"},
           wanted{"org/name:/train[:100]", "no colon", "max_rows=N"},
           wanted{"org/name:train+test", "no colon", "several splits"},
           wanted{"org/name:config@v1", "no colon", "@REVISION:CONFIG"},
           wanted{"org/na me", "no spaces", "no spaces"},
           wanted{"org/na--me", "ORG/NAME", "ORG/NAME"},
           wanted{"https://huggingface.co/org/name", "write org/name", "page of a model"},
           wanted{"huggingface.co/org/name", "write org/name", "page of a model"},
           wanted{"https://huggingface.co/org/name/tree/main", "write org/name", "page of a model"},
           wanted{"https://huggingface.co/org/name/tree/v1?x=y", "write org/name@v1", "page of a model"},
           wanted{"https://hf.co/datasets/org/name", "page of a data set", "write org/name"},
           wanted{"https://huggingface.co/datasets/org/name/viewer/cfg/test", "page of a data set",
                  "write org/name:cfg/test"},
           wanted{"https://huggingface.co/datasets/org/name/blob/main/data/a.jsonl", "page of a data set",
                  "write hf://datasets/org/name/data/a.jsonl"},
           wanted{"https://huggingface.co/datasets/org/name/resolve/refs/pr/1/a.jsonl?download=true", "page of a data set",
                  "write hf://datasets/org/name@refs/pr/1/a.jsonl"},
           wanted{"https://huggingface.co/datasets/org/name/blob/main/a.csv", "write hf://datasets/org/name/a.csv",
                  "write hf://datasets/org/name/a.csv"},
           wanted{"https://huggingface.co/datasets/org/name/blob/main/a%20b.csv", "page of a data set",
                  "write hf://datasets/org/name/a b.csv"},
           wanted{"models--org--name", "", "of a model, whose name is org/name"},
           wanted{"datasets--org--name", "of a data set, whose name is org/name", ""},
           wanted{"/hub/models--org--name", "write org/name", "of a model, whose name is org/name"},
           wanted{"hub/models--org--name/", "write org/name", "of a model, whose name is org/name"},
           wanted{"~/hub/models--org--name/snapshots/abc", "write org/name@abc", "whose name is org/name@abc"},
           wanted{"models--org--name/snapshots/abc/config.json", "write org/name@abc", "whose name is org/name@abc"},
           wanted{"models--name", "ORG/NAME", "ORG/NAME"},
           wanted{"https://huggingface.co/datasets", "no repository", "no repository"},
           wanted{"https://example.org/a.jsonl", "not downloaded", "not downloaded"},
           wanted{"hf://datasets/org/name", "a data set", ""},
           wanted{"hf://org/name", "", "hf://datasets/ORG/NAME"},
           wanted{"hf://spaces/org/name", "neither", "neither"},
       }) {
    INFO(one.text);
    for (auto const kind : {hub_kind::model, hub_kind::dataset}) {
      auto const said = hub_name_problem(one.text, kind);
      auto const& holds = kind == hub_kind::model ? one.model : one.dataset;
      CHECK(said.empty() == holds.empty());
      CHECK_THAT(said, Catch::Contains(std::string{holds}));
    }
  }
}
