// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include <ease/core/error.hpp>
#include <ease/hub/hub_cache.hpp>
#include <ease/hub/hub_source.hpp>
#include <ease/llm/model_description.hpp>
#include <ease/llm/model_place.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "io/temporary.hpp"

namespace {

namespace fs = std::filesystem;
using Catch::Contains;

std::string refusal_of(std::string const& name) {
  try {
    return "found " + ease::find_model(name).base.string();
  } catch (ease::error const& e) {
    return e.what();
  }
}

// A folder with files, each of them named with what is in it.
void put(fs::path const& folder, std::initializer_list<std::pair<char const*, std::string>> files) {
  fs::create_directories(folder);
  for (auto const& [name, text] : files) {
    fs::create_directories((folder / name).parent_path());
    std::ofstream{folder / name} << text;
  }
}
std::string adapter_on(std::string const& base) { return R"({"base_model_name_or_path":")" + base + "\"}"; }

// Environment variables for one test.
struct variables {
  explicit variables(fs::path const& cache) {
    ::unsetenv("HUGGINGFACE_HUB_CACHE");
    ::setenv("HF_HUB_CACHE", cache.c_str(), 1);
  }
  variables(variables const&) = delete;
  variables& operator=(variables const&) = delete;
  ~variables() { ::unsetenv("HF_HUB_CACHE"); }
};

}  // namespace

TEST_CASE("a folder and a file are what they are, a folder without a model says what it has") {
  test::temporary_folder const at;
  put(at / "model", {{"config.json", "{}"}});
  auto const found = ease::find_model((at / "model/").string());
  CHECK(found.name == "model");
  CHECK(found.base == at / "model");
  CHECK(found.adapters.empty());
  at.file("m.gguf", "GGUF");
  CHECK(ease::find_model((at / "m.gguf").string()).name == "m");
  CHECK_FALSE(ease::find_model((at / "m.gguf").string()).is_folder());
  CHECK_THAT(refusal_of((at / "nowhere").string()), Contains("no such model"));
  put(at / "empty", {});
  CHECK_THAT(refusal_of((at / "empty").string()), Contains("no config.json there, nor adapter_config.json"));
  put(at / "gguf", {{"b.gguf", ""}, {"a.gguf", ""}});
  CHECK_THAT(refusal_of((at / "gguf").string()),
             Contains("name one of its GGUF files, as " + (at / "gguf/a.gguf").string()) && Contains("a.gguf, b.gguf"));
  put(at / "run", {{"checkpoint-5/config.json", "{}"}});
  CHECK_THAT(refusal_of((at / "run").string()),
             Contains("name one of its checkpoints, as " + (at / "run/checkpoint-5").string()));
  at.file("model/model.safetensors", "");
  CHECK_THAT(refusal_of((at / "model/model.safetensors").string()), Contains("name its folder"));
  CHECK_THAT(refusal_of((at / "model").string() + "?base=other"), Contains("is no adapter"));
  CHECK_THROWS_AS(ease::find_model((at / "model").string() + "?base=other"), ease::usage_error);
  CHECK_THROWS_AS(ease::find_model("openai:m@http://127.0.0.1:1/v1"), ease::usage_error);
}

TEST_CASE("an adapter's base is found beside it, in the working folder, by its path, or as it is named") {
  test::temporary_folder const at;
  auto const cache = at / "cache";
  variables const set{cache};
  put(at / "base", {{"config.json", "{}"}});
  put(at / "beside/adapter", {{"adapter_config.json", adapter_on("../../base")}});
  auto const found = ease::find_model((at / "beside/adapter").string());
  CHECK(found.name == "adapter on base");
  CHECK(found.base_name == "base");
  CHECK(fs::equivalent(found.base, at / "base"));
  CHECK(found.adapters == std::vector<fs::path>{at / "beside/adapter"});

  put(at / "absolute", {{"adapter_config.json", adapter_on((at / "base").string())}});
  CHECK(ease::find_model((at / "absolute").string()).base == at / "base");

  put(at / "lost", {{"adapter_config.json", adapter_on("/root/elsewhere/base")}});
  CHECK_THAT(refusal_of((at / "lost").string()), Contains("'/root/elsewhere/base' is not there") &&
                                                     Contains(cache.string()) &&
                                                     Contains((at / "lost").string() + "?base=FOLDER"));
  CHECK(ease::find_model((at / "lost").string() + "?base=" + (at / "base").string()).base == at / "base");
  put(at / "silent", {{"adapter_config.json", R"({"base_model_name_or_path":null})"}});
  CHECK_THAT(refusal_of((at / "silent").string()), Contains("names no base model"));

  auto const back = fs::current_path();
  put(at / "work/base", {{"config.json", "{}"}});
  put(at / "work/adapter", {{"adapter_config.json", adapter_on("base")}});
  fs::current_path(at / "work");
  CHECK(fs::equivalent(ease::find_model("adapter").base, at / "work/base"));
  put(at / "work/adapter/base", {{"config.json", "{}"}});
  auto const two = refusal_of("adapter");
  fs::current_path(back);
  CHECK_THAT(two, Contains("in the working folder and beside the adapter"));

  put(at / "second", {{"adapter_config.json", adapter_on((at / "absolute").string())}});
  auto const chain = ease::find_model((at / "second").string());
  CHECK(chain.name == "second on absolute on base");
  CHECK(chain.adapters == std::vector<fs::path>{at / "absolute", at / "second"});
  put(at / "circle", {{"adapter_config.json", adapter_on((at / "circle").string())}});
  CHECK_THAT(refusal_of((at / "circle").string()), Contains("its own base"));
}

TEST_CASE("what stands behind an adapter's name is a base or wrong usage, and its errors name the adapter") {
  test::temporary_folder const at;
  auto const path = [&](char const* name) { return (at / name).string(); };
  put(at / "base", {{"config.json", "{}"}});
  put(at / "first", {{"adapter_config.json", adapter_on("x/y")}});
  put(at / "second", {{"adapter_config.json", adapter_on("x/y")}});
  put(at / "nothing", {});
  CHECK(ease::find_model(path("second") + "?base=" + path("first") + "?base=" + path("base")).name ==
        "second on first on base");
  for (std::string const& behind :
       std::vector<std::string>{"?bas=x", "?bas=" + path("base"), "?Base=x", "?revision=main", "?base", "?base=", "?"}) {
    CAPTURE(behind);
    CHECK_THROWS_AS(ease::find_model(path("first") + behind), ease::usage_error);
    CHECK_THAT(refusal_of(path("first") + behind), Contains(path("first")) && Contains("base"));
  }
  CHECK_THAT(refusal_of(path("first") + "?bas=x"), Contains("\"bas\"") && Contains("did you mean base"));
  for (std::string const& base : std::vector<std::string>{"/nope", path("nothing"), "org/none"}) {
    CAPTURE(base);
    CHECK_THAT(refusal_of(path("first") + "?base=" + base), Contains(path("first") + "?base=" + base) && Contains(base));
  }
  put(at / "hollow", {{"adapter_config.json", adapter_on(path("nothing"))}});
  CHECK_THAT(refusal_of(path("hollow")), Contains(path("hollow")) && Contains(path("nothing")));
}

TEST_CASE("a folder with a whole model and an adapter is not guessed about") {
  test::temporary_folder const at;
  put(at / "both", {{"config.json", "{}"}, {"model.safetensors", ""}, {"adapter_config.json", adapter_on("x/y")}});
  auto const both = (at / "both").string();
  CHECK_THAT(refusal_of(both), Contains("a whole model is there, and an adapter") && Contains("?base=FOLDER"));
  auto const inside = ease::find_model(both + "?base=" + both);
  CHECK(inside.base == both);
  CHECK(inside.adapters == std::vector<fs::path>{both});
  put(at / "stray", {{"config.json", "{}"}, {"adapter_config.json", adapter_on("../base")}});  // the base's, saved along
  put(at / "base", {{"config.json", "{}"}});
  CHECK(fs::equivalent(ease::find_model((at / "stray").string()).base, at / "base"));
}

TEST_CASE("the hub's cache is read as the hub's library writes it") {
  test::temporary_folder const at;
  auto const cache = at / "hub";
  variables const set{cache};
  auto const model = cache / "models--org--name";
  put(model, {{"snapshots/abc/config.json", "{}"},
              {"refs/main", "abc\n"},
              {"snapshots/def/config.json", "{}"},
              {"refs/old", "def"}});
  for (auto const& name : {std::string{"org/name"}, std::string{"models--org--name"}, std::string{"models--org--name@main"},
                           model.string(), (model / "snapshots").string()}) {
    auto const found = ease::find_model(name);
    CHECK(found.name == "org/name@abc");  // the commit, which is its snapshot's name
    CHECK(found.base == model / "snapshots/abc");
  }
  put(at / "adapter", {{"adapter_config.json", R"({"base_model_name_or_path":"org/name","revision":"old"})"}});
  CHECK(ease::find_model((at / "adapter").string()).base == model / "snapshots/def");
  CHECK(ease::find_model((at / "adapter").string()).name == "adapter on org/name@def");
  CHECK_THAT(refusal_of("org/other"),
             Contains("no such model") && Contains(cache.string()) && Contains("ease fetch org/other"));
  CHECK_THAT(refusal_of("../secret"), !Contains("ease fetch"));
  CHECK(ease::find_model("org/name@old").base == model / "snapshots/def");
  CHECK(ease::is_in_hub_cache("org/name"));
  CHECK_FALSE(ease::is_in_hub_cache("org/other"));

  // A repository of GGUF files: each message names a way that opens one.
  put(cache / "models--org--gg",
      {{"snapshots/abc/m.gguf", "GGUF"}, {"snapshots/abc/q8/n.gguf", "GGUF"}, {"refs/main", "abc"}});
  auto const gg = cache / "models--org--gg/snapshots/abc";
  CHECK_THAT(refusal_of("org/gg"), Contains("hf://org/gg/m.gguf") && Contains("q8/n.gguf"));
  CHECK_THAT(refusal_of("org/gg/q8/n.gguf"), Contains("hf://org/gg/q8/n.gguf"));
  CHECK_THAT(refusal_of(gg.string()), Contains((gg / "m.gguf").string()));
  CHECK(ease::find_model("hf://org/gg/m.gguf").base == gg / "m.gguf");
  CHECK(ease::find_model("hf://org/gg@abc/q8/n.gguf").base == gg / "q8/n.gguf");
  CHECK_THAT(refusal_of("hf://org/gg/other.gguf"), Contains("ease fetch hf://org/gg/other.gguf"));
  CHECK_THAT(refusal_of("hf://org/name/config.json"), Contains("whole repository") && Contains("org/name"));
  CHECK_THAT(refusal_of((cache / "models--org--none").string()), Contains("write org/none"));

  fs::remove(model / "refs/main");
  CHECK_THAT(refusal_of("org/name"), Contains("no refs/main") && Contains("abc, def"));
  fs::remove_all(model / "snapshots/def");
  CHECK(ease::find_model("org/name").base == model / "snapshots/abc");  // the only one
  put(model, {{"refs/main", "fff"}});
  CHECK_THAT(refusal_of("org/name"), Contains("refs/main is fff"));
}

TEST_CASE("what the hub's cache lacks is brought by the process' source, and what it has is not asked for") {
  test::temporary_folder const at;
  auto const cache = at / "hub";
  variables const set{cache};
  auto const snapshot = cache / "models--org--name/snapshots/abc";
  std::vector<std::pair<std::string, ease::model_part>> asked;
  auto const before = std::exchange(
      ease::hub_source::of_process(),
      ease::hub_source{.model = [&](ease::hub_name const& name, ease::model_part part) -> fs::path {
        asked.emplace_back(name.text(), part);
        if (name.name == "none") throw ease::hub_refused{true, "{}: there is no such model", name.text()};
        if (name.name == "gated") throw ease::hub_refused{false, "{}: the model is gated", name.text()};
        auto const folder = cache / name.folder() / "snapshots/abc";
        put(folder, {{"config.json", "{}"}, {"tokenizer.json", "{}"}});
        put(folder, {{"model.safetensors.index.json", R"({"weight_map":{"a":"one.safetensors","b":"two.safetensors"}})"}});
        if (part == ease::model_part::whole) put(folder, {{"one.safetensors", ""}, {"two.safetensors", ""}});
        put(cache / name.folder(), {{name.revision == "main" ? "refs/main" : "refs/v2", "abc"}});
        return folder;
      }});
  auto const asked_for = [&] { return std::exchange(asked, {}); };
  using asks = decltype(asked);

  CHECK(ease::files_of_model("org/name") ==
        std::vector<std::string>{"org/name"});  // who looks at a command line downloads nothing
  CHECK(asked_for().empty());
  CHECK(ease::find_model("org/name", ease::model_part::description).base == snapshot);
  CHECK((asked_for() == asks{{"org/name", ease::model_part::description}}));
  auto const described = ease::find_model("org/name", ease::model_part::description);
  CHECK(ease::lacks_weights(described));
  CHECK(described.name == "org/name@abc");
  CHECK(asked_for().empty());
  {
    ease::descriptions_only const planning;
    CHECK(ease::find_model("org/name").base == snapshot);
    CHECK((asked_for() == asks{{"org/name", ease::model_part::description}}));  // how much is to come
  }
  CHECK_FALSE(ease::lacks_weights(ease::find_model("org/name")));
  CHECK((asked_for() == asks{{"org/name", ease::model_part::whole}}));
  CHECK(ease::find_model("org/name").base == snapshot);
  CHECK(asked_for().empty());
  fs::remove(snapshot / "two.safetensors");  // half of it
  CHECK_FALSE(ease::lacks_weights(ease::find_model("org/name")));
  CHECK(asked_for().size() == 1);
  // Another revision is not the one that is there, and an adapter names its base's.
  CHECK(ease::find_model("org/name@v2").base == snapshot);
  CHECK((asked_for() == asks{{"org/name@v2", ease::model_part::whole}}));
  put(at / "adapter", {{"adapter_config.json", R"({"base_model_name_or_path":"org/base","revision":"v2"})"}});
  CHECK(ease::find_model((at / "adapter").string()).name == "adapter on org/base@abc");
  CHECK((asked_for() == asks{{"org/base@v2", ease::model_part::whole}}));
  CHECK(ease::find_model((at / "adapter").string() + "?base=org/name").name == "adapter on org/name@abc");
  CHECK(asked_for().empty());
  // What may have been meant as a path says so; what ends like a file is one.
  CHECK_THAT(refusal_of("org/none"), Contains("no such model") && Contains("no folder of that name"));
  CHECK_THAT(refusal_of("org/gated"), Contains("gated") && !Contains("folder"));
  CHECK(asked_for().size() == 2);
  CHECK_THAT(refusal_of("org/name.gguf"), Contains("no such model"));
  CHECK_THAT(refusal_of("../secret"), Contains("no such model"));
  CHECK(asked_for().empty());
  ease::hub_source::of_process() = before;
}
