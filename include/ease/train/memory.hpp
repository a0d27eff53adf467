#pragma once
// Memory of this process: its peak, for reports, and keeping what was freed.
#include <ATen/ATen.h>
#include <sys/resource.h>

#include <cstdint>
#include <limits>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#ifdef EASE_WITH_CUDA
#include <c10/cuda/CUDACachingAllocator.h>
#endif

namespace ease {

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

// Lets the C library keep freed tensors for the next step instead of handing their pages back and clearing new ones: a tenth
// of a training step on the CPU. Holds for the whole process from then on. (32 MB is the largest threshold glibc takes.)
inline void keep_freed_memory() {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
#endif
}

}  // namespace ease
