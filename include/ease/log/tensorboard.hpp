// SPDX-License-Identifier: Apache-2.0
#pragma once
// Writes scalars as a TensorBoard event file: TFRecord frames (length, masked CRC-32C, data, masked CRC-32C) of Event
// messages whose few protobuf fields are put together here.
// https://github.com/tensorflow/tensorboard/blob/master/tensorboard/compat/proto/event.proto
// Non-goals: images, histograms, graphs; reading.
#include <unistd.h>

#include <array>
#include <bit>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ease/core/error.hpp>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace ease::inline v1 {

namespace detail {

// Castagnoli's CRC, reflected.
constexpr std::uint32_t crc32c(std::string_view bytes) {
  constexpr auto table = [] {
    std::array<std::uint32_t, 256> all{};
    for (std::uint32_t i = 0; i < all.size(); ++i) {
      all[i] = i;
      for (int bit = 0; bit < 8; ++bit) all[i] = all[i] >> 1U ^ (all[i] & 1U ? 0x82f63b78U : 0U);
    }
    return all;
  }();
  std::uint32_t crc = 0xffffffffU;
  for (char const c : bytes) crc = crc >> 8U ^ table[(crc ^ static_cast<unsigned char>(c)) & 0xffU];
  return ~crc;
}

template <class Number>
void append_little_endian(std::string& out, Number number) {
  static_assert(std::endian::native == std::endian::little);
  char bytes[sizeof number];
  std::memcpy(bytes, &number, sizeof number);
  out.append(bytes, sizeof number);
}

inline void append_varint(std::string& out, std::uint64_t number) {
  for (; number >= 128; number >>= 7U) out += static_cast<char>(number | 128U);
  out += static_cast<char>(number);
}

enum class wire : unsigned { varint = 0, eight_bytes = 1, bytes = 2, four_bytes = 5 };
inline void append_tag(std::string& out, unsigned field, wire type) {
  append_varint(out, field << 3U | static_cast<unsigned>(type));
}
inline void append_bytes(std::string& out, unsigned field, std::string_view bytes) {
  append_tag(out, field, wire::bytes);
  append_varint(out, bytes.size());
  out += bytes;
}

}  // namespace detail

class tensorboard_writer {
 public:
  // Seconds since 1970.
  static double now() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

  // A new event file in `folder`, which is made where it is missing. With `first_step` above 1, TensorBoard forgets the
  // points from there on that an earlier file in the folder holds: a run that was killed goes on from an older checkpoint.
  // Throws ease::error if the file cannot be made.
  explicit tensorboard_writer(std::filesystem::path const& folder, std::size_t first_step = 1, double wall_time = now()) {
    std::error_code bad;
    std::filesystem::create_directories(folder, bad);
    std::array<char, 256> host{"here"};
    ::gethostname(host.data(), host.size() - 1);
    for (unsigned n = 0; file_ == nullptr && n < 1000; ++n) {
      path_ = folder / fmt::format("events.out.tfevents.{:010}.{}.{}.{}", static_cast<std::int64_t>(wall_time), host.data(),
                                   ::getpid(), n);
      file_ = std::fopen(path_.c_str(), "wbxe");
      if (file_ == nullptr && errno != EEXIST) break;
    }
    if (file_ == nullptr) throw error{"cannot write {}: {}", path_.string(), std::strerror(errno)};
    std::string version;
    detail::append_bytes(version, 3, "brain.Event:2");
    put(wall_time, 0, version);
    if (first_step <= 1) return;
    std::string session, started;
    detail::append_tag(session, 1, detail::wire::varint);
    detail::append_varint(session, 1);  // SessionLog.START
    detail::append_bytes(started, 7, session);
    put(wall_time, first_step, started);
  }
  tensorboard_writer(tensorboard_writer const&) = delete;
  tensorboard_writer& operator=(tensorboard_writer const&) = delete;
  ~tensorboard_writer() { std::fclose(file_); }

  void scalar(std::string_view tag, std::size_t step, double value, double wall_time = now()) {
    std::string entry, summary, event;
    detail::append_bytes(entry, 1, tag);
    detail::append_tag(entry, 2, detail::wire::four_bytes);
    detail::append_little_endian(entry, static_cast<float>(value));
    detail::append_bytes(summary, 1, entry);
    detail::append_bytes(event, 5, summary);
    put(wall_time, step, event);
  }

  // Brings what was written to the file; false if the disk did not take all of it, now or before.
  bool flush() { return std::fflush(file_) == 0 && !failed_; }

  std::filesystem::path const& path() const { return path_; }

 private:
  void put(double wall_time, std::size_t step, std::string_view what) {
    std::string event;
    detail::append_tag(event, 1, detail::wire::eight_bytes);
    detail::append_little_endian(event, wall_time);
    if (step > 0) {
      detail::append_tag(event, 2, detail::wire::varint);
      detail::append_varint(event, step);
    }
    event += what;
    std::string frame;
    detail::append_little_endian(frame, std::uint64_t{event.size()});
    detail::append_little_endian(frame, masked(frame));
    frame += event;
    detail::append_little_endian(frame, masked(event));
    failed_ |= std::fwrite(frame.data(), 1, frame.size(), file_) != frame.size();
  }
  static std::uint32_t masked(std::string_view bytes) { return std::rotr(detail::crc32c(bytes), 15) + 0xa282ead8U; }

  std::filesystem::path path_{};
  std::FILE* file_{nullptr};
  bool failed_{false};
};

}  // namespace ease::inline v1
