// SPDX-License-Identifier: Apache-2.0
#include <ease/hub/download/digest.hpp>

#include "catch.hpp"

using namespace ease;

TEST_CASE("files are named by SHA-256 and by git's hash of a blob") {
  digest sha{digest_kind::sha256, 3};
  sha.add("a");
  sha.add("bc");
  CHECK(sha.hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");  // FIPS 180-2, appendix B.1
  digest git{digest_kind::git_blob, 12};
  git.add("test content");
  CHECK(git.hex() == "08cf6101416f0ce0dda3c80e627f333854c4085c");  // printf 'test content' | git hash-object --stdin
}
