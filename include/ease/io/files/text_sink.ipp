// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of io/files/text_sink.hpp; core/compiled.hpp says where they are compiled.
#include <array>
#include <ease/core/error.hpp>
#include <ease/io/files/text_sink.hpp>
#include <utility>

namespace ease::inline v1 {

EASE_INLINE text_sink::text_sink(std::filesystem::path const& path) : compresses_{path.extension() == ".gz"}, file_{path} {
  if (compresses_ && ::deflateInit2(&gzip_, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw error{"cannot write {}: zlib does not start", path.string()};
  if (path.extension() == ".zst") zstd_.emplace();
}

EASE_INLINE text_sink::~text_sink() {
  if (compresses_) ::deflateEnd(&gzip_);
}

EASE_INLINE void text_sink::write(std::string_view text) {
  if (compresses_)
    deflate(text, Z_NO_FLUSH);
  else if (zstd_)
    zstd_->write(text, false, [&](std::string_view packed) { file_.write(packed); });
  else
    file_.write(text);
}

EASE_INLINE void text_sink::commit() {
  if (compresses_) deflate({}, Z_FINISH);
  if (zstd_) zstd_->write({}, true, [&](std::string_view packed) { file_.write(packed); });
  file_.commit();
}

EASE_INLINE void text_sink::deflate(std::string_view text, int flush) {
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

}  // namespace ease::inline v1
