// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of run/folder/stage_files.hpp; core/compiled.hpp says where they are compiled.
#include <ease/core/error.hpp>
#include <ease/io/files/atomic_file.hpp>
#include <ease/io/files/file_hash.hpp>
#include <ease/io/files/make_folder.hpp>
#include <ease/run/folder/stage_files.hpp>
#include <fstream>
#include <ios>
#include <iterator>
#include <string>

namespace ease::inline v1 {

EASE_INLINE std::string detail::why_empty(std::vector<stage_mark> const& stages) {
  if (stages.back().report.rows.written > 0) return {};
  std::string all;
  for (auto const& m : stages)
    if (auto const why = m.report.rows.why_empty(); !why.empty()) all.append(all.empty() ? "" : "; ").append(why);
  return all;
}

EASE_INLINE std::optional<stage_mark> stage_files::read_mark() const {
  std::ifstream in{mark(), std::ios::binary};
  if (!in) return std::nullopt;
  try {
    std::string const text{std::istreambuf_iterator<char>{in}, {}};
    return from_json_text<stage_mark>(text, mark().string());
  } catch (error const&) {
    return std::nullopt;
  } catch (std::ios_base::failure const&) {  // a folder in its place
    return std::nullopt;
  }
}

EASE_INLINE void stage_files::write_mark(stage_mark const& m) const { write_atomically(mark(), to_json_text(m) + "\n"); }

EASE_INLINE void stage_files::make_folders() const {
  make_folder(base_.parent_path());
  make_folder(kept_.parent_path());
}

EASE_INLINE bool stage_files::has_rows_of(stage_mark const& m) const {
  std::error_code bad;
  if (std::filesystem::file_size(rows(), bad) != m.bytes || bad) return false;
  return time_of(rows()) == m.modified || file_hash(rows()) == m.hash;
}

EASE_INLINE std::int64_t stage_files::time_of(std::filesystem::path const& path) {
  std::error_code bad;
  return static_cast<std::int64_t>(std::filesystem::last_write_time(path, bad).time_since_epoch().count());
}

EASE_INLINE kept_writer::kept_writer(std::filesystem::path path) : writer_{std::in_place, path}, path_{std::move(path)} {}

EASE_INLINE void kept_writer::line(std::string_view json, std::size_t place) {
  writer_->write_line(json);
  hash_.add(json);
  hash_.add("\n");
  bytes_ += json.size() + 1;
  places_.push_back(place);
}

EASE_INLINE void kept_writer::close() {
  writer_->close();
  writer_.reset();
}

EASE_INLINE void write_places(std::filesystem::path const& path, std::vector<std::uint64_t> const& places) {
  write_atomically(path, {reinterpret_cast<char const*>(places.data()), places.size() * sizeof(std::uint64_t)});
}

EASE_INLINE std::vector<std::uint64_t> read_places(std::filesystem::path const& path) {
  std::ifstream in{path, std::ios::binary};
  std::string const bytes{std::istreambuf_iterator<char>{in}, {}};
  if (!in && !in.eof()) throw error{"{}: cannot be read", path.string()};
  if (bytes.size() % sizeof(std::uint64_t) != 0) throw error{"{}: not a list of places", path.string()};
  std::vector<std::uint64_t> places(bytes.size() / sizeof(std::uint64_t));
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(places.data()));
  return places;
}

}  // namespace ease::inline v1
