// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include <cmath>
#include <cstdlib>
#include <ease/record/prompt_hash.hpp>
#include <ease/record/shard.hpp>
#include <map>
#include <string>
#include <vector>

#include "catch.hpp"

using namespace ease;

namespace {

// The variables that job launchers set, and nothing else, for one scope.
class environment {
 public:
  explicit environment(std::map<std::string, std::string> const& set) {
    for (auto const* name : names) ::unsetenv(name);
    for (auto const& [name, value] : set) ::setenv(name.c_str(), value.c_str(), 1);
  }
  environment(environment const&) = delete;
  environment& operator=(environment const&) = delete;
  ~environment() {
    for (auto const* name : names) ::unsetenv(name);
  }

 private:
  static constexpr char const* names[] = {
      "RANK",         "WORLD_SIZE",          "OMPI_COMM_WORLD_RANK",   "OMPI_COMM_WORLD_SIZE", "SLURM_PROCID",
      "SLURM_NTASKS", "SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_STEP"};
};
shard in(std::map<std::string, std::string> const& set) {
  environment const scope{set};
  return shard::parse("auto");
}

}  // namespace

TEST_CASE("a shard is written I/N") {
  CHECK(shard::parse("1/1") == shard{1, 1});
  CHECK(shard::parse("7/12") == shard{7, 12});
  for (auto const* wrong : {"", "1", "/", "1/", "/2", "0/2", "3/2", "-1/2", "1/2/3", "1 /2", "1/2x", "1/0", "1/100001",
                            "99999999999999999999/99999999999999999999"})
    CHECK_THROWS_WITH(shard::parse(wrong), Catch::Contains("write I/N"));
}

TEST_CASE("each key belongs to one shard, whatever the count, and the shards are about equal") {
  for (std::size_t const count : {1U, 2U, 7U, 64U}) {
    std::vector<std::size_t> sizes(count);
    constexpr std::size_t keys = 20000;
    for (std::size_t k = 0; k < keys; ++k) {
      auto const key = prompt_hash("prompt " + std::to_string(k));
      std::size_t owners = 0;
      for (std::size_t i = 1; i <= count; ++i)
        if (shard{i, count}.owns(key)) ++owners, ++sizes[i - 1];
      if (owners != 1) FAIL("key " << key << " has " << owners << " owners of " << count);
    }
    double const mean = static_cast<double>(keys) / static_cast<double>(count);
    for (auto const size : sizes) CHECK(std::abs(static_cast<double>(size) - mean) < 6 * std::sqrt(mean));
  }
}

TEST_CASE("the shard called auto reads what torchrun, mpirun, srun and SLURM's job arrays set") {
  CHECK(in({{"RANK", "0"}, {"WORLD_SIZE", "4"}}) == shard{1, 4});
  CHECK(in({{"RANK", "3"}, {"WORLD_SIZE", "4"}, {"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "1"}}) == shard{4, 4});
  CHECK(in({{"OMPI_COMM_WORLD_RANK", "1"}, {"OMPI_COMM_WORLD_SIZE", "2"}}) == shard{2, 2});
  CHECK(in({{"SLURM_PROCID", "5"}, {"SLURM_NTASKS", "6"}}) == shard{6, 6});
  std::map<std::string, std::string> array{
      {"SLURM_ARRAY_TASK_ID", "7"}, {"SLURM_ARRAY_TASK_COUNT", "4"}, {"SLURM_ARRAY_TASK_MIN", "5"}};
  CHECK(in(array) == shard{3, 4});
  array["SLURM_PROCID"] = "1", array["SLURM_NTASKS"] = "2";
  CHECK(in(array) == shard{6, 8});
  array = {{"SLURM_ARRAY_TASK_ID", "8"},
           {"SLURM_ARRAY_TASK_COUNT", "3"},
           {"SLURM_ARRAY_TASK_MIN", "0"},
           {"SLURM_ARRAY_TASK_STEP", "4"}};
  CHECK(in(array) == shard{3, 3});
}

TEST_CASE("the shard called auto says what is missing or does not fit") {
  using Catch::Contains;
  CHECK_THROWS_WITH(in({}), Contains("write --shard I/N"));
  CHECK_THROWS_WITH(in({{"RANK", "0"}}), Contains("sets RANK and not WORLD_SIZE"));
  CHECK_THROWS_WITH(in({{"RANK", "4"}, {"WORLD_SIZE", "4"}}), Contains("shard 5 of 4"));
  CHECK_THROWS_WITH(in({{"RANK", "x"}, {"WORLD_SIZE", "4"}}), Contains("RANK=\"x\""));
  CHECK_THROWS_WITH(in({{"SLURM_ARRAY_TASK_ID", "1"}}), Contains("SLURM_ARRAY_TASK_COUNT is not"));
  CHECK_THROWS_WITH(in({{"SLURM_ARRAY_TASK_ID", "9"}, {"SLURM_ARRAY_TASK_COUNT", "3"}, {"SLURM_ARRAY_TASK_MIN", "0"}}),
                    Contains("gaps"));
}
