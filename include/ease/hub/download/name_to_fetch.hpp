// SPDX-License-Identifier: Apache-2.0
#pragma once
// What of the hub a command line asks for, said in pieces: a name, a revision beside it, a file of the repository behind it.
#include <ease/core/error.hpp>
#include <ease/hub/hub_name.hpp>
#include <ease/hub/hub_name_problem.hpp>
#include <string>

namespace ease::inline v1 {

// `revision`, `file`: empty where they are not said; a file may be a pattern. Throws usage_error where the name is none, or says
// something else than what stands beside it.
inline hub_name name_to_fetch(std::string const& said, hub_kind kind, std::string const& revision, std::string const& file) {
  auto name = hub_name::parse(said, kind);
  if (!name) throw usage_error{"{}: no name of the hub: {}", said, hub_name_problem(said, kind)};
  if (!revision.empty()) {
    if (said.find('@') != said.npos && name->revision != revision)
      throw usage_error{"{}: the name says one revision, and --revision {} another; keep one of them", said, revision};
    if (!detail::is_hub_revision(revision))
      throw usage_error{"--revision \"{}\": no branch, tag or commit can be called so", revision};
    name->revision = revision;
  }
  if (file.empty()) return *name;
  if (!name->path.empty() || !name->config.empty() || !name->split.empty())
    throw usage_error{"{}: the name says which files already; \"{}\" was not expected behind it", said, file};
  if (!detail::is_hub_path(file))
    throw usage_error{"{}: no file of a repository; write its path from the repository's top, as in {}", file,
                      kind == hub_kind::model ? "hf://ORG/NAME/FILE" : "hf://datasets/ORG/NAME/FILE"};
  name->path = file;
  return *name;
}

}  // namespace ease::inline v1
