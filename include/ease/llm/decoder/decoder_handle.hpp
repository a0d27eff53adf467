// SPDX-License-Identifier: Apache-2.0
#pragma once
// Owns a decoder. A file that only loads a model and passes it on includes this and none of libtorch's tensors, which are a
// third of such a file's compile time; code that computes with the decoder includes llm/decoder/decoder.hpp.
#include <ease/core/compiled.hpp>
#include <memory>

namespace ease::inline v1 {

struct decoder;

class decoder_handle {
 public:
  decoder_handle(decoder net);  // NOLINT(google-explicit-constructor): language_model{.net = load_weights(...)}

  // A copy has a decoder of its own, whose tensors are the same until they are replaced: as with at::Tensor.
  decoder_handle(decoder_handle const& other);
  decoder_handle& operator=(decoder_handle const& other);
  decoder_handle(decoder_handle&&) noexcept = default;
  decoder_handle& operator=(decoder_handle&&) noexcept = default;
  ~decoder_handle() = default;

  decoder& operator*() { return *net_; }
  decoder const& operator*() const { return *net_; }
  decoder* operator->() { return net_.get(); }
  decoder const* operator->() const { return net_.get(); }

 private:
  struct deletion {
    void operator()(decoder* net) const;
  };
  std::unique_ptr<decoder, deletion> net_;
};

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/llm/decoder/decoder_handle.ipp>
#endif
