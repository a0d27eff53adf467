// SPDX-License-Identifier: Apache-2.0
#pragma once
// The devices that the library ease::compiled (core/compiled.hpp) trains on: EASE_FOR_EACH_TRAINING_DEVICE(trainer)
// instantiates trainer<cpu> and the others explicitly.
#include <ease/llm/decoder/device.hpp>
#include <ease/train/distributed/ddp.hpp>
#include <ease/train/distributed/gloo.hpp>

#ifdef EASE_WITH_CUDA
#include <ease/train/distributed/nccl.hpp>
#define EASE_NCCL_DEVICE(name) template class name<ease::ddp<ease::nccl>>;
#else
#define EASE_NCCL_DEVICE(name)
#endif

#define EASE_FOR_EACH_TRAINING_DEVICE(name)   \
  template class name<ease::cpu>;             \
  template class name<ease::cuda>;            \
  template class name<ease::ddp<ease::gloo>>; \
  EASE_NCCL_DEVICE(name)
