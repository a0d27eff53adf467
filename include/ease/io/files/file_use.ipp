// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of io/files/file_use.hpp; core/compiled.hpp says where they are compiled.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ease/core/error.hpp>
#include <ease/io/files/file_use.hpp>
#include <ease/io/parquet/load_parquet.hpp>
#include <ease/io/paths/behind_link.hpp>
#include <ranges>
#include <string>
#include <system_error>
#include <vector>

namespace ease::inline v1 {

namespace detail::file_uses {

namespace fs = std::filesystem;

// A path that two names of one file share, as far as its folder is there.
inline fs::path place_of(fs::path path) {
  std::error_code bad;
  path = fs::absolute(path, bad).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();  // "model/" is "model"
  auto folder = fs::weakly_canonical(path.parent_path(), bad);
  return (bad ? path.parent_path() : folder) / path.filename();
}

inline bool one_file(fs::path const& a, fs::path const& b) {
  std::error_code bad;
  if (fs::exists(a, bad) && fs::exists(b, bad)) return fs::equivalent(a, b, bad);
  return place_of(a) == place_of(b);
}

}  // namespace detail::file_uses

EASE_INLINE bool lies_in(std::filesystem::path const& folder, std::filesystem::path const& file) {
  using detail::file_uses::place_of;
  for (auto const& inner : {place_of(file), place_of(behind_link(place_of(file)))})
    for (auto const& outer : {place_of(folder), place_of(behind_link(place_of(folder)))})
      if (std::ranges::mismatch(outer, inner).in1 == outer.end()) return true;
  return false;
}

namespace detail::file_uses {

// Throws if what appears or grows while a command works would stand in the folder that its model gets, which is replaced as a
// whole, or in that of a model that is read.
inline void check_apart(file_use const& use, std::vector<std::string> const& outputs) {
  auto all = use.kept_apart;
  auto const add = [&](std::string const& file) {
    if (!file.empty() && !is_stream(file) && std::ranges::find(all, file, &file_use::named_place::path) == all.end())
      all.push_back({{}, file});
  };
  for (auto const* files : {&outputs, &use.goes_on})
    for (auto const& file : *files)
      if (file != use.model_out) add(file);
  std::error_code bad;
  for (auto const& [option, path] : all) {
    if (path.empty()) continue;
    auto const what = option.empty() ? path : option + " " + path;
    auto const ending = option.empty() ? std::string{"name another place"} : "name a place outside it with " + option;
    if (!use.model_out.empty() && lies_in(use.model_out, path))
      throw error{"{}: this lies in {}, the folder that the model replaces as a whole when it is done; {}", what,
                  use.model_out, ending};
    if (option.empty()) continue;
    for (auto const& folder : use.own)
      if (lies_in(folder, path))
        throw error{"{}: this lies in {}, which the command writes itself; {}", what, folder, ending};
    for (auto const& in : use.reads)
      if (fs::is_directory(in, bad) && lies_in(in, path))
        throw error{"{}: this lies in the folder of the model that is read ({}), which stays as it is; {}", what, in,
                    ending};
  }
}

// Throws if an output would be part of a model that is read, for whoever opens or copies its folder from then on.
inline void check_outside_models(file_use const& use, std::vector<std::string> const& outputs) {
  std::error_code bad;
  for (auto const& in : use.reads) {
    if (!fs::is_directory(in, bad)) continue;
    for (auto const* files : {&outputs, &use.goes_on})
      for (auto const& file : *files)
        if (!file.empty() && !is_stream(file) && lies_in(in, file))
          throw error{"{}: this lies in the folder of the model that is read ({}), which stays as it is; name another place",
                      file, in};
  }
}

// What is read where a model's folder is: the folder and the files a model consists of, by their own places too.
inline std::vector<std::string> with_files_of_models(std::vector<std::string> const& reads) {
  auto all = reads;
  std::error_code bad;
  for (auto const& in : reads) {
    if (!fs::is_directory(in, bad)) continue;
    for (auto const& one : fs::directory_iterator{in, bad}) {
      auto const kind = one.path().extension();
      if (kind != ".safetensors" && kind != ".json" && kind != ".gguf" && kind != ".jinja" && kind != ".md") continue;
      all.push_back(one.path().string());
      if (auto const place = fs::canonical(one.path(), bad); !bad && one.is_symlink(bad)) all.push_back(place.string());
    }
  }
  return all;
}

inline void check_writable(fs::path const& ground, fs::path const& file) {
  std::error_code bad;
  if (!fs::is_directory(ground, bad)) throw error{"cannot write {}: {} is not a folder", file.string(), ground.string()};
  if (::access(ground.c_str(), W_OK | X_OK) != 0)
    throw error{"cannot write {}: {}: {}", file.string(), ground.string(), std::generic_category().message(errno)};
}

// Whether a file can appear there, as far as its folders say.
inline void check_place(fs::path const& file) {
  std::error_code bad;
  if (fs::is_directory(file, bad)) throw error{"{}: this is a folder; name a file", file.string()};
  check_writable(ground_of(file.has_parent_path() ? file.parent_path() : fs::path{"."}), file);
}

}  // namespace detail::file_uses

EASE_INLINE std::filesystem::path ground_of(std::filesystem::path path) {
  namespace fs = std::filesystem;
  std::error_code bad;
  path = fs::absolute(path, bad);
  while (!fs::exists(path, bad) && path.has_parent_path() && path != path.parent_path()) path = path.parent_path();
  return path;
}

EASE_INLINE void check_folder_place(std::filesystem::path const& folder, std::string_view option) {
  std::error_code bad;
  auto const ground = ground_of(folder);
  if (folder.empty() || std::filesystem::is_directory(ground, bad)) return;
  auto const what = option.empty() ? folder.string() : fmt::format("{} {}", option, folder.string());
  using detail::file_uses::place_of;
  if (place_of(ground) == place_of(folder)) throw error{"{}: this is a file, and a folder is written; name another", what};
  throw error{"{}: {} is a file, and no folder can be made in it; name another place", what, ground.string()};
}

EASE_INLINE bool is_stream(std::filesystem::path const& path) {
  namespace fs = std::filesystem;
  auto const plain = path.lexically_normal().string();
  if (plain.starts_with("/dev/") || plain.starts_with("/proc/")) return true;
  std::error_code bad;
  auto const there = fs::status(path, bad);
  return fs::exists(there) && !fs::is_regular_file(there) && !fs::is_directory(there);
}

EASE_INLINE void file_use::check() const {
  using namespace detail::file_uses;
  auto const read = with_files_of_models(reads);
  auto outputs = writes;
  outputs.insert(outputs.end(), bad_rows.begin(), bad_rows.end());
  if (!model_out.empty()) outputs.push_back(model_out);
  std::erase(outputs, std::string{});
  for (auto const& out : outputs)
    if (out == "-") throw usage_error{"-: no file's name; write /dev/stdout for the standard output"};

  auto const is_read = [&](std::string const& file) {
    return std::ranges::any_of(read, [&](auto const& in) { return in != "-" && !in.empty() && one_file(in, file); });
  };
  std::error_code bad;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    auto const& out = outputs[i];
    if (one_file(out, "/dev/null")) continue;
    bool const device = fs::exists(out, bad) && !fs::is_regular_file(out, bad) && !fs::is_directory(out, bad);
    if (!device && is_read(out))
      throw error{"{}: the command reads this file, and would write over it; name another output", out};
    for (auto const& earlier : outputs | std::views::take(i))
      if (one_file(earlier, out))
        throw error{"{}: two of the command's outputs would be written to this file ({}); name one file for each", out,
                    earlier == out ? "named twice" : "also named " + earlier};
  }
  check_folder_place(model_out, {});
  // A model's folder is replaced as a whole.
  for (auto const& in : read)
    for (auto const& folder : own)
      if (lies_in(folder, in))
        throw error{"{}: the command reads this file, and writes its own into that folder ({}); name another output", in,
                    folder};
  for (auto const& in : read)
    if (!model_out.empty() && lies_in(model_out, in))
      throw error{"{}: the command reads this file, and would replace the folder it is in ({}); name another output", in,
                  model_out};
  check_apart(*this, outputs);
  check_outside_models(*this, outputs);
  for (auto const& log : goes_on) {
    if (log.empty() || is_stream(log)) continue;
    if (is_read(log) || std::ranges::any_of(outputs, [&](auto const& out) { return one_file(out, log); }))
      throw error{"{}: a log or journal would be written to a file that the command reads or writes; name another", log};
  }
  for (auto const& log : goes_on)
    for (auto const& folder : own)
      if (!log.empty() && lies_in(folder, log))
        throw error{"{}: a log would stand in a folder that the command writes its own files to ({}); name another", log,
                    folder};
  for (auto const& out : outputs)
    if (!overwrite && out != model_out && !out.empty() && !is_stream(out) && fs::is_regular_file(out, bad))
      throw error{"{}: there is a file already; --overwrite replaces it", out};
  if (!overwrite && !model_out.empty() && fs::exists(fs::path{model_out} / model_mark, bad))
    throw error{"{}: there is a model already; --overwrite replaces it", model_out};
}

EASE_INLINE void file_use::look() const {
  using namespace detail::file_uses;
  for (auto const* files : {&writes, &bad_rows, &goes_on})
    for (auto const& file : *files)
      if (!file.empty() && !is_stream(file)) check_place(file);
  for (auto const* files : {&writes, &bad_rows})
    for (auto const& file : *files)
      if (fs::path{file}.extension() == ".parquet") (void)parquet_for(file);
  if (!model_out.empty()) {  // made beside it, behind a link there
    auto const place = behind_link(model_out);
    check_place(place / model_mark);
    check_writable(ground_of(place.has_parent_path() ? place.parent_path() : fs::path{"."}), model_out);
  }
  for (auto const& look : looks) look();
}

}  // namespace ease::inline v1
