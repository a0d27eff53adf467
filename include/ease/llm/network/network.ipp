// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of llm/network/network.hpp; core/compiled.hpp says where they are compiled.
#include <dlfcn.h>

#include <ease/llm/network/network.hpp>
#include <ease/llm/network/packed_network.hpp>
#include <ease/llm/network/packed_weights.hpp>
#include <ease/llm/network/tensor_network.hpp>
#include <memory>
#include <utility>

namespace ease::inline v1 {

namespace detail {

// libtorch's OpenMP threads of this thread, which loading has started, spin for as long as OMP_WAIT_POLICY says, on cores
// that the kernels' own threads need. They end here, and libtorch starts new ones when it needs them.
inline void end_idle_openmp_threads() {
  constexpr int hard = 2;  // omp_pause_hard of OpenMP 5.0
  if (void* const pause = ::dlsym(RTLD_DEFAULT, "omp_pause_resource_all"); pause != nullptr)
    reinterpret_cast<int (*)(int)>(pause)(hard);  // NOLINT(cppcoreguidelines-pro-type-reinterpret-cast)
}

inline std::unique_ptr<network> network_of(packed_decoder packed) {
  end_idle_openmp_threads();
  if (packed.dtype == at::kBFloat16) return std::make_unique<packed_network<ops::bf16>>(std::move(packed));
  return std::make_unique<packed_network<float>>(std::move(packed));
}

}  // namespace detail

EASE_INLINE std::unique_ptr<network> network_of(decoder const& net) {
  if (!can_pack(net)) return std::make_unique<tensor_network>(net);
  return detail::network_of(pack(net));
}

EASE_INLINE std::unique_ptr<network> network_taking(decoder& net) {
  if (!can_pack(net)) return std::make_unique<tensor_network>(net);
  return detail::network_of(pack_taking(net));
}

}  // namespace ease::inline v1
