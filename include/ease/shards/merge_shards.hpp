// SPDX-License-Identifier: Apache-2.0
#pragma once
// Merges the shards of a file of rows: every output of the command (its file, and those for rejected, failed and
// bad rows), in the input's order, byte for byte as the command would have written it without --shard. Shards that do not
// belong together are refused before anything is written.
#include <cstddef>
#include <cstdint>
#include <ease/core/error.hpp>
#include <ease/io/formats/json_lines.hpp>
#include <ease/io/rows/write_records.hpp>
#include <ease/shards/shard_manifest.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <queue>
#include <string>
#include <utility>
#include <vector>

namespace ease::inline v1 {

struct merged_shards {
  std::string command;
  read_counts read{};
  run_report rows{};
  std::vector<std::pair<std::filesystem::path, std::size_t>> files{};  // written, and their rows
  std::vector<std::string> details{};  // further details of each shard's command, shard 1 first
};

namespace detail {

struct shard_at {
  std::filesystem::path path;  // of the manifest
  shard_manifest says{};
  // The part of the whole file `name`, which stands next to the manifest.
  std::filesystem::path shard_path(std::string const& name) const {
    return shard_file(path.parent_path() / name, says.shard);
  }
};

// Throws what is wrong with the shards, taken together.
inline void check_shards(std::vector<shard_at> const& all) {
  if (all.empty()) throw error{"merge: name the shards' files, or the output next to which they are"};
  auto const& first = all.front().says;
  std::vector<shard_at const*> by_number(first.shard.count);
  std::size_t rows = 0;
  for (auto const& one : all) {
    auto const& m = one.says;
    auto const foreign = [&](std::string const& what, std::string const& mine, std::string const& other) {
      throw error{"{}: does not belong to {}: {} is {} here and {} there",
                  one.path.string(),
                  all.front().path.string(),
                  what,
                  printable(mine, 80),
                  printable(other, 80)};
    };
    if (m.command != first.command) foreign("the command", m.command, first.command);
    if (m.shard.count != first.shard.count)
      foreign("the number of shards", std::to_string(m.shard.count), std::to_string(first.shard.count));
    if (m.input_hash != first.input_hash || m.input_rows != first.input_rows)
      foreign("the input", fmt::format("{} rows, {}", m.input_rows, m.input_hash.substr(0, 8)),
              fmt::format("{} rows, {}", first.input_rows, first.input_hash.substr(0, 8)));
    for (std::size_t i = 0; i < std::max(m.settings.size(), first.settings.size()); ++i) {
      std::pair<std::string, std::string> const none{"a setting", "not there"};
      auto const& mine = i < m.settings.size() ? m.settings[i] : none;
      auto const& other = i < first.settings.size() ? first.settings[i] : none;
      if (mine.first != other.first) foreign("a setting", mine.first, other.first);
      if (mine.second != other.second) foreign(mine.first, mine.second, other.second);
    }
    if (!std::ranges::equal(m.files, first.files, {}, &shard_manifest::file::name, &shard_manifest::file::name))
      foreign("the list of files", std::to_string(m.files.size()), std::to_string(first.files.size()) + " others");
    auto& place = by_number[m.shard.number - 1];
    if (place != nullptr)
      throw error{"shard {} is there twice: {} and {}", m.shard.text(), place->path.string(), one.path.string()};
    place = &one;
    rows += m.rows.read;
  }
  std::string missing;
  std::size_t lacks = 0;
  for (std::size_t i = 0; i < by_number.size(); ++i)
    if (by_number[i] == nullptr && ++lacks <= 8) missing += fmt::format("{}{}", missing.empty() ? "" : ", ", i + 1);
  if (lacks > 0)
    throw error{"{} of {} shards are missing: {}{}; run their commands, or bring their files here", lacks, by_number.size(),
                missing, lacks > 8 ? ", ..." : ""};
  if (rows != first.input_rows)
    throw error{"the shards have {} rows together and the input has {}: they were not made by one version of ease", rows,
                first.input_rows};
  for (auto const& one : all)
    for (auto const& f : one.says.files)
      if (!f.hash.empty() && file_hash(one.shard_path(f.name)) != f.hash)
        throw error{"{}: is not what its manifest describes: copy it again, or run this shard again",
                    one.shard_path(f.name).string()};
}

// The lines of one shard, one at a time.
class shard_reader {
 public:
  shard_reader(std::filesystem::path const& path, std::vector<std::size_t> const& positions)
      : window_{path}, lines_{window_, SIZE_MAX}, positions_{&positions} {}
  std::size_t position() const { return (*positions_)[read_]; }
  std::string_view line() {
    auto const row = lines_.next();
    if (!row) throw error{"{}: has fewer rows than its manifest says", window_.source().name()};
    ++read_;
    return row->text;
  }
  bool at_end() const { return read_ == positions_->size(); }

 private:
  row_window window_;
  json_lines lines_;
  std::vector<std::size_t> const* positions_;
  std::size_t read_{0};
};

// Merges one output; the rows written. `note`: what a person should know of it.
inline std::size_t merge_file(std::filesystem::path const& out, std::vector<shard_at> const& all, std::size_t which,
                              std::string& note) {
  std::vector<std::unique_ptr<shard_reader>> shards;
  using next = std::pair<std::size_t, std::size_t>;  // position of a shard's next row, and the shard
  std::priority_queue<next, std::vector<next>, std::greater<>> waiting;
  for (auto const& one : all) {
    auto const& f = one.says.files[which];
    if (f.positions.empty()) continue;
    shards.push_back(std::make_unique<shard_reader>(one.shard_path(f.name), f.positions));
    waiting.emplace(f.positions.front(), shards.size() - 1);
  }
  record_writer writer{out};
  while (!waiting.empty()) {
    auto const [position, from] = waiting.top();
    waiting.pop();
    writer.write_line(shards[from]->line());
    if (!shards[from]->at_end()) waiting.emplace(shards[from]->position(), from);
    if (!waiting.empty() && waiting.top().first == position)
      throw error{"{}: two shards hold row {} of the input", out.string(), position + 1};
  }
  writer.close();
  if (auto const one = writer.note(); !one.empty()) note.append(note.empty() ? "" : "; ").append(one);
  return writer.rows();
}

inline void add_counts(run_report& sum, run_report const& more) {
  sum.read += more.read;
  sum.written += more.written;
  for (std::size_t i = 0; i < more.stages.size(); ++i) {
    if (i == sum.stages.size()) sum.stages.push_back({.stage = more.stages[i].stage});
    auto& to = sum.stages[i];
    auto const& from = more.stages[i];
    to.in += from.in, to.out += from.out, to.failed += from.failed, to.seconds += from.seconds;
    for (auto const& [reason, count] : from.rejected) to.rejected[reason] += count;
    if (to.first_failure.empty()) to.first_failure = from.first_failure;
    if (to.verdict.empty()) to.verdict = from.verdict;
  }
}

}  // namespace detail

// `manifests`: those of all shards, in any order. The output goes to `out`, the other files into its folder under the names
// the command would have given them; one without rows is removed, as the command removes it.
inline merged_shards merge_shards(std::filesystem::path const& out, std::vector<std::filesystem::path> const& manifests) {
  std::vector<detail::shard_at> all;
  for (auto const& path : manifests) all.push_back({path, shard_manifest::read_from(path)});
  detail::check_shards(all);
  std::ranges::sort(all, {}, [](auto const& one) { return one.says.shard.number; });
  auto const& files = all.front().says.files;
  std::string note;
  merged_shards done{.command = all.front().says.command};
  for (std::size_t which = files.size(); which-- > 0;) {  // the output last: where it is, all is
    auto const path = which == 0 ? out : out.parent_path() / files[which].name;
    std::size_t rows = 0;
    for (auto const& one : all) rows += one.says.files[which].positions.size();
    if (which == 0 || rows > 0) {
      done.files.emplace_back(path, detail::merge_file(path, all, which, note));
    } else {
      std::error_code ignored;
      std::filesystem::remove(path, ignored);
    }
  }
  for (auto const& one : all) {
    done.read += one.says.read;
    detail::add_counts(done.rows, one.says.rows);
    done.details.push_back(one.says.details);
  }
  done.rows.add_note(note);
  return done;
}

// The manifests of all shards of `out` that are next to it.
inline std::vector<std::filesystem::path> shards_beside(std::filesystem::path const& out) {
  auto const folder = out.parent_path().empty() ? std::filesystem::path{"."} : out.parent_path();
  auto const pattern = shard_file(out.filename(), {}).string();  // NAME.shard-1-of-1.jsonl
  auto const stem = pattern.substr(0, pattern.rfind("1-of-1"));
  auto const ending = pattern.substr(stem.size() + 6) + ".manifest";
  std::vector<std::filesystem::path> found;
  std::error_code bad;
  for (auto const& one : std::filesystem::directory_iterator{folder, bad}) {
    auto const name = one.path().filename().string();
    if (name.size() > stem.size() + ending.size() && name.starts_with(stem) && name.ends_with(ending) &&
        name.find_first_not_of("0123456789-of", stem.size()) == name.size() - ending.size())
      found.push_back(out.parent_path() / name);
  }
  std::ranges::sort(found);
  return found;
}

}  // namespace ease::inline v1
