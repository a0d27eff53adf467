#pragma once
// A folder that makes any pipeline resumable:
//
//     auto rows = run(from(prompts) | diagnose(slm) | guard_filter(judge), run_folder{"out"});
//
// Each stage that works on many rows at once (each that asks a model) leaves its rows in a file of its own; a second run
// replays what still holds and does the rest (run/saved_run.hpp). The same object carries progress, the log, the shard and
// the way to stop. One process works in a folder at a time.
#include <cstddef>
#include <ease/core/stop_signals.hpp>
#include <ease/io/atomic_file.hpp>
#include <ease/io/event_log.hpp>
#include <ease/io/make_folder.hpp>
#include <ease/record/shard.hpp>
#include <ease/run/folder_lock.hpp>
#include <ease/run/model_room.hpp>
#include <ease/run/planned_stage.hpp>
#include <ease/run/stage_files.hpp>
#include <ease/run/stage_report.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ease {

struct run_folder_options {
  shard part{};          // the rows that this process works on; merge_run (run/merge_run.hpp) puts the parts together
  bool fresh{false};     // start over, whatever is already done
  bool stream{false};    // rows pass through all stages at once: for models that fit together, or are all remote
  bool progress{false};  // on stderr, for stages that take longer than two seconds
  event_log* log{nullptr};
  model_room* models{nullptr};  // whose late models are freed between stages
  // Between answers; what it throws ends the run, which a later one resumes. By default after the signals that the program
  // watches.
  std::function<void()> on_tick{stop_if_asked};
  // Nothing is done or written: each stage is told to this instead, in order (`ease run --plan`). What run() returns is
  // empty but for stages that are done.
  std::function<void(planned_stage const&)> plan{};
  // A stage is done: now, or already by an earlier run.
  std::function<void(stage_report const&, bool already)> on_stage{};
};

class run_folder {
 public:
  // Makes the folder. Throws ease::error if another process works in it, or an earlier version of ease wrote it.
  explicit run_folder(std::filesystem::path const& path, run_folder_options options = {})
      : shared_{std::make_shared<shared>(path, std::move(options))} {}

  // The same run, with a name for what is run in it: its files stand in DIR/NAME.
  run_folder at(std::string_view name) const {
    auto inner = *this;
    inner.prefix_ += (prefix_.empty() ? "" : "/") + std::string{name};
    return inner;
  }

  run_folder_options const& options() const { return shared_->options; }
  std::filesystem::path const& root() const { return shared_->root; }
  std::string const& prefix() const { return prefix_; }
  stage_files files(std::string const& name) const {
    return {root(), prefix_.empty() ? name : name.empty() ? prefix_ : prefix_ + "/" + name};
  }

  // Of all stages of this run so far, replayed ones included, in order.
  std::vector<stage_report> const& stages() const { return shared_->stages; }
  // How many of them were done now, and are not what an earlier run left.
  std::size_t worked() const { return shared_->worked; }
  std::size_t failed_rows() const {
    std::size_t sum = 0;
    for (auto const& s : stages()) sum += s.rows.failures();
    return sum;
  }

  // For what runs in the folder.
  // A stage is done anew: its old mark holds no more, whatever becomes of it now.
  void begin(stage_files const& stage) const {
    write_atomically(root() / ".run" / "current", stage.step() + "\n");
    std::error_code ignored;
    std::filesystem::remove(stage.mark(), ignored);
  }
  void done(stage_report const& report, bool already) const {
    shared_->stages.push_back(report);
    shared_->worked += already ? 0U : 1U;
    if (options().on_stage) options().on_stage(report, already);
    if (already || options().log == nullptr) return;
    auto& log = *options().log;
    for (auto const& s : report.rows.stages)
      for (auto const& [reason, count] : s.rejected)
        log.write(log_level::info, "rejected",
                  {{"step", report.step}, {"stage", s.stage}, {"why", reason}, {"rows", count}});
    log.write(report.rows.failures() + report.read.rejected > 0 ? log_level::warn : log_level::info, "step",
              {{"step", report.step},
               {"read", report.rows.read},
               {"written", report.rows.written},
               {"rejected", report.rows.rejections()},
               {"failed", report.rows.failures()},
               {"bad_rows", report.read.rejected},
               {"seconds", report.seconds}});
  }

  // Grows when identities, seeds or the folder's own files change their meaning.
  static constexpr std::string_view version{"ease run folder 1\n"};

 private:
  struct shared {
    shared(std::filesystem::path const& path, run_folder_options o)
        : options{std::move(o)}, root{options.part.is_whole() ? path : path / "shards" / shard_name(options.part)} {
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
    run_folder_options options;
    std::filesystem::path root;
    std::optional<folder_lock> lock{};  // none where nothing is done
    std::vector<stage_report> stages{};
    std::size_t worked{0};

    static std::filesystem::path prepare(std::filesystem::path const& root) {
      make_folder(root / ".run");
      return root / ".run";
    }
    void check_version(std::filesystem::path const& path) const {
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
    void clear() const {
      std::error_code bad;
      std::vector<std::filesystem::path> old;
      for (auto const& one : std::filesystem::recursive_directory_iterator{root / ".run", bad})
        if (auto const kind = one.path().extension(); kind == ".done" || kind == ".journal" || kind == ".places")
          old.push_back(one.path());
      for (auto const& one : std::filesystem::directory_iterator{root, bad})  // checkpoints of trainings that were stopped
        if (one.path().extension() == ".training") old.push_back(one.path());
      for (auto const& one : old) std::filesystem::remove_all(one, bad);
    }
    // What killed runs left half-written: .NAME.PROCESS.NUMBER and .NAME.PROCESS.new.
    static void remove_leftovers(std::filesystem::path const& root) {
      std::vector<std::filesystem::path> left;
      std::error_code bad;
      auto const digits = [](std::string_view text) {
        return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
      };
      for (auto at = std::filesystem::recursive_directory_iterator{root, bad}; at != std::filesystem::end(at);
           at.increment(bad)) {
        auto const name = at->path().filename().string();
        if (at.depth() == 0 && name == "shards") at.disable_recursion_pending();  // others may be at work there
        auto const last = name.rfind('.');
        auto const before = last == 0 || last == name.npos ? name.npos : name.rfind('.', last - 1);
        if (!name.starts_with('.') || before == 0 || before == name.npos) continue;
        auto const tail = std::string_view{name}.substr(last + 1);
        if ((tail == "new" || digits(tail)) && digits(std::string_view{name}.substr(before + 1, last - before - 1)))
          left.push_back(at->path());
      }
      for (auto const& one : left) std::filesystem::remove_all(one, bad);
    }
  };

 public:
  static std::string shard_name(shard const& part) { return fmt::format("{}-of-{}", part.number, part.count); }

 private:
  std::shared_ptr<shared> shared_;
  std::string prefix_{};
};

}  // namespace ease
