// SPDX-License-Identifier: Apache-2.0
#pragma once
// What Arrow says, as an ease::error of one line.
#include <arrow/result.h>
#include <arrow/status.h>

#include <ease/core/error.hpp>
#include <ease/core/printable.hpp>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

namespace ease::parquet {

// Throws for a status that is not OK. `where` begins the message: the file.
inline void expect(arrow::Status const& status, std::string_view where) {
  if (!status.ok()) throw error{"{}: {}", where, printable(status.message(), 300)};
}
template <class T>
T expect(arrow::Result<T>&& result, std::string_view where) {
  expect(result.status(), where);
  return std::move(result).ValueUnsafe();
}

}  // namespace ease::parquet
