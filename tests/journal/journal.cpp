// SPDX-License-Identifier: Apache-2.0
#include <sys/resource.h>
#include <sys/wait.h>

#include <csignal>
#include <ease/journal/journal.hpp>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "io/temporary.hpp"

using namespace ease;

namespace {

hash128 key(std::uint64_t n) { return {n, ~n}; }

// A journal's bytes after `records` writes of payloads "payload 0", "payload 1" ...
std::string bytes_of(std::filesystem::path const& path, std::uint64_t records) {
  std::filesystem::remove(path);
  {
    journal j{path};
    for (std::uint64_t i = 0; i < records; ++i) j.write(key(i), "payload " + std::to_string(i));
  }
  return test::content(path);
}
constexpr std::size_t head = 32, one = 32 + 9;  // bytes of the file's head, and of a record with 9 bytes

}  // namespace

TEST_CASE("records are found again, the last of a key, whatever their bytes") {
  test::temporary_folder const folder;
  std::string const odd("EJR1\0\n\xff", 7);
  {
    journal j{folder / "j"};
    CHECK(j.records() == 0);
    j.write(key(1), "first");
    j.write(key(2), odd);
    j.write(key(3), "");
    j.write(key(5), {});
    j.write(key(1), "second");
    CHECK(j.find(key(1)) == "second");
    CHECK(!j.find(key(4)));
    CHECK(j.contains(key(3)));
    CHECK(!j.contains(key(4)));
  }
  journal j{folder / "j"};
  CHECK(j.records() == 4);
  CHECK(j.damaged() == 0);
  CHECK(j.find(key(1)) == "second");
  CHECK(j.find(key(2)) == odd);
  CHECK(j.find(key(3)) == "");
  CHECK(j.find(key(5)) == "");
}

TEST_CASE("a journal cut at any byte keeps its whole records and can be written on") {
  test::temporary_folder const folder;
  auto const bytes = bytes_of(folder / "whole", 3);
  REQUIRE(bytes.size() == head + 3 * one);
  for (std::size_t length = 0; length <= bytes.size(); ++length) {
    auto const path = folder.file("cut", bytes.substr(0, length));
    std::size_t const whole = length < head ? 0 : (length - head) / one;
    CAPTURE(length);
    {
      journal j{path};
      CHECK(j.records() == whole);
      for (std::uint64_t i = 0; i < whole; ++i) CHECK(j.find(key(i)) == "payload " + std::to_string(i));
      j.write(key(7), "written on");
    }
    journal j{path};
    CHECK(j.records() == whole + 1);
    CHECK(j.damaged() == 0);
    CHECK(j.find(key(7)) == "written on");
  }
}

TEST_CASE("a damaged byte costs the record it is in and no other") {
  test::temporary_folder const folder;
  auto const bytes = bytes_of(folder / "whole", 3);
  for (std::size_t at = head; at < bytes.size(); ++at) {
    auto hurt = bytes;
    hurt[at] = static_cast<char>(hurt[at] ^ 0x40);
    journal j{folder.file("hurt", hurt)};
    std::size_t const which = (at - head) / one;
    CAPTURE(at);
    CHECK(j.records() == 2);
    CHECK(!j.find(key(which)));
    for (std::uint64_t i = 0; i < 3; ++i)
      if (i != which) CHECK(j.find(key(i)) == "payload " + std::to_string(i));
  }
}

TEST_CASE("a record that claims any size, and a file that is no journal, harm nothing") {
  test::temporary_folder const folder;
  auto bytes = bytes_of(folder / "whole", 2);
  for (std::uint32_t const size : {10U, 1000U, 0x7FFFFFFFU, 0xFFFFFFFFU}) {
    auto lie = bytes;
    std::memcpy(lie.data() + head + one + 4, &size, 4);
    auto const sum = detail::crc(std::string_view{lie}.substr(head + one, 12));
    std::memcpy(lie.data() + head + one + 12, &sum, 4);
    journal j{folder.file("lie", lie)};
    CHECK(j.records() == 1);
    CHECK(j.find(key(0)) == "payload 0");
  }
  CHECK_THROWS_WITH(journal{folder.file("other", "{\"prompt\":\"something of value that must not be emptied\"}")},
                    Catch::Contains("not a journal of this version of ease"));
  CHECK(test::content(folder / "other").size() == 56);
  CHECK_THROWS_WITH(journal{folder.file("short", "{}")}, Catch::Contains("not a journal"));
}

TEST_CASE("a journal has one user at a time") {
  test::temporary_folder const folder;
  {
    journal const first{folder / "j"};
    CHECK_THROWS_WITH(journal{folder / "j"}, Catch::Contains("another process is using this"));
  }
  CHECK_NOTHROW(journal{folder / "j"});
}

TEST_CASE("what a killed process had written is there") {
  test::temporary_folder const folder;
  auto const child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    journal j{folder / "j"};
    for (std::uint64_t i = 0; i < 20; ++i) j.write(key(i), std::string(1000, 'x'));
    ::kill(::getpid(), SIGKILL);
  }
  ::waitpid(child, nullptr, 0);
  CHECK(journal{folder / "j"}.records() == 20);
}

TEST_CASE("a full disk is an error that says so, and what fitted is kept") {
  test::temporary_folder const folder;
  auto const child = ::fork();  // the limit holds for a whole process
  REQUIRE(child >= 0);
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit const small{4096, 4096};
    ::setrlimit(RLIMIT_FSIZE, &small);
    int status = 1;
    try {
      journal j{folder / "j"};
      for (std::uint64_t i = 0; i < 100; ++i) j.write(key(i), std::string(468, 'x'));
    } catch (error const& e) {
      status = std::string_view{e.what()}.ends_with("the journal cannot be written: File too large") ? 0 : 2;
    }
    ::_exit(status);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(status == 0);
  CHECK(std::filesystem::file_size(folder / "j") == 4096);
  CHECK(journal{folder / "j"}.records() == (4096 - head) / 500);
}

TEST_CASE("threads may write and read at once") {
  test::temporary_folder const folder;
  {
    journal j{folder / "j"};
    std::vector<std::thread> threads;
    for (std::uint64_t t = 0; t < 4; ++t)
      threads.emplace_back([&j, t] {
        for (std::uint64_t i = 0; i < 500; ++i) {
          j.write(key(1000 * t + i), std::to_string(i));
          if (j.find(key(1000 * t + i / 2)) != std::to_string(i / 2) || j.records() <= i) j.write(key(99999), "wrong");
        }
      });
    for (auto& each : threads) each.join();
  }
  journal j{folder / "j"};
  CHECK(j.records() == 2000);
  CHECK(!j.contains(key(99999)));
}
