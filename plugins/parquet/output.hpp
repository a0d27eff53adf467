// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <ease/io/parquet/parquet_library.hpp>
#include <filesystem>
#include <string>

namespace ease::parquet {

parquet_output create_output(std::filesystem::path const& folder, std::string const& shown);

}  // namespace ease::parquet
