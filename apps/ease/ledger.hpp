#pragma once
// Which stages of a run are done: a small file a stage, with the hash of everything its outcome depends on (settings, input
// files, models) and the outputs it left. Written last, so that a stage that was stopped half-way counts as not run.
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
  void clear() const {
    std::error_code bad;
    for (auto const& one : std::filesystem::directory_iterator{folder_, bad})
      if (one.path().extension() == ".done") std::filesystem::remove(one.path(), bad);
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
