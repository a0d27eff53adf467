#pragma once
// Short names for a model's weights, so that a checkpoint is never resumed with another model and no answer of one is taken
// for another's: all numbers count, for setting a boundary changes a single row of them. 3 GB a second. Not cryptographic.
#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "ease/llm/decoder.hpp"

namespace ease {

// A running 64-bit hash, eight bytes at a time (the mixing step of MurmurHash3's finaliser).
class fingerprint {
 public:
  fingerprint& add(std::span<std::byte const> bytes) {
    for (std::size_t i = 0; i < bytes.size(); i += sizeof(std::uint64_t)) {
      std::uint64_t word{};
      std::memcpy(&word, bytes.data() + i, std::min(sizeof word, bytes.size() - i));
      mix(word);
    }
    mix(bytes.size());
    return *this;
  }
  fingerprint& add(std::string_view text) { return add(std::as_bytes(std::span{text})); }
  std::uint64_t value() const { return hash_; }
  std::string text() const { return fmt::format("{:016x}", hash_); }

 private:
  void mix(std::uint64_t word) {
    hash_ = (hash_ ^ word) * 0xff51afd7ed558ccdULL;
    hash_ ^= hash_ >> 33U;
  }
  std::uint64_t hash_{0x9e3779b97f4a7c15ULL};
};

// Of names, shapes and values of all parameters.
inline std::string fingerprint_of(decoder const& net) {
  fingerprint all;
  for (auto const& [name, weight] : net.named_parameters()) {
    auto const plain = weight.detach().to(at::kCPU).contiguous();
    all.add(name).add(std::as_bytes(std::span{plain.sizes().data(), plain.sizes().size()}));
    all.add(
        {static_cast<std::byte const*>(plain.data_ptr()), static_cast<std::size_t>(plain.numel()) * plain.element_size()});
  }
  return all.text();
}

}  // namespace ease
