// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of io/view/pager.hpp; core/compiled.hpp says where they are compiled.
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <ease/core/error.hpp>
#include <ease/io/view/pager.hpp>
#include <string>
#include <system_error>

namespace ease::inline v1 {

namespace detail {

inline std::string pager_command() {
  if (auto const* const said = std::getenv("PAGER"); said != nullptr && *said != '\0') return said;
  auto const* const path = std::getenv("PATH");
  std::string_view folders = path == nullptr ? "" : path;
  while (!folders.empty()) {
    auto const colon = std::min(folders.find(':'), folders.size());
    auto const less = std::string{folders.substr(0, colon)} + "/less";
    if (colon > 0 && ::access(less.c_str(), X_OK) == 0) return "less -FRX";  // as git calls it: one page is only printed
    folders.remove_prefix(std::min(colon + 1, folders.size()));
  }
  return {};
}

}  // namespace detail

EASE_INLINE pager::pager(bool wanted) {
  (void)std::signal(SIGPIPE, SIG_IGN);  // whoever stops reading, a pager or `head`, is answered by write()
  if (!wanted || ::isatty(STDOUT_FILENO) != 1) return;
  auto const command = detail::pager_command();
  if (command.empty()) return;
  if (auto* const opened = ::popen(command.c_str(), "w"); opened != nullptr) to_ = opened, piped_ = true;
}

EASE_INLINE pager::~pager() {
  if (piped_)
    (void)::pclose(to_);
  else
    (void)std::fflush(to_);
}

EASE_INLINE bool pager::write(std::string_view text) {
  if (!open_) return false;
  if (std::fwrite(text.data(), 1, text.size(), to_) == text.size() && std::fflush(to_) == 0) return true;
  auto const why = errno;
  open_ = false;
  if (why != EPIPE) throw error{"standard output: {}", std::generic_category().message(why)};
  // Nothing is lost that anyone wants: what is still in its memory, and what ends the program, goes nowhere.
  if (!piped_ && std::freopen("/dev/null", "w", stdout) == nullptr) std::clearerr(stdout);
  return false;
}

EASE_INLINE std::size_t terminal_width(std::size_t otherwise) {
  ::winsize size{};
  if (::isatty(STDOUT_FILENO) == 1 && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return otherwise;
}

}  // namespace ease::inline v1
