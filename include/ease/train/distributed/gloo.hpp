// SPDX-License-Identifier: Apache-2.0
#pragma once
// Gloo, c10d's backend for CPUs, over TCP: trainer<ddp<gloo>>. Behind `using namespace ease` write ease::gloo: Gloo's own
// headers bring a namespace of that name.
#include <chrono>
#include <cstdlib>
#include <ease/train/distributed/ddp.hpp>
#include <string_view>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>

namespace ease::inline v1 {

struct gloo {
  static constexpr std::string_view name{"gloo"};
  static at::Device device() { return at::Device{at::kCPU}; }

  static c10::intrusive_ptr<c10d::Backend> connect(c10::intrusive_ptr<c10d::Store> const& store,
                                                   rank_environment const& environment) {
    using group = c10d::ProcessGroupGloo;
    // Long: one rank may write a checkpoint while others wait. Lost ranks are found by rank_monitor.
    constexpr std::chrono::milliseconds patience = std::chrono::hours{24};
    auto options = group::Options::create(patience);
    bool const here = environment.address == "127.0.0.1" || environment.address == "localhost";
    // On one machine the loopback device: a host name may resolve to nothing, or to an address that a firewall closes.
    if (here && std::getenv("GLOO_SOCKET_IFNAME") == nullptr)
      options->devices.push_back(group::createDeviceForHostname("127.0.0.1", /*lazyInit=*/false));
    else
      options = group::Options::create_default(patience);
    return c10::make_intrusive<group>(store, environment.rank, environment.size, options);
  }
};

}  // namespace ease::inline v1
