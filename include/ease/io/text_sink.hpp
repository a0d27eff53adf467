#pragma once
// An atomic_file that compresses if its name ends in .gz. The same text always gives the same bytes: no time stamp is
// stored.
#include <zlib.h>

#include <array>
#include <cstddef>
#include <ease/io/atomic_file.hpp>
#include <ease/io/error.hpp>
#include <filesystem>
#include <string_view>
#include <utility>

namespace ease {

class text_sink {
 public:
  explicit text_sink(std::filesystem::path const& path) : compresses_{path.extension() == ".gz"}, file_{path} {
    if (compresses_ && ::deflateInit2(&gzip_, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
      throw error{"cannot write {}: zlib does not start", path.string()};
  }
  text_sink(text_sink const&) = delete;
  text_sink& operator=(text_sink const&) = delete;
  ~text_sink() {
    if (compresses_) ::deflateEnd(&gzip_);
  }

  void write(std::string_view text) {
    if (compresses_)
      deflate(text, Z_NO_FLUSH);
    else
      file_.write(text);
  }
  void commit() {
    if (compresses_) deflate({}, Z_FINISH);
    file_.commit();
  }
  std::filesystem::path const& path() const { return file_.path(); }

 private:
  void deflate(std::string_view text, int flush) {
    gzip_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));  // zlib does not write there
    gzip_.avail_in = static_cast<uInt>(text.size());
    std::array<char, 1U << 15U> out;  // NOLINT(*-member-init): zlib fills it
    do {
      gzip_.next_out = reinterpret_cast<Bytef*>(out.data());
      gzip_.avail_out = static_cast<uInt>(out.size());
      ::deflate(&gzip_, flush);
      file_.write({out.data(), out.size() - gzip_.avail_out});
    } while (gzip_.avail_out == 0);
  }

  bool compresses_;
  ::z_stream gzip_{};
  atomic_file file_;
};

}  // namespace ease
