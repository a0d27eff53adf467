// SPDX-License-Identifier: Apache-2.0
#pragma once
// Training by several processes: `--nproc N` starts them on this machine; torchrun, srun and mpirun start them elsewhere.
#include <functional>

namespace ease::app {

// Whether this process is the one that speaks and writes: rank 0, or the only one.
bool first_rank();

// Threads for this process of the `threads` the user asked for on this machine (0: not said, left as it is).
int threads_of_rank(int threads);

// Runs `work` in `processes` ranks started here and waits for all of them, or, in a process that is a rank already or with
// 1 process, in this one. Returns the exit status. Ranks other than 0 write nothing to the terminal; when one ends badly
// the others are ended, and one line says which it was and what it said.
int in_ranks(int processes, int threads, std::function<int()> const& work);

}  // namespace ease::app
