// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdio>
#include <ease/io/files/mapped_file.hpp>
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
