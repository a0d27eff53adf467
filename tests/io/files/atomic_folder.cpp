// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <ease/io/files/atomic_file.hpp>
#include <ease/io/files/atomic_folder.hpp>
#include <filesystem>
#include <iterator>

#include "catch.hpp"
#include "io/temporary.hpp"

namespace {
std::ptrdiff_t entries(std::filesystem::path const& folder) {
  return std::distance(std::filesystem::directory_iterator{folder}, std::filesystem::directory_iterator{});
}
}  // namespace

TEST_CASE("a folder appears with commit, takes the place of an older one, and nothing else is left") {
  test::temporary_folder const here;
  for (auto const* text : {"old", "new"}) {
    ease::atomic_folder fresh{here / "above/model/"};
    ease::write_atomically(fresh / text, text);
    CHECK(std::filesystem::exists(here / "above/model/new") == false);
    fresh.commit();
  }
  CHECK(test::content(here / "above/model/new") == "new");
  CHECK(entries(here / "above/model") == 1);
  CHECK(entries(here / "above") == 1);
}

TEST_CASE("without commit the older folder stays, and the unfinished one is removed") {
  test::temporary_folder const here;
  std::filesystem::create_directory(here / "model");
  {
    ease::atomic_folder const fresh{here / "model"};
    ease::write_atomically(fresh / "file", "half");
    CHECK(ease::atomic_folder::is_unfinished(fresh.path()));
    CHECK(!ease::atomic_folder::is_unfinished(here / "model"));
    CHECK(entries(here.path()) == 2);
  }
  CHECK(entries(here.path()) == 1);
  CHECK(entries(here / "model") == 0);
  here.file("in the way", "");
  CHECK_THROWS_WITH(ease::atomic_folder{here / "in the way/model"}, Catch::Contains("in the way/model: cannot be written"));
}
