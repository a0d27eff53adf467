#pragma once
// One run works in a folder at a time. The lock is the system's: it goes with the process, however that ends.
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <ease/io/error.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace ease {

class folder_lock {
 public:
  // Throws ease::error if another process holds it.
  explicit folder_lock(std::filesystem::path const& folder) {
    auto const path = folder / "lock";
    file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (file_ < 0) throw error{"cannot write {}: {}", path.string(), std::strerror(errno)};
    if (::flock(file_, LOCK_EX | LOCK_NB) != 0) {
      auto const who = holder(file_);
      ::close(file_);
      throw error{"{}: another run{} is at work here; wait for it, or name another folder", folder.parent_path().string(),
                  who.empty() ? who : " (process " + who + ")"};
    }
    auto const me = std::to_string(::getpid()) + "\n";
    if (::ftruncate(file_, 0) != 0 || ::pwrite(file_, me.data(), me.size(), 0) < 0) {
      // only the holder's number is missing then
    }
  }
  folder_lock(folder_lock const&) = delete;
  folder_lock& operator=(folder_lock const&) = delete;
  ~folder_lock() { ::close(file_); }

  // The process at work in a folder; nullopt if there is none.
  static std::optional<std::string> held_by(std::filesystem::path const& folder) {
    int const file = ::open((folder / "lock").c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return std::nullopt;
    bool const free = ::flock(file, LOCK_SH | LOCK_NB) == 0;
    auto who = free ? std::nullopt : std::optional{holder(file)};
    ::close(file);
    return who;
  }

 private:
  static std::string holder(int file) {
    std::array<char, 32> text{};
    auto const count = ::pread(file, text.data(), text.size(), 0);
    std::string who;
    for (char const c : std::string_view{text.data(), count > 0 ? static_cast<std::size_t>(count) : 0})
      if (std::isdigit(static_cast<unsigned char>(c)) != 0) who += c;
    return who;
  }

  int file_;
};

}  // namespace ease
