#pragma once
// Owns a decoder. A file that only loads a model and hands it on includes this and none of libtorch's tensors, which are a
// third of such a file's compile time; what computes with the decoder includes llm/decoder.hpp.
#include <memory>

#include "ease/core/compiled.hpp"

namespace ease {

struct decoder;

class decoder_handle {
 public:
  decoder_handle(decoder net);  // NOLINT(google-explicit-constructor): language_model{.net = load_weights(...)}

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

}  // namespace ease

#ifndef EASE_COMPILED
#include "ease/llm/decoder_handle.ipp"
#endif
