// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <ease/io/tensors/dequantise.hpp>
#include <ease/io/tensors/quantise.hpp>
#include <ease/io/tensors/safetensors.hpp>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "catch.hpp"

// Expected bytes come from the gguf package: tests/oracle/io/gguf_quantised.py.
namespace {

using ease::ggml_type;
constexpr std::array written{ggml_type::f32, ggml_type::f16, ggml_type::bf16, ggml_type::q8_0};

ease::safetensors_file const& fixture() {
  static ease::safetensors_file const file{std::filesystem::path{EASE_FIXTURES} / "io" / "quantise.safetensors"};
  return file;
}
std::vector<float> values() {
  auto const* const entry = fixture().find("values");
  REQUIRE(entry != nullptr);
  std::vector<float> all(entry->bytes.size() / sizeof(float));
  std::memcpy(all.data(), entry->bytes.data(), entry->bytes.size());
  return all;
}
// 32 numbers of which the first is `value`; whether all that is written for them is finite.
bool stays_finite(ggml_type type, float value) {
  std::vector<float> in(32, 0.5F);
  in.front() = value;
  ease::ggml_type_info const& info = *ease::info_of(type);
  std::vector<std::byte> out(in.size() / info.block_elements * info.block_bytes);
  return ease::quantise(type, in, out);
}

}  // namespace

TEST_CASE("numbers are packed into the very bytes the gguf package packs them into") {
  auto const in = values();
  for (auto const type : written) {
    ease::ggml_type_info const& info = *ease::info_of(type);
    INFO(info.name);
    auto const* const wanted = fixture().find(info.name);
    REQUIRE(wanted != nullptr);
    std::vector<std::byte> got(wanted->bytes.size());
    CHECK_FALSE(ease::quantise(type, in, got));  // some are not finite
    std::size_t unlike = 0;
    for (std::size_t i = 0; i < got.size(); ++i)
      if (got[i] != wanted->bytes[i]) ++unlike;
    CHECK(unlike == 0);
  }
}

TEST_CASE("every half and every bfloat16 comes back from the float it stands for") {
  std::size_t unlike = 0;
  for (std::uint32_t bits = 0; bits < 65536; ++bits) {
    auto const narrow = static_cast<std::uint16_t>(bits);
    if (float const wide = ease::float_of_half(narrow); ease::half_of_float(wide) != narrow) ++unlike;
    if (float const wide = ease::float_of_bfloat16(narrow); !std::isnan(wide) && ease::bfloat16_of_float(wide) != narrow)
      ++unlike;
  }
  CHECK(unlike == 0);
}

TEST_CASE("between two halves the nearer one is taken, and of two equally near the even one") {
  for (std::uint32_t bits = 0; bits < 0x7BFF; ++bits) {
    auto const low = static_cast<std::uint16_t>(bits), high = static_cast<std::uint16_t>(bits + 1);
    float const below = ease::float_of_half(low), middle = below + (ease::float_of_half(high) - below) / 2;
    bool const right = ease::half_of_float(middle) == (bits % 2 == 0 ? low : high) &&
                       ease::half_of_float(std::nextafter(middle, 0.0F)) == low &&
                       ease::half_of_float(std::nextafter(middle, 1e9F)) == high && ease::half_of_float(-middle) >= 0x8000U;
    if (!right) FAIL("half " << bits);
  }
}

TEST_CASE("what is not finite, or too large for the type, is told") {
  constexpr float infinity = std::numeric_limits<float>::infinity(), largest = std::numeric_limits<float>::max();
  for (auto const type : written) {
    INFO(ease::info_of(type)->name);
    CHECK(stays_finite(type, -65504.0F));
    CHECK_FALSE(stays_finite(type, infinity));
    CHECK_FALSE(stays_finite(type, -infinity));
    CHECK_FALSE(stays_finite(type, std::numeric_limits<float>::quiet_NaN()));
    CHECK(stays_finite(type, largest) == (type == ggml_type::f32));
  }
  CHECK(stays_finite(ggml_type::f16, 65519.0F));
  CHECK_FALSE(stays_finite(ggml_type::f16, 65520.0F));
  CHECK(stays_finite(ggml_type::q8_0, 65504.0F * 127));
  CHECK(stays_finite(ggml_type::bf16, 3e38F));
}

TEST_CASE("sizes that do not fit and types that are not written are refused") {
  std::vector<float> const in(48);
  std::vector<std::byte> out(51);
  auto const pack = [&](ggml_type type) { return ease::quantise(type, in, out); };
  CHECK_THROWS_WITH(pack(ggml_type::q8_0), Catch::Contains("cannot pack 48 numbers into 51 bytes of GGUF type 8"));
  CHECK_THROWS_WITH(pack(ggml_type::f16), Catch::Contains("F32, F16, BF16 and Q8_0 are written"));
  out.resize(27);
  CHECK_THROWS_AS(pack(ggml_type::q4_0), ease::error);
}
