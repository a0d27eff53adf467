#pragma once
// Which stages of a run are done: a small file a stage, with the hash of everything its outcome depends on (settings, input
// files, models) and the outputs it left. Written last, so that a stage that was stopped half-way counts as not run; what
// its models had said by then is in the stage's journal. `current` names the stage that began last.
#include <ease/io/atomic_file.hpp>
#include <ease/record/row_key.hpp>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model.hpp"

namespace ease::app {

class ledger {
 public:
  explicit ledger(std::filesystem::path folder) : folder_{std::move(folder)} {
    std::filesystem::create_directories(folder_);
  }

  // The report the stage left, if it ran with this key and its outputs are all still there; else "".
  std::string done(std::string const& stage, std::string const& key, std::vector<std::string> const& outputs) const {
    std::ifstream in{folder_ / (stage + ".done"), std::ios::binary};
    std::string first;
    if (!std::getline(in, first) || first != hash_text(key)) return {};
    std::error_code bad;
    for (auto const& o : outputs)
      if (!std::filesystem::exists(o, bad)) return {};
    return {std::istreambuf_iterator<char>{in}, {}};
  }
  void write(std::string const& stage, std::string const& key, std::string const& report) const {
    atomic_file out{folder_ / (stage + ".done")};
    out.write(hash_text(key) + "\n" + report);
    out.commit();
  }
  void begin(std::string const& stage) const {
    atomic_file out{folder_ / "current"};
    out.write(stage + "\n");
    out.commit();
  }
  std::filesystem::path journal_of(std::string const& stage) const { return folder_ / (stage + ".journal"); }
  void clear() const {
    std::error_code bad;
    for (auto const& one : std::filesystem::directory_iterator{folder_, bad})
      if (auto const kind = one.path().extension(); kind == ".done" || kind == ".journal")
        std::filesystem::remove(one.path(), bad);
  }
  // Removes what killed runs left half-written: .NAME.PROCESS.NUMBER and .NAME.PROCESS.new, in `out` and its folders.
  static void remove_leftovers(std::filesystem::path const& out) {
    std::vector<std::filesystem::path> left;
    std::error_code bad;
    auto const digits = [](std::string_view text) {
      return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
    };
    auto const look = [&](std::filesystem::path const& folder) {
      for (auto const& one : std::filesystem::directory_iterator{folder, bad}) {
        auto const name = one.path().filename().string();
        auto const last = name.rfind('.');
        auto const before = last == 0 || last == name.npos ? name.npos : name.rfind('.', last - 1);
        if (!name.starts_with('.') || before == 0 || before == name.npos) continue;
        auto const tail = std::string_view{name}.substr(last + 1);
        if ((tail == "new" || digits(tail)) && digits(std::string_view{name}.substr(before + 1, last - before - 1)))
          left.push_back(one.path());
      }
    };
    look(out);
    for (auto const& one : std::filesystem::directory_iterator{out, bad})
      if (one.is_directory(bad) && !one.is_symlink(bad)) look(one.path());
    for (auto const& one : left) std::filesystem::remove_all(one, bad);
  }

  // A file's content, as part of a key.
  static std::string content(std::string const& path) {
    std::ifstream in{path, std::ios::binary};
    std::string const all{std::istreambuf_iterator<char>{in}, {}};
    return fmt::format("{} {} {:016x};", std::filesystem::path{path}.filename().string(), all.size(), row_key(all));
  }

 private:
  static std::string hash_text(std::string_view key) { return fmt::format("{:016x} {}", row_key(key), key.size()); }

  std::filesystem::path folder_;
};

}  // namespace ease::app
