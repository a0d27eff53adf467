// SPDX-License-Identifier: Apache-2.0
#include <ease/core/hash.hpp>
#include <ease/io/files/file_hash.hpp>
#include <string>

#include "catch.hpp"
#include "io/temporary.hpp"

using namespace ease;

TEST_CASE("a file's hash is XXH3-128 of its bytes, wherever it is read in pieces") {
  test::temporary_folder const folder;
  for (std::size_t const size :
       {std::size_t{0}, std::size_t{1}, (std::size_t{1} << 20U) - 1, std::size_t{1} << 20U, (std::size_t{1} << 21U) + 5}) {
    std::string bytes(size, 'x');
    for (std::size_t i = 0; i < size; i += 97) bytes[i] = static_cast<char>(i);
    xxh3_stream whole;
    whole.add(bytes);
    folder.file("file", bytes);
    CHECK(file_hash(folder / "file") == hex(whole.value()));
  }
  folder.file("empty", "");
  CHECK(file_hash(folder / "empty") == "99aa06d3014798d86001c324468d497f");  // as xxHash publishes it
  CHECK_THROWS_WITH(file_hash(folder / "nowhere"), Catch::Contains("nowhere: cannot read: No such file"));
}
