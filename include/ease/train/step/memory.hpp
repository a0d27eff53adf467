// SPDX-License-Identifier: Apache-2.0
#pragma once
// Memory of this process: its peak, for reports, and an allocator that caches freed memory.
#include <ATen/ATen.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#ifdef EASE_WITH_CUDA
#include <c10/cuda/CUDACachingAllocator.h>
#endif

// jemalloc's, where a program is linked with it: see its manual, "arena.<i>.dirty_decay_ms".
extern "C" [[gnu::weak]] int mallctl(char const* name, void* old, std::size_t* old_size, void* now, std::size_t now_size);

namespace ease::inline v1 {

// The largest resident size of the process so far, in bytes.
inline std::int64_t peak_host_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return std::int64_t{usage.ru_maxrss} * 1024;
}

// The most that tensors have held of `device` so far, in bytes; 0 on the CPU.
inline std::int64_t peak_device_bytes([[maybe_unused]] at::Device device) {
#ifdef EASE_WITH_CUDA
  if (device.is_cuda()) return c10::cuda::CUDACachingAllocator::getDeviceStats(device.index()).allocated_bytes[0].peak;
#endif
  return 0;
}

// For its lifetime the allocator caches freed memory for the next step instead of returning pages to the system and clearing
// new ones, which takes a tenth to a fifth of a training step on the CPU. jemalloc would return blocks larger than 8 MB at
// once; afterwards it returns what it cached. Tensors of other sizes at each step fragment the cache: trim() returns all of
// it when it has grown to a quarter more than after one step. glibc's malloc keeps caching for the rest of the process (32
// MB is the largest threshold that it accepts).
class allocator_cache {
 public:
  allocator_cache() {
    if (mallctl != nullptr) {
      set(-1, -1);  // never
    } else {
#ifdef __GLIBC__
      mallopt(M_MMAP_THRESHOLD, 32 << 20);
      mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
#endif
    }
  }
  allocator_cache(allocator_cache const&) = delete;
  allocator_cache& operator=(allocator_cache const&) = delete;
  ~allocator_cache() {
    if (mallctl != nullptr) set(number<ssize_t>("opt.dirty_decay_ms"), number<ssize_t>("opt.muzzy_decay_ms"));
  }

  // To be called after each step, when its tensors are gone.
  void trim() {
    if (mallctl == nullptr) return;
    auto const kept = kept_bytes();
    if (after_first_ == 0) after_first_ = kept;
    if (kept <= after_first_ + after_first_ / 4) return;
    mallctl("arena.4096.purge", nullptr, nullptr, nullptr, 0);  // 4096: of all arenas
    after_first_ = 0;                                           // measured anew after the next step
  }

 private:
  template <class Number>
  static Number number(char const* name) {
    Number value = 0;
    std::size_t size = sizeof value;
    mallctl(name, &value, &size, nullptr, 0);
    return value;
  }
  static std::size_t kept_bytes() {
    std::uint64_t now = 1;
    mallctl("epoch", nullptr, nullptr, &now, sizeof now);  // brings the numbers up to date
    auto const resident = number<std::size_t>("stats.resident"), active = number<std::size_t>("stats.active");
    return resident > active ? resident - active : 0;
  }

  // After how many milliseconds pages that hold nothing are given back: by a hint ("dirty" ones), then for good ("muzzy").
  static void set(ssize_t dirty_ms, ssize_t muzzy_ms) {
    auto const arenas = number<unsigned>("arenas.narenas");
    auto const write = [](std::string const& name, ssize_t value) {
      mallctl(name.c_str(), nullptr, nullptr, &value, sizeof value);  // fails, and need not succeed, for arenas not yet made
    };
    for (auto const& [which, ms] : {std::pair{"muzzy_decay_ms", muzzy_ms}, std::pair{"dirty_decay_ms", dirty_ms}}) {
      write(fmt::format("arenas.{}", which), ms);  // of those that are made later
      for (unsigned i = 0; i < arenas; ++i) write(fmt::format("arena.{}.{}", i, which), ms);
    }
  }

  std::size_t after_first_{0};  // kept after the first step since all was given back, in bytes
};

}  // namespace ease::inline v1
