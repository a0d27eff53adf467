// SPDX-License-Identifier: Apache-2.0
#pragma once
// The rank of this training process, from the environment that torchrun, `ease --nproc` or a job script sets: RANK,
// WORLD_SIZE, LOCAL_RANK, MASTER_ADDR, MASTER_PORT. Where MASTER_ADDR is set and RANK is not, the variables of Open MPI and
// SLURM are used, so that mpirun and srun need no wrapper. Non-goal: starting processes.
#include <cstdint>
#include <ease/core/environment.hpp>
#include <optional>
#include <string>

namespace ease::inline v1 {

struct rank_environment {
  int rank{0}, size{1};
  int local_rank{0}, local_size{1};  // among the ranks on this machine
  std::string address{};             // where rank 0 listens
  std::uint16_t port{29500};
  // Set by torchrun: its agent listens at that address already, and a restarted attempt has another name.
  bool agent_listens{false};
  std::string attempt{"0"};
  int listening_socket{-1};       // of rank 0, if its launcher has bound the port already
  double rendezvous_seconds{60};  // how long ranks wait for one another at the start
  double silence_seconds{30};     // a rank without a heartbeat for so long is lost

  // Empty where the environment names no ranks. Throws ease::error where its variables are inconsistent.
  static std::optional<rank_environment> read();
};

inline std::optional<rank_environment> rank_environment::read() {
  using detail::first_set;
  using detail::number_in;
  bool const named = first_set({"MASTER_ADDR"}).name != nullptr;
  auto const rank = named ? first_set({"RANK", "OMPI_COMM_WORLD_RANK", "SLURM_PROCID"}) : first_set({"RANK"});
  auto const size = named ? first_set({"WORLD_SIZE", "OMPI_COMM_WORLD_SIZE", "SLURM_NTASKS"}) : first_set({"WORLD_SIZE"});
  if (rank.name == nullptr && size.name == nullptr) return std::nullopt;
  if (rank.name == nullptr || size.name == nullptr)
    throw error{"the environment sets {} and not {}: set both, or neither", rank.name != nullptr ? "RANK" : "WORLD_SIZE",
                rank.name != nullptr ? "WORLD_SIZE" : "RANK"};
  constexpr int many = 1 << 20;
  rank_environment e{.rank = number_in(rank, 0, many), .size = number_in(size, 1, many)};
  if (e.rank >= e.size)
    throw error{"{}={} and {}={}: ranks count from 0 to {}; more processes were started than {} says",
                rank.name,
                e.rank,
                size.name,
                e.size,
                e.size - 1,
                size.name};
  if (auto const v = first_set({"LOCAL_RANK", "OMPI_COMM_WORLD_LOCAL_RANK", "SLURM_LOCALID"}); v.name != nullptr)
    e.local_rank = number_in(v, 0, many);
  if (auto const v = first_set({"LOCAL_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_SIZE"}); v.name != nullptr)
    e.local_size = number_in(v, 1, many);
  if (auto const v = first_set({"MASTER_ADDR"}); v.name != nullptr)
    e.address = v.value;
  else if (e.size > 1)
    throw error{"WORLD_SIZE={} and no MASTER_ADDR: set it to the host of rank 0, and MASTER_PORT to a free port there",
                e.size};
  else
    e.address = "127.0.0.1";
  if (auto const v = first_set({"MASTER_PORT"}); v.name != nullptr)
    e.port = number_in(v, std::uint16_t{1}, std::uint16_t{65535});
  e.agent_listens = first_set({"TORCHELASTIC_USE_AGENT_STORE"}).value == "True";
  if (auto const v = first_set({"TORCHELASTIC_RESTART_COUNT"}); v.name != nullptr) e.attempt = v.value;
  if (auto const v = first_set({"EASE_MASTER_SOCKET"}); v.name != nullptr && e.rank == 0)
    e.listening_socket = number_in(v, 0, many);
  if (auto const v = first_set({"EASE_RENDEZVOUS_SECONDS"}); v.name != nullptr)
    e.rendezvous_seconds = number_in(v, 0.1, 86400.0);
  if (auto const v = first_set({"EASE_LOST_RANK_SECONDS"}); v.name != nullptr)
    e.silence_seconds = number_in(v, 1.0, 86400.0);
  return e;
}

// Whether this process is the one that speaks and writes: rank 0, or the only one.
inline bool first_rank() {
  auto const environment = rank_environment::read();
  return !environment || environment->rank == 0;
}

}  // namespace ease::inline v1
