// SPDX-License-Identifier: Apache-2.0
#pragma once
// Values of an Arrow array as JSON. One writer for a column's type, made once and bound to the array of each batch.
//
//   null, boolean, integers     as they are            list, map             an array (of a map: of pairs [key, value])
//   floating point              the double it is;      struct                an object, with all of its members
//                               NaN, infinities: null  dictionary            its value
//   decimal                     a number, exactly      date, time, timestamp ISO 8601; an instant ends in Z
//   string                      a string               duration              a number of seconds, exactly
//   binary                      base64                 UUID                  a string, as usual
#include <arrow/array.h>
#include <arrow/type.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace ease::parquet {

// Where the text of a row must end; what is longer is not written on.
struct row_room {
  std::size_t end{0};
  bool is_full(std::string const& out) const { return out.size() > end; }
};

class value_writer {
 public:
  value_writer() = default;
  value_writer(value_writer const&) = delete;
  value_writer& operator=(value_writer const&) = delete;
  virtual ~value_writer() = default;

  virtual void bind(std::shared_ptr<arrow::Array> const& array) = 0;
  // The value at `i`, which may be null.
  virtual void write(std::string& out, std::int64_t i, row_room const& room) const = 0;
};

// Every type has one.
std::unique_ptr<value_writer> writer_for(std::shared_ptr<arrow::DataType> const& type);

}  // namespace ease::parquet
