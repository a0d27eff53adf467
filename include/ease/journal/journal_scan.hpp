// SPDX-License-Identifier: Apache-2.0
#pragma once
// The bytes of a journal (journal.hpp) and its whole records among them, whatever the bytes are.
//   file     16 bytes "ease journal 1\n\0", 16 bytes of hash key, then records
//   record   "EJR1", payload bytes (u32), CRC-32 of the payload behind the key (u32), CRC-32 of these 12 bytes (u32),
//            128-bit key, payload; little-endian
// A journal holds what models wrote and may be anybody's: the work grows with the file's size however it was made, also
// where records are forged inside one another and each claims all that follows.
#include <zlib.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ease/core/siphash.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ease::inline v1 {

namespace detail {

inline constexpr std::string_view journal_magic{"ease journal 1\n\0", 16};
inline constexpr std::size_t journal_head = 32;  // magic and hash key
inline constexpr std::string_view record_mark{"EJR1"};
inline constexpr std::size_t record_head = 32;  // mark, size, two checksums, key

inline std::uint32_t crc(std::string_view bytes, std::uint32_t before = 0) {
  if (bytes.empty()) return before;  // zlib takes a null pointer for a new beginning
  return static_cast<std::uint32_t>(::crc32_z(before, reinterpret_cast<Bytef const*>(bytes.data()), bytes.size()));
}
template <class Number>
Number number_at(std::string_view bytes, std::size_t at) {
  Number n;
  std::memcpy(&n, bytes.data() + at, sizeof n);
  return n;
}
template <class Number>
void append_number(std::string& to, Number n) {
  to.append(reinterpret_cast<char const*>(&n), sizeof n);
}

// CRC-32 of any stretch of `bytes`, by those of its beginnings: crc(a b) = shifted(crc(a), |b|) ^ crc(b). Every stretch
// costs a few hundred bytes of checksumming, however long it is, once the beginnings up to its end are known.
class stretch_sums {
 public:
  stretch_sums(std::string_view bytes, std::size_t& work) : bytes_{bytes}, work_{&work} {}
  std::uint32_t operator()(std::size_t from, std::size_t to) {
    auto const before = beginning(from);
    return beginning(to) ^ static_cast<std::uint32_t>(::crc32_combine(before, 0, static_cast<z_off_t>(to - from)));
  }

 private:
  static constexpr std::size_t step = 256;
  std::uint32_t beginning(std::size_t length) {
    while (known_.size() * step <= length) {
      known_.push_back(crc(bytes_.substr((known_.size() - 1) * step, step), known_.back()));
      *work_ += step;
    }
    auto const whole = length / step;
    *work_ += length - whole * step;
    return crc(bytes_.substr(whole * step, length - whole * step), known_[whole]);
  }

  std::string_view bytes_;
  std::size_t* work_;
  std::vector<std::uint32_t> known_{0};  // of the first 0, 256, 512 ... bytes
};

}  // namespace detail

struct journal_scan {
  bool ours{false};        // the head is that of a journal
  std::size_t records{0};  // whole ones
  std::size_t damaged{0};  // stretches between them that are none
  std::size_t end{0};      // where the last whole record (or the head) ends: what follows is torn
  std::size_t work{0};     // bytes that went through a checksum
};

// Calls each(key, offset of the payload, its size) for the whole records of a journal's bytes.
template <class Each>
journal_scan scan_journal(std::string_view bytes, Each&& each) {
  journal_scan found;
  found.ours = bytes.size() >= detail::journal_head && bytes.starts_with(detail::journal_magic);
  if (!found.ours) return found;
  // The size of the payload, if a whole and undamaged record stands at `at`. After the first that is not, payloads may lie
  // in one another.
  std::optional<detail::stretch_sums> sums;
  auto const whole_record = [&](std::size_t at) -> std::optional<std::uint32_t> {
    if (bytes.size() - at < detail::record_head || !bytes.substr(at).starts_with(detail::record_mark)) return std::nullopt;
    found.work += 12;
    if (detail::crc(bytes.substr(at, 12)) != detail::number_at<std::uint32_t>(bytes, at + 12)) return std::nullopt;
    auto const size = detail::number_at<std::uint32_t>(bytes, at + 4);
    if (size > bytes.size() - at - detail::record_head) return std::nullopt;
    auto const summed = std::size_t{size} + detail::record_head - 16;
    if (!sums) found.work += summed;
    auto const sum = sums ? (*sums)(at + 16, at + 16 + summed) : detail::crc(bytes.substr(at + 16, summed));
    if (sum == detail::number_at<std::uint32_t>(bytes, at + 8)) return size;
    if (!sums) sums.emplace(bytes, found.work);
    return std::nullopt;
  };
  found.end = detail::journal_head;
  for (std::size_t at = found.end; at < bytes.size();) {
    if (auto const size = whole_record(at)) {
      found.damaged += at > found.end ? 1U : 0U;
      hash128 const key{detail::number_at<std::uint64_t>(bytes, at + 16), detail::number_at<std::uint64_t>(bytes, at + 24)};
      each(key, at + detail::record_head, *size);
      ++found.records;
      at += detail::record_head + *size;
      found.end = at;
    } else {
      at = std::min(bytes.find(detail::record_mark, at + 1), bytes.size());
    }
  }
  return found;
}

}  // namespace ease::inline v1
