// SPDX-License-Identifier: Apache-2.0
#pragma once
// Who brings what the hub's cache lacks, one for the process. Whatever opens a model or a data set by its name asks here; without
// a source nothing is downloaded. hub/download/hub_downloads.hpp is the source that downloads.
#include <atomic>
#include <cstdint>
#include <ease/core/error.hpp>
#include <ease/hub/hub_name.hpp>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace ease::inline v1 {

// What of a model is wanted: all that running it takes; what describes it (config, tokeniser, template) without the weights; or
// what is on this machine, of which nothing is brought.
enum class model_part : std::uint8_t { whole, description, what_is_there };

// The rows that a data set's name stands for.
struct hub_rows {
  std::string name;                            // for reports: "ORG/NAME@COMMIT:CONFIG/SPLIT"
  std::vector<std::filesystem::path> files{};  // of the snapshot, read one after the other
  std::vector<std::string> shown{};            // what errors call each of them, "ORG/NAME@COMMIT: FILE"; empty: its path
};

// The hub did not give what was asked for. `unknown`: it, or an offline machine, knows nothing of the name, which may have been
// meant as a path.
struct hub_refused : error {
  template <class... Args>
  explicit hub_refused(bool name_is_unknown, fmt::format_string<Args...> form, Args&&... args)
      : error{fmt::format(form, std::forward<Args>(args)...)}, unknown{name_is_unknown} {}
  bool unknown;
};

struct hub_source {
  // The snapshot's folder, with that part in it; throws ease::error, which names the way out.
  std::function<std::filesystem::path(hub_name const&, model_part)> model{};
  std::function<hub_rows(hub_name const&)> rows{};
  // Told what a person should know of names.
  std::function<void(std::string const&)> say{};

  // Set it before other threads ask.
  static hub_source& of_process() {
    static hub_source the_source;
    return the_source;
  }
};

// As long as one lives, no weights are downloaded for anybody in this process: a plan needs none.
class descriptions_only {
 public:
  descriptions_only() { ++count(); }
  descriptions_only(descriptions_only const&) = delete;
  descriptions_only& operator=(descriptions_only const&) = delete;
  ~descriptions_only() { --count(); }
  static bool wanted() { return count() > 0; }

 private:
  static std::atomic<int>& count() {
    static std::atomic<int> alive{0};
    return alive;
  }
};

namespace detail {

// What ends like a file is a file that is not there, and no name of the hub: nobody is asked about a path that was misspelt.
inline bool ends_like_a_file(std::string_view text) {
  for (std::string_view const end : {".gguf", ".safetensors", ".bin", ".pt", ".pth", ".json", ".jsonl", ".ndjson", ".csv",
                                     ".tsv", ".txt", ".gz", ".zst", ".zip", ".parquet", ".arrow", ".toml", ".md"})
    if (text.ends_with(end)) return true;
  return false;
}

}  // namespace detail

// The name that a text is on the hub; nothing if it is a path, by its form or since it exists.
inline std::optional<hub_name> hub_name_in(std::string_view text, hub_kind kind) {
  std::error_code none;
  bool const is_address = text.starts_with(detail::hub_scheme);
  if ((!is_address && detail::ends_like_a_file(text)) || std::filesystem::exists(std::filesystem::path{text}, none))
    return std::nullopt;
  return hub_name::parse(text, kind);
}

}  // namespace ease::inline v1
