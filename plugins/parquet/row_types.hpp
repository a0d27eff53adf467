// SPDX-License-Identifier: Apache-2.0
#pragma once
// The types of columns, as far as the rows that were seen tell: what the hub's viewer and `datasets` expect of Parquet. Whole numbers
// are int64 (uint64 where one is too large), numbers with a point or an exponent double, and both together double; objects are
// structs with the members of all rows, in the order in which they came; what no row has a value for is null. What is no such
// type, since rows contradict each other, becomes the JSON text of its values, and is told of.
#include <arrow/type.h>

#include <cstdint>
#include <ease/io/json/simdjson.hpp>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ease::parquet {

class value_type {
 public:
  // Takes in one value of the column; an object's members, if the value is one.
  void see(simdjson::ondemand::value value, int depth = 0);
  void see_members(simdjson::ondemand::object object, int depth);

  // Decides, once all rows were seen: `path` names the column, for the notes.
  void settle(std::string const& path, std::vector<std::string>& notes);
  // The same of rows themselves, whose members are the columns.
  void settle_columns(std::vector<std::string>& notes);

  // An object had a key twice, or objects have too many keys.
  bool is_odd() const { return odd_; }

  static constexpr int most_depth = 32;              // of lists and objects within each other
  static constexpr std::size_t most_members = 2000;  // of an object: more are keys of a map

  enum class kind : std::uint8_t { nothing, truth, whole, whole_unsigned, real, text, list, object, json };
  kind what() const { return kind_; }
  std::shared_ptr<arrow::DataType> arrow_type() const;
  std::shared_ptr<arrow::Schema> arrow_schema() const;

  value_type const& item() const { return *item_; }
  struct member {
    std::string key;
    std::unique_ptr<value_type> type;
  };
  std::vector<member> const& members() const { return members_; }
  // The place of the member with that key; -1: there is none.
  int place_of(std::string_view key) const;

 private:
  void see_number(std::string_view token);
  std::string what_was_seen() const;
  arrow::FieldVector arrow_fields() const;

  kind kind_{kind::nothing};
  bool truth_{false}, text_{false}, whole_{false}, beyond_signed_{false}, negative_{false}, inexact_{false}, real_{false},
      beyond_double_{false}, list_{false}, object_{false}, odd_{false};
  std::unique_ptr<value_type> item_{};
  std::vector<member> members_{};
  std::map<std::string, int, std::less<>> places_{};
  std::size_t next_{0};                   // the member that is expected next: objects mostly have one order
  std::vector<std::uint64_t> seen_in_{};  // the object in which each member was seen last
  std::uint64_t objects_{0};
};

}  // namespace ease::parquet
