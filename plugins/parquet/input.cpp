// SPDX-License-Identifier: Apache-2.0
#include "input.hpp"

#include <arrow/io/file.h>
#include <arrow/memory_pool.h>
#include <arrow/record_batch.h>
#include <arrow/util/config.h>
#include <parquet/arrow/reader.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/properties.h>

#include <algorithm>
#include <cstdint>
#include <ease/io/json/simdjson.hpp>
#include <limits>
#include <new>
#include <utility>
#include <vector>

#include "arrow_error.hpp"
#include "column_text.hpp"

namespace ease::parquet {

namespace {

// One row group after the other, and of it some rows at a time, so that memory is bounded by a few pages of each column and the rows
// at hand. What a file claims of its sizes is not believed: Arrow's memory comes from a pool with a limit.
class input {
 public:
  input(std::filesystem::path const& path, std::string shown, std::size_t most_row_bytes)
      : shown_{std::move(shown)},
        most_row_bytes_{most_row_bytes},
        pool_{&counted_, limit_for(path, most_row_bytes)},
        pages_{properties(path, pool_)} {
    guarded([&] {
      auto file = expect(arrow::io::ReadableFile::Open(path.string(), &pool_), shown_);
      ::parquet::arrow::FileReaderBuilder builder;
      check(builder.Open(std::move(file), pages_));
      ::parquet::ArrowReaderProperties how{false};  // threads are the caller's business
      how.set_pre_buffer(false);
      how.set_batch_size(1);
      how.set_arrow_extensions_enabled(true);
      check(builder.memory_pool(&pool_)->properties(how)->Build(&file_));
      std::shared_ptr<arrow::Schema> schema;
      check(file_->GetSchema(&schema));
      row_ = writer_for(arrow::struct_(schema->fields()));
      auto const& about = *file_->parquet_reader()->metadata();
      rows_ = static_cast<std::size_t>(std::max<std::int64_t>(about.num_rows(), 0));
      groups_ = static_cast<std::size_t>(std::max(about.num_row_groups(), 0));
    });
  }

  bool read(parquet_rows_text& into) {
    into.text.clear();
    into.rows.clear();
    while (batch_ == nullptr || at_ == batch_->num_rows())
      if (!next_batch()) return false;
    into.group = group_;
    while (at_ < batch_->num_rows() && into.text.size() < enough_text) {
      auto const start = into.text.size();
      room_.end = start + most_row_bytes_;
      row_->write(into.text, at_, room_);
      bool const too_long = into.text.size() - start > most_row_bytes_;
      if (too_long) into.text.resize(start);
      into.rows.push_back({into.text.size(), too_long});
      ++at_, ++done_;
    }
    into.text.append(simdjson::SIMDJSON_PADDING, '\0');
    return true;
  }
  std::size_t rows() const { return rows_; }
  std::size_t groups() const { return groups_; }

 private:
  static constexpr std::size_t enough_text = std::size_t{1} << 20U;

  static std::size_t size_of(std::filesystem::path const& path) {
    std::error_code none;
    auto const size = std::filesystem::file_size(path, none);
    return none ? 0 : static_cast<std::size_t>(size);
  }
  // A page of a column, unpacked, and the rows at hand: for some of the longest rows, and more for a large file.
  static std::int64_t limit_for(std::filesystem::path const& path, std::size_t most_row_bytes) {
    constexpr std::size_t base = std::size_t{8} << 20U, rows = 8, times = 64, most = std::size_t{1} << 50U;
    return static_cast<std::int64_t>(base + rows * std::min(most_row_bytes, most) + times * std::min(size_of(path), most));
  }
  static ::parquet::ReaderProperties properties(std::filesystem::path const& path, arrow::MemoryPool& pool) {
    ::parquet::ReaderProperties out{&pool};
    out.enable_buffered_stream();
    constexpr std::int64_t buffer = 1U << 18U;
    auto const size = size_of(path);
    out.set_buffer_size(std::min<std::int64_t>(buffer, static_cast<std::int64_t>(std::max<std::size_t>(size, 1))));
    out.set_page_checksum_verification(true);
    // Each element of the index takes a byte of the file at least.
    auto const most = static_cast<std::int32_t>(std::min<std::size_t>(std::max<std::size_t>(size, 1), 100'000'000));
    out.set_thrift_string_size_limit(most);
    out.set_thrift_container_size_limit(std::min(most, 5'000'000));
    return out;
  }

  // Goes to the next rows; false behind the last.
  bool next_batch() {
    batch_.reset();  // before the next one is made
    at_ = 0;
    for (;;) {
      if (batches_ == nullptr && !open_group()) return false;
      arrow::Status said;
      guarded([&] { said = batches_->ReadNext(&batch_); });
      if (said.IsOutOfMemory() && batch_rows_ > 1) {  // rows are longer than the file's sizes let expect: fewer at a time
        batch_rows_ = std::max<std::int64_t>(batch_rows_ / 16, 1);
        open_reader();
        skip_ = done_;
        continue;
      }
      check(said);
      if (batch_ == nullptr) {
        batches_.reset();
        continue;
      }
      check(batch_->Validate());
      if (skip_ >= batch_->num_rows()) {
        skip_ -= batch_->num_rows();
        continue;
      }
      at_ = std::exchange(skip_, 0);
      row_->bind(expect(batch_->ToStructArray(), where()));
      return true;
    }
  }
  bool open_group() {
    if (group_ == groups_) return false;
    ++group_;
    done_ = skip_ = 0;
    guarded([&] {
      auto const about = file_->parquet_reader()->metadata()->RowGroup(static_cast<int>(group_ - 1));
      constexpr std::int64_t wanted = 4 << 20, fewest = 16, most = 8192;
      auto const of_a_row = about->total_byte_size() / std::max<std::int64_t>(about->num_rows(), 1);
      batch_rows_ = std::clamp(wanted / std::max<std::int64_t>(of_a_row, 1), fewest, most);
    });
    open_reader();
    return true;
  }
  void open_reader() {
    batches_.reset();
    guarded([&] {
      file_->set_batch_size(batch_rows_);
      batches_ = expect(file_->GetRecordBatchReader(std::vector<int>{static_cast<int>(group_ - 1)}), where());
    });
  }

  std::string where() const { return group_ == 0 ? shown_ : fmt::format("{}: row group {}", shown_, group_); }
  void check(arrow::Status const& status) const {
    if (status.ok()) return;
    if (status.IsOutOfMemory())
      throw error{
          "{}: reading it takes more memory than a file of its size and rows of up to {} bytes should; is it damaged?",
          where(), most_row_bytes_};
    throw error{"{}: cannot be read as Parquet: {}; is the file whole? Fetch or write it again", where(),
                printable(status.message(), 300)};
  }
  // Arrow says most of it by statuses, Parquet below it throws.
  template <class Work>
  void guarded(Work&& work) const {
    try {
      work();
    } catch (::parquet::ParquetStatusException const& problem) {
      check(problem.status());
    } catch (error const&) {
      throw;
    } catch (std::bad_alloc const&) {
      check(arrow::Status::OutOfMemory(""));
    } catch (std::exception const& problem) {
      check(arrow::Status::Invalid(problem.what()));
    }
  }

  std::string shown_;
  std::size_t most_row_bytes_;
  arrow::ProxyMemoryPool counted_{arrow::system_memory_pool()};
  arrow::CappedMemoryPool pool_;
  ::parquet::ReaderProperties pages_;
  std::unique_ptr<::parquet::arrow::FileReader> file_{};
  std::unique_ptr<value_writer> row_{};
  std::size_t rows_{0}, groups_{0};
  std::size_t group_{0};  // the one at hand, from 1
  std::unique_ptr<arrow::RecordBatchReader> batches_{};
  std::shared_ptr<arrow::RecordBatch> batch_{};
  std::int64_t batch_rows_{1}, at_{0};
  std::int64_t done_{0};  // rows of the group that were given
  std::int64_t skip_{0};  // of those that come next, which were given already
  row_room room_{};
};

}  // namespace

parquet_input open_input(std::filesystem::path const& path, std::string const& shown, std::size_t most_row_bytes) {
  auto const file = std::make_shared<input>(path, shown, most_row_bytes);
  return {[file](parquet_rows_text& into) { return file->read(into); }, file->rows(), file->groups()};
}

}  // namespace ease::parquet
