// SPDX-License-Identifier: Apache-2.0
#pragma once
// A log that can be shared: JSON lines with time, level, event and fields. What rows say (prompts, answers) comes in as
// `row_says` and is left out unless it was asked for; a secret that was named with hide() never gets in, wherever it stands.
//   log.write(log_level::info, "stage", {{"rows", 12}, row_says("prompt", text)});
// A log that cannot be written does not end a run: lost() counts what is missing. Safe to use from several threads,
// and from several processes on one file. Non-goal: turning files over.

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <ease/core/compiled.hpp>
#include <filesystem>
#include <initializer_list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

namespace ease::inline v1 {

enum class log_level : std::uint8_t { debug, info, warn, error };
constexpr std::string_view name_of(log_level level) {
  constexpr std::string_view names[]{"debug", "info", "warn", "error"};
  return names[static_cast<std::size_t>(level)];
}
inline std::optional<log_level> log_level_from(std::string_view name) {
  for (auto const level : {log_level::debug, log_level::info, log_level::warn, log_level::error})
    if (name_of(level) == name) return level;
  return std::nullopt;
}

struct log_field {
  template <class Value>
  log_field(std::string_view key, Value&& of, bool is_row_text = false) : name{key}, text{is_row_text} {
    using plain = std::remove_cvref_t<Value>;
    if constexpr (std::same_as<plain, bool>)
      value = of;
    else if constexpr (std::integral<plain>)
      value = static_cast<std::int64_t>(of);
    else if constexpr (std::floating_point<plain>)
      value = static_cast<double>(of);
    else
      value = std::string_view{of};
  }
  std::string_view name;
  std::variant<bool, std::int64_t, double, std::string_view> value;
  bool text;
};
// What a row says: not for everybody.
inline log_field row_says(std::string_view name, std::string_view text) { return {name, text, true}; }

class event_log {
 public:
  event_log() = default;  // writes nothing
  event_log(event_log const&) = delete;
  event_log& operator=(event_log const&) = delete;
  ~event_log();

  // Appends to the file from here on. Throws ease::error if it cannot be written, or holds something else than a log: rows,
  // settings or weights would be spoilt by what is appended.
  void open(std::filesystem::path const& path, log_level least, bool with_text);
  // This is never written, as a whole or in a longer text. Texts too short to be a secret are taken as they are.
  void hide(std::string_view secret);
  bool wants(log_level level) const { return file_ >= 0 && level >= least_; }

  void write(log_level level, std::string_view event, std::initializer_list<log_field> fields);

  std::filesystem::path const& path() const { return path_; }  // empty: nothing is written

  std::size_t lost() const {  // events that could not be written
    std::scoped_lock const one_at_a_time{access_};
    return lost_;
  }

 private:
  static constexpr std::string_view line_start{R"({"time":")"};

  std::filesystem::path path_{};
  std::string without_secrets(std::string_view text) const;

  int file_{-1};
  log_level least_{log_level::info};
  bool with_text_{false};
  std::vector<std::string> secrets_{};
  std::size_t lost_{0};
  mutable std::mutex access_{};
};

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/log/event_log.ipp>
#endif
