// SPDX-License-Identifier: Apache-2.0
#pragma once
// Starts this test program several times as the ranks of a job, over the loopback device, and says how each ended. One that
// has stopped itself (SIGSTOP) is ended when all others have.
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "io/temporary.hpp"

namespace ranks {

using variables = std::map<std::string, std::string>;

inline int free_port() {
  int const s = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  ::bind(s, reinterpret_cast<sockaddr*>(&at), size);
  ::getsockname(s, reinterpret_cast<sockaddr*>(&at), &size);
  ::close(s);
  return ntohs(at.sin_port);
}

struct ending {
  int status{-1};  // exit status, or 128 + the signal; -1: it had to be ended
  std::string error;
};

// What a rank runs: see the cases of ddp.cpp. Its files lie in `folder`.
inline constexpr char const* job_variable = "EASE_TEST_JOB";
inline constexpr char const* folder_variable = "EASE_TEST_FOLDER";
inline constexpr char const* process_variable = "EASE_TEST_PROCESS";  // counts from 0, whatever RANK says

// Jobs of other files than ddp.cpp: `ranks::job const mine{"name", [] { ... }};`
struct job {
  job(std::string const& name, void (*does)()) { all()[name] = does; }
  static std::map<std::string, void (*)()>& all() {
    static std::map<std::string, void (*)()> them;
    return them;
  }
};
// In a job: an environment variable, and a file of this process alone.
inline std::string variable(char const* name) {
  char const* value = std::getenv(name);
  return value == nullptr ? "" : value;
}
inline std::filesystem::path mine(std::string const& name) {
  return std::filesystem::path{variable(folder_variable)} / (name + "." + variable(process_variable));
}

inline std::vector<ending> run(std::string const& job, std::filesystem::path const& folder,
                               std::vector<variables> const& processes) {
  constexpr double limit_seconds = 300;  // for a hung job, not a measure of how fast one is
  auto const port = std::to_string(free_port());
  auto const start = std::chrono::steady_clock::now();
  std::vector<pid_t> pids;
  for (std::size_t i = 0; i < processes.size(); ++i) {
    auto all = processes[i];
    all.insert({"RANK", std::to_string(i)});
    all.insert({"WORLD_SIZE", std::to_string(processes.size())});
    all.insert({"LOCAL_RANK", std::to_string(i)});
    all.insert({"MASTER_ADDR", "127.0.0.1"});
    all.insert({"MASTER_PORT", port});
    all.insert({"OMP_NUM_THREADS", "1"});
    all.insert({job_variable, job});
    all.insert({process_variable, std::to_string(i)});
    all.insert({folder_variable, folder.string()});
    auto const log = (folder / ("log." + std::to_string(i))).string();
    pid_t const pid = ::fork();
    if (pid == 0) {
      for (auto const& [name, value] : all) ::setenv(name.c_str(), value.c_str(), 1);
      int const out = ::open(log.c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0600);
      ::dup2(out, 1);
      ::dup2(out, 2);
      ::execl("/proc/self/exe", "test_train", "a rank of a test job", static_cast<char*>(nullptr));
      ::_exit(127);
    }
    pids.push_back(pid);
  }
  std::vector<ending> ends(processes.size());
  auto const seconds = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); };
  std::size_t stopped = 0;
  for (std::size_t left = pids.size(); left > stopped && seconds() < limit_seconds;) {
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
    for (std::size_t i = 0; i < pids.size(); ++i) {
      int status = 0;
      if (pids[i] < 0 || ::waitpid(pids[i], &status, WNOHANG | WUNTRACED) != pids[i]) continue;
      if (WIFSTOPPED(status)) {
        ++stopped;
        continue;
      }
      ends[i] = {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), ""};
      pids[i] = -1;
      --left;
    }
  }
  for (auto const pid : pids)
    if (pid > 0) ::kill(pid, SIGKILL), ::waitpid(pid, nullptr, 0);
  for (std::size_t i = 0; i < ends.size(); ++i) {
    ends[i].error = test::content(folder / ("error." + std::to_string(i)));
    if (ends[i].status != 0 && ends[i].error.empty()) ends[i].error = test::content(folder / ("log." + std::to_string(i)));
  }
  return ends;
}

}  // namespace ranks
