// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of io/rows/row_file.hpp; core/compiled.hpp says where they are compiled.
#include <fmt/format.h>

#include <algorithm>
#include <ease/io/files/did_you_mean.hpp>
#include <ease/io/formats/several_files.hpp>
#include <ease/io/rows/file_reader.hpp>
#include <ease/io/rows/row_file.hpp>
#include <ease/io/rows/row_problem.hpp>
#include <string>
#include <utility>
#include <vector>

namespace ease::inline v1::detail {

inline file_reader::file_reader(std::filesystem::path const& path, read_options options, field_table const& fields,
                                void* row)
    : options_{std::move(options)},
      fields_{&fields},
      row_{row},
      rows_{path, options_.format, options_.max_row_bytes, options_.rows_at, options_.shown},
      beside_{fields, row},
      may_look_on_{std::filesystem::is_regular_file(path)} {
  if (rows_.is_empty() && !options_.allow_empty) throw error{"{}: the file is empty", rows_.name()};
  if (rows_.table() != nullptr && rows_.table()->columns().empty())
    throw error{"{}: the table has no header row", rows_.name()};
  for (auto const& one : options_.columns.entries) unseen_.push_back(one.column);
  if (!options_.where.is_empty()) unseen_.push_back(options_.where.column);
  if (auto const guess = rows_.guess(); !guess.empty() && options_.on_guess)
    options_.on_guess(fmt::format("{}: {}", rows_.name(), guess));
}

inline void file_reader::next() {
  if (at_end_ = counts_.given >= options_.most_rows; at_end_) {
    if (look_on(); may_look_on_ && !unseen_.empty()) refuse_unseen(unseen_.front());
    return;
  }
  while (auto const row = rows_.next()) {
    ++counts_.read;
    try {
      begin_row();
      if (!options_.where.is_empty() && row->problem.empty() && !is_wanted(*row)) {
        ++counts_.left_out;
        continue;
      }
      read(*row);
      ++counts_.given;
      for (auto const& key : beside_.not_given()) ++counts_.not_given[key], std::erase(not_used_, key);
      for (auto& key : not_used_)
        if (key != options_.where.column) ++counts_.not_used[std::move(key)];
      // The published teacher's template opens the reasoning, so that its answers only close it: no guess.
      if (guessed_thought_ && !plan_->columns.names("teacher_prompt")) ++counts_.guessed[std::string{lone_mark}];
      return;
    } catch (bad_field const& problem) {
      reject(*row, problem.field, problem);
    } catch (bad_value const& problem) {
      reject(*row, field_, problem);
    }
  }
  at_end_ = true;
  if (!unseen_.empty() && (counts_.given + counts_.left_out > 0 || said_wrongly_)) refuse_unseen(unseen_.front());
}

inline bool file_reader::is_wanted(row_text const& row) {
  auto const& filter = options_.where;
  if (auto const* const table = rows_.table()) {
    for (auto const& name : table->columns()) see_column(name);
    auto const at = static_cast<std::size_t>(std::ranges::find(table->columns(), filter.column) - table->columns().begin());
    return at < std::min(table->columns().size(), table->cells().size()) && filter.takes_cell(table->cells()[at]);
  }
  auto const members = members_of(row);
  auto const has_name = [&](auto const& member) { return member.first == filter.column; };
  auto const one = std::ranges::find_if(members, has_name);
  if (one == members.end()) return false;
  auto const wrong = [&](std::string_view what) {
    return bad_value{"{}: {} in the column {}; name a column with one text, number or truth in each row", filter.said, what,
                     quoted_label(filter.column)};
  };
  if (std::ranges::count_if(members, has_name) > 1)
    throw bad_value{"{}: the key {} stands twice in the row", filter.said, quoted_label(filter.column)};
  if (one->second.starts_with('[')) throw wrong("there is a list");
  if (one->second.starts_with('{')) throw wrong("there is an object");
  return one->second.starts_with('"') ? filter.takes_text(raw_.as<std::string>(one->second))
                                      : filter.takes_word(one->second);
}

// No row has a column that the user named: with the one that was meant.
inline void file_reader::refuse_unseen(std::string const& column) const {
  std::vector<std::string> const names{columns_.begin(), columns_.end()};
  auto const meant = did_you_mean(column, names) + "; there are " + quoted_list(names);
  if (column != options_.where.column)
    throw usage_error{"{}: {}={}: no row has a column of that name{}", rows_.name(), options_.columns.field_of(column),
                      quoted_label(column), meant};
  for (auto const& [field, own] : options_.columns.entries)
    if (field == column)
      throw usage_error{
          "{}: {}: no row has a column {}; the field {} is read from the column {}, and where takes the file's "
          "own names",
          rows_.name(),
          options_.where.said,
          quoted_label(column),
          quoted_label(field),
          quoted_label(own)};
  throw usage_error{"{}: {}: no row has a column {}{}", rows_.name(), options_.where.said, quoted_label(column), meant};
}

inline std::string file_reader::description() const {
  auto const layout = rows_.layout();
  auto const compression = rows_.compression();
  return fmt::format("{}{}{}, {}", rows_.format(), compression.empty() ? "" : fmt::format(" ({})", compression),
                     layout.empty() ? "" : " (" + layout + ")", plan_ ? plan_->description() : "schema not known yet");
}

inline void file_reader::reject(row_text const& row, std::string field, error const& cause) {
  bad_row out;
  out.file = rows_.name();
  auto const column = plan_ ? std::string{plan_->columns.column_of(field)} : field;
  explain(out, row, cell_of(rows_.table(), column), std::move(field), cause);
  if (plan_ && plan_->rewrite == nullptr) out.column = plan_->columns.column_of(out.field);
  auto const unseen = [&] { return std::ranges::find(unseen_, out.column) != unseen_.end(); };
  bool const said = out.reason == "missing" && unseen();
  if (out.reason == "missing")
    out.reason = what_lacks(members_of(row), out.column.empty() ? out.field : out.column, out.field);
  if (options_.bad_rows == on_bad_row::stop) {
    if (said) look_on();
    said&& unseen() ? throw usage_error{"{}", out.message()} : throw error{"{}", out.message()};
  }
  said_wrongly_ = said_wrongly_ || said;
  ++counts_.rejected;
  if (options_.on_reject) options_.on_reject(out);
}

inline void file_reader::read(row_text const& row) {
  if (!row.problem.empty()) throw bad_value{"{}", row.problem};
  if (rows_.table() != nullptr && !simdjson::validate_utf8(row.text.data(), row.text.size()))
    throw bad_value{"not valid UTF-8"};
  if (!plan_) {
    auto const members = members_of(row);
    check_columns(options_.columns, {rows_.name(), *fields_, members, rows_.table() != nullptr});
    plan_ = plan_rows(first_row{members, fields_->keys, options_.columns}, options_.schema, options_.columns);
  }
  if (plan_->rewrite == nullptr && rows_.table() == nullptr) return read_object(row);
  auto members = members_of(row);
  for (auto& [key, raw] : members) key = plan_->columns.key_of(key);
  for (std::size_t i = 0; i < members.size(); ++i)
    if (find_member(members, members[i].first) != &members[i].second)
      throw bad_field{members[i].first, "the key stands twice in the row"};
  auto const* const answer = entry_for(plan_->answer_key);
  if (plan_->rewrite != nullptr)
    plan_->rewrite(members,
                   {plan_->answer_key, options_.turns, answer != nullptr && answer->required, fields_->before != nullptr,
                    options_.columns.names("messages") || options_.columns.names("conversations") ||
                        options_.columns.names("conversation"),
                    not_used_},
                   raw_);
  read_members(std::move(members));
}

// Calls visit(key, value, document) for each member of the row's JSON object.
void file_reader::each_member(row_text const& row, auto&& visit) {
  using simdjson::ondemand::json_type;
  auto document = expect(parser_.iterate(row.text.data(), row.text.size(), row.text.size() + simdjson::SIMDJSON_PADDING));
  if (auto const kind = expect(document.type()); kind != json_type::object)
    throw bad_value{"expected an object, found {}", name_of(kind)};
  for (auto member : expect(document.get_object())) {
    auto one = expect(std::move(member));
    auto const key = std::string_view{expect(one.unescaped_key())};
    see_column(key);
    visit(key, one.value(), document);
  }
  field_.clear();
  if (document.current_location().error() != simdjson::OUT_OF_BOUNDS)
    throw bad_json{"not valid JSON: there is text after the row's object"};
}

// The straight way: from the row's object into the fields, without a copy in between.
inline void file_reader::read_object(row_text const& row) {
  each_member(row, [&](std::string_view column, simdjson::ondemand::value value, auto& document) {
    field_ = plan_->columns.entries.empty() ? std::string{column} : plan_->columns.key_of(column);
    refuse_unplanned(*plan_, options_, column, value.raw_json_token());
    if (read_value(value)) return;
    if (fields_->others != nullptr) return keep(field_, take_raw(value, document));
    check_json(value);
    not_used_.push_back(field_);
  });
  end_row();
}

inline void file_reader::read_members(raw_members&& members) {
  for (auto& [key, raw] : members) {
    field_ = key;
    if (!raw.empty()) refuse_unplanned(*plan_, options_, key, raw);
    if (raw.empty())  // an empty cell of a number that may be absent
      if (auto const* const entry = entry_for(key); entry != nullptr && !entry->required) continue;
    bool const taken = beside_.takes(key) || entry_for(key) != nullptr;
    if (taken && raw_.read(raw, [&](simdjson::ondemand::value value) { return read_value(value); })) continue;
    if (fields_->others != nullptr)
      keep(key, std::move(raw));
    else
      not_used_.push_back(key);
  }
  field_.clear();
  end_row();
}

// The row's members under the file's own keys. A table's cell is a string, unless its field holds something else.
inline raw_members file_reader::members_of(row_text const& row) {
  raw_members out;
  if (auto const* const table = rows_.table()) {
    auto const& names = table->columns();
    auto const& cells = table->cells();
    for (std::size_t i = 0; i < names.size() && i < cells.size(); ++i) {
      see_column(names[i]);
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

inline field_entry const* file_reader::entry_for(std::string_view key) const {
  for (auto const& one : fields_->fields)
    if (one.key == key) return &one;
  for (auto const& one : fields_->fields)
    if (one.read_from == key) return &one;
  for (auto const& one : fields_->fields)
    if (!key.empty() && one.formerly == key) return &one;
  return nullptr;
}

inline void* file_reader::place_of(std::string_view key, field_entry const*& entry) {
  entry = entry_for(key);
  if (entry == nullptr) return nullptr;
  auto const index = static_cast<std::size_t>(entry - fields_->fields.data());
  if (seen_[index]) throw bad_field{key, "the key stands twice in the row"};
  seen_[index] = true;
  return entry->value(row_);
}

inline void file_reader::keep(std::string_view key, std::string raw) {
  auto& others = *fields_->others(row_);
  if (find_member(others, key) != nullptr) throw bad_field{key, "the key stands twice in the row"};
  others.emplace_back(key, std::move(raw));
}

inline bool file_reader::read_value(simdjson::ondemand::value value) {
  bool const own = entry_for(field_) != nullptr && field_ != history::key;
  if (!own && beside_.take(field_, value, not_used_)) return true;
  field_entry const* entry = nullptr;
  void* const place = place_of(field_, entry);
  if (place == nullptr) return false;
  std::string_view const token = entry->reasons == nullptr ? std::string_view{} : value.raw_json_token();
  entry->read(place, value);
  if (token.starts_with('"') && entry->reasons(place)) guessed_thought_ |= !opens_thought(token, again_);
  return true;
}

inline void file_reader::begin_row() {
  field_.clear();
  not_used_.clear(), beside_.begin_row();
  guessed_thought_ = false;
  seen_.assign(fields_->fields.size(), false);
  fields_->clear(row_);
}

// Throws bad_field for the first field that was not there.
inline void file_reader::end_row() {
  for (std::size_t i = 0; i < seen_.size(); ++i)
    if (fields_->fields[i].required && !seen_[i]) throw bad_field{fields_->fields[i].key, "missing"};
  beside_.end_row();
  if (!options_.why_no_tools || fields_->before == nullptr || !has_tools(*fields_->before(row_))) return;
  if (auto const why = options_.why_no_tools(*fields_->before(row_)); !why.empty()) throw bad_field{history::key, why};
}

class row_reader : public several_files<file_reader> {
 public:
  using several_files::several_files;
};

EASE_INLINE row_file::row_file(std::filesystem::path const& path, read_options options, field_table const& fields, void* row)
    : reader_{std::make_unique<row_reader>(path, options, std::cref(fields), row)} {}
EASE_INLINE row_file::row_file(row_file&&) noexcept = default;
EASE_INLINE row_file& row_file::operator=(row_file&&) noexcept = default;
EASE_INLINE row_file::~row_file() = default;
EASE_INLINE read_counts const& row_file::counts() const { return reader_->counts(); }
EASE_INLINE void row_file::start() { reader_->start(); }
EASE_INLINE void row_file::next() { reader_->next(); }
EASE_INLINE bool row_file::at_end() const { return reader_->at_end(); }
EASE_INLINE double row_file::fraction_read() const { return reader_->fraction_read(); }
EASE_INLINE std::string row_file::description() const { return reader_->description(); }
EASE_INLINE std::string const& row_file::name() const { return reader_->name(); }

}  // namespace ease::inline v1::detail
