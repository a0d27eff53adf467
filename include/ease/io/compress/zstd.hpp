// SPDX-License-Identifier: Apache-2.0
#pragma once
// zstd data, read and written piece by piece. A file may have several frames, as `cat a.zst b.zst` makes them, and frames to be
// skipped. A frame says how much of what was unpacked must be held: a file of up to 64 kB may ask for 8 MB (that of `zstd -19`), a
// larger one for 128 MB, as of the program zstd.
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <cstddef>
#include <ease/core/error.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ease::inline v1 {

class zstd_reader {
 public:
  // Whether data that begins with these bytes, four or more, is zstd's.
  static bool knows(std::string_view start) {
    bool const is_frame = start.starts_with("\x28\xB5\x2F\xFD");
    bool const is_skipped = start.size() >= 4 && (start[0] & '\xF0') == '\x50' && start.substr(1, 3) == "\x2A\x4D\x18";
    return is_frame || is_skipped;
  }

  // `name`: what errors call the file; `size`: of the file; 0: not known. Throws ease::error if there is no memory.
  zstd_reader(std::string name, std::size_t size) : name_{std::move(name)} {
    if (stream_ == nullptr) throw error{"{}: cannot start zstd", name_};
    constexpr std::size_t small_file = 1U << 16U;
    constexpr int small_window = 23, window = 27;
    ::ZSTD_DCtx_setParameter(stream_.get(), ZSTD_d_windowLogMax, size > 0 && size <= small_file ? small_window : window);
  }

  // Unpacks from the front of `packed`, which is then what was not used, to `into`; the bytes written. Throws ease::error for
  // data that is broken.
  std::size_t read(std::string_view& packed, char* into, std::size_t room) {
    ::ZSTD_inBuffer from{packed.data(), packed.size(), 0};
    ::ZSTD_outBuffer to{into, room, 0};
    auto const left = ::ZSTD_decompressStream(stream_.get(), &to, &from);
    if (::ZSTD_isError(left) != 0) refuse(left);
    packed.remove_prefix(from.pos);
    between_frames_ = left == 0;
    return to.pos;
  }
  // Whether the data may end here.
  bool at_end() const { return between_frames_; }
  [[noreturn]] void refuse_cut() const { throw error{"{}: the zstd file is cut off", name_}; }

 private:
  [[noreturn]] void refuse(std::size_t code) const {
    if (::ZSTD_getErrorCode(code) == ZSTD_error_frameParameter_windowTooLarge)
      throw error{
          "{}: unpacking it takes more memory than is allowed here (zstd's ultra or long mode); unpack it first: "
          "zstd -d --long=31 FILE",
          name_};
    throw error{"{}: the zstd data is broken", name_};
  }

  struct free_stream {
    void operator()(::ZSTD_DCtx* stream) const { ::ZSTD_freeDCtx(stream); }
  };
  std::string name_;
  std::unique_ptr<::ZSTD_DCtx, free_stream> stream_{::ZSTD_createDCtx()};
  bool between_frames_{false};
};

class zstd_writer {
 public:
  static constexpr int level = 3;  // the program's own

  zstd_writer() {
    if (stream_ == nullptr) throw error{"cannot start zstd"};
    ::ZSTD_CCtx_setParameter(stream_.get(), ZSTD_c_compressionLevel, level);
    ::ZSTD_CCtx_setParameter(stream_.get(), ZSTD_c_checksumFlag, 1);
  }

  // Packs `text` and gives what comes of it to write(bytes); the last call, `is_last`, ends the frame.
  template <class Write>
  void write(std::string_view text, bool is_last, Write&& write) {
    ::ZSTD_inBuffer from{text.data(), text.size(), 0};
    for (;;) {
      ::ZSTD_outBuffer to{packed_.data(), packed_.size(), 0};
      auto const left = ::ZSTD_compressStream2(stream_.get(), &to, &from, is_last ? ZSTD_e_end : ZSTD_e_continue);
      if (::ZSTD_isError(left) != 0) throw error{"zstd cannot pack the rows: {}", ::ZSTD_getErrorName(left)};
      write(std::string_view{packed_.data(), to.pos});
      if (is_last ? left == 0 : from.pos == from.size) return;
    }
  }

 private:
  struct free_stream {
    void operator()(::ZSTD_CCtx* stream) const { ::ZSTD_freeCCtx(stream); }
  };
  std::unique_ptr<::ZSTD_CCtx, free_stream> stream_{::ZSTD_createCCtx()};
  std::vector<char> packed_ = std::vector<char>(::ZSTD_CStreamOutSize());
};

}  // namespace ease::inline v1
