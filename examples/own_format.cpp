// SPDX-License-Identifier: Apache-2.0
// A file format of one's own as the source of a pipeline: cards, "topic: prompt" a line, with # before a remark. A source is
// any range of records; one that says what its rows depend on may stand in a run folder.
//     own_format CARDS OUT
#include <ease/core/stop_signals.hpp>
#include <ease/io/files/file_hash.hpp>
#include <ease/run/saved_run.hpp>
#include <ease/stage/function_stages.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

using namespace ease;

struct topic : field<"topic", std::string> {};

class cards {
 public:
  using card = record<prompt, topic>;
  explicit cards(std::filesystem::path path) : path_{std::move(path)} {}

  struct iterator {
    using value_type = card;
    using difference_type = std::ptrdiff_t;
    card& operator*() const { return of->card_; }
    iterator& operator++() { return of->next(), *this; }
    void operator++(int) { of->next(); }
    bool operator==(std::default_sentinel_t) const { return !of->file_; }
    cards* of{nullptr};
  };
  // Each begin() is a pass of its own: a pipeline that goes on after a stop reads the file again.
  iterator begin() {
    file_ = std::ifstream{path_}, line_ = 0;
    if (!file_) throw error{"{}: cannot be read", path_.string()};
    return next(), iterator{this};
  }
  std::default_sentinel_t end() const { return {}; }

  // How rows are read (raise the number when that changes), and the file's bytes: what they depend on.
  void identify(identity& id) const { id.add("cards").add(1).add(file_hash(path_)); }

 private:
  void next() {  // the file is at its end where there is no further card
    for (std::string text; ++line_, std::getline(file_, text);) {
      if (text.empty() || text.starts_with('#')) continue;
      auto const colon = text.find(": ");
      if (colon == text.npos) throw error{"{}:{}: no \": \" between topic and prompt", path_.string(), line_};
      get<topic>(card_) = text.substr(0, colon), get<prompt>(card_) = text.substr(colon + 2);
      return;
    }
  }

  std::filesystem::path path_;
  std::ifstream file_{};
  std::size_t line_{0};
  card card_{};
};

int main(int argc, char** argv) try {
  if (argc != 3) throw error{"usage: own_format CARDS OUT"};
  watch_signals();
  auto rows = run(from(cards{argv[1]}) | filter<prompt>("too_long", 1, [](std::string const& p) { return p.size() < 40; }),
                  run_folder{argv[2]});
  for (auto const& row : rows) fmt::print("{}: {}\n", get<topic>(row), get<prompt>(row));
  return 0;
} catch (error const& problem) {
  fmt::print(stderr, "own_format: {}\n", problem.what());
  return 1;
}
