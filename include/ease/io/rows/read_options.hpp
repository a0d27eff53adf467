// SPDX-License-Identifier: Apache-2.0
#pragma once
// How a file of rows is to be read, and what came of it.
#include <cstddef>
#include <ease/io/formats/shapes.hpp>
#include <ease/io/json/json_members.hpp>
#include <ease/io/rows/bad_row.hpp>
#include <ease/io/rows/row_source.hpp>
#include <functional>
#include <tuple>

namespace ease {

struct read_options {
  file_format format{file_format::automatic};
  row_shape shape{row_shape::automatic};
  column_map columns{};                        // field <- the file's key, before any shape
  several_turns turns{several_turns::refuse};  // for chat shapes
  on_bad_row bad_rows{on_bad_row::stop};
  std::function<void(bad_row const&)> on_reject{};    // called for each rejected row (io/rows/reject_file.hpp writes them)
  std::size_t max_row_bytes{std::size_t{64} << 20U};  // a longer row is a bad row
  bool allow_empty{false};  // a file without anything in it has no rows, rather than being an error
};

struct read_counts {
  std::size_t read{0};
  std::size_t given{0};
  std::size_t rejected{0};

  static constexpr auto members() {
    return std::tuple{member("read", &read_counts::read), member("given", &read_counts::given),
                      member("rejected", &read_counts::rejected)};
  }
  read_counts& operator+=(read_counts const& more) {
    read += more.read, given += more.given, rejected += more.rejected;
    return *this;
  }
};

}  // namespace ease
