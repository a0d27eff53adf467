// SPDX-License-Identifier: Apache-2.0
#pragma once
// Merges the shards of a run folder: DIR/shards/1-of-N ... N-of-N, each left by run(pipeline, run_folder{DIR, {.shard
// = {I, N}}}), become DIR's own files, row by row in the input's order, byte for byte those of a run that was never divided.
// The same pipeline run in DIR afterwards finds all of it done.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ease/io/formats/json_lines.hpp>
#include <ease/run/folder/run_folder.hpp>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ease::inline v1 {

namespace detail {

// One step of all shards.
class shard_step {
 public:
  shard_step(std::vector<std::filesystem::path> const& shards, std::string step) : step_{std::move(step)} {
    for (auto const& root : shards) parts_.emplace_back(root, step_);
  }

  // Throws ease::error if the shards do not belong together.
  void read_marks() {
    for (auto const& part : parts_) {
      auto mark = part.read_mark();
      if (!mark) throw error{"{}: this shard has not run to its end", part.mark().string()};
      auto const should_be = shard{marks_.size() + 1, parts_.size()}.text();
      if (mark->part != should_be)
        throw error{"{}: this is shard {}, in the place of shard {}; run shard {} there, or copy it there again",
                    part.mark().string(), mark->part, should_be, should_be};
      if (!marks_.empty() && mark->identity != marks_.front().identity)
        throw error{"{}: this shard is of other rows, settings or models than {}", part.mark().string(),
                    parts_.front().mark().string()};
      if (!part.has_rows_of(*mark)) throw error{"{}: its rows are not those it was left with", part.rows().string()};
      marks_.push_back(*std::move(mark));
    }
  }
  // The mark of the whole, and its files in `to`.
  stage_mark merge_into(stage_files const& to, std::string const& input) const {
    to.make_folders();
    auto const rows = merge_files(to.rows(), [](stage_files const& f) { return f.rows(); });
    merge_files(to.rejected(), [](stage_files const& f) { return f.rejected(); });
    bool const failed = merge_files(to.failed(), [](stage_files const& f) { return f.failed(); }).second > 0;
    stage_mark whole{.identity = marks_.front().identity,
                     .input = input,
                     .hash = rows.first,
                     .bytes = rows.second,
                     .modified = stage_files::time_of(to.rows()),
                     .part = shard{}.text(),
                     .report = marks_.front().report};
    for (std::size_t i = 1; i < marks_.size(); ++i) add(whole.report, marks_[i].report);
    whole.report.failed_file = failed ? to.failed().string() : std::string{};
    to.write_mark(whole);
    return whole;
  }

 private:
  static void add(stage_report& whole, stage_report const& part) {
    whole.seconds += part.seconds;
    whole.rows.read += part.rows.read;
    whole.rows.written += part.rows.written;
    for (std::size_t i = 0; i < whole.rows.stages.size() && i < part.rows.stages.size(); ++i) {
      auto& to = whole.rows.stages[i];
      auto const& from = part.rows.stages[i];
      to.in += from.in, to.out += from.out, to.failed += from.failed, to.seconds += from.seconds;
      for (auto const& [reason, count] : from.rejected) to.rejected[reason] += count;
      if (to.first_failure.empty()) to.first_failure = from.first_failure;
      if (to.note.empty()) to.note = from.note;
      if (to.verdict.empty()) to.verdict = from.verdict;
    }
    for (auto const& r : part.remote) {
      auto const same = std::ranges::find(whole.remote, r.model, &remote_use::model);
      if (same == whole.remote.end()) {
        whole.remote.push_back(r);
        continue;
      }
      same->usage += r.usage;
      same->from_journal += r.from_journal;
      if (r.cost) same->cost = same->cost.value_or(0) + *r.cost;
    }
  }

  // Hash and bytes of the merged file; no file and 0 bytes if no shard has the file.
  std::pair<std::string, std::uint64_t> merge_files(std::filesystem::path const& to, auto const& name) const {
    struct open_part {
      std::ifstream lines;
      std::vector<std::uint64_t> places;
      std::size_t at{0};
    };
    std::vector<open_part> open;
    bool const always = to.extension() == ".jsonl" && name(parts_.front()) == parts_.front().rows();
    for (auto const& part : parts_) {
      auto const path = name(part);
      if (!std::filesystem::exists(path)) continue;
      open.push_back({std::ifstream{path, std::ios::binary}, read_places(part.places(path))});
    }
    if (open.empty() && !always) {
      std::error_code ignored;
      std::filesystem::remove(to, ignored);
      return {};
    }
    kept_writer out{to};
    std::string line;
    for (;;) {
      open_part* next = nullptr;
      for (auto& one : open)
        if (one.at < one.places.size() && (next == nullptr || one.places[one.at] < next->places[next->at])) next = &one;
      if (next == nullptr) break;
      if (!std::getline(next->lines, line)) throw error{"{}: a shard of it has fewer rows than it says", to.string()};
      out.line(line, next->places[next->at++]);
    }
    out.close();
    return {out.hash(), out.bytes()};
  }

  std::string step_;
  std::vector<stage_files> parts_{};
  std::vector<stage_mark> marks_{};
};

}  // namespace detail

namespace detail {
inline std::string folder_of(std::string const& step) { return std::filesystem::path{step}.parent_path().string(); }
// 2 of "NAME/2-diagnose"; 0 of a step that is alone.
inline std::size_t number_of(std::string const& step) {
  auto const name = std::filesystem::path{step}.filename().string();
  std::size_t number = 0, at = 0;
  for (; at < name.size() && name[at] >= '0' && name[at] <= '9'; ++at)
    number = 10 * number + static_cast<std::size_t>(name[at] - '0');
  return at > 0 && at < name.size() && name[at] == '-' ? number : 0;
}
}  // namespace detail

// `folder` is the whole one, which no other process uses. Gives the reports of the merged stages. Throws ease::error if
// there are no shards, or one is missing, unfinished or of something else; nothing is merged then.
inline std::vector<stage_report> merge_run(run_folder const& folder) {
  namespace fs = std::filesystem;
  auto const shards = folder.root() / "shards";
  std::size_t count = 0;
  std::error_code bad;
  for (auto const& one : fs::directory_iterator{shards, bad}) {
    auto const name = one.path().filename().string();
    auto const of = name.find("-of-");
    if (of == std::string::npos) continue;
    auto const here = shard::parse(name.substr(0, of) + "/" + name.substr(of + 4)).count;
    if (count != 0 && here != count)
      throw error{"{}: shards of {} and of {}; remove those of the division that is not wanted", shards.string(), count,
                  here};
    count = here;
  }
  if (count == 0) throw error{"{}: no shard of a run is there", shards.string()};
  std::vector<fs::path> roots;
  for (std::size_t i = 1; i <= count; ++i) {
    roots.push_back(shards / run_folder::shard_name({i, count}));
    if (!fs::is_directory(roots.back(), bad)) throw error{"{}: shard {} of {} is missing", shards.string(), i, count};
  }
  // The steps in the order in which shard 1 did them: a step's input is the file of the one before.
  struct found {
    std::string step;
    stage_mark mark;
  };
  std::vector<found> steps;
  auto const marks = roots.front() / ".run";
  for (auto const& one : fs::recursive_directory_iterator{marks, bad})
    if (one.path().extension() == ".done") {
      auto step = fs::relative(one.path(), marks).replace_extension().string();
      auto mark = stage_files{roots.front(), step}.read_mark();
      if (!mark) throw error{"{}: cannot be read", one.path().string()};
      steps.push_back({std::move(step), *std::move(mark)});
    }
  if (steps.empty()) throw error{"{}: shard 1 of {} has not run to its end", shards.string(), count};
  // What a step reads: the rows of the step before it in its folder ("NAME/1-sample" before "NAME/2-diagnose"), or those of
  // the last step under "NAME/source", or the source itself.
  std::ranges::sort(steps, {}, [](found const& one) {
    return std::pair{detail::folder_of(one.step), detail::number_of(one.step)};
  });
  auto const before = [&](std::size_t at) -> std::optional<std::size_t> {
    auto const where = detail::folder_of(steps[at].step);
    if (at > 0 && detail::folder_of(steps[at - 1].step) == where && detail::number_of(steps[at].step) > 1) return at - 1;
    auto const source = (where.empty() ? "" : where + "/") + std::string{"source"};
    std::optional<std::size_t> last;
    for (std::size_t i = 0; i < steps.size(); ++i)
      if (detail::folder_of(steps[i].step) == source || steps[i].step == source) last = i;
    return last;
  };
  std::vector<detail::shard_step> all;
  for (auto const& one : steps) {
    all.emplace_back(roots, one.step);
    all.back().read_marks();
  }
  std::vector<std::optional<stage_mark>> merged(steps.size());
  std::vector<stage_report> reports;
  auto const merge_one = [&](auto const& self, std::size_t at) -> stage_mark const& {
    if (!merged[at]) {
      auto const behind = before(at);
      auto const input = behind ? self(self, *behind).hash : steps[at].mark.input;
      merged[at] = all[at].merge_into({folder.root(), steps[at].step}, input);
      reports.push_back(merged[at]->report);
    }
    return *merged[at];
  };
  for (std::size_t i = 0; i < steps.size(); ++i) merge_one(merge_one, i);
  return reports;
}

}  // namespace ease::inline v1
