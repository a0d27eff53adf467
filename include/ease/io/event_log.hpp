#pragma once
// A log that can be shared: JSON lines with time, level, event and fields. What rows say (prompts, answers) comes in as
// `row_says` and is left out unless it was asked for; a secret that was named with hide() never gets in, wherever it stands.
//   log.write(log_level::info, "stage", {{"rows", 12}, row_says("prompt", text)});
// A log that cannot be written is no reason to end a run: lost() counts what is missing. Safe to use from several threads,
// and from several processes on one file. Non-goal: turning files over.
#include <fcntl.h>
#include <fmt/chrono.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ease/io/error.hpp>
#include <ease/io/json_text.hpp>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace ease {

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
  ~event_log() {
    if (file_ >= 0) ::close(file_);
  }

  // Appends to the file from here on. Throws ease::error if it cannot be written, or holds something else than a log: rows,
  // settings or weights would be spoilt by what is appended.
  void open(std::filesystem::path const& path, log_level least, bool with_text) {
    std::error_code bad;
    if (std::filesystem::is_regular_file(path, bad) && std::filesystem::file_size(path, bad) > 0) {
      std::string first(line_start.size(), '\0');
      std::ifstream{path, std::ios::binary}.read(first.data(), static_cast<std::streamsize>(first.size()));
      if (first != line_start)
        throw error{"{}: this file holds something else than a log, and nothing is appended to it; name another",
                    path.string()};
    }
    file_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (file_ < 0) throw error{"cannot write {}: {}", path.string(), std::strerror(errno)};
    path_ = path;
    least_ = least;
    with_text_ = with_text;
  }
  // This is never written, as a whole or in a longer text. Texts too short to be a secret are taken as they are.
  void hide(std::string_view secret) {
    if (secret.size() >= 4) secrets_.emplace_back(secret);
  }
  bool wants(log_level level) const { return file_ >= 0 && level >= least_; }

  void write(log_level level, std::string_view event, std::initializer_list<log_field> fields) {
    if (!wants(level)) return;
    std::string line;
    json_writer w{line, bad_utf8::replace};
    auto const now = std::chrono::system_clock::now().time_since_epoch() / std::chrono::milliseconds{1};
    w.object()
        .key("time")
        .value(fmt::format("{:%FT%T}.{:03}Z", fmt::gmtime(now / 1000), now % 1000))
        .key("level")
        .value(name_of(level))
        .key("event")
        .value(event);
    w.key("process").value(::getpid());
    for (auto const& f : fields) {
      if (f.text && !with_text_) continue;
      w.key(f.name);
      std::visit(
          [&]<class Value>(Value const& value) {
            if constexpr (std::same_as<Value, std::string_view>)
              w.value(without_secrets(value));
            else if constexpr (std::same_as<Value, double>)
              std::isfinite(value) ? w.value(value) : w.value(nullptr);
            else
              w.value(value);
          },
          f.value);
    }
    w.end();
    line += '\n';
    std::scoped_lock const one_at_a_time{access_};
    for (std::string_view left = line; !left.empty();) {  // whole at once, but on a full disk
      auto const count = ::write(file_, left.data(), left.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) {
        ++lost_;
        return;
      }
      left.remove_prefix(static_cast<std::size_t>(count));
    }
  }

  std::filesystem::path const& path() const { return path_; }  // empty: nothing is written

  std::size_t lost() const {  // events that could not be written
    std::scoped_lock const one_at_a_time{access_};
    return lost_;
  }

 private:
  static constexpr std::string_view line_start{R"({"time":")"};

  std::filesystem::path path_{};
  std::string without_secrets(std::string_view text) const {
    std::string out{text};
    for (auto const& secret : secrets_)
      for (auto at = out.find(secret); at != out.npos; at = out.find(secret, at)) out.replace(at, secret.size(), "[hidden]");
    return out;
  }

  int file_{-1};
  log_level least_{log_level::info};
  bool with_text_{false};
  std::vector<std::string> secrets_{};
  std::size_t lost_{0};
  mutable std::mutex access_{};
};

}  // namespace ease
