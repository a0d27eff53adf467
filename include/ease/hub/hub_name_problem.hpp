// SPDX-License-Identifier: Apache-2.0
#pragma once
// Why a text is no name of the hub, and what to write: for those who meant one.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <ease/core/environment.hpp>
#include <ease/hub/hub_name.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ease::inline v1 {

// "it says no revision behind the @; write ORG/NAME@REVISION"; empty for a name. `text` is no path that exists.
std::string hub_name_problem(std::string_view text, hub_kind kind);

namespace detail {

// The parts of a page's address behind the host, if it is one of the hub's; empty: it is not.
inline std::vector<std::string> parts_of_page(std::string_view url) {
  for (std::string_view const scheme : {"https://", "http://"})
    if (url.starts_with(scheme)) url.remove_prefix(scheme.size());
  url = url.substr(0, url.find_first_of("?#"));
  std::vector<std::string_view> hosts{"huggingface.co", "www.huggingface.co", "hf.co"};
  if (auto v = first_set({"HF_ENDPOINT"}); v.name != nullptr) {
    while (v.value.ends_with('/')) v.value.remove_suffix(1);
    if (auto const at = v.value.find("://"); at != v.value.npos) hosts.push_back(v.value.substr(at + 3));
  }
  for (auto const host : hosts) {
    if (!url.starts_with(host) || (url.size() > host.size() && url[host.size()] != '/')) continue;
    std::vector<std::string> out;
    for (std::size_t at = host.size() + 1; at < url.size();) {
      auto const end = std::min(url.find('/', at), url.size());
      if (end > at) out.emplace_back(url.substr(at, end - at));
      at = end + 1;
    }
    if (out.empty()) out.emplace_back();
    return out;
  }
  return {};
}

inline std::string problem_of_page(std::vector<std::string> parts, hub_kind kind) {
  auto const whole = parts;
  bool const dataset = parts.front() == "datasets";
  if (dataset || parts.front() == "models") parts.erase(parts.begin());
  if (parts.size() < 2) return "it is a page of the hub and of no repository; write ORG/NAME";
  auto name = parts[0] + '/' + parts[1];
  bool const names_file = parts.size() > 4 && (parts[2] == "blob" || parts[2] == "resolve");
  if (dataset && kind == hub_kind::model && names_file)  // the address of that file says what it is of
    return "it is the page of a data set's file, and a model is asked for: " + problem_of_page(whole, hub_kind::dataset);
  if (dataset != (kind == hub_kind::dataset))
    return fmt::format("it is the page of a {}, and a {} is asked for; its name would be {}", dataset ? "data set" : "model",
                       dataset ? "model" : "data set", name);
  std::string path;
  if (parts.size() > 3 && parts[2] == "viewer") {
    name += ':' + parts[3] + (parts.size() > 4 ? '/' + parts[4] : "");
  } else if (parts.size() > 3) {
    std::size_t next = 4;
    auto revision = parts[3];
    if (revision == "refs" && parts.size() > 5) revision += '/' + parts[4] + '/' + parts[5], next = 6;
    if (revision != "main") name += '@' + revision;
    for (; next < parts.size(); ++next) path += '/' + percent_decoded(parts[next]);
    if (!path.empty() && parts[2] == "tree") path += "/*";
  }
  if (kind == hub_kind::dataset && !path.empty())
    return fmt::format("it is a page of the hub; write hf://datasets/{}{}", name, path);
  return fmt::format("it is a page of the hub; write {}", name);
}

inline std::string problem_of_address(std::string_view text, hub_kind kind) {
  auto const rest = text.substr(hub_scheme.size());
  auto const form = kind == hub_kind::dataset ? "hf://datasets/ORG/NAME or hf://datasets/ORG/NAME@REVISION/FILE"
                                              : "hf://ORG/NAME or hf://ORG/NAME@REVISION";
  for (std::string_view const type : {"spaces/", "buckets/", "kernels/"})
    if (rest.starts_with(type)) return fmt::format("it names neither a model nor a data set; write {}", form);
  if (auto const other = kind == hub_kind::dataset ? hub_kind::model : hub_kind::dataset; hub_name::parse(text, other))
    return fmt::format("it names a {}, and a {} is asked for; write {}", other == hub_kind::model ? "model" : "data set",
                       kind == hub_kind::model ? "model" : "data set", form);
  return fmt::format("it is not of the form {}", form);
}

inline std::string problem_of_part(std::string_view part, std::string_view form) {
  if (part.find_first_of("[%") != part.npos)
    return "a slice of a split is not taken by the name; write ORG/NAME:/SPLIT?max_rows=N for the first N rows";
  if (part.find('+') != part.npos) return "it says several splits; name ORG/NAME:/SPLIT for each of them";
  if (part.find('@') != part.npos)
    return "the revision stands in front of the configuration; write ORG/NAME@REVISION:CONFIG";
  return fmt::format("what stands behind the colon is no configuration and split; write {}", form);
}

// Of the path of a folder of the cache, or of one in it: the name to write. Empty: it is none.
inline std::string problem_of_cache(std::string_view text, hub_kind kind) {
  for (auto const kept : {hub_kind::model, hub_kind::dataset}) {
    auto at = text.starts_with(cache_prefix(kept)) ? 0 : text.rfind('/' + std::string{cache_prefix(kept)});
    if (at == text.npos) continue;
    auto const path = text.substr(at == 0 && !text.starts_with('/') ? 0 : at + 1);
    auto const end = std::min(path.find('/'), path.size());
    auto name = of_cache_folder(path.substr(0, end), kept);
    if (name.empty()) continue;
    constexpr std::string_view snapshots{"/snapshots/"};
    if (auto const rest = path.substr(end); rest.starts_with(snapshots))
      if (auto const commit = rest.substr(snapshots.size(), rest.find('/', snapshots.size()) - snapshots.size());
          name.find('@') == name.npos && is_hub_revision(commit))
        name += '@' + std::string{commit};
    if (!hub_name::parse(name, kept)) continue;
    return kept == kind ? fmt::format("it is a folder of the hub's cache; write {}", name)
                        : fmt::format("it is a folder of the hub's cache, of a {}, whose name is {}, and a {} is asked for",
                                      kept == hub_kind::model ? "model" : "data set", name,
                                      kind == hub_kind::model ? "model" : "data set");
  }
  return {};
}

// ORG/NAME/FILE, as the file of a repository is written; empty: the text has not that form.
inline std::string file_of_repository(std::string_view text, hub_kind kind) {
  auto const slash = std::min(text.find('/'), text.size());
  auto const end = std::min(text.find('/', std::min(slash + 1, text.size())), text.size());
  if (end == text.size() || !hub_name::parse(text.substr(0, end), kind)) return {};
  auto address = fmt::format("{}{}{}", hub_scheme, kind == hub_kind::model ? "" : "datasets/", text);
  auto const name = hub_name::parse(address, kind);
  return name && !name->path.empty() ? address : std::string{};
}

}  // namespace detail

inline std::string hub_name_problem(std::string_view text, hub_kind kind) {
  using namespace detail;
  if (hub_name::parse(text, kind)) return {};
  bool const dataset = kind == hub_kind::dataset;
  std::string_view const form =
      dataset ? "ORG/NAME, ORG/NAME@REVISION or ORG/NAME:CONFIG/SPLIT" : "ORG/NAME or ORG/NAME@REVISION";
  if (text.starts_with(hub_scheme)) return problem_of_address(text, kind);
  if (auto parts = parts_of_page(text); !parts.empty() && (text.find("://") != text.npos || parts.size() > 1))
    return problem_of_page(std::move(parts), kind);
  if (text.find("://") != text.npos) return fmt::format("addresses are not downloaded; name a file, or {} of the hub", form);
  if (std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) <= ' '; }))
    return fmt::format("a name of the hub has no spaces; write {}", form);
  if (auto said = problem_of_cache(text, kind); !said.empty()) return said;
  auto const colon = text.find(':');
  auto const at = text.substr(0, colon).find('@');
  auto const id = text.substr(0, std::min(colon, at));
  auto const slashes = std::ranges::count(id, '/');
  if (slashes == 0 && is_hub_word(id))
    return fmt::format("the hub's names have an owner in front; write {}, such as {}", form,
                       dataset ? "stanfordnlp/imdb" : "openai-community/gpt2");
  if (slashes > 1 && !id.starts_with('/') && !id.starts_with('.')) {
    auto const address = file_of_repository(text, kind);
    return fmt::format("a name of the hub has one slash; write {}, and a file of a {} as {}", form,
                       dataset ? "data set" : "model",
                       !address.empty() ? address
                       : dataset        ? "hf://datasets/ORG/NAME/FILE"
                                        : "hf://ORG/NAME/FILE");
  }
  auto const slash = id.find('/');
  if (slash == id.npos || !is_hub_word(id.substr(0, slash)) || !is_hub_word(id.substr(slash + 1)))
    return fmt::format("it is not of the form {}", form);
  if (at != text.npos && !is_hub_revision(text.substr(at + 1, colon == text.npos ? colon : colon - at - 1)))
    return "what stands behind the @ is no branch, tag or commit; write ORG/NAME@REVISION";
  if (colon != text.npos && !dataset)
    return fmt::format("a model's name has no colon; write {}, or name a .gguf file", form);
  if (colon != text.npos) return problem_of_part(text.substr(colon + 1), form);
  return fmt::format("it is not of the form {}", form);
}

}  // namespace ease::inline v1
