// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of log/event_log.hpp; core/compiled.hpp says where they are compiled.
#include <fcntl.h>
#include <fmt/chrono.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstring>
#include <ease/core/error.hpp>
#include <ease/io/json/json_text.hpp>
#include <ease/log/event_log.hpp>
#include <fstream>
#include <utility>

namespace ease::inline v1 {

EASE_INLINE event_log::~event_log() {
  if (file_ >= 0) ::close(file_);
}

EASE_INLINE void event_log::open(std::filesystem::path const& path, log_level least, bool with_text) {
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

EASE_INLINE void event_log::hide(std::string_view secret) {
  if (secret.size() >= 4) secrets_.emplace_back(secret);
}

EASE_INLINE void event_log::write(log_level level, std::string_view event, std::initializer_list<log_field> fields) {
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

EASE_INLINE std::string event_log::without_secrets(std::string_view text) const {
  std::string out{text};
  for (auto const& secret : secrets_)
    for (auto at = out.find(secret); at != out.npos; at = out.find(secret, at)) out.replace(at, secret.size(), "[hidden]");
  return out;
}

}  // namespace ease::inline v1
