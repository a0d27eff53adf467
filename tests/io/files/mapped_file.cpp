// SPDX-License-Identifier: Apache-2.0
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <ease/io/files/mapped_file.hpp>
#include <ease/io/paths/lost_file_signal.hpp>
#include <filesystem>
#include <fstream>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "catch.hpp"
#include "io/temporary.hpp"

namespace {
std::filesystem::path made(std::string const& name, std::string const& text) {
  static test::temporary_folder const folder;
  return folder.file(name, text);
}
std::string text_of(ease::mapped_file const& file) {
  return {reinterpret_cast<char const*>(file.bytes().data()), file.bytes().size()};
}
}  // namespace

TEST_CASE("a mapped file shows the bytes of the file") {
  auto const path = made("plain", std::string("a\0b", 3));
  ease::mapped_file const file{path};
  CHECK(text_of(file) == std::string("a\0b", 3));
  std::filesystem::remove(path);
  CHECK(text_of(file) == std::string("a\0b", 3));  // the mapping outlives the name
}

TEST_CASE("a mapped file can be moved, the bytes stay where they are") {
  auto const path = made("moved", "abc");
  ease::mapped_file first{path};
  auto const* const at = first.bytes().data();
  ease::mapped_file second{std::move(first)};
  CHECK(second.bytes().data() == at);
  ease::mapped_file third{made("other", "xyz")};
  third = std::move(second);
  CHECK(text_of(third) == "abc");
}

TEST_CASE("who owns a file's mapping may write to it, beyond the object and without changing the file") {
  auto const path = made("shared", "abc");
  std::shared_ptr<void> owner;
  std::span<std::byte const> bytes;
  {
    ease::mapped_file const file{path, ease::file_mapping::copy_on_write};
    owner = file.owner(), bytes = file.bytes();
  }
  *static_cast<char*>(owner.get()) = 'x';
  CHECK(std::string(reinterpret_cast<char const*>(bytes.data()), bytes.size()) == "xbc");
  CHECK(text_of(ease::mapped_file{path}) == "abc");
}

TEST_CASE("an empty file is no bytes, a missing one and a folder are errors that name them") {
  CHECK(ease::mapped_file{made("empty", "")}.bytes().empty());
  CHECK_THROWS_WITH(ease::mapped_file{"/nowhere/weights"},
                    Catch::Contains("/nowhere/weights") && Catch::Contains("No such file"));
  CHECK_THROWS_WITH(ease::mapped_file{std::filesystem::temp_directory_path()}, Catch::Contains("not a regular file"));
}

namespace {
// What a process says on stderr that does `work` and ends, and how it ended.
struct ending {
  std::string said{};
  int status{0};
};
ending of_process(auto&& work) {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  auto const process = ::fork();
  if (process == 0) {
    ::dup2(ends[1], STDERR_FILENO);
    work();
    ::_exit(0);
  }
  ::close(ends[1]);
  ending out;
  std::array<char, 256> part{};
  for (ssize_t count = 0; (count = ::read(ends[0], part.data(), part.size())) > 0;)
    out.said.append(part.data(), static_cast<std::size_t>(count));
  ::close(ends[0]);
  ::waitpid(process, &out.status, 0);
  return out;
}
}  // namespace

TEST_CASE("a file that is cut while it is mapped ends a program that watches by one line with its name") {
  auto const path = made("cut", std::string(20'000, 'x')), other = made("whole", "abc");
  auto const end = of_process([&] {
    ease::watch_for_lost_files();
    ease::mapped_file const before{other};
    ease::mapped_file const file{path};
    std::filesystem::resize_file(path, 5'000);  // its second page is there still, with zeros at its end
    if (text_of(file).size() == 20'000) ::_exit(2);
  });
  CHECK((WIFEXITED(end.status) && WEXITSTATUS(end.status) == 1));
  CHECK(end.said.find(path.string() + " was cut short") != std::string::npos);
  CHECK(end.said.find('\n') == end.said.size() - 1);
}

TEST_CASE("a file that is mapped no more is not named, and a bus error that another process sends stays one") {
  auto const path = made("gone", std::string(20'000, 'x'));
  {
    ease::mapped_file const file{path};
    CHECK(ease::detail::names_of_maps.at(file.bytes().data() + 19'999) == path.string());
  }
  ease::mapped_file const next{made("next", std::string(20'000, 'y'))};
  CHECK(ease::detail::names_of_maps.at(next.bytes().data()) == next.path().string());
  CHECK(ease::detail::names_of_maps.at(&next).empty());
  auto const end = of_process([] {
    ease::watch_for_lost_files();
    ::kill(::getpid(), SIGBUS);
  });
  CHECK((WIFSIGNALED(end.status) && WTERMSIG(end.status) == SIGBUS));
  CHECK(end.said.empty());
}
