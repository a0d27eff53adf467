// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a trained model's card takes over from its base: name, commit, licence. The licence is what the base's own card says, if
// it is in the base's folder; nothing is downloaded for it, and none is made up.
#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cstddef>
#include <ease/hub/dataset/dataset_card.hpp>
#include <ease/hub/hub_name.hpp>
#include <filesystem>
#include <fstream>
#include <ios>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace ease::inline v1 {

// Keys of a card's head that say the licence, each with its value or values.
using card_licence = std::vector<std::pair<std::string, std::vector<std::string>>>;

struct card_base {
  std::string name{};                   // of the hub: ORG/NAME; else the folder's or file's own name
  std::string commit{};                 // of a model of the hub
  std::string through{};                // the folder that was trained, where EASE had made it of the base
  std::vector<std::string> datasets{};  // of the hub, that it was trained on before
  std::string adapters{};               // that were merged into it, for a person
  card_licence licence{};
};

inline constexpr std::string_view card_file_name{"README.md"};

namespace detail::cards {

// The head of the card in a model's folder; no map where there is no card, or none that can be read.
inline YAML::Node head_in(std::filesystem::path const& folder) {
  std::error_code none;
  auto const file = folder / card_file_name;
  if (!std::filesystem::is_regular_file(file, none)) return {};
  std::ifstream in{file, std::ios::binary};
  std::string text(most_bytes, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  try {
    return YAML::Load(std::string{front_matter(text)});
  } catch (YAML::Exception const&) {
    return {};
  }
}

// A text, or the texts of a list.
inline std::vector<std::string> texts_of(YAML::Node const& head, char const* key) {
  constexpr std::size_t most = 100;
  std::vector<std::string> out;
  if (!head.IsMap()) return out;
  auto const value = head[key];
  if (value && value.IsScalar() && !value.Scalar().empty()) out.push_back(value.Scalar());
  if (value && value.IsSequence() && value.size() <= most)
    for (auto const& one : value)
      if (one.IsScalar() && !one.Scalar().empty()) out.push_back(one.Scalar());
  return out;
}

}  // namespace detail::cards

// license, license_name and license_link of the card in a model's folder, as far as it has them. A link to a file beside that card
// becomes one to the hub, if `commit` says that the model is from there.
inline card_licence licence_in(std::filesystem::path const& folder, std::string_view name, std::string_view commit) {
  auto const head = detail::cards::head_in(folder);
  card_licence out;
  for (auto const* key : {"license", "license_name", "license_link"}) {
    auto values = detail::cards::texts_of(head, key);
    if (values.empty()) continue;
    if (key == std::string_view{"license_link"} && !commit.empty() && values.front().find("://") == std::string::npos)
      values.front() = fmt::format("https://huggingface.co/{}/blob/{}/{}", name, commit, values.front());
    out.emplace_back(key, std::move(values));
  }
  return out;
}

// Whether EASE made the model in a folder, as its card says.
inline bool is_of_ease(std::filesystem::path const& folder) {
  auto const tags = detail::cards::texts_of(detail::cards::head_in(folder), "tags");
  return std::ranges::find(tags, "ease") != tags.end();
}

// What the card in a model's folder says the model was made of, where that is a name of the hub; else empty.
inline std::string base_model_in(std::filesystem::path const& folder) {
  auto const said = detail::cards::texts_of(detail::cards::head_in(folder), "base_model");
  auto const name = said.size() == 1 ? hub_name::parse(said.front(), hub_kind::model) : std::nullopt;
  return name && name->id() == said.front() ? said.front() : std::string{};
}

// The key of our cards for the commit of the base.
inline constexpr char const* base_commit_key = "base_model_revision";

// What EASE made in a folder, of a model of the hub: that model's name and commit, and what was trained on before. The folder is
// `through`. No name where the folder's card does not say so.
inline card_base base_behind(std::filesystem::path const& folder) {
  card_base out{.name = is_of_ease(folder) ? base_model_in(folder) : std::string{}};
  if (out.name.empty()) return out;
  auto const head = detail::cards::head_in(folder);
  if (auto const said = detail::cards::texts_of(head, base_commit_key); said.size() == 1) out.commit = said.front();
  out.datasets = detail::cards::texts_of(head, "datasets");
  return out;
}

}  // namespace ease::inline v1
