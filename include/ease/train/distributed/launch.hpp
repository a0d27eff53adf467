// SPDX-License-Identifier: Apache-2.0
#pragma once
// Training by several processes: a launcher for the ranks of one machine. torchrun, srun and mpirun start them elsewhere;
// a program that calls in_ranks() takes both.
//
//     int main(int argc, char** argv) {
//       return in_ranks(4, 0, [] { folder_trainer<ddp<gloo>>{"SmolLM2", "out"}.train(rows()); return 0; }, argv[0]);
//     }
//
// Each rank is this program again, under the same command line, with the environment that rank_environment reads.
#include <ease/core/compiled.hpp>
#include <ease/train/distributed/rank_environment.hpp>
#include <functional>
#include <string>

namespace ease::inline v1 {

// Threads for this process of the `threads` the user asked for on this machine (0: not said, left as it is).
int threads_of_rank(int threads);

// How many ranks train together: those that a launcher started, else the `processes` that in_ranks will start.
int ranks_of(int processes);

// Runs `work` in `processes` ranks started here and waits for all of them, or, in a process that is a rank already or with
// 1 process, in this one. Returns the exit status. Ranks other than 0 write nothing to the terminal; when one ends badly
// the others are ended, and one line says which it was and what it said. `program`: its name, at the head of that line.
// Throws ease::error if a process cannot be started, or `processes` are asked for in a process that is a rank already.
int in_ranks(int processes, int threads, std::function<int()> const& work, std::string const& program = "ease");

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/train/distributed/launch.ipp>
#endif
