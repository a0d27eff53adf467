#pragma once
// Reads a file of rows straight into typed records, lazily and in one pass:
//   for (auto& row : ease::read_records<prompt, data_type>("data/prompts.jsonl")) use(get<prompt>(row));
// JSON lines, a JSON array, TSV or CSV, each plain or gzip, in any of the shapes of io/shapes.hpp. With `other_keys` in the
// list the members that no field reads come along as raw JSON. A bad row is an ease::error of one line that names file, line
// and field, or is handed to a reject sink and counted; read == given + rejected always.
#include <cstddef>
#include <ease/io/bad_row.hpp>
#include <ease/io/json_members.hpp>
#include <ease/io/record_codecs.hpp>
#include <ease/io/record_filler.hpp>
#include <ease/io/row_problem.hpp>
#include <ease/io/row_source.hpp>
#include <ease/io/shapes.hpp>
#include <ease/record/record.hpp>
#include <filesystem>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <range/v3/range_fwd.hpp>
#include <ranges>
#include <string>
#include <tuple>
#include <utility>

namespace ease {

struct read_options {
  file_format format{file_format::automatic};
  row_shape shape{row_shape::automatic};
  column_map columns{};                        // field <- the file's key, before any shape
  several_turns turns{several_turns::refuse};  // for chat shapes
  on_bad_row bad_rows{on_bad_row::stop};
  std::function<void(bad_row const&)> on_reject{};    // called for each rejected row (io/reject_file.hpp writes them)
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

namespace detail {

// Reads one file. Kept apart from the range over it, which is a handle that can be copied.
template <some_record Record>
class record_file {
 public:
  record_file(std::filesystem::path const& path, read_options options)
      : options_{std::move(options)}, rows_{path, options_.format, options_.max_row_bytes} {
    if (rows_.is_empty() && !options_.allow_empty) throw error{"{}: the file is empty", rows_.name()};
    if (rows_.is_table() && rows_.cells().columns().empty()) throw error{"{}: the table has no header row", rows_.name()};
  }

  Record& current() { return current_; }
  read_counts const& counts() const { return counts_; }

  // Reads the first row, once.
  void start() {
    if (!std::exchange(started_, true)) next();
  }
  bool at_end() const { return at_end_; }
  double fraction_read() const { return at_end_ ? 1 : rows_.fraction_read(); }

  // Reads up to the next good row, or to the end of the file.
  void next() {
    while (auto const row = rows_.next()) {
      ++counts_.read;
      try {
        field_.clear();
        current_ = read(*row);
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

  std::string description() const {
    return fmt::format("{}{}, {}", name_of(rows_.format()), rows_.is_gzip() ? " (gzip)" : "",
                       plan_ ? plan_->description() : "shape not known yet");
  }

 private:
  using filler = record_filler<Record>;

  void reject(row_text const& row, std::string field, error const& cause) {
    bad_row out;
    out.file = rows_.name();
    explain(out, row, !rows_.is_table(), std::move(field), cause);
    if (plan_ && plan_->rewrite == nullptr) out.column = plan_->columns.column_of(out.field);
    if (out.reason == "missing") out.reason = missing(row, out.column.empty() ? out.field : out.column);
    if (options_.bad_rows == on_bad_row::stop) throw error{"{}", out.message()};
    ++counts_.rejected;
    if (options_.on_reject) options_.on_reject(out);
  }

  std::string missing(row_text const& row, std::string_view column) {
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

  Record read(row_text const& row) {
    if (!row.problem.empty()) throw bad_value{"{}", row.problem};
    if (rows_.is_table() && !simdjson::validate_utf8(row.text.data(), row.text.size())) throw bad_value{"not valid UTF-8"};
    if (!plan_) plan_ = shape_finder{members_of(row), filler::keys, options_.columns}.plan(options_.shape, options_.turns);
    if (plan_->rewrite == nullptr && !rows_.is_table()) return read_object(row);
    auto members = members_of(row);
    for (auto& [key, raw] : members) key = plan_->columns.key_of(key);
    if (plan_->rewrite != nullptr) plan_->rewrite(members, plan_->context, raw_);
    return read_members(std::move(members));
  }

  // The straight way: from the row's object into the fields, without a copy in between.
  Record read_object(row_text const& row) {
    filler out;
    each_member(row, [&](std::string_view column, simdjson::ondemand::value value, auto& document) {
      auto const key = plan_->columns.entries.empty() ? std::string{column} : plan_->columns.key_of(column);
      field_ = key;
      bool const known = out.fill(key, [&]<class T>() { return json_codec<T>::read(value); });
      if (known) return;
      if constexpr (filler::keeps_others)
        out.keep(key, take_raw(value, document));
      else
        check_json(value);
    });
    return out.finish();
  }

  Record read_members(raw_members members) {
    filler out;
    for (auto& [key, raw] : members) {
      field_ = key;
      if (raw.empty() && filler::may_be_absent(key)) continue;  // an empty cell of a number that may be absent
      if (!out.fill(key, [&]<class T>() { return raw_.as<T>(raw); })) out.keep(key, std::move(raw));
    }
    field_.clear();
    return out.finish();
  }

  // Calls visit(key, value, document) for each member of the row's JSON object.
  void each_member(row_text const& row, auto&& visit) {
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

  // The row's members under the file's own keys. A table's cell is a string, unless its field holds something else.
  raw_members members_of(row_text const& row) {
    raw_members out;
    if (rows_.is_table()) {
      auto const& names = rows_.cells().columns();
      auto const& cells = rows_.cells().cells();
      for (std::size_t i = 0; i < names.size() && i < cells.size(); ++i)
        out.emplace_back(names[i], filler::holds_json(plan_ ? plan_->columns.key_of(names[i]) : names[i])
                                       ? cells[i]
                                       : json_string(cells[i]));
    } else {
      each_member(row, [&](std::string_view key, simdjson::ondemand::value value, auto& document) {
        field_ = key;
        out.emplace_back(std::string{key}, take_raw(value, document));
      });
    }
    return out;
  }

  read_options options_;
  row_source rows_;
  std::optional<row_plan> plan_{};
  simdjson::ondemand::parser parser_{};
  raw_parser raw_{};
  std::string field_{};  // the one being read, for errors
  Record current_{};
  read_counts counts_{};
  bool started_{false};
  bool at_end_{false};
};

}  // namespace detail

// The rows of a file as an input range, for std and range-v3 views and as a pipeline's source. A copy is a handle on the
// same file: all copies share the one pass over it. A row is given by reference and may be moved from.
template <some_record Record>
class record_reader : public std::ranges::view_base, public ::ranges::view_base {
 public:
  class iterator {
   public:
    using iterator_concept = std::input_iterator_tag;
    using iterator_category = std::input_iterator_tag;
    using value_type = Record;
    using difference_type = std::ptrdiff_t;
    using reference = Record&;
    using pointer = Record*;

    iterator() = default;
    explicit iterator(detail::record_file<Record>& file) : file_{&file} {}
    Record& operator*() const { return file_->current(); }
    Record* operator->() const { return &file_->current(); }
    iterator& operator++() {
      file_->next();
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(iterator const& at, std::default_sentinel_t) { return at.file_->at_end(); }

   private:
    detail::record_file<Record>* file_{nullptr};
  };

  record_reader() = default;
  // Opens the file; rows are read as they are asked for. Throws ease::error if it cannot be read or holds no rows at all.
  explicit record_reader(std::filesystem::path const& path, read_options options = {})
      : file_{std::make_shared<detail::record_file<Record>>(path, std::move(options))} {}

  // The row at hand; the first call reads the first row.
  iterator begin() const {
    file_->start();
    return iterator{*file_};
  }
  std::default_sentinel_t end() const { return {}; }

  // So far, or of the whole file once the range has ended.
  read_counts counts() const { return file_->counts(); }
  // The share of the file, in [0, 1], that was read: counts().read / fraction_read() rows are expected in all. 0 where the
  // end is not known, as of a pipe.
  double fraction_read() const { return file_->fraction_read(); }
  // How the file is read, to be said aloud: `JSON lines (gzip), star1 shape (prompt from "question")`. Reads the first row.
  std::string description() const {
    file_->start();
    return file_->description();
  }

 private:
  std::shared_ptr<detail::record_file<Record>> file_{};
};

template <some_field... Fs>
record_reader<record<Fs...>> read_records(std::filesystem::path const& path, read_options options = {}) {
  return record_reader<record<Fs...>>{path, std::move(options)};
}

}  // namespace ease
