// SPDX-License-Identifier: Apache-2.0
#include <ease/log/tensorboard.hpp>
#include <limits>

#include "catch.hpp"
#include "io/temporary.hpp"

using Catch::Contains;

TEST_CASE("an event file has the bytes that TensorBoard's own writer makes of the same events") {
  test::temporary_folder const folder;
  {
    ease::tensorboard_writer writer{folder / "new/runs", 300, 1700000000.25};
    writer.scalar("train/loss", 300, 2.5, 1700000001.5);
    writer.scalar("train/learning_rate", 300, 1e-5, 1700000001.5);
    writer.scalar("train/loss", 70000, std::numeric_limits<double>::infinity(), 1700000002.0);
    CHECK(writer.flush());
    CHECK_THAT(writer.path().filename().string(), Catch::StartsWith("events.out.tfevents.1700000000."));
    CHECK(test::content(writer.path()) == test::content(std::string{EASE_FIXTURES} + "/io/events.tfevents"));
    ease::tensorboard_writer const second{folder / "new/runs", 1, 1700000000.25};  // in the same second
    CHECK(second.path() != writer.path());
  }
  folder.file("file", "");
  CHECK_THROWS_WITH((ease::tensorboard_writer{folder / "file/runs"}), Contains("cannot write") && Contains("file/runs"));
}

TEST_CASE("CRC-32C is that of RFC 3720, appendix B.4") {
  CHECK(ease::detail::crc32c(std::string(32, '\0')) == 0x8a9136aaU);
  CHECK(ease::detail::crc32c(std::string(32, '\xff')) == 0x62a8ab43U);
  CHECK(ease::detail::crc32c("123456789") == 0xe3069283U);
}
