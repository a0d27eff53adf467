// SPDX-License-Identifier: Apache-2.0
// What libease_parquet.so exports.
#include <ease/io/parquet/parquet_library.hpp>

#include "input.hpp"
#include "output.hpp"

extern "C" [[gnu::visibility("default")]] ease::parquet_library const* ease_parquet_library_1() {
  static constexpr ease::parquet_library all{&ease::parquet::open_input, &ease::parquet::create_output};
  return &all;
}
