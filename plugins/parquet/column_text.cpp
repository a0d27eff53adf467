// SPDX-License-Identifier: Apache-2.0
#include "column_text.hpp"

#include <arrow/scalar.h>
#include <arrow/util/float16.h>
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <concepts>
#include <limits>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "json_escape.hpp"
#include "json_time.hpp"

namespace ease::parquet {

namespace {

void append_number(std::string& out, std::integral auto number) {
  char text[24];
  out.append(text, std::to_chars(text, text + sizeof text, number).ptr);
}
void append_number(std::string& out, double number) {
  if (!std::isfinite(number)) {  // JSON has none; pandas writes what is missing as NaN
    out += "null";
    return;
  }
  char text[32];
  std::string_view const digits{text, static_cast<std::size_t>(std::to_chars(text, text + sizeof text, number).ptr - text)};
  out += digits;
  if (digits.find_first_of(".e") == digits.npos) out += ".0";
}

std::int64_t units_a_second(arrow::TimeUnit::type unit) {
  switch (unit) {
    case arrow::TimeUnit::SECOND:
      return 1;
    case arrow::TimeUnit::MILLI:
      return 1'000;
    case arrow::TimeUnit::MICRO:
      return 1'000'000;
    default:
      return 1'000'000'000;
  }
}

// Of an array type, by a function that writes a value that is not null: put(array, i, out).
template <class Array, class Put>
class plain_writer final : public value_writer {
 public:
  explicit plain_writer(Put put) : put_{std::move(put)} {}
  void bind(std::shared_ptr<arrow::Array> const& array) override {
    array_ = std::static_pointer_cast<Array>(array);
    has_nulls_ = array->null_count() != 0;
  }
  void write(std::string& out, std::int64_t i, row_room const& /*room*/) const override {
    if (has_nulls_ && array_->IsNull(i))
      out += "null";
    else
      put_(*array_, i, out);
  }

 private:
  Put put_;
  std::shared_ptr<Array> array_{};
  bool has_nulls_{true};
};
template <class Array, class Put>
std::unique_ptr<value_writer> plain(Put put) {
  return std::make_unique<plain_writer<Array, Put>>(std::move(put));
}

template <class Array>
std::unique_ptr<value_writer> number_writer() {
  return plain<Array>([](Array const& array, std::int64_t i, std::string& out) { append_number(out, array.Value(i)); });
}
template <class Array>
std::unique_ptr<value_writer> text_writer() {
  return plain<Array>([](Array const& array, std::int64_t i, std::string& out) { append_quoted(out, array.GetView(i)); });
}
template <class Array>
std::unique_ptr<value_writer> bytes_writer() {
  return plain<Array>([](Array const& array, std::int64_t i, std::string& out) { append_base64(out, array.GetView(i)); });
}
template <class Array>
std::unique_ptr<value_writer> decimal_writer() {
  return plain<Array>([](Array const& array, std::int64_t i, std::string& out) { out += array.FormatValue(i); });
}
template <class Array>
std::unique_ptr<value_writer> date_writer(std::int64_t a_day) {
  return plain<Array>([a_day](Array const& array, std::int64_t i, std::string& out) {
    auto const text = date_text(floor_div(array.Value(i), a_day));
    text ? append_quoted(out, *text) : append_number(out, array.Value(i));
  });
}
template <class Array>
std::unique_ptr<value_writer> time_writer(std::int64_t a_second) {
  return plain<Array>([a_second](Array const& array, std::int64_t i, std::string& out) {
    bool const is_time = array.Value(i) >= 0 && floor_div(array.Value(i), a_second) < 86'400;
    is_time ? append_quoted(out, time_text(array.Value(i), a_second)) : append_number(out, array.Value(i));
  });
}
std::unique_ptr<value_writer> timestamp_writer(arrow::TimestampType const& type) {
  return plain<arrow::TimestampArray>([a_second = units_a_second(type.unit()), is_utc = !type.timezone().empty()](
                                          arrow::TimestampArray const& array, std::int64_t i, std::string& out) {
    auto const text = timestamp_text(array.Value(i), a_second, is_utc);
    text ? append_quoted(out, *text) : append_number(out, array.Value(i));
  });
}
std::unique_ptr<value_writer> uuid_writer() {
  using array_type = arrow::FixedSizeBinaryArray;
  return plain<array_type>([](array_type const& array, std::int64_t i, std::string& out) {
    std::string text;
    for (unsigned char const c : array.GetView(i)) {
      if (text.size() == 8 || text.size() == 13 || text.size() == 18 || text.size() == 23) text += '-';
      text += fmt::format("{:02x}", c);
    }
    append_quoted(out, text);
  });
}

class null_writer final : public value_writer {
 public:
  void bind(std::shared_ptr<arrow::Array> const& /*array*/) override {}
  void write(std::string& out, std::int64_t /*i*/, row_room const& /*room*/) const override { out += "null"; }
};

// Any other type, as Arrow prints its values.
class printed_writer final : public value_writer {
 public:
  void bind(std::shared_ptr<arrow::Array> const& array) override { array_ = array; }
  void write(std::string& out, std::int64_t i, row_room const& /*room*/) const override {
    auto const value = array_->GetScalar(i);
    if (!value.ok() || !(*value)->is_valid)
      out += "null";
    else
      append_quoted(out, (*value)->ToString());
  }

 private:
  std::shared_ptr<arrow::Array> array_{};
};

// Lists of all kinds: `Array` says where the elements of one begin and how many there are.
template <class Array>
class list_writer : public value_writer {
 public:
  explicit list_writer(std::unique_ptr<value_writer> item) : item_{std::move(item)} {}
  void bind(std::shared_ptr<arrow::Array> const& array) override {
    array_ = std::static_pointer_cast<Array>(array);
    item_->bind(array_->values());
  }
  void write(std::string& out, std::int64_t i, row_room const& room) const override {
    if (array_->IsNull(i)) {
      out += "null";
      return;
    }
    out += '[';
    auto const first = static_cast<std::int64_t>(array_->value_offset(i));
    auto const stop = first + static_cast<std::int64_t>(array_->value_length(i));
    for (auto j = first; j < stop && !room.is_full(out); ++j) {
      if (j != first) out += ',';
      item_->write(out, j, room);
    }
    out += ']';
  }

 private:
  std::unique_ptr<value_writer> item_;
  std::shared_ptr<Array> array_{};
};

using member_writers = std::vector<std::pair<std::string, std::unique_ptr<value_writer>>>;

member_writers writers_of(arrow::FieldVector const& fields) {
  member_writers out;
  for (auto const& field : fields) {
    std::string key;
    append_quoted(key, field->name());
    out.emplace_back(key + ':', writer_for(field->type()));
  }
  return out;
}

class struct_writer : public value_writer {
 public:
  // `as_pair`: an array of the members' values: of a map, whose entries are structs.
  struct_writer(arrow::FieldVector const& fields, bool as_pair) : members_{writers_of(fields)}, as_pair_{as_pair} {}
  void bind(std::shared_ptr<arrow::Array> const& array) override {
    array_ = std::static_pointer_cast<arrow::StructArray>(array);
    for (std::size_t k = 0; k < members_.size(); ++k) members_[k].second->bind(array_->field(static_cast<int>(k)));
  }
  void write(std::string& out, std::int64_t i, row_room const& room) const override {
    if (array_->IsNull(i)) {
      out += "null";
      return;
    }
    out += as_pair_ ? '[' : '{';
    bool first = true;
    for (auto const& [key, value] : members_) {
      if (!std::exchange(first, false)) out += ',';
      if (!as_pair_) out += key;
      value->write(out, i, room);
    }
    out += as_pair_ ? ']' : '}';
  }

 private:
  member_writers members_;
  bool as_pair_;
  std::shared_ptr<arrow::StructArray> array_{};
};

class dictionary_writer final : public value_writer {
 public:
  explicit dictionary_writer(std::unique_ptr<value_writer> value) : value_{std::move(value)} {}
  void bind(std::shared_ptr<arrow::Array> const& array) override {
    array_ = std::static_pointer_cast<arrow::DictionaryArray>(array);
    value_->bind(array_->dictionary());
  }
  void write(std::string& out, std::int64_t i, row_room const& room) const override {
    if (array_->IsNull(i))
      out += "null";
    else
      value_->write(out, array_->GetValueIndex(i), room);
  }

 private:
  std::unique_ptr<value_writer> value_;
  std::shared_ptr<arrow::DictionaryArray> array_{};
};

class extension_writer final : public value_writer {
 public:
  explicit extension_writer(std::unique_ptr<value_writer> storage) : storage_{std::move(storage)} {}
  void bind(std::shared_ptr<arrow::Array> const& array) override {
    storage_->bind(std::static_pointer_cast<arrow::ExtensionArray>(array)->storage());
  }
  void write(std::string& out, std::int64_t i, row_room const& room) const override { storage_->write(out, i, room); }

 private:
  std::unique_ptr<value_writer> storage_;
};

std::unique_ptr<value_writer> writer_for_extension(arrow::ExtensionType const& type) {
  auto storage = type.extension_name() == "arrow.uuid" && type.storage_type()->id() == arrow::Type::FIXED_SIZE_BINARY
                     ? uuid_writer()
                 : type.extension_name() == "arrow.bool8" && type.storage_type()->id() == arrow::Type::INT8
                     ? plain<arrow::Int8Array>([](arrow::Int8Array const& array, std::int64_t i, std::string& out) {
                         out += array.Value(i) != 0 ? "true" : "false";
                       })
                     : writer_for(type.storage_type());
  return std::make_unique<extension_writer>(std::move(storage));
}

template <class Array>
std::unique_ptr<value_writer> list_of(arrow::DataType const& type) {
  return std::make_unique<list_writer<Array>>(writer_for(type.field(0)->type()));
}

}  // namespace

std::unique_ptr<value_writer> writer_for(std::shared_ptr<arrow::DataType> const& type) {
  using arrow::Type;
  switch (type->id()) {
    case Type::NA:
      return std::make_unique<null_writer>();
    case Type::BOOL:
      return plain<arrow::BooleanArray>([](arrow::BooleanArray const& array, std::int64_t i, std::string& out) {
        out += array.Value(i) ? "true" : "false";
      });
    case Type::INT8:
      return number_writer<arrow::Int8Array>();
    case Type::INT16:
      return number_writer<arrow::Int16Array>();
    case Type::INT32:
      return number_writer<arrow::Int32Array>();
    case Type::INT64:
      return number_writer<arrow::Int64Array>();
    case Type::UINT8:
      return number_writer<arrow::UInt8Array>();
    case Type::UINT16:
      return number_writer<arrow::UInt16Array>();
    case Type::UINT32:
      return number_writer<arrow::UInt32Array>();
    case Type::UINT64:
      return number_writer<arrow::UInt64Array>();
    case Type::HALF_FLOAT:
      return plain<arrow::HalfFloatArray>([](arrow::HalfFloatArray const& array, std::int64_t i, std::string& out) {
        append_number(out, arrow::util::Float16::FromBits(array.Value(i)).ToDouble());
      });
    case Type::FLOAT:
      return plain<arrow::FloatArray>([](arrow::FloatArray const& array, std::int64_t i, std::string& out) {
        append_number(out, static_cast<double>(array.Value(i)));
      });
    case Type::DOUBLE:
      return number_writer<arrow::DoubleArray>();
    case Type::DECIMAL32:
      return decimal_writer<arrow::Decimal32Array>();
    case Type::DECIMAL64:
      return decimal_writer<arrow::Decimal64Array>();
    case Type::DECIMAL128:
      return decimal_writer<arrow::Decimal128Array>();
    case Type::DECIMAL256:
      return decimal_writer<arrow::Decimal256Array>();
    case Type::STRING:
      return text_writer<arrow::StringArray>();
    case Type::LARGE_STRING:
      return text_writer<arrow::LargeStringArray>();
    case Type::STRING_VIEW:
      return text_writer<arrow::StringViewArray>();
    case Type::BINARY:
      return bytes_writer<arrow::BinaryArray>();
    case Type::LARGE_BINARY:
      return bytes_writer<arrow::LargeBinaryArray>();
    case Type::BINARY_VIEW:
      return bytes_writer<arrow::BinaryViewArray>();
    case Type::FIXED_SIZE_BINARY:
      return bytes_writer<arrow::FixedSizeBinaryArray>();
    case Type::DATE32:
      return date_writer<arrow::Date32Array>(1);
    case Type::DATE64:
      return date_writer<arrow::Date64Array>(86'400'000);
    case Type::TIME32:
      return time_writer<arrow::Time32Array>(units_a_second(static_cast<arrow::Time32Type const&>(*type).unit()));
    case Type::TIME64:
      return time_writer<arrow::Time64Array>(units_a_second(static_cast<arrow::Time64Type const&>(*type).unit()));
    case Type::TIMESTAMP:
      return timestamp_writer(static_cast<arrow::TimestampType const&>(*type));
    case Type::DURATION:
      return plain<arrow::DurationArray>([a_second = units_a_second(static_cast<arrow::DurationType const&>(*type).unit())](
                                             arrow::DurationArray const& array, std::int64_t i, std::string& out) {
        out += seconds_text(array.Value(i), a_second);
      });
    case Type::LIST:
      return list_of<arrow::ListArray>(*type);
    case Type::LARGE_LIST:
      return list_of<arrow::LargeListArray>(*type);
    case Type::LIST_VIEW:
      return list_of<arrow::ListViewArray>(*type);
    case Type::LARGE_LIST_VIEW:
      return list_of<arrow::LargeListViewArray>(*type);
    case Type::FIXED_SIZE_LIST:
      return list_of<arrow::FixedSizeListArray>(*type);
    case Type::MAP:
      return std::make_unique<list_writer<arrow::MapArray>>(
          std::make_unique<struct_writer>(type->field(0)->type()->fields(), true));
    case Type::STRUCT:
      return std::make_unique<struct_writer>(type->fields(), false);
    case Type::DICTIONARY:
      return std::make_unique<dictionary_writer>(writer_for(static_cast<arrow::DictionaryType const&>(*type).value_type()));
    case Type::EXTENSION:
      return writer_for_extension(static_cast<arrow::ExtensionType const&>(*type));
    default:
      return std::make_unique<printed_writer>();
  }
}

}  // namespace ease::parquet
