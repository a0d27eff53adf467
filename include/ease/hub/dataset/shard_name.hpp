// SPDX-License-Identifier: Apache-2.0
#pragma once
// Names that say how many files belong together: "data/train-00000-of-00003.jsonl", "model-00001-of-00002.safetensors". One that is
// missing is known by the others.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace ease::inline v1 {

struct shard_name {
  std::string_view before, after;  // "data/train-" and ".jsonl"
  std::uint64_t number{0}, of{0};
  std::size_t digits{0};  // of the number

  // Nothing if the last part of `path` is no such name.
  static std::optional<shard_name> parse(std::string_view path);
  // Another of them. What may stand between the numbers and the ending is the shard's own, such as a hash.
  std::string other(std::uint64_t n) const {
    return fmt::format("{}{:0{}}-of-{:0{}}{}", before, n, digits, of, digits, ending());
  }
  std::string_view ending() const { return after.substr(std::min(after.find('.'), after.size())); }
};

inline std::optional<shard_name> shard_name::parse(std::string_view path) {
  constexpr std::string_view mark{"-of-"};
  constexpr std::size_t most_digits = 9;
  auto const digit = [](char c) { return c >= '0' && c <= '9'; };
  for (auto at = path.rfind(mark); at != path.npos && at > 0; at = path.rfind(mark, at - 1)) {
    auto from = at;
    while (from > 0 && digit(path[from - 1])) --from;
    auto const behind = at + mark.size();
    auto to = behind;
    while (to < path.size() && digit(path[to])) ++to;
    shard_name out{.before = path.substr(0, from), .after = path.substr(to), .digits = at - from};
    bool const sound =
        out.digits > 0 && out.digits <= most_digits && to > behind && to - behind <= most_digits &&
        (from == 0 || path[from - 1] == '-' || path[from - 1] == '_' || path[from - 1] == '.' || path[from - 1] == '/');
    if (!sound || out.after.find('/') != path.npos) continue;
    std::from_chars(path.data() + from, path.data() + at, out.number);
    std::from_chars(path.data() + behind, path.data() + to, out.of);
    if (out.of > 0 && out.number <= out.of) return out;
  }
  return std::nullopt;
}

struct lacking_shard {
  std::string path;    // of the file that is not there
  std::string beside;  // one whose name promises it
};

// The first that the names of `files` promise and `all` lacks. They count from 0; from 1 where the last one is so numbered, and
// those of models.
inline std::optional<lacking_shard> missing_shard(std::vector<std::string> const& files,
                                                  std::vector<std::string> const& all) {
  using key = std::tuple<std::string_view, std::uint64_t, std::string_view>;
  auto const key_of = [](shard_name const& one) { return key{one.before, one.of, one.ending()}; };
  std::map<key, std::set<std::uint64_t>> there;
  for (auto const& path : all)
    if (auto const one = shard_name::parse(path)) there[key_of(*one)].insert(one->number);
  for (auto const& path : files) {
    auto const one = shard_name::parse(path);
    if (!one) continue;
    auto const& numbers = there[key_of(*one)];
    bool const from_one = numbers.contains(one->of) || one->ending() == ".safetensors";
    std::uint64_t next = from_one && !numbers.contains(0) ? 1 : 0;
    auto const end = next + one->of;
    while (next < end && numbers.contains(next)) ++next;
    if (next < end) return lacking_shard{one->other(next), path};
  }
  return std::nullopt;
}

}  // namespace ease::inline v1
