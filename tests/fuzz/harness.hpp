// SPDX-License-Identifier: Apache-2.0
#pragma once
// What every fuzz target shares. A target is a file NAME.cpp with LLVMFuzzerTestOneInput: it hands bytes to one reader and
// holds the result against what is promised. The reader may refuse them with an ease::error of one printable line; any other
// exception, a broken promise or a greedy allocation ends the program. Built by clang with libFuzzer (preset fuzz), and by
// the ordinary compiler with replay.cpp.
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ease/core/error.hpp>
#include <filesystem>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size);

// Of the sanitizers' runtime; g++ has it without its header, <sanitizer/allocator_interface.h>.
extern "C" int __sanitizer_install_malloc_and_free_hooks(void (*allocated)(void const volatile*, std::size_t),
                                                         void (*freed)(void const volatile*));
extern "C" std::size_t __sanitizer_get_allocated_size(void const volatile*);

namespace fuzz {

inline void must(bool holds, char const* promise) {
  if (holds) return;
  std::fprintf(stderr, "broken promise: %s\n", promise);
  std::abort();
}

inline std::string_view text(std::uint8_t const* data, std::size_t size) {
  return {reinterpret_cast<char const*>(data), size};
}

// An error's text goes to terminals and logs: one line, no control character in it, not a page long.
inline void check_message(std::string_view said) {
  must(!said.empty() && said.size() < 4096, "an error is one short line");
  for (char const c : said) must(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F, "an error has no control characters");
}

// Counts what is allocated while it lives, and ends the program when a small input asks for much: 12 MB, and 256 bytes more
// for each of its own; `more` where a format needs it.
class memory_limit {
 public:
  explicit memory_limit(std::size_t input_size, std::size_t more = 0) {
    [[maybe_unused]] static int const once = __sanitizer_install_malloc_and_free_hooks(&allocated, &freed);
    limit_ = static_cast<std::ptrdiff_t>((std::size_t{12} << 20U) + 256 * input_size + more);
    live_ = 0;
  }
  memory_limit(memory_limit const&) = delete;
  memory_limit& operator=(memory_limit const&) = delete;
  ~memory_limit() { limit_ = 0; }

 private:
  static void allocated(void const volatile*, std::size_t size) {
    auto const now = live_ += static_cast<std::ptrdiff_t>(size);
    if (auto const limit = limit_.load(); limit > 0 && now > limit) {
      limit_ = 0;  // the report allocates too
      std::fprintf(stderr, "%td bytes are allocated, %zu of them at once\n", now, size);
      must(false, "a small file asks for little memory");
    }
  }
  static void freed(void const volatile* at) {
    if (at != nullptr) live_ -= static_cast<std::ptrdiff_t>(__sanitizer_get_allocated_size(at));
  }
  static inline std::atomic<std::ptrdiff_t> live_{0}, limit_{0};
};

// Calls read() on behalf of an input of `size` bytes; false if it refused them.
template <class Read>
bool accepts(std::size_t size, Read&& read, std::size_t more = 0) {
  memory_limit const limit{size, more};
  try {
    read();
    return true;
  } catch (ease::error const& e) {
    check_message(e.what());
    return false;
  }
}

// The input as a file, in memory.
class memory_file {
 public:
  memory_file() : file_{::memfd_create("input", MFD_CLOEXEC)} { must(file_ >= 0, "memory files can be made here"); }
  memory_file(memory_file const&) = delete;
  memory_file& operator=(memory_file const&) = delete;
  ~memory_file() { ::close(file_); }

  std::filesystem::path holding(std::string_view bytes) {
    bool const written =
        ::ftruncate(file_, 0) == 0 && ::pwrite(file_, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size());
    must(written, "memory files can be written");
    return "/proc/self/fd/" + std::to_string(file_);
  }

 private:
  int file_;
};

// A folder for readers that look for several files; in memory where /dev/shm is.
class folder {
 public:
  folder() {
    auto const shared = std::filesystem::path{"/dev/shm"};
    auto name = ((exists(shared) ? shared : std::filesystem::temp_directory_path()) / "ease-fuzz-XXXXXX").string();
    must(::mkdtemp(name.data()) != nullptr, "a temporary folder can be made");
    path_ = name;
  }
  folder(folder const&) = delete;
  folder& operator=(folder const&) = delete;
  ~folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }
  std::filesystem::path const& path() const { return path_; }

  void put(std::string_view name, std::string_view bytes) const {
    std::FILE* const file = std::fopen((path_ / name).c_str(), "wb");
    must(file != nullptr && std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size(), "a file can be written");
    std::fclose(file);
  }

 private:
  std::filesystem::path path_;
};

}  // namespace fuzz
