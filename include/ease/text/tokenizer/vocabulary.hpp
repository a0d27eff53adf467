// SPDX-License-Identifier: Apache-2.0
#pragma once
// The immutable vocabulary of a tokeniser: the bytes of each id, and the merges. Safe to use from many threads.
#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <ease/core/error.hpp>
#include <ease/text/tokenizer/bpe.hpp>
#include <ease/text/tokenizer/byte_alphabet.hpp>
#include <ease/text/unicode/token.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace ease::inline v1 {

struct vocabulary_options {
  bool ignore_merges{false};         // a piece that is a token is that token, whatever the merges say (Llama 3)
  std::optional<std::string> unk{};  // for bytes without a token; without it they are dropped, as in `tokenizers`
  bool fuse_unk{false};              // a run of them is one
};

class vocabulary {
 public:
  using entry = std::pair<std::string_view, token_id>;         // as written in the file, valid UTF-8
  using pair = std::pair<std::string_view, std::string_view>;  // left and right of a merge, as written
  static constexpr token_id id_limit = 1 << 24;                // no vocabulary is near it
  static constexpr std::size_t most_holes = 1 << 16;  // ids without a token: a small file must not allocate much memory

  // `where` names the file in errors. The views need not outlive the call.
  vocabulary(std::vector<entry> const& entries, std::vector<pair> const& merges, vocabulary_options const& options,
             std::string_view where)
      : ignore_merges_{options.ignore_merges}, fuse_unk_{options.fuse_unk} {
    std::unordered_map<std::string_view, token_id> written;
    written.reserve(entries.size());
    token_id highest = -1;
    std::size_t total = 0;
    for (auto const& [text, id] : entries) {
      if (id < 0 || id >= id_limit) throw error("{}: model.vocab: id {} is out of range (0 to {})", where, id, id_limit - 1);
      if (!written.emplace(text, id).second) throw error("{}: model.vocab: id {} repeats another id's token", where, id);
      highest = std::max(highest, id);
      total += text.size();
    }
    auto const size = static_cast<std::size_t>(highest) + 1;
    if (size > entries.size() + most_holes)
      throw error("{}: model.vocab: {} tokens have ids up to {}; at most {} may be missing", where, entries.size(), highest,
                  most_holes);
    spans_.assign(size, {0, 0});
    std::vector<bool> taken(size), in_alphabet(size);
    bytes_.reserve(total);
    for (auto const& [text, id] : entries) {
      auto const at = static_cast<std::size_t>(id);
      if (taken[at]) throw error("{}: model.vocab: two tokens share id {}", where, id);
      taken[at] = true;
      auto const decoded = from_byte_alphabet(text);
      in_alphabet[at] = decoded.has_value();
      spans_[at] = {bytes_.size(), decoded ? decoded->size() : text.size()};
      bytes_ += decoded ? std::string_view{*decoded} : text;
    }
    whole_ = std::make_unique<std::atomic<tri>[]>(size);
    by_bytes_.reserve(size);
    byte_ids_.fill(missing);
    for (std::size_t at = 0; at < size; ++at) {
      auto const id = static_cast<token_id>(at);
      if (!taken[at]) continue;
      ++count_;
      if (!in_alphabet[at]) continue;  // bytes cannot merge into it
      auto const text = bytes_of(id);
      by_bytes_.emplace(text, id);
      longest_ = std::max(longest_, text.size());
      if (text.size() == 1) byte_ids_[static_cast<unsigned char>(text[0])] = id;
    }
    if (options.unk) {
      auto const found = written.find(*options.unk);
      if (found == written.end()) throw error("{}: model.unk_token is not in the vocabulary", where);
      unk_ = found->second;
    }
    merges_.reserve(merges.size());
    std::string joined;
    for (std::size_t rank = 0; rank < merges.size(); ++rank) {
      auto const& [left, right] = merges[rank];
      auto const l = written.find(left), r = written.find(right);
      joined.assign(left).append(right);
      auto const both = written.find(joined);
      if (l == written.end() || r == written.end() || both == written.end()) {
        throw error("{}: model.merges[{}] names a token that is not in the vocabulary", where, rank);
      }
      merges_.insert(l->second, r->second, {static_cast<std::uint32_t>(rank), both->second});
    }
  }

  // Appends the ids of one piece.
  void encode_piece(std::string_view piece, std::vector<token_id>& out) const {
    token_id known = missing;
    if (piece.size() <= longest_) {
      if (auto const found = by_bytes_.find(piece); found != by_bytes_.end()) {
        known = found->second;
        if (ignore_merges_ || whole(known).load(std::memory_order_relaxed) == tri::yes) return out.push_back(known);
      }
    }
    std::size_t const first = out.size();
    bool after_unk = false;
    for (char const c : piece) {
      token_id const id = byte_ids_[static_cast<unsigned char>(c)];
      if (id != missing) {
        out.push_back(id);
      } else if (unk_ != missing && !(fuse_unk_ && after_unk)) {
        out.push_back(unk_);
      }
      after_unk = id == missing;
    }
    merge_piece(merges_, out, first);
    // Most pieces are one token, and stay so: remembering it saves the merging the next time.
    if (known != missing && out.size() == first + 1 && out.back() == known)
      whole(known).store(tri::yes, std::memory_order_relaxed);
  }

  std::optional<token_id> find(std::string_view bytes) const {
    auto const found = by_bytes_.find(bytes);
    return found == by_bytes_.end() ? std::nullopt : std::optional{found->second};
  }
  // By the text in the file, "Ġthe", which may have characters outside the byte alphabet.
  std::optional<token_id> find_written(std::string_view written) const {
    if (auto const decoded = from_byte_alphabet(written)) return find(*decoded);
    for (token_id id = 0; static_cast<std::size_t>(id) < size(); ++id)
      if (bytes_of(id) == written && find(written) != id) return id;
    return std::nullopt;
  }
  // Empty for an id without a token.
  std::string_view bytes_of(token_id id) const {
    if (id < 0 || static_cast<std::size_t>(id) >= spans_.size()) return {};
    auto const [start, length] = spans_[static_cast<std::size_t>(id)];
    return std::string_view{bytes_}.substr(start, length);
  }
  std::size_t size() const { return spans_.size(); }  // highest id + 1
  std::size_t count() const { return count_; }        // ids in use

 private:
  static constexpr token_id missing = -1;
  enum class tri : std::uint8_t { unknown, yes };

  std::atomic<tri>& whole(token_id id) const { return whole_[static_cast<std::size_t>(id)]; }

  std::string bytes_;  // of all tokens, end to end
  std::vector<std::pair<std::size_t, std::size_t>> spans_;
  std::unordered_map<std::string_view, token_id> by_bytes_;
  std::array<token_id, 256> byte_ids_{};
  merge_table merges_;
  mutable std::unique_ptr<std::atomic<tri>[]> whole_;  // does merging a token's bytes give that token?
  std::size_t longest_{0};
  std::size_t count_{0};
  token_id unk_{missing};
  bool ignore_merges_;
  bool fuse_unk_;
};

}  // namespace ease::inline v1
