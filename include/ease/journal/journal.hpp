// SPDX-License-Identifier: Apache-2.0
#pragma once
// An append-only file of (key, bytes) records that survives being killed at any instant: what was finished is found again.
// A record that was torn off at the end is cut away when the file is opened; one that is damaged in the middle is passed
// over and costs no other. The last of several records with one key counts. Only one process has a journal open; its threads
// may share it.
// A record is handed to the system at once (a killed process loses none), unless many come in a short time: then they are
// gathered for up to a tenth of a second. sync() makes them survive a power cut too. Non-goal: removing records.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ease/core/compiled.hpp>
#include <ease/core/siphash.hpp>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace ease::inline v1 {

class journal {
 public:
  // Opens or begins the journal. Throws ease::error if another process has it open, or if the file is something else.
  explicit journal(std::filesystem::path path);
  journal(journal const&) = delete;
  journal& operator=(journal const&) = delete;
  ~journal();

  // The payload of the last record with this key.
  std::optional<std::string> find(hash128 const& key);
  bool contains(hash128 const& key);

  void write(hash128 const& key, std::string_view payload);

  // Everything written so far is on the disk.
  void sync();

  std::size_t records() const {  // with different keys
    std::scoped_lock const one_at_a_time{access_};
    return places_.size();
  }
  std::size_t damaged() const { return damaged_; }      // stretches of the file that were passed over
  siphash_key const& hash_key() const { return key_; }  // of this file alone, drawn when it was begun
  std::filesystem::path const& path() const { return path_; }

 private:
  using clock = std::chrono::steady_clock;
  struct place {
    std::size_t offset;
    std::uint32_t size;
  };

  [[noreturn]] void fail(char const* what) const;

  void read_in();

  // A new file, or one whose very head was torn.
  void begin();

  void flush();

  std::filesystem::path path_;
  int file_{-1};
  siphash_key key_{};
  std::unordered_map<hash128, place> places_{};
  std::string buffer_{};  // what is still to be written at end_
  std::size_t end_{0};
  std::size_t damaged_{0};
  std::size_t writes_{0};  // since `since_`
  clock::time_point since_{};
  mutable std::mutex access_{};
};

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/journal/journal.ipp>
#endif
