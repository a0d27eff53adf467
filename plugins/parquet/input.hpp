// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <ease/io/parquet/parquet_library.hpp>
#include <filesystem>
#include <string>

namespace ease::parquet {

parquet_input open_input(std::filesystem::path const& path, std::string const& shown, std::size_t most_row_bytes);

}  // namespace ease::parquet
