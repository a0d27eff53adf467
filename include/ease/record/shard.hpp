// SPDX-License-Identifier: Apache-2.0
#pragma once
// One of N shards of a file's rows, for N machines that know nothing of one another. A row's shard follows from its key, so
// that rows with one prompt stay together and no shard depends on where rows stand. Non-goal: shards of equal size; they
// differ as N draws at random do.
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <ease/core/environment.hpp>
#include <ease/core/error.hpp>
#include <ease/core/random.hpp>
#include <ease/record/field.hpp>
#include <string>
#include <string_view>
#include <system_error>

namespace ease::inline v1 {

// The number of a row among those that could be read, from 0. It travels with the row and is never written into it: it lets
// shards be put together again in the input's order.
struct row_position : field<"#", std::size_t> {
  static constexpr bool written = false;
};

struct shard {
  static constexpr std::size_t most = 100000;
  std::size_t number{1}, count{1};  // number `number` of `count`, from 1

  bool is_whole() const { return count == 1; }
  bool owns(std::uint64_t prompt_hash) const { return random_key(0x7368617264ULL, prompt_hash) % count == number - 1; }
  std::string text() const { return fmt::format("{}/{}", number, count); }

  // "I/N" with I from 1 to N, or "auto": from the environment. Throws ease::error.
  static shard parse(std::string_view text);
  // What torchrun (RANK, WORLD_SIZE), mpirun, srun and SLURM's job arrays say; both where an array's jobs have several
  // tasks.
  static shard from_environment();

  friend bool operator==(shard const&, shard const&) = default;
};

inline shard shard::parse(std::string_view text) {
  if (text == "auto") return from_environment();
  shard s;
  auto const* const end = text.data() + text.size();
  auto const first = std::from_chars(text.data(), end, s.number);
  if (first.ec == std::errc{} && first.ptr != end && *first.ptr == '/') {
    auto const second = std::from_chars(first.ptr + 1, end, s.count);
    if (second.ec == std::errc{} && second.ptr == end && s.number >= 1 && s.number <= s.count && s.count <= most) return s;
  }
  throw usage_error{"--shard \"{}\": write I/N with I from 1 to N (at most {}), or auto", text, most};
}

inline shard shard::from_environment() {
  using detail::first_set;
  using detail::number_in;
  auto const rank = first_set({"RANK", "OMPI_COMM_WORLD_RANK", "SLURM_PROCID"});
  auto const size = first_set({"WORLD_SIZE", "OMPI_COMM_WORLD_SIZE", "SLURM_NTASKS"});
  auto const task = first_set({"SLURM_ARRAY_TASK_ID"});
  if (rank.name == nullptr && size.name == nullptr && task.name == nullptr)
    throw usage_error{
        "--shard auto: the environment has neither RANK and WORLD_SIZE (or what mpirun and srun set) nor "
        "SLURM_ARRAY_TASK_ID; "
        "write --shard I/N"};
  shard s;
  if (rank.name != nullptr || size.name != nullptr) {
    if (rank.name == nullptr || size.name == nullptr)
      throw usage_error{"--shard auto: the environment sets {} and not {}", rank.name != nullptr ? "RANK" : "WORLD_SIZE",
                        rank.name != nullptr ? "WORLD_SIZE" : "RANK"};
    s = {number_in(rank, std::size_t{0}, most) + 1, number_in(size, std::size_t{1}, most)};
  }
  if (task.name != nullptr) {
    auto const need = [](char const* name, std::size_t least) {
      auto const v = first_set({name});
      if (v.name == nullptr) throw usage_error{"--shard auto: SLURM_ARRAY_TASK_ID is set and {} is not", name};
      return number_in(v, least, std::size_t{UINT32_MAX});
    };
    auto const jobs = need("SLURM_ARRAY_TASK_COUNT", 1);
    auto const least = need("SLURM_ARRAY_TASK_MIN", 0);
    auto const step = first_set({"SLURM_ARRAY_TASK_STEP"}).name == nullptr ? 1 : need("SLURM_ARRAY_TASK_STEP", 1);
    auto const id = number_in(task, least, std::size_t{UINT32_MAX});
    if ((id - least) % step != 0 || (id - least) / step >= jobs)
      throw usage_error{
          "--shard auto: the job array's numbers have gaps (SLURM_ARRAY_TASK_ID={} of {} from {}); write --shard I/N", id,
          jobs, least};
    s = {(id - least) / step * s.count + s.number, jobs * s.count};
  }
  if (s.number > s.count || s.count > most)
    throw usage_error{"--shard auto: the environment says shard {} of {}; there are at most {}, counted from 0", s.number,
                      s.count, most};
  return s;
}

}  // namespace ease::inline v1
