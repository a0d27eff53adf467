// SPDX-License-Identifier: Apache-2.0
#pragma once
// Parses server-sent events (HTML standard, 9.2.6) from a byte stream, wherever it is split. A line that begins with '{' is
// an event's data too: some servers stream JSON lines under that name, or one whole reply. Non-goals: event names, ids and
// reconnection times, which no model server uses.
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace ease::inline v1 {

class event_stream {
 public:
  // Calls on_data(std::string_view) for each event that has data and ends within `bytes`.
  template <class OnData>
  void feed(std::string_view bytes, OnData&& on_data) {
    for (char const c : bytes) {
      if (c == '\n' && std::exchange(after_return_, false)) continue;  // \r\n is one end of line
      after_return_ = c == '\r';
      if (c != '\n' && c != '\r')
        line_ += c;
      else
        end_line(on_data);
    }
  }
  // The stream has ended: an event without its final empty line counts too, since some servers omit it.
  template <class OnData>
  void finish(OnData&& on_data) {
    if (!line_.empty()) end_line(on_data);
    if (any_data_) end_line(on_data);
  }

 private:
  template <class OnData>
  void end_line(OnData&& on_data) {
    std::string_view line = line_;
    if (std::exchange(first_line_, false) && line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
    if (line.empty()) {
      if (std::exchange(any_data_, false)) on_data(std::string_view{data_});
      data_.clear();
    } else if (line == "data" || line.starts_with("data:")) {
      line.remove_prefix(line.size() == 4 ? 4 : line.starts_with("data: ") ? 6 : 5);
      if (std::exchange(any_data_, true)) data_ += '\n';
      data_ += line;
    } else if (line.starts_with('{')) {
      on_data(line);
    }
    line_.clear();
  }

  std::string line_{}, data_{};
  bool any_data_{false}, after_return_{false}, first_line_{true};
};

}  // namespace ease::inline v1
