// SPDX-License-Identifier: Apache-2.0
#include <ease/journal/journal_scan.hpp>
#include <random>
#include <tuple>

#include "catch.hpp"

using namespace ease;

namespace {

using found_record = std::tuple<std::uint64_t, std::size_t, std::uint32_t>;  // low word of the key, offset, size

std::string empty_journal() { return std::string{detail::journal_magic} + std::string(16, 'k'); }

void put(std::string& into, std::size_t at, std::uint32_t n) { std::memcpy(into.data() + at, &n, 4); }
// Makes a record's beginning at `at` that claims `size` bytes; its payload's sum fits only if `whole`.
void forge(std::string& bytes, std::size_t at, std::uint32_t size, bool whole) {
  std::memcpy(bytes.data() + at, "EJR1", 4);
  put(bytes, at + 4, size);
  auto const sum = detail::crc(std::string_view{bytes}.substr(at + 16, 16 + std::size_t{size}));
  put(bytes, at + 8, whole ? sum : ~sum);
  put(bytes, at + 12, detail::crc(std::string_view{bytes}.substr(at, 12)));
}

// The same, as plainly as it can be written: a checksum over every claim.
std::vector<found_record> plainly(std::string_view bytes) {
  std::vector<found_record> found;
  for (std::size_t at = 32; at + 32 <= bytes.size();) {
    auto const word = [&](std::size_t i) { return detail::number_at<std::uint32_t>(bytes, at + i); };
    bool const claims =
        bytes.substr(at, 4) == "EJR1" && detail::crc(bytes.substr(at, 12)) == word(12) && word(4) <= bytes.size() - at - 32;
    if (claims && detail::crc(bytes.substr(at + 16, 16 + std::size_t{word(4)})) == word(8)) {
      found.emplace_back(detail::number_at<std::uint64_t>(bytes, at + 16), at + 32, word(4));
      at += 32 + std::size_t{word(4)};
    } else {
      ++at;
    }
  }
  return found;
}
journal_scan scan(std::string_view bytes, std::vector<found_record>& found) {
  return scan_journal(
      bytes, [&](hash128 const& key, std::size_t at, std::uint32_t size) { found.emplace_back(key.low, at, size); });
}

}  // namespace

TEST_CASE("records that claim one another's bytes cost no more than the file's size, however many there are") {
  for (std::size_t const size : {std::size_t{1} << 16U, std::size_t{1} << 20U}) {
    auto bytes = empty_journal() + std::string(size, 'x');
    for (std::size_t at = 32; at + 32 <= bytes.size(); at += 16) {  // each claims all that follows, and no sum fits
      std::memcpy(bytes.data() + at, "EJR1", 4);
      put(bytes, at + 4, static_cast<std::uint32_t>(bytes.size() - at - 32));
      put(bytes, at + 12, detail::crc(std::string_view{bytes}.substr(at, 12)));
    }
    std::vector<found_record> found;
    auto const all = scan(bytes, found);
    CHECK(found.empty());
    CHECK(all.end == 32);
    CHECK(all.work > bytes.size());       // they were looked at
    CHECK(all.work < 40 * bytes.size());  // sums over every claim: 2048 and 32768 times
    // One among them that is true is found all the same.
    forge(bytes, 32 + size / 2, 999, true);
    scan(bytes, found);
    REQUIRE(found.size() == 1);
    CHECK(std::get<1>(found.front()) == 64 + size / 2);
    CHECK(std::get<2>(found.front()) == 999);
  }
}

TEST_CASE("a sound journal is summed once") {
  auto bytes = empty_journal();
  for (int i = 0; i < 100; ++i) {
    auto const at = bytes.size();
    bytes += std::string(32 + 500, 'p');
    forge(bytes, at, 500, true);
  }
  std::vector<found_record> found;
  auto const all = scan(bytes, found);
  CHECK(found.size() == 100);
  CHECK(all.damaged == 0);
  CHECK(all.work <= bytes.size());
}

TEST_CASE("whatever lies in a journal, the records found are those of a sum over every claim") {
  std::mt19937 draw{7};
  auto const below = [&](std::size_t n) { return static_cast<std::size_t>(draw()) % n; };
  std::size_t records = 0;
  for (int round = 0; round < 300; ++round) {
    auto bytes = empty_journal() + std::string(200 + below(3000), '.');
    for (std::size_t i = 32; i < bytes.size(); ++i) bytes[i] = static_cast<char>(draw());
    for (std::size_t made = below(40); made > 0; --made) {
      auto const at = 32 + below(bytes.size() - 64);
      forge(bytes, at, static_cast<std::uint32_t>(below(bytes.size() - at - 31)), below(3) > 0);
    }
    std::vector<found_record> found;
    scan(bytes, found);
    CHECK(found == plainly(bytes));
    records += found.size();
  }
  CHECK(records > 300);
}
