// SPDX-License-Identifier: Apache-2.0
// A journal of any bytes: records lie inside it and do not overlap; opened as a journal it gives those very payloads, takes
// another record and finds it again.
#include <ease/journal/journal.hpp>
#include <map>

#include "harness.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  static fuzz::folder const files;
  std::string bytes{fuzz::text(data, size)};
  // Checksums that fit are not found by chance: those of what looks like a record are put right, unless the last byte is
  // odd.
  if (!bytes.empty() && bytes.back() % 2 == 0) {
    for (auto at = bytes.find(ease::detail::record_mark); at != bytes.npos && bytes.size() - at >= ease::detail::record_head;
         at = bytes.find(ease::detail::record_mark, at + 1)) {
      auto const length = ease::detail::number_at<std::uint32_t>(bytes, at + 4);
      if (length > bytes.size() - at - ease::detail::record_head) continue;
      auto const sum = ease::detail::crc(std::string_view{bytes}.substr(at + 16, 16 + std::size_t{length}));
      std::memcpy(bytes.data() + at + 8, &sum, 4);
      auto const head = ease::detail::crc(std::string_view{bytes}.substr(at, 12));
      std::memcpy(bytes.data() + at + 12, &head, 4);
    }
  }
  fuzz::accepts(size, [&] {
    std::size_t end = 0, records = 0;
    std::map<std::pair<std::uint64_t, std::uint64_t>, std::string> last;
    auto const found = ease::scan_journal(bytes, [&](ease::hash128 const& key, std::size_t offset, std::uint32_t length) {
      fuzz::must(offset >= end + ease::detail::record_head && offset + length <= bytes.size(),
                 "a record lies inside the file");
      end = offset + length;
      ++records;
      last[{key.low, key.high}] = bytes.substr(offset, length);
    });
    fuzz::must(found.records == records && found.end <= bytes.size(), "the counts are true");
    files.put("journal", bytes);
    ease::hash128 const own{1, 2};
    for (int round = 0; round < 2; ++round) {
      ease::journal opened{files / "journal"};
      for (auto const& [key, payload] : last)
        fuzz::must(opened.find({key.first, key.second}) == payload, "a record is found as it stands");
      if (round == 0) opened.write(own, "new");
      last[{1, 2}] = "new";
    }
  });
  return 0;
}
