// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of io/rows/row_file.hpp; core/compiled.hpp says where they are compiled.
#include <fmt/format.h>

#include <ease/io/rows/row_file.hpp>
#include <ease/io/rows/row_problem.hpp>
#include <utility>

namespace ease::detail {

EASE_INLINE row_file::row_file(std::filesystem::path const& path, read_options options, field_table const& fields, void* row)
    : options_{std::move(options)}, fields_{&fields}, row_{row}, rows_{path, options_.format, options_.max_row_bytes} {
  if (rows_.is_empty() && !options_.allow_empty) throw error{"{}: the file is empty", rows_.name()};
  if (rows_.is_table() && rows_.cells().columns().empty()) throw error{"{}: the table has no header row", rows_.name()};
}

EASE_INLINE void row_file::start() {
  if (!std::exchange(started_, true)) next();
}

EASE_INLINE void row_file::next() {
  while (auto const row = rows_.next()) {
    ++counts_.read;
    try {
      begin_row();
      read(*row);
      ++counts_.given;
      return;
    } catch (bad_field const& problem) {
      reject(*row, problem.field, problem);
    } catch (bad_value const& problem) {
      reject(*row, field_, problem);
    }
  }
  at_end_ = true;
}

EASE_INLINE std::string row_file::description() const {
  return fmt::format("{}{}, {}", name_of(rows_.format()), rows_.is_gzip() ? " (gzip)" : "",
                     plan_ ? plan_->description() : "shape not known yet");
}

EASE_INLINE void row_file::reject(row_text const& row, std::string field, error const& cause) {
  bad_row out;
  out.file = rows_.name();
  explain(out, row, !rows_.is_table(), std::move(field), cause);
  if (plan_ && plan_->rewrite == nullptr) out.column = plan_->columns.column_of(out.field);
  if (out.reason == "missing") out.reason = missing(row, out.column.empty() ? out.field : out.column);
  if (options_.bad_rows == on_bad_row::stop) throw error{"{}", out.message()};
  ++counts_.rejected;
  if (options_.on_reject) options_.on_reject(out);
}

EASE_INLINE std::string row_file::missing(row_text const& row, std::string_view column) {
  std::string keys;
  std::size_t named = 0;
  for (auto const& [key, raw] : members_of(row)) {
    if (++named > 8) continue;
    keys += (keys.empty() ? "" : ", ") + quoted_label(key);
  }
  if (named > 8) keys += fmt::format(" and {} more", named - 8);
  return fmt::format("missing: the row has no \"{}\", it has {}; name the column that holds it, as FIELD=COLUMN", column,
                     named == 0 ? "nothing" : keys);
}

EASE_INLINE void row_file::read(row_text const& row) {
  if (!row.problem.empty()) throw bad_value{"{}", row.problem};
  if (rows_.is_table() && !simdjson::validate_utf8(row.text.data(), row.text.size())) throw bad_value{"not valid UTF-8"};
  if (!plan_) plan_ = shape_finder{members_of(row), fields_->keys, options_.columns}.plan(options_.shape, options_.turns);
  if (plan_->rewrite == nullptr && !rows_.is_table()) return read_object(row);
  auto members = members_of(row);
  for (auto& [key, raw] : members) key = plan_->columns.key_of(key);
  if (plan_->rewrite != nullptr) plan_->rewrite(members, plan_->context, raw_);
  read_members(std::move(members));
}

// Calls visit(key, value, document) for each member of the row's JSON object.
void row_file::each_member(row_text const& row, auto&& visit) {
  using simdjson::ondemand::json_type;
  auto document = expect(parser_.iterate(row.text.data(), row.text.size(), row.text.size() + simdjson::SIMDJSON_PADDING));
  if (auto const kind = expect(document.type()); kind != json_type::object)
    throw bad_value{"expected an object, found {}", kind == json_type::array    ? "an array"
                                                    : kind == json_type::string ? "a string"
                                                    : kind == json_type::number ? "a number"
                                                                                : "a word"};
  for (auto member : expect(document.get_object())) {
    auto one = expect(std::move(member));
    visit(expect(one.unescaped_key()), one.value(), document);
  }
  field_.clear();
  if (document.current_location().error() != simdjson::OUT_OF_BOUNDS)
    throw bad_json{"not valid JSON: there is text after the row's object"};
}

// The straight way: from the row's object into the fields, without a copy in between.
EASE_INLINE void row_file::read_object(row_text const& row) {
  each_member(row, [&](std::string_view column, simdjson::ondemand::value value, auto& document) {
    field_ = plan_->columns.entries.empty() ? std::string{column} : plan_->columns.key_of(column);
    field_entry const* entry = nullptr;
    if (void* const place = place_of(field_, entry))
      entry->read(place, value);
    else if (fields_->others != nullptr)
      keep(field_, take_raw(value, document));
    else
      check_json(value);
  });
  end_row();
}

EASE_INLINE void row_file::read_members(raw_members&& members) {
  for (auto& [key, raw] : members) {
    field_ = key;
    if (raw.empty())  // an empty cell of a number that may be absent
      if (auto const* const entry = entry_for(key); entry != nullptr && !entry->required) continue;
    field_entry const* entry = nullptr;
    if (void* const place = place_of(key, entry))
      raw_.read(raw, [&](simdjson::ondemand::value value) {
        entry->read(place, value);
        return true;
      });
    else
      keep(key, std::move(raw));
  }
  field_.clear();
  end_row();
}

// The row's members under the file's own keys. A table's cell is a string, unless its field holds something else.
EASE_INLINE raw_members row_file::members_of(row_text const& row) {
  raw_members out;
  if (rows_.is_table()) {
    auto const& names = rows_.cells().columns();
    auto const& cells = rows_.cells().cells();
    for (std::size_t i = 0; i < names.size() && i < cells.size(); ++i) {
      auto const* const entry = entry_for(plan_ ? plan_->columns.key_of(names[i]) : names[i]);
      out.emplace_back(names[i], entry != nullptr && entry->cell_is_json ? cells[i] : json_string(cells[i]));
    }
  } else {
    each_member(row, [&](std::string_view key, simdjson::ondemand::value value, auto& document) {
      field_ = key;
      out.emplace_back(std::string{key}, take_raw(value, document));
    });
  }
  return out;
}

EASE_INLINE field_entry const* row_file::entry_for(std::string_view key) const {
  for (auto const& one : fields_->fields)
    if (one.key == key) return &one;
  for (auto const& one : fields_->fields)
    if (one.read_from == key) return &one;
  return nullptr;
}

EASE_INLINE void* row_file::place_of(std::string_view key, field_entry const*& entry) {
  entry = entry_for(key);
  if (entry == nullptr) return nullptr;
  auto const index = static_cast<std::size_t>(entry - fields_->fields.data());
  if (seen_[index]) throw bad_field{key, "the key stands twice in the row"};
  seen_[index] = true;
  return entry->value(row_);
}

EASE_INLINE void row_file::keep(std::string_view key, std::string raw) {
  if (fields_->others == nullptr) return;
  auto& others = *fields_->others(row_);
  if (find_member(others, key) != nullptr) throw bad_field{key, "the key stands twice in the row"};
  others.emplace_back(key, std::move(raw));
}

EASE_INLINE void row_file::begin_row() {
  field_.clear();
  seen_.assign(fields_->fields.size(), false);
  fields_->clear(row_);
}

// Throws bad_field for the first field that was not there.
EASE_INLINE void row_file::end_row() const {
  for (std::size_t i = 0; i < seen_.size(); ++i)
    if (fields_->fields[i].required && !seen_[i]) throw bad_field{fields_->fields[i].key, "missing"};
}

}  // namespace ease::detail
