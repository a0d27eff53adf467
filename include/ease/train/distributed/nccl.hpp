// SPDX-License-Identifier: Apache-2.0
#pragma once
// NCCL, c10d's backend for CUDA devices: trainer<ddp<nccl>>, rank r of a machine on its device r. Only with the `cuda`
// preset.
#ifdef USE_C10D_NCCL
#include <ATen/Context.h>
#include <c10/cuda/CUDAFunctions.h>

#include <chrono>
#include <ease/llm/decoder/device.hpp>
#include <ease/train/distributed/ddp.hpp>
#include <string_view>
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>

namespace ease::inline v1 {

struct nccl {
  static constexpr std::string_view name{"nccl"};

  // Throws where this machine has fewer devices than ranks.
  static at::Device device() {
    cuda::device();  // throws where there is none at all
    auto const environment = rank_environment::read();
    int const index = environment ? environment->local_rank : 0, devices = c10::cuda::device_count();
    if (index >= devices)
      throw error{"LOCAL_RANK={} and {} CUDA devices here: start at most {} ranks on this machine", index, devices, devices};
    return at::Device{at::kCUDA, static_cast<c10::DeviceIndex>(index)};
  }

  static c10::intrusive_ptr<c10d::Backend> connect(c10::intrusive_ptr<c10d::Store> const& store,
                                                   rank_environment const& environment) {
    auto const here = device();
    c10::cuda::set_device(here.index());
    auto options = c10d::ProcessGroupNCCL::Options::create();
    options->timeout = std::chrono::hours{24};  // lost ranks are found by rank_monitor
    auto group = c10::make_intrusive<c10d::ProcessGroupNCCL>(store, environment.rank, environment.size, options);
    group->eagerConnectSingleDevice(here);
    return group;
  }
};

}  // namespace ease::inline v1
#endif
