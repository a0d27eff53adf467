// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of llm/decoder/decoder_handle.hpp; core/compiled.hpp says where they are compiled.
#include <ease/llm/decoder/decoder.hpp>
#include <ease/llm/decoder/decoder_handle.hpp>
#include <memory>
#include <utility>

namespace ease::inline v1 {

EASE_INLINE decoder_handle::decoder_handle(decoder net) : net_{new decoder{std::move(net)}} {}
EASE_INLINE decoder_handle::decoder_handle(decoder_handle const& other) : net_{new decoder{*other.net_}} {}
EASE_INLINE decoder_handle& decoder_handle::operator=(decoder_handle const& other) {
  net_.reset(new decoder{*other.net_});
  return *this;
}
EASE_INLINE void decoder_handle::deletion::operator()(decoder* net) const { delete net; }

}  // namespace ease::inline v1
