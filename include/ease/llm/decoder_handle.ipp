#pragma once
// The definitions of llm/decoder_handle.hpp; core/compiled.hpp says where they are compiled.
#include <memory>
#include <utility>

#include "ease/llm/decoder.hpp"
#include "ease/llm/decoder_handle.hpp"

namespace ease {

EASE_INLINE decoder_handle::decoder_handle(decoder net) : net_{new decoder{std::move(net)}} {}
EASE_INLINE void decoder_handle::deletion::operator()(decoder* net) const { delete net; }

}  // namespace ease
