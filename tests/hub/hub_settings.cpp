// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <cstdlib>
#include <ease/hub/hub_settings.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "catch.hpp"

using namespace ease;

namespace {

// The environment of one test: nothing of the hub is set but what it sets.
class only {
 public:
  only() {
    for (auto const* name : names) ::unsetenv(name);
  }
  ~only() {
    for (auto const* name : names) ::unsetenv(name);
    ::setenv("HOME", home_.c_str(), 1);
  }
  only(only const&) = delete;
  only& operator=(only const&) = delete;
  static void set(char const* name, std::string const& value) { ::setenv(name, value.c_str(), 1); }

 private:
  static constexpr char const* names[]{"HF_ENDPOINT",
                                       "HF_HUB_CACHE",
                                       "HUGGINGFACE_HUB_CACHE",
                                       "HF_HOME",
                                       "XDG_CACHE_HOME",
                                       "HF_TOKEN",
                                       "HUGGING_FACE_HUB_TOKEN",
                                       "HF_TOKEN_PATH",
                                       "HF_HUB_OFFLINE",
                                       "TRANSFORMERS_OFFLINE",
                                       "HF_HUB_DISABLE_IMPLICIT_TOKEN",
                                       "EASE_TEST_PLACE"};
  std::string home_{std::getenv("HOME") != nullptr ? std::getenv("HOME") : "/"};
};

}  // namespace

TEST_CASE("the cache is where huggingface_hub has it: the first variable that is set") {
  only const environment;
  only::set("HOME", "/h");
  CHECK(hub_settings::from_environment().cache == "/h/.cache/huggingface/hub");
  only::set("XDG_CACHE_HOME", "/x");
  CHECK(hub_settings::from_environment().cache == "/x/huggingface/hub");
  only::set("HF_HOME", "/f");
  CHECK(hub_settings::from_environment().cache == "/f/hub");
  only::set("HUGGINGFACE_HUB_CACHE", "/g");
  CHECK(hub_settings::from_environment().cache == "/g");
  only::set("HF_HUB_CACHE", "/c");
  CHECK(hub_settings::from_environment().cache == "/c");
}

TEST_CASE("paths of the environment are read as Python expands them") {
  only const environment;
  only::set("HOME", "/h");
  only::set("EASE_TEST_PLACE", "/place");
  only::set("HF_HOME", "~/f");
  CHECK(hub_settings::from_environment().cache == "/h/f/hub");
  for (auto const& [said, meant] : {std::pair{"~", "/h"},
                                    {"$EASE_TEST_PLACE/c", "/place/c"},
                                    {"${EASE_TEST_PLACE}c", "/placec"},
                                    {"/a/~", "/a/~"},
                                    {"/a/$EASE_NOT_SET/c", "/a/$EASE_NOT_SET/c"},
                                    {"/a$", "/a$"},
                                    {"/a/${b", "/a/${b"}}) {
    only::set("HF_HUB_CACHE", said);
    CHECK(hub_settings::from_environment().cache == meant);
    CHECK(hub_settings::from_environment().cache_from == "HF_HUB_CACHE");
  }
}

TEST_CASE("a yes is one in any case and what is neither yes nor no is asked about") {
  only const environment;
  for (auto const* const yes : {"1", "on", "YES", "True", "oN"}) {
    only::set("HF_HUB_OFFLINE", yes);
    CHECK(hub_settings::from_environment().offline);
  }
  only::set("TRANSFORMERS_OFFLINE", "1");
  for (auto const* const no : {"0", "off", "No", "FALSE"}) {
    only::set("HF_HUB_OFFLINE", no);  // the first that is set counts
    CHECK_FALSE(hub_settings::from_environment().offline);
  }
  only::set("HF_HUB_OFFLINE", "");
  CHECK(hub_settings::from_environment().offline);
  for (auto const* const other : {"2", "y", "offline"}) {
    only::set("HF_HUB_OFFLINE", other);
    CHECK_THROWS_WITH(hub_settings::from_environment(), Catch::Contains("HF_HUB_OFFLINE"));
  }
}

TEST_CASE("a token ends no header, and what is none is refused without a quote of it") {
  only const environment;
  only::set("HF_TOKEN", " hf_a\r\nb\n");
  CHECK(hub_settings::from_environment().token == "hf_ab");
  CHECK(hub_settings::from_environment().token_from == "HF_TOKEN");
  for (auto const* const bad : {"hf_a b", "hf_\xC3\xA9",
                                "hf_\x01"
                                "a"}) {
    only::set("HF_TOKEN", bad);
    CHECK_THROWS_WITH(hub_settings::from_environment(), Catch::Contains("HF_TOKEN") && !Catch::Contains("hf_"));
  }
  only::set("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1");
  CHECK(hub_settings::from_environment().token.empty());
}

TEST_CASE("endpoint, token and offline come from the environment") {
  only const environment;
  auto const folder = std::filesystem::temp_directory_path() / ("ease_hub_" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  only::set("HF_HOME", folder.string());
  auto const none = hub_settings::from_environment();
  CHECK(none.endpoint == "https://huggingface.co");
  CHECK(none.token.empty());
  CHECK_FALSE(none.offline);
  std::ofstream{folder / "token"} << "from_file\n";
  CHECK(hub_settings::from_environment().token == "from_file");
  only::set("HUGGING_FACE_HUB_TOKEN", "older");
  CHECK(hub_settings::from_environment().token == "older");
  only::set("HF_TOKEN", " newer ");
  CHECK(hub_settings::from_environment().token == "newer");
  only::set("HF_HUB_OFFLINE", "1");
  CHECK(hub_settings::from_environment().offline);
  only::set("HF_ENDPOINT", "https://mirror.example/");
  CHECK(hub_settings::from_environment().endpoint == "https://mirror.example");
  only::set("HF_ENDPOINT", "https://mirror.example/api/hub//");
  CHECK(hub_settings::from_environment().endpoint == "https://mirror.example/api/hub");
  for (auto const* const wrong :
       {"mirror.example", "https://", "http:///x", "https://a b", "ftp://a", "https://a?b", "https://u:p@a"}) {
    only::set("HF_ENDPOINT", wrong);
    CHECK_THROWS_WITH(hub_settings::from_environment(), Catch::Contains("HF_ENDPOINT") && !Catch::Contains("u:p"));
  }
  std::filesystem::remove_all(folder);
}
