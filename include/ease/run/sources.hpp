// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a pipeline in a run folder reads from: what its identity is, and how its rows are read. Files of rows say what
// they hold (io/rows/row_files.hpp), rows in memory are hashed, a range of one's own gets a name and a version:
//
//     from(versioned("my_rows", 1, range)) | ...
#include <cstddef>
#include <ease/core/identity.hpp>
#include <ease/io/rows/write_records.hpp>
#include <ease/run/folder/run_folder.hpp>
#include <ease/stage/pipeline.hpp>
#include <memory>
#include <ranges>
#include <string>
#include <type_traits>
#include <utility>

namespace ease::inline v1 {

// A range whose rows depend on this name and version alone: raise the version when they change.
template <class Range>
class versioned_rows {
 public:
  versioned_rows(std::string name, int version, std::shared_ptr<Range> rows)
      : name_{std::move(name)}, version_{version}, rows_{std::move(rows)} {}
  auto begin() { return std::ranges::begin(*rows_); }
  auto end() { return std::ranges::end(*rows_); }
  void identify(identity& id) const { id.add("versioned").add(name_).add(version_); }

 private:
  std::string name_;
  int version_;
  std::shared_ptr<Range> rows_;
};
template <class Range>
  requires some_rows<std::remove_reference_t<Range>>
auto versioned(std::string name, int version, Range&& rows) {
  return versioned_rows<std::remove_reference_t<Range>>{std::move(name), version,
                                                        detail::own_or_refer(std::forward<Range>(rows))};
}

namespace detail {

// How a source looks once what it is made of has run in the folder.
template <class Rows>
struct ready_source {
  hash128 identity;
  std::string content;  // what the rows are: a hash; another one when they changed
  std::size_t rows{0};  // 0: not known
  std::shared_ptr<Rows> range;
  std::string_view name;  // of its own file, if it has no stage behind it
};

template <class Source>
struct source_of_run {
  // Read this if your compile breaks here: the source cannot say what its rows depend on. Read them from files
  // (row_files), keep them in a vector of records, or give the range a name: versioned("my_rows", 1, range).
  static constexpr bool was_saved = requires(Source& s) { s.run_identity(), s.content(), s.count(); };  // run/saved_rows.hpp
  static constexpr bool a_source_in_a_run_folder_says_what_its_rows_depend_on =
      was_saved || requires(Source& s, identity& id) { s.identify(id); } ||
      (std::ranges::sized_range<Source> && std::ranges::forward_range<Source>);
  static_assert(
      a_source_in_a_run_folder_says_what_its_rows_depend_on,
      "this source cannot say what its rows depend on: read them from row_files, keep them in a vector of records, "
      "or give the range a name and a version, versioned(\"my_rows\", 1, range)");

  static ready_source<Source> make_ready(std::shared_ptr<Source> const& source, run_folder const&) {
    identity id;
    std::size_t rows = 0;
    if constexpr (was_saved) {
      id.add(source->run_identity());
      return {id.value(), source->content(), source->count(), source, "rows"};
    } else if constexpr (requires { source->identify(id); }) {
      source->identify(id);
    } else {
      for (auto const& row : *source) id.add(to_json(row));
      rows = static_cast<std::size_t>(std::ranges::size(*source));
    }
    return {id.value(), id.text(), rows, source, "rows"};
  }
};

}  // namespace detail
}  // namespace ease::inline v1
