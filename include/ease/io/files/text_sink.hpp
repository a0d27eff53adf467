// SPDX-License-Identifier: Apache-2.0
#pragma once
// An atomic_file that compresses if its name ends in .gz or .zst. The same text always gives the same bytes: no time stamp is
// stored.
#include <zlib.h>

#include <cstddef>
#include <ease/core/compiled.hpp>
#include <ease/io/compress/zstd.hpp>
#include <ease/io/files/atomic_file.hpp>
#include <filesystem>
#include <optional>
#include <string_view>

namespace ease::inline v1 {

class text_sink {
 public:
  explicit text_sink(std::filesystem::path const& path);
  text_sink(text_sink const&) = delete;
  text_sink& operator=(text_sink const&) = delete;
  ~text_sink();

  void write(std::string_view text);
  void commit();
  std::filesystem::path const& path() const { return file_.path(); }

 private:
  void deflate(std::string_view text, int flush);

  bool compresses_;
  ::z_stream gzip_{};
  std::optional<zstd_writer> zstd_{};
  atomic_file file_;
};

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/io/files/text_sink.ipp>
#endif
