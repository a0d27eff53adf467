// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of run/folder/run_folder.hpp; core/compiled.hpp says where they are compiled.
#include <fmt/format.h>

#include <cstddef>
#include <ease/core/error.hpp>
#include <ease/io/files/atomic_file.hpp>
#include <ease/io/files/make_folder.hpp>
#include <ease/run/folder/folder_lock.hpp>
#include <ease/run/folder/run_folder.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace ease::inline v1 {

struct run_folder::shared {
  shared(std::filesystem::path const& path, run_folder_options o);
  run_folder_options options;
  std::filesystem::path root;
  std::optional<folder_lock> lock{};  // none where nothing is done
  std::vector<stage_report> stages{};
  std::size_t worked{0};

  static std::filesystem::path prepare(std::filesystem::path const& root);
  void check_version(std::filesystem::path const& path) const;
  void clear() const;
  // What killed runs left half-written: .NAME.PROCESS.NUMBER and .NAME.PROCESS.new.
  static void remove_leftovers(std::filesystem::path const& root);
};

EASE_INLINE run_folder::run_folder(std::filesystem::path const& path, run_folder_options options)
    : shared_{std::make_shared<shared>(path, std::move(options))} {}

EASE_INLINE run_folder_options const& run_folder::options() const { return shared_->options; }
EASE_INLINE std::filesystem::path const& run_folder::root() const { return shared_->root; }
EASE_INLINE std::vector<stage_report> const& run_folder::stages() const { return shared_->stages; }
EASE_INLINE std::size_t run_folder::worked() const { return shared_->worked; }

EASE_INLINE run_folder run_folder::at(std::string_view name) const {
  auto inner = *this;
  if (!prefix_.empty()) inner.prefix_ += '/';
  inner.prefix_ += name;
  return inner;
}

EASE_INLINE stage_files run_folder::files(std::string const& name) const {
  return {root(), prefix_.empty() ? name : name.empty() ? prefix_ : prefix_ + "/" + name};
}

EASE_INLINE std::size_t run_folder::failed_rows() const {
  std::size_t sum = 0;
  for (auto const& s : stages()) sum += s.rows.failures();
  return sum;
}

EASE_INLINE void run_folder::begin(stage_files const& stage) const {
  write_atomically(root() / ".run" / "current", stage.step() + "\n");
  std::error_code ignored;
  std::filesystem::remove(stage.mark(), ignored);
}

EASE_INLINE void run_folder::done(stage_report const& report, bool already) const {
  shared_->stages.push_back(report);
  shared_->worked += already ? 0U : 1U;
  if (options().on_stage) options().on_stage(report, already);
  if (already || options().log == nullptr) return;
  auto& log = *options().log;
  for (auto const& s : report.rows.stages)
    for (auto const& [reason, count] : s.rejected)
      log.write(log_level::info, "rejected",
                {{"step", report.step}, {"stage", s.stage}, {"reason", reason}, {"rows", count}});
  log.write(report.rows.failures() + report.read.rejected > 0 ? log_level::warn : log_level::info, "step",
            {{"step", report.step},
             {"read", report.rows.read},
             {"written", report.rows.written},
             {"rejected", report.rows.rejections()},
             {"failed", report.rows.failures()},
             {"bad_rows", report.read.rejected},
             {"seconds", report.seconds}});
}

EASE_INLINE std::string run_folder::shard_name(shard const& part) {
  return fmt::format("{}-of-{}", part.number, part.count);
}

EASE_INLINE run_folder::shared::shared(std::filesystem::path const& path, run_folder_options o)
    : options{std::move(o)}, root{options.shard.is_whole() ? path : path / "shards" / shard_name(options.shard)} {
  if (options.plan) {
    check_version(path);
    return;
  }
  lock.emplace(prepare(root));
  remove_leftovers(root);
  check_version(path);
  if (options.fresh) clear();
  if (!std::filesystem::exists(root / ".run" / "version")) write_atomically(root / ".run" / "version", version);
}

EASE_INLINE std::filesystem::path run_folder::shared::prepare(std::filesystem::path const& root) {
  make_folder(root / ".run");
  return root / ".run";
}

EASE_INLINE void run_folder::shared::check_version(std::filesystem::path const& path) const {
  std::error_code bad;
  bool old = std::filesystem::exists(path / ".stages", bad);
  if (std::ifstream in{root / ".run" / "version", std::ios::binary}; in) {
    std::string const found{std::istreambuf_iterator<char>{in}, {}};
    old = old || found != version;
  }
  if (!old) return;
  if (!options.fresh)
    throw error{
        "{}: an earlier version of ease ran here, with other hashes and random numbers, so that its rows cannot "
        "be continued; name another folder, or start over in this one (fresh, --fresh)",
        path.string()};
  if (options.plan) return;
  std::filesystem::remove_all(path / ".stages", bad);
  std::filesystem::remove(root / ".run" / "version", bad);
}

EASE_INLINE void run_folder::shared::clear() const {
  std::error_code bad;
  std::vector<std::filesystem::path> old;
  for (auto const& one : std::filesystem::recursive_directory_iterator{root / ".run", bad})
    if (auto const kind = one.path().extension(); kind == ".done" || kind == ".journal" || kind == ".places")
      old.push_back(one.path());
  for (auto const& one : std::filesystem::directory_iterator{root, bad})  // checkpoints of trainings that were stopped
    if (one.path().extension() == ".training") old.push_back(one.path());
  for (auto const& one : old) std::filesystem::remove_all(one, bad);
}

EASE_INLINE void run_folder::shared::remove_leftovers(std::filesystem::path const& root) {
  std::vector<std::filesystem::path> left;
  std::error_code bad;
  auto const digits = [](std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
  };
  for (auto at = std::filesystem::recursive_directory_iterator{root, bad}; at != std::filesystem::end(at);
       at.increment(bad)) {
    auto const name = at->path().filename().string();
    if (at.depth() == 0 && name == "shards") at.disable_recursion_pending();  // others may be running there
    auto const last = name.rfind('.');
    auto const before = last == 0 || last == name.npos ? name.npos : name.rfind('.', last - 1);
    if (!name.starts_with('.') || before == 0 || before == name.npos) continue;
    auto const tail = std::string_view{name}.substr(last + 1);
    if ((tail == "new" || digits(tail)) && digits(std::string_view{name}.substr(before + 1, last - before - 1)))
      left.push_back(at->path());
  }
  for (auto const& one : left) std::filesystem::remove_all(one, bad);
}

}  // namespace ease::inline v1
