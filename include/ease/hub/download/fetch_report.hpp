// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a program says of a download.
#include <ease/hub/download/fetch.hpp>
#include <ease/hub/hub_name.hpp>
#include <ease/hub/hub_source.hpp>
#include <ease/io/json/json_text.hpp>
#include <string>

namespace ease::inline v1 {

// One JSON object: the name, its commit, the folder, how much was downloaded; of a data set its split and the split's files.
inline std::string fetch_report(hub_name const& name, fetched const& got, hub_rows const& rows) {
  bool const is_model = name.kind == hub_kind::model;
  std::string line;
  json_writer w{line, bad_utf8::replace};
  w.object().key(is_model ? "model" : "dataset").value(name.id()).key("revision").value(name.revision);
  w.key("commit").value(got.commit).key("folder").value(got.folder.string()).key("files");
  if (is_model) {
    w.value(got.files);
  } else {
    w.array();
    for (auto const& one : rows.files) w.value(one.string());
    w.end().key("rows").value(rows.name);
  }
  w.key("downloaded").value(got.downloaded).key("mended").value(got.mended);
  w.key("bytes").value(got.bytes).end();
  return line;
}

// The same for a person: where what was asked for stands, a path a line.
inline std::string fetch_paths(fetched const& got, hub_rows const& rows) {
  if (rows.files.empty()) return got.folder.string();
  std::string out;
  for (auto const& one : rows.files) out.append(out.empty() ? "" : "\n").append(one.string());
  return out;
}

}  // namespace ease::inline v1
