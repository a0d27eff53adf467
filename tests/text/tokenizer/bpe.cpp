// SPDX-License-Identifier: Apache-2.0
#include <ease/text/tokenizer/bpe.hpp>
#include <random>

#include "catch.hpp"

using namespace ease;

namespace {

// Rescans everything after every merge: slow, and plainly right.
std::vector<token_id> merged_naively(merge_table const& table, std::vector<token_id> ids) {
  for (;;) {
    merge const* best = nullptr;
    std::size_t where = 0;
    for (std::size_t i = 0; i + 1 < ids.size(); ++i) {
      auto const* const m = table.find(ids[i], ids[i + 1]);
      if (m != nullptr && (best == nullptr || m->rank < best->rank)) best = m, where = i;
    }
    if (best == nullptr) return ids;
    ids[where] = best->result;
    ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(where) + 1);
  }
}

}  // namespace

TEST_CASE("short and long pieces merge as the plain algorithm does") {
  std::mt19937 draw{5};
  auto const below = [&](unsigned n) { return static_cast<token_id>(draw() % n); };
  for (int table_number = 0; table_number < 40; ++table_number) {
    merge_table table;
    token_id next = 6;
    for (std::uint32_t rank = 0; rank < 60; ++rank) {
      token_id const left = below(static_cast<unsigned>(next)), right = below(static_cast<unsigned>(next));
      if (table.find(left, right) == nullptr) table.insert(left, right, {rank, next++});
    }
    for (std::size_t const length : {0U, 1U, 2U, 3U, 17U, 47U, 48U, 49U, 300U}) {
      std::vector<token_id> ids(length);
      for (auto& id : ids) id = below(6);
      auto piece = ids;
      piece.insert(piece.begin(), {3, 3});  // what stands before the piece is left alone
      merge_piece(table, piece, 2);
      auto expected = merged_naively(table, ids);
      expected.insert(expected.begin(), {3, 3});
      REQUIRE(piece == expected);
    }
  }
}

TEST_CASE("the merge table keeps the last of equal pairs and grows") {
  merge_table table;
  CHECK(table.find(1, 2) == nullptr);
  for (token_id i = 0; i < 5000; ++i) table.insert(i, i + 1, {static_cast<std::uint32_t>(i), i});
  table.insert(7, 8, {9999, 42});
  CHECK(table.size() == 5000);
  CHECK(table.find(7, 8)->result == 42);
  CHECK(table.find(4999, 5000)->rank == 4999);
  CHECK(table.find(8, 7) == nullptr);
}
