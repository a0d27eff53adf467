#pragma once
// Peak memory of this process, for reports.
#include <ATen/ATen.h>
#include <sys/resource.h>

#include <cstdint>
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

}  // namespace ease
