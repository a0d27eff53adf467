// SPDX-License-Identifier: Apache-2.0
#include "output.hpp"

#include <arrow/api.h>
#include <arrow/io/interfaces.h>
#include <fcntl.h>
#include <parquet/arrow/writer.h>
#include <parquet/properties.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ease/io/formats/json_lines.hpp>
#include <ease/io/formats/row_text.hpp>
#include <ease/io/json/raw_json.hpp>
#include <limits>
#include <utility>
#include <vector>

#include "arrow_error.hpp"
#include "json_value.hpp"
#include "row_types.hpp"

namespace ease::parquet {

namespace {

// Lines in a file without a name, beside the output: nothing of them stays behind, however the process ends.
class kept_lines {
 public:
  kept_lines(std::filesystem::path const& folder, std::string shown) : shown_{std::move(shown)} {
    auto const place = folder.empty() ? std::filesystem::path{"."} : folder;
    file_ = ::open(place.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (file_ < 0) {  // not every file system has them
      auto name = (place / ".ease-rows-XXXXXX").string();
      file_ = ::mkostemp(name.data(), O_CLOEXEC);
      if (file_ >= 0) ::unlink(name.c_str());
    }
    if (file_ < 0) fail();
  }
  kept_lines(kept_lines const&) = delete;
  kept_lines& operator=(kept_lines const&) = delete;
  ~kept_lines() { ::close(file_); }

  void add(std::string_view line) {
    buffer_.append(line).append("\n");
    constexpr std::size_t enough = 1U << 18U;
    if (buffer_.size() >= enough) flush();
  }
  // Each line of them, with the padding that simdjson wants.
  template <class Each>
  void for_each(Each&& each) {
    flush();
    if (::lseek(file_, 0, SEEK_SET) < 0) fail();
    row_window window{"/proc/self/fd/" + std::to_string(file_), shown_};
    json_lines lines{window, std::numeric_limits<std::size_t>::max()};
    while (auto const line = lines.next()) each(line->text);
  }

 private:
  [[noreturn]] void fail() const { throw error{"cannot write {}: {}", shown_, std::strerror(errno)}; }
  void flush() {
    for (std::string_view rest = buffer_; !rest.empty();) {
      auto const count = ::write(file_, rest.data(), rest.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) fail();
      rest.remove_prefix(static_cast<std::size_t>(count));
    }
    buffer_.clear();
  }

  std::string shown_;
  int file_{-1};
  std::string buffer_{};
};

// Hands on what Arrow writes. What write() throws goes through Arrow, which knows of no exceptions, as a status.
class handed_on final : public arrow::io::OutputStream {
 public:
  explicit handed_on(std::function<void(std::string_view)> const& write) : write_{&write} {}
  using arrow::io::OutputStream::Write;
  arrow::Status Write(void const* data, std::int64_t size) override {
    try {
      (*write_)({static_cast<char const*>(data), static_cast<std::size_t>(size)});
    } catch (std::exception const& problem) {
      failed = std::current_exception();
      return arrow::Status::IOError(problem.what());
    }
    written_ += size;
    return arrow::Status::OK();
  }
  arrow::Result<std::int64_t> Tell() const override { return written_; }
  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  bool closed() const override { return closed_; }

  std::exception_ptr failed{};

 private:
  std::function<void(std::string_view)> const* write_;
  std::int64_t written_{0};
  bool closed_{false};
};

class output {
 public:
  output(std::filesystem::path const& folder, std::string const& shown) : shown_{shown}, lines_{folder, shown} {}

  void add(std::string_view json) {
    padded_.assign(json);
    padded_.reserve(padded_.size() + simdjson::SIMDJSON_PADDING);
    auto document = detail::expect(parser_.iterate(padded_.data(), padded_.size(), padded_.capacity()));
    columns_.see_members(detail::expect(document.get_object()), 0);
    if (columns_.is_odd())
      throw error{"cannot write {}: a row has a key twice, or the rows have more than {} keys; name a .jsonl file", shown_,
                  value_type::most_members};
    lines_.add(json);
    ++rows_;
  }

  std::vector<std::string> finish(std::function<void(std::string_view)> const& write) {
    if (rows_ > 0 && columns_.members().empty())
      throw error{"cannot write {}: its rows are empty objects, and Parquet has no rows without columns; name a .jsonl file",
                  shown_};
    std::vector<std::string> notes;
    columns_.settle_columns(notes);
    auto const schema = columns_.arrow_schema();
    auto const sink = std::make_shared<handed_on>(write);
    auto const check = [&](arrow::Status const& status) {
      if (sink->failed) std::rethrow_exception(sink->failed);
      expect(status, "cannot write " + shown_);
    };
    auto const pages =
        ::parquet::WriterProperties::Builder{}.compression(::parquet::Compression::ZSTD)->enable_write_page_index()->build();
    auto const how = ::parquet::ArrowWriterProperties::Builder{}.store_schema()->build();
    auto opened = ::parquet::arrow::FileWriter::Open(*schema, arrow::default_memory_pool(), sink, pages, how);
    check(opened.status());
    auto const file = std::move(opened).ValueUnsafe();
    auto made = arrow::MakeBuilder(arrow::struct_(schema->fields()));
    check(made.status());
    auto& rows = static_cast<arrow::StructBuilder&>(**made);
    std::size_t bytes = 0;
    auto const write_group = [&] {
      std::shared_ptr<arrow::Array> all;
      auto const count = rows.length();
      check(rows.Finish(&all));
      auto const batch =
          arrow::RecordBatch::Make(schema, count, std::static_pointer_cast<arrow::StructArray>(all)->fields());
      auto const table = arrow::Table::FromRecordBatches(schema, {batch});
      check(table.status());
      check(file->WriteTable(**table, std::max<std::int64_t>(count, 1)));
      bytes = 0;
    };
    lines_.for_each([&](std::string_view line) {
      auto document = detail::expect(parser_.iterate(line.data(), line.size(), line.size() + simdjson::SIMDJSON_PADDING));
      check(append_members(columns_, rows, detail::expect(document.get_object()), document));
      bytes += line.size();
      constexpr std::size_t of_a_group = std::size_t{64} << 20U;  // of JSON: what is held at a time
      if (bytes >= of_a_group) write_group();
    });
    if (rows.length() > 0) write_group();
    check(file->Close());
    return notes;
  }

 private:
  using json_text = simdjson::ondemand::document;

  static arrow::Status append_members(value_type const& type, arrow::StructBuilder& into, simdjson::ondemand::object object,
                                      json_text& whole) {
    ARROW_RETURN_NOT_OK(into.Append());
    auto const& members = type.members();
    std::size_t next = 0;
    for (auto one : object) {
      auto pair = detail::expect(std::move(one));
      std::string_view const key = detail::expect(pair.unescaped_key());
      auto const place =
          next < members.size() && members[next].key == key ? next : static_cast<std::size_t>(type.place_of(key));
      next = place + 1;
      ARROW_RETURN_NOT_OK(append(*members[place].type, *into.field_builder(static_cast<int>(place)), pair.value(), whole));
    }
    for (int k = 0; k < into.num_fields(); ++k)  // what the object has no member for
      if (into.field_builder(k)->length() < into.length()) ARROW_RETURN_NOT_OK(into.field_builder(k)->AppendNull());
    return arrow::Status::OK();
  }

  static arrow::Status append(value_type const& type, arrow::ArrayBuilder& into, simdjson::ondemand::value value,
                              json_text& whole) {
    using kind = value_type::kind;
    auto const token = value.raw_json_token();
    if (token.front() == 'n') return into.AppendNull();
    switch (type.what()) {
      case kind::truth:
        return static_cast<arrow::BooleanBuilder&>(into).Append(token.front() == 't');
      case kind::whole:
        return static_cast<arrow::Int64Builder&>(into).Append(number_in(detail::trim(token)).whole);
      case kind::whole_unsigned: {
        auto const number = number_in(detail::trim(token));
        return static_cast<arrow::UInt64Builder&>(into).Append(
            number.beyond_signed ? number.large : static_cast<std::uint64_t>(number.whole));
      }
      case kind::real: {
        auto const number = number_in(detail::trim(token));
        return static_cast<arrow::DoubleBuilder&>(into).Append(number.is_whole ? static_cast<double>(number.whole)
                                                                               : number.real);
      }
      case kind::text:
        return static_cast<arrow::StringBuilder&>(into).Append(detail::expect(value.get_string()));
      case kind::json:
        return static_cast<arrow::StringBuilder&>(into).Append(detail::take_raw(value, whole));
      case kind::list: {
        auto& list = static_cast<arrow::ListBuilder&>(into);
        ARROW_RETURN_NOT_OK(list.Append());
        for (auto element : detail::expect(value.get_array()))
          ARROW_RETURN_NOT_OK(append(type.item(), *list.value_builder(), detail::expect(std::move(element)), whole));
        return arrow::Status::OK();
      }
      case kind::object:
        return append_members(type, static_cast<arrow::StructBuilder&>(into), detail::expect(value.get_object()), whole);
      default:
        return into.AppendNull();
    }
  }

  std::string shown_;
  kept_lines lines_;
  simdjson::ondemand::parser parser_{};
  std::string padded_{};
  value_type columns_{};
  std::size_t rows_{0};
};

}  // namespace

parquet_output create_output(std::filesystem::path const& folder, std::string const& shown) {
  auto const file = std::make_shared<output>(folder, shown);
  return {[file](std::string_view json) { file->add(json); },
          [file](std::function<void(std::string_view)> const& write) { return file->finish(write); }};
}

}  // namespace ease::parquet
