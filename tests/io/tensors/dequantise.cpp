// SPDX-License-Identifier: Apache-2.0
#include <bit>
#include <cmath>
#include <cstring>
#include <ease/io/tensors/dequantise.hpp>
#include <ease/io/tensors/safetensors.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "catch.hpp"

// Expected values come from the gguf package: tests/oracle/io/gguf_blocks.py.
namespace {
ease::safetensors_file const& fixture() {
  static ease::safetensors_file const file{std::filesystem::path{EASE_FIXTURES} / "io" / "dequantise.safetensors"};
  return file;
}
}  // namespace

TEST_CASE("blocks expand to the very bits the gguf package gives") {
  for (ease::ggml_type_info const& info : ease::ggml_types) {
    auto const* const blocks = fixture().find(std::string{info.name} + ".blocks");
    auto const* const values = fixture().find(std::string{info.name} + ".values");
    INFO(info.name);
    REQUIRE(blocks != nullptr);
    REQUIRE(values != nullptr);
    std::vector<float> wanted(values->bytes.size() / sizeof(float)), got(wanted.size());
    std::memcpy(wanted.data(), values->bytes.data(), values->bytes.size());
    ease::dequantise(info.type, blocks->bytes, got);
    std::size_t unlike = 0, infinite = 0, no_number = 0;
    for (std::size_t i = 0; i < got.size(); ++i) {
      bool const same = std::bit_cast<std::uint32_t>(got[i]) == std::bit_cast<std::uint32_t>(wanted[i]);
      if (!same && !(std::isnan(got[i]) && std::isnan(wanted[i]))) ++unlike;  // the sign of inf * 0 is the processor's
      if (std::isinf(wanted[i])) ++infinite;
      if (std::isnan(wanted[i])) ++no_number;
    }
    CHECK(unlike == 0);
    CHECK(got.size() >= 256);
    CHECK((infinite > 0 && no_number > 0));  // the fixture reaches the extremes
  }
}

TEST_CASE("every half that is a number becomes the float numpy makes of it") {
  std::uint64_t checksum = 0;
  for (std::uint32_t half = 0; half < 65536; ++half) {
    float const wide = ease::float_of_half(static_cast<std::uint16_t>(half));
    if (!std::isnan(wide)) checksum = checksum * 31 + std::bit_cast<std::uint32_t>(wide);
  }
  CHECK(std::to_string(checksum) == fixture().metadata().at("half_checksum"));
  CHECK(std::isnan(ease::float_of_half(0x7E00)));
  CHECK(std::isnan(ease::float_of_bfloat16(0x7FC0)));
}

TEST_CASE("sizes that do not fit and unknown types are refused") {
  std::vector<std::byte> const blocks(36);
  std::vector<float> out(32);
  CHECK_THROWS_AS(ease::dequantise(ease::ggml_type::q4_0, blocks, out), ease::error);
  CHECK_THROWS_AS(ease::dequantise(ease::ggml_type::q8_0, blocks, out), ease::error);
  CHECK_THROWS_AS(ease::dequantise(static_cast<ease::ggml_type>(16), blocks, out), ease::error);
}
