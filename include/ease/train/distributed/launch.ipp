// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of train/distributed/launch.hpp; core/compiled.hpp says where they are compiled.
#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ease/core/error.hpp>
#include <ease/train/distributed/launch.hpp>
#include <ease/train/distributed/lost_rank.hpp>
#include <ease/train/distributed/rank_environment.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ease::inline v1 {

namespace detail::launching {

using clock = std::chrono::steady_clock;

constexpr char const* launched_variable = "EASE_LAUNCHED";
constexpr int lost_another = 75;                 // this rank's exit status when it ends because another is gone
constexpr std::chrono::seconds time_to_end{10};  // for the other ranks to notice and end by themselves

inline bool launched() { return std::getenv(launched_variable) != nullptr; }

// A socket bound to a free port of the loopback device, for rank 0 to listen on: no other program can take the port
// meanwhile.
struct bound_socket {
  int handle{-1};
  std::uint16_t port{0};

  bound_socket() {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    handle = ::socket(AF_INET, SOCK_STREAM, 0);
    auto* const address = reinterpret_cast<sockaddr*>(&at);
    if (handle < 0 || ::bind(handle, address, size) != 0 || ::getsockname(handle, address, &size) != 0)
      throw error{"--nproc: no port on 127.0.0.1 for the ranks to meet at: {}", std::strerror(errno)};
    port = ntohs(at.sin_port);
  }
  bound_socket(bound_socket const&) = delete;
  bound_socket& operator=(bound_socket const&) = delete;
  ~bound_socket() { ::close(handle); }
};

// What ranks other than 0 print; removed unless it is needed to understand an error.
class log_folder {
 public:
  log_folder() {
    auto name = (std::filesystem::temp_directory_path() / "ease-ranks-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      throw error{"--nproc: no folder {} for the ranks' output: {}", name, std::strerror(errno)};
    path_ = name;
  }
  log_folder(log_folder const&) = delete;
  log_folder& operator=(log_folder const&) = delete;
  ~log_folder() {
    std::error_code ignored;
    if (!kept_) std::filesystem::remove_all(path_, ignored);
  }
  void keep() { kept_ = true; }
  std::string of(int rank) const { return (path_ / fmt::format("rank-{}.log", rank)).string(); }

 private:
  std::filesystem::path path_;
  bool kept_{false};
};

// Of a rank's output, without the program's own name before it.
inline std::string last_line(std::string const& file, std::string const& program) {
  std::ifstream in{file};
  std::string line, last;
  while (std::getline(in, line))
    if (!line.empty()) last = line;
  return last.starts_with(program + ": ") ? last.substr(program.size() + 2) : last;
}

inline std::vector<std::string> own_command_line() {
  std::ifstream in{"/proc/self/cmdline", std::ios::binary};
  std::vector<std::string> words;
  for (std::string word; std::getline(in, word, '\0');) words.push_back(word);
  return words;
}

inline int cores_allowed() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return ::sched_getaffinity(0, sizeof set, &set) == 0 ? std::max(1, CPU_COUNT(&set)) : 1;
}

struct rank_process {
  pid_t pid{-1};
  std::optional<int> status{};  // as waitpid gives it, once the process has ended

  bool ended_well() const { return status && WIFEXITED(*status) && WEXITSTATUS(*status) == 0; }
  bool lost_another_rank() const { return status && WIFEXITED(*status) && WEXITSTATUS(*status) == lost_another; }
  int exit_status() const { return WIFEXITED(*status) ? WEXITSTATUS(*status) : 128 + WTERMSIG(*status); }
};

class launch {
 public:
  launch(int processes, int threads, std::string program)
      : program_{std::move(program)}, all_(static_cast<std::size_t>(processes)) {
    auto total = threads;
    if (total == 0) {
      total = cores_allowed();
      if (char const* said = std::getenv("OMP_NUM_THREADS"); said != nullptr && std::atoi(said) > 0)
        total = std::min(total, std::atoi(said));
    }
    threads_ = std::max(1, total / processes);
    for (int const signal : {SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGTSTP}) ::sigaddset(&waited_, signal);
    ::sigprocmask(SIG_BLOCK, &waited_, &before_);
  }
  launch(launch const&) = delete;
  launch& operator=(launch const&) = delete;
  ~launch() {
    for (auto& rank : all_)
      if (rank.pid > 0 && !rank.status) ::kill(rank.pid, SIGKILL), ::waitpid(rank.pid, nullptr, 0);
    ::sigprocmask(SIG_SETMASK, &before_, nullptr);
  }

  int run() {
    for (int rank = 0; rank < static_cast<int>(all_.size()); ++rank) start(rank);
    std::optional<clock::time_point> first_failure;
    while (std::any_of(all_.begin(), all_.end(), [](auto const& rank) { return !rank.status; })) {
      timespec const pause{0, 200'000'000};
      int const signal = ::sigtimedwait(&waited_, nullptr, &pause);
      if (signal == SIGTSTP) {
        pass_on(SIGSTOP);
        ::raise(SIGSTOP);
        pass_on(SIGCONT);
      } else if (signal > 0 && signal != SIGCHLD) {
        pass_on(signal);
      }
      reap();
      for (std::size_t i = 0; i < all_.size(); ++i)
        if (all_[i].status && !all_[i].ended_well()) {
          if (!first_failure) first_failure = clock::now();
          if (!culprit_ && !all_[i].lost_another_rank()) culprit_ = i;
        }
      if (first_failure && clock::now() - *first_failure > time_to_end) {
        for (std::size_t i = 0; i < all_.size(); ++i) {
          if (all_[i].status) continue;
          if (!culprit_) silent_.push_back(i);
          ::kill(all_[i].pid, SIGKILL);
          ::waitpid(all_[i].pid, &all_[i].status.emplace(), 0);
        }
      }
    }
    return verdict();
  }

 private:
  void start(int rank) {
    auto words = own_command_line();
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    auto const log = logs_.of(rank);
    auto const parent = ::getpid();
    auto const pid = ::fork();
    if (pid < 0) throw error{"--nproc {}: rank {} cannot be started: {}", all_.size(), rank, std::strerror(errno)};
    if (pid > 0) {
      all_[static_cast<std::size_t>(rank)].pid = pid;
      return;
    }
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // no orphans, whatever ends this process's parent
    // A signal to the launcher's group comes once, from the launcher: a second one would end the rank at once.
    ::setpgid(0, 0);
    if (::getppid() != parent) ::_exit(1);
    ::sigprocmask(SIG_SETMASK, &before_, nullptr);
    auto const set = [](char const* name, auto const& value) { ::setenv(name, fmt::format("{}", value).c_str(), 1); };
    set("RANK", rank), set("LOCAL_RANK", rank), set("WORLD_SIZE", all_.size()), set("LOCAL_WORLD_SIZE", all_.size());
    set("MASTER_ADDR", "127.0.0.1"), set("MASTER_PORT", meeting_.port), set("OMP_NUM_THREADS", threads_);
    set(launched_variable, 1);
    if (rank == 0) {
      set("EASE_MASTER_SOCKET", meeting_.handle);
    } else {
      ::close(meeting_.handle);
      int const file = ::open(log.c_str(), O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
      int const nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
      if (file < 0 || nothing < 0 || ::dup2(nothing, 0) < 0 || ::dup2(file, 1) < 0 || ::dup2(file, 2) < 0) ::_exit(1);
    }
    ::execv("/proc/self/exe", arguments.data());
    ::_exit(127);
  }

  void reap() {
    for (auto& rank : all_) {
      int status = 0;
      if (!rank.status && ::waitpid(rank.pid, &status, WNOHANG) == rank.pid) rank.status = status;
    }
  }

  void pass_on(int signal) {
    for (auto const& rank : all_)
      if (!rank.status) ::kill(rank.pid, signal);
  }

  // The job's exit status; says on stderr what rank 0 has not said itself.
  int verdict() {
    if (!culprit_ && silent_.empty()) {
      auto const bad = std::find_if(all_.begin(), all_.end(), [](auto const& rank) { return !rank.ended_well(); });
      if (bad == all_.end()) return 0;
      fmt::print(stderr, "{}: the ranks lost each other: {}\n", program_, last_line(logs_.of(1), program_));
      return 1;
    }
    if (!culprit_) {
      std::string names;
      for (auto const rank : silent_) names += (names.empty() ? "" : ", ") + std::to_string(rank);
      fmt::print(stderr, "{}: rank {} stopped answering; all {} ranks were ended\n", program_, names, all_.size());
      return 1;
    }
    auto const& first = all_.front();
    // Rank 0 speaks for itself; where all ranks fail for the same reason it does not matter which was first.
    if (!first.ended_well() && !first.lost_another_rank() && WIFEXITED(*first.status)) return first.exit_status();
    auto const& rank = all_[*culprit_];
    std::string how = WIFSIGNALED(*rank.status) ? fmt::format("was killed by signal {} ({})", WTERMSIG(*rank.status),
                                                              ::strsignal(WTERMSIG(*rank.status)))
                                                : fmt::format("ended with status {}", WEXITSTATUS(*rank.status));
    if (*culprit_ > 0) {
      auto const log = logs_.of(static_cast<int>(*culprit_));
      if (auto const said = last_line(log, program_); !said.empty()) {
        how += fmt::format(": {} (all of its output: {})", said, log);
        logs_.keep();
      }
    }
    fmt::print(stderr, "{}: rank {} of {} {}; the other ranks were ended\n", program_, *culprit_, all_.size(), how);
    return rank.exit_status() == lost_another ? 1 : rank.exit_status();
  }

  std::string program_;
  std::vector<rank_process> all_;
  int threads_{1};
  bound_socket meeting_{};
  log_folder logs_{};
  ::sigset_t waited_{}, before_{};
  std::optional<std::size_t> culprit_{};
  std::vector<std::size_t> silent_{};
};

}  // namespace detail::launching

EASE_INLINE int threads_of_rank(int threads) {
  using detail::launching::launched;
  auto const environment = rank_environment::read();
  return threads > 0 && environment && launched() ? std::max(1, threads / environment->local_size) : threads;
}

EASE_INLINE int ranks_of(int processes) {
  auto const environment = rank_environment::read();
  return environment ? environment->size : processes;
}

EASE_INLINE int in_ranks(int processes, int threads, std::function<int()> const& work, std::string const& program) {
  using namespace detail::launching;
  auto const environment = rank_environment::read();
  if (environment && processes > 1 && !launched())
    throw usage_error{"--nproc {} in a process that is rank {} of {} already: leave one of the two out", processes,
                      environment->rank, environment->size};
  if (!environment && processes > 1) return launch{processes, threads, program}.run();
  if (environment && environment->rank > 0 && std::freopen("/dev/null", "w", stdout) == nullptr) return 1;
  try {
    return work();
  } catch (lost_rank const&) {
    if (!launched()) throw;
    return lost_another;  // the launching process knows more, and says it
  }
}

}  // namespace ease::inline v1
