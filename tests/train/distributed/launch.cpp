// SPDX-License-Identifier: Apache-2.0
// The launcher. Its ranks are this program again; what they do here is a job, by name, before any case of a test runs.
#include <cstdlib>
#include <ease/train/distributed/launch.hpp>
#include <ease/train/distributed/rank_environment.hpp>
#include <filesystem>
#include <fstream>
#include <string>

#include "catch.hpp"
#include "io/temporary.hpp"

using namespace ease;

namespace {

constexpr char const* job_of_rank = "EASE_TEST_LAUNCH";
constexpr char const* folder_of_job = "EASE_TEST_LAUNCH_FOLDER";

int launch_job(std::string const& name) {
  return in_ranks(
      2, 2,
      [&] {
        auto const e = *rank_environment::read();
        if (name == "one fails") return e.rank == 1 ? 7 : 0;
        std::ofstream{std::filesystem::path{std::getenv(folder_of_job)} / std::to_string(e.rank)}
            << e.size << " " << first_rank() << " " << threads_of_rank(2);
        return 0;
      },
      "test");
}

[[maybe_unused]] bool const is_no_rank = [] {
  if (char const* name = std::getenv(job_of_rank); name != nullptr && rank_environment::read()) std::_Exit(launch_job(name));
  return true;
}();

int launched(char const* name) {
  ::setenv(job_of_rank, name, 1);
  int const status = launch_job(name);
  ::unsetenv(job_of_rank);
  return status;
}

}  // namespace

TEST_CASE("ranks are started with what tells them apart") {
  test::temporary_folder const folder;
  ::setenv(folder_of_job, folder.path().c_str(), 1);
  CHECK(launched("all write") == 0);
  CHECK(test::content(folder / "0") == "2 1 1");
  CHECK(test::content(folder / "1") == "2 0 1");
}

TEST_CASE("the status of the rank that ended badly is that of the job") { CHECK(launched("one fails") == 7); }

TEST_CASE("one process is this one") {
  CHECK(in_ranks(1, 0, [] { return 4; }) == 4);
  CHECK(first_rank());
  CHECK(threads_of_rank(3) == 3);
}
