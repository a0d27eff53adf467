// SPDX-License-Identifier: Apache-2.0
#include "row_types.hpp"

#include <arrow/api.h>
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <ease/core/printable.hpp>
#include <ease/io/json/raw_json.hpp>
#include <system_error>

#include "json_value.hpp"

namespace ease::parquet {

int value_type::place_of(std::string_view key) const {
  auto const found = places_.find(key);
  return found == places_.end() ? -1 : found->second;
}

void value_type::see_number(std::string_view token) {
  auto const number = number_in(token);
  if (number.is_whole) {
    whole_ = true;
    beyond_signed_ = beyond_signed_ || number.beyond_signed;
    negative_ = negative_ || token.starts_with('-');
    inexact_ = inexact_ || number.beyond_signed || std::abs(number.whole) > (std::int64_t{1} << 53U);
  } else if (number.is_real) {
    real_ = true;
  } else {
    beyond_double_ = true;
  }
}

void value_type::see(simdjson::ondemand::value value, int depth) {
  switch (auto const token = value.raw_json_token(); token.front()) {
    case 'n':
      break;
    case 't':
    case 'f':
      truth_ = true;
      break;
    case '"':
      text_ = true;
      break;
    case '[':
      list_ = true;
      odd_ = odd_ || depth >= most_depth;
      if (odd_) break;
      if (!item_) item_ = std::make_unique<value_type>();
      for (auto element : detail::expect(value.get_array())) item_->see(detail::expect(std::move(element)), depth + 1);
      break;
    case '{':
      object_ = true;
      odd_ = odd_ || depth >= most_depth;
      if (!odd_) see_members(detail::expect(value.get_object()), depth);
      break;
    default:
      see_number(detail::trim(token));
  }
}

void value_type::see_members(simdjson::ondemand::object object, int depth) {
  object_ = true;
  ++objects_;
  next_ = 0;
  for (auto one : object) {
    auto pair = detail::expect(std::move(one));
    std::string_view const key = detail::expect(pair.unescaped_key());
    auto place = next_;
    if (place >= members_.size() || members_[place].key != key) {
      auto const known = place_of(key);
      place = known < 0 ? members_.size() : static_cast<std::size_t>(known);
      if (known < 0) {
        members_.push_back({std::string{key}, std::make_unique<value_type>()});
        places_.emplace(key, static_cast<int>(place));
        seen_in_.push_back(0);
      }
    }
    odd_ = odd_ || seen_in_[place] == objects_ || members_.size() > most_members;
    seen_in_[place] = objects_;
    members_[place].type->see(pair.value(), depth + 1);
    next_ = place + 1;
  }
}

std::string value_type::what_was_seen() const {
  std::vector<std::string_view> all;
  if (truth_) all.emplace_back("truths");
  if (text_) all.emplace_back("texts");
  if (whole_ || real_ || beyond_double_) all.emplace_back("numbers");
  if (list_) all.emplace_back("lists");
  if (object_) all.emplace_back("objects");
  if (all.size() == 1) {
    if (object_ && members_.empty()) return "objects without members alone";
    if (object_) return fmt::format("objects with more than {} keys, or a key twice", most_members);
    return list_ ? "lists too deep within each other" : "numbers that no one type holds";
  }
  std::string out;
  for (auto const one : all) out.append(out.empty() ? "" : " and ").append(one);
  return out;
}

void value_type::settle(std::string const& path, std::vector<std::string>& notes) {
  bool const number = whole_ || real_ || beyond_double_;
  int const kinds = int{truth_} + int{text_} + int{number} + int{list_} + int{object_};
  bool const fits = !beyond_double_ && !(real_ && inexact_) && !(beyond_signed_ && negative_);
  bool const empty = object_ && members_.empty();
  if (kinds == 0) {
    kind_ = kind::nothing;
  } else if (kinds > 1 || odd_ || (number && !fits) || empty) {
    kind_ = kind::json;
    notes.push_back(
        fmt::format("the column \"{}\" holds {}, and stands as JSON text", printable(path, 80), what_was_seen()));
  } else if (number) {
    kind_ = real_ ? kind::real : beyond_signed_ ? kind::whole_unsigned : kind::whole;
  } else {
    kind_ = truth_ ? kind::truth : text_ ? kind::text : list_ ? kind::list : kind::object;
  }
  if (kind_ == kind::list) item_->settle(path, notes);
  if (kind_ == kind::object)
    for (auto& one : members_) one.type->settle(path + "." + one.key, notes);
}

void value_type::settle_columns(std::vector<std::string>& notes) {
  kind_ = kind::object;
  for (auto& one : members_) one.type->settle(one.key, notes);
}

std::shared_ptr<arrow::DataType> value_type::arrow_type() const {
  switch (kind_) {
    case kind::truth:
      return arrow::boolean();
    case kind::whole:
      return arrow::int64();
    case kind::whole_unsigned:
      return arrow::uint64();
    case kind::real:
      return arrow::float64();
    case kind::text:
    case kind::json:
      return arrow::utf8();
    case kind::list:
      return arrow::list(item_->arrow_type());
    case kind::object:
      return arrow::struct_(arrow_fields());
    default:
      return arrow::null();
  }
}

arrow::FieldVector value_type::arrow_fields() const {
  arrow::FieldVector out;
  for (auto const& one : members_) out.push_back(arrow::field(one.key, one.type->arrow_type()));
  return out;
}

std::shared_ptr<arrow::Schema> value_type::arrow_schema() const { return arrow::schema(arrow_fields()); }

}  // namespace ease::parquet
