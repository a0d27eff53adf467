// SPDX-License-Identifier: Apache-2.0
#pragma once
// The files a command reads and writes, checked before it does either: what a user has is not overwritten by an output of
// the same name, nor one output by another.
#include <ease/core/compiled.hpp>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace ease::inline v1 {

struct file_use {
  std::vector<std::string> reads{};       // rows and local models
  std::vector<std::string> writes{};      // appear whole, in place of what was there
  std::vector<std::string> bad_rows{};    // likewise, if there are any: rows of the inputs that cannot be read
  std::vector<std::string> goes_on{};     // logs and journals, which may be there already
  std::string model_out{};                // a folder that a model is written to
  std::string model_mark{"config.json"};  // by which that folder is known to hold one
  std::vector<std::string> own{};         // folders in which the command keeps what it likes
  struct named_place {
    std::string option, path{};  // "--checkpoints"; an empty path: not given
  };
  std::vector<named_place> kept_apart{};  // what a training writes as it goes, by the option that says where
  bool overwrite{false};
  std::vector<std::function<void()>> looks{};  // into the inputs, at the models: each throws ease::error where one is wrong

  // Throws ease::error of one line, with the way out, if
  // - an output is an input or a file of a model that is read, or two outputs are one file: by name, by another path to it, or by a link;
  // - an input lies in the folder that a model is to replace, or in one of the command's own;
  // - another output lies in that folder: it would be gone when the model is in place, or keep it from getting there;
  // - an output, a log, or what a training writes as it goes lies in the folder of a model that is read;
  // - a finished output is there, and `overwrite` was not said.
  // Pipes, /dev/stdout and /dev/null may be written to at any time.
  void check() const;
  // The same if an output, a log or a journal cannot be written where it is to stand, an output is to be Parquet and that is not
  // there (io/parquet/load_parquet.hpp), or one of `looks` finds something wrong.
  void look() const;
};

// Whether a file lies in a folder, or in one of its folders, or is that folder; by its name, or where a link at either leads.
bool lies_in(std::filesystem::path const& folder, std::filesystem::path const& file);

// Throws ease::error where a folder is to be, or to be made, and a file is there, or above it. `option`: how messages call it; may be
// empty.
void check_folder_place(std::filesystem::path const& folder, std::string_view option);

// The nearest folder above a path that is there.
std::filesystem::path ground_of(std::filesystem::path path);

// A pipe, a terminal, /dev/stdout, /dev/null: nothing in it can be lost, and it has no journal.
bool is_stream(std::filesystem::path const& path);

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/io/files/file_use.ipp>
#endif
