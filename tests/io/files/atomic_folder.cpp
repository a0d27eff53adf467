// SPDX-License-Identifier: Apache-2.0
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <ease/io/files/atomic_file.hpp>
#include <ease/io/files/atomic_folder.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

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

TEST_CASE("a link at the name stays, and the folder that it names is the one that appears") {
  namespace fs = std::filesystem;
  test::temporary_folder const here;
  fs::create_directory(here / "real");
  here.file("real/old", "old");
  fs::create_directory_symlink("real", here / "link");
  fs::create_directory_symlink("link", here / "further");
  fs::create_directory_symlink(here / "above/none", here / "dangling");
  for (auto const& [name, place] : {std::pair{"further/", "real"}, std::pair{"dangling", "above/none"}}) {
    ease::atomic_folder fresh{here / name};
    ease::write_atomically(fresh / "new", name);
    fresh.commit();
    CHECK(test::content(here / place / "new") == name);
    CHECK(entries(here / place) == 1);
  }
  for (auto const* link : {"link", "further", "dangling"}) CHECK(fs::is_symlink(here / link));
  fs::create_directory_symlink("circle", here / "circle");
  CHECK_THROWS_WITH(ease::atomic_folder{here / "circle"}, Catch::Contains("circle: this link leads to itself"));
}

TEST_CASE("what killed processes left of a folder or a file is removed by the next that writes it") {
  namespace fs = std::filesystem;
  test::temporary_folder const here;
  if (!ease::detail::unfinished::is_of_this_machine(here.path())) {
    std::puts("skipped: the temporary folder may be shared with other machines");
    return;
  }
  auto const dead = ::fork();
  if (dead == 0) ::_exit(0);
  ::waitpid(dead, nullptr, 0);
  auto const of = [&](std::string const& name, pid_t process, std::string const& suffix) {
    return here / ("." + name + "." + std::to_string(process) + suffix);
  };
  fs::create_directory(here / "model");
  auto const live = ::getppid();
  std::vector<fs::path> const gone{of("model", dead, ".new"), of("model", dead, ".new.old")};
  std::vector<fs::path> const stay{of("model", live, ".new"),   of("model", dead, ".other"), of("model", dead, ""),
                                   of("another", dead, ".new"), of("model", dead, "x.new"),  here / ".model.0x7.new",
                                   here / ".model.new",         of("model", dead, ".7.new")};
  for (auto const* all : {&gone, &stay})
    for (auto const& folder : *all) {
      fs::create_directory(folder);
      std::ofstream{folder / "model.safetensors"} << "half";
    }
  auto const nested = of("model", dead, ".new") / "folder";
  fs::create_directory(nested);
  (void)ease::atomic_folder{here / "model"};
  CHECK(fs::exists(nested));  // not one of ours
  fs::remove(nested);
  (void)ease::atomic_folder{here / "model"};
  for (auto const& folder : gone) CHECK_FALSE(fs::exists(folder));
  for (auto const& folder : stay) CHECK(fs::exists(folder));

  std::vector<fs::path> const old_files{of("rows.jsonl", dead, ".0"), of("rows.jsonl", dead, ".12")};
  std::vector<fs::path> const others{of("rows.jsonl", live, ".0"), of("rows.jsonl", dead, ".new"),
                                     of("rows.jsonl", dead, ".bak"), of("rows.jsonl.x", dead, ".0"),
                                     here / "rows.jsonl.1.0"};
  for (auto const* all : {&old_files, &others})
    for (auto const& file : *all) std::ofstream{file} << "half";
  ease::write_atomically(here / "rows.jsonl", "{}\n");
  for (auto const& file : old_files) CHECK_FALSE(fs::exists(file));
  for (auto const& file : others) CHECK(fs::exists(file));
}

TEST_CASE("what is written now stays, whatever process its name says") {
  namespace fs = std::filesystem;
  test::temporary_folder const here;
  ease::atomic_folder const fresh{here / "model"};
  auto const renamed = here / ".model.999999999.new";  // no such process, as one of another container seems
  fs::rename(fresh.path(), renamed);
  (void)ease::atomic_folder{here / "model"};
  CHECK(fs::exists(renamed));
}
