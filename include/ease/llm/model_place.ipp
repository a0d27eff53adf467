// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of llm/model_place.hpp; core/compiled.hpp says where they are compiled.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ease/core/environment.hpp>
#include <ease/core/error.hpp>
#include <ease/core/printable.hpp>
#include <ease/hub/hub_cache.hpp>
#include <ease/hub/hub_name.hpp>
#include <ease/hub/hub_name_problem.hpp>
#include <ease/hub/hub_settings.hpp>
#include <ease/io/files/did_you_mean.hpp>
#include <ease/io/tensors/gguf.hpp>
#include <ease/io/tensors/model_folder.hpp>
#include <ease/io/tensors/safetensors_folder.hpp>
#include <ease/io/tensors/safetensors_index.hpp>
#include <ease/llm/files/json_fields.hpp>
#include <ease/llm/hub_models.hpp>
#include <ease/llm/model_description.hpp>
#include <ease/llm/model_place.hpp>
#include <fstream>
#include <optional>
#include <system_error>
#include <utility>

namespace ease::inline v1 {

namespace detail::places {

namespace fs = std::filesystem;

inline constexpr std::string_view base_mark{"?base="};

inline bool has_weights(fs::path const& folder) {
  return std::ranges::any_of(std::initializer_list<std::string_view>{weights_file_name, weights_index_name,
                                                                     "pytorch_model.bin", "pytorch_model.bin.index.json"},
                             [&](auto const file) { return is_there(folder / file); });
}

// Why a folder is no model.
[[noreturn]] inline void refuse_folder(fs::path const& folder) {
  std::vector<std::string> gguf, checkpoints;
  std::string shard;
  std::error_code bad;
  for (auto const& one : fs::directory_iterator{folder, bad}) {
    auto const name = one.path().filename().string();
    if (one.path().extension() == ".gguf") gguf.push_back(printable(name));
    if (name.starts_with("checkpoint-") && one.is_directory(bad)) checkpoints.push_back(printable(name));
  }
  std::ranges::sort(gguf), std::ranges::sort(checkpoints);
  auto const name_one = [&](std::string_view what, std::vector<std::string> const& all) {
    throw error{"{}: a folder without config.json; name one of its {}, as {}{}", folder.string(), what,
                (folder / all.front()).string(), all.size() == 1 ? "" : fmt::format("; there are {}", fmt::join(all, ", "))};
  };
  if (!gguf.empty()) name_one("GGUF files", gguf);
  if (!checkpoints.empty()) name_one("checkpoints", checkpoints);
  throw error{"{}: no config.json there, nor adapter_config.json; name a Hugging Face folder or a .gguf file",
              folder.string()};
}

class finder {
 public:
  explicit finder(model_part part) : part_{part} {}

  // `said`: the base that was named for an adapter; empty: none was.
  model_place find(std::string_view name, std::string_view said, std::string const& revision = {}) {
    fs::path const path = trimmed(fs::path{name});
    if (part_ != model_part::what_is_there) tell_of_path(name, hub_kind::model);
    if (is_folder(path)) return folder(path, said);
    if (is_there(path)) return file(path, said);
    if (name.starts_with("openai:"))
      throw usage_error{"{}: a remote model, whose files are not here; name a Hugging Face folder or a .gguf file",
                        printable(name)};
    if (said.empty())
      if (auto const at = name.find('?'); at != std::string_view::npos) return behind_mark(name);
    if (auto const at = model_of_hub(name, revision, part_)) return is_folder(*at) ? folder(*at, said) : file(*at, said);
    if (hub_name_in(name, hub_kind::model) && !is_there(path.parent_path()))
      throw error{
          "{}: no such model; no folder has this name, and the hub's cache ({}) has no such model; nothing is downloaded "
          "here: get it with: ease fetch {}",
          name, hub_cache_folder().string(), name};
    bool const is_path = name.starts_with('.') || name.starts_with('/') || ends_like_a_file(name);
    auto problem = is_path && name.find("://") == name.npos ? problem_of_cache(name, hub_kind::model)
                                                            : hub_name_problem(name, hub_kind::model);
    if (auto const address = file_of_repository(name, hub_kind::model); ends_like_a_file(name) && !address.empty())
      problem = fmt::format("a file of a repository is written {}", address);
    throw error{"{}: no such model; name a Hugging Face folder (with config.json) or a .gguf file{}{}", printable(name),
                problem.empty() ? "" : "; it names none of the hub either: ", problem};
  }

 private:
  // ADAPTER?base=BASE; BASE may be such a name again.
  model_place behind_mark(std::string_view name) {
    auto const at = name.find(base_mark);
    if (at != std::string_view::npos && at + base_mark.size() < name.size())
      return find(name.substr(0, at), name.substr(at + base_mark.size()));
    auto const mark = at != std::string_view::npos ? at : name.rfind('?');
    auto const key = name.substr(mark + 1, name.find('=', mark) - mark - 1);
    if (key == "base")
      throw usage_error{"{}: base: write {}FOLDER behind the adapter's name", printable(name.substr(0, mark)), base_mark};
    throw usage_error{"{}: there is no key \"{}\" for a model{}; known: base, as ADAPTER{}FOLDER",
                      printable(name.substr(0, mark)), printable(key), did_you_mean(key, {"base"}), base_mark};
  }
  // What is wrong with a base is said with the adapter that wants it.
  static model_place of_adapter(fs::path const& path, std::string_view said, auto&& found) {
    auto const name = said.empty() ? path.string() : fmt::format("{}{}{}", path.string(), base_mark, printable(said));
    auto const names_it = [&](error const& e) {
      return std::string_view{e.what()}.find(path.string()) != std::string_view::npos;
    };
    try {
      return found();
    } catch (usage_error const& e) {
      if (names_it(e)) throw;
      throw usage_error{"{}: {}", name, e.what()};
    } catch (error const& e) {
      if (names_it(e)) throw;
      throw error{"{}: {}", name, e.what()};
    }
  }

  static void no_adapter(std::string_view name, std::string_view said) {
    if (!said.empty())
      throw usage_error{"{0}{1}{2}: {0} is no adapter, which alone has a base", printable(name), base_mark, printable(said)};
  }

  static model_place file(fs::path const& path, std::string_view said) {
    no_adapter(path.string(), said);
    auto const kind = path.extension();
    if (kind == ".safetensors" || kind == ".bin")
      throw error{"{}: a model's weights alone; name its folder, {}", path.string(),
                  path.has_parent_path() ? path.parent_path().string() : "."};
    auto name = path.stem().string();
    if (auto const part = gguf_part_name::of(path)) name = fs::path{part->before}.filename().string();
    return {.name = name, .base_name = name, .base = path};
  }

  model_place folder(fs::path const& path, std::string_view said) {
    auto const name = title_of(path);
    bool const whole = is_there(path / "config.json");
    if (is_there(path / adapter_config_name)) {
      if (whole && has_weights(path) && said.empty())
        throw error{
            "{0}: a whole model is there, and an adapter (adapter_config.json); say what the adapter is for with "
            "{0}?base=FOLDER, or move one of them",
            path.string()};
      return adapter(path, said, name);
    }
    no_adapter(path.string(), said);
    if (whole) return {.name = name, .base_name = name, .base = path};
    if (is_folder(path / "snapshots")) return folder(snapshot_of(path, {}), said);
    if (path.filename() == "snapshots" && path.parent_path().filename().string().starts_with("models--"))
      return folder(snapshot_of(path.parent_path(), {}), said);
    refuse_folder(path);
  }

  model_place adapter(fs::path const& path, std::string_view said, std::string const& name) {
    std::error_code bad;
    auto const here = fs::weakly_canonical(path, bad);
    if (std::ranges::find(seen_, here) != seen_.end())
      throw error{"{}: an adapter that is its own base; name the base with {}?base=FOLDER", path.string(), path.string()};
    seen_.push_back(here);
    auto place = of_adapter(path, said, [&] { return said.empty() ? base_of(path) : said_base(here, path, said); });
    place.name = fmt::format("{} on {}", name, place.name);
    place.adapters.push_back(path);
    return place;
  }

  // The folder itself, where it has the whole model that its adapter is for.
  model_place said_base(fs::path const& here, fs::path const& path, std::string_view said) {
    std::error_code bad;
    if (is_folder(said) && fs::weakly_canonical(trimmed(said), bad) == here && is_there(path / "config.json"))
      return {.name = path.filename().string(), .base_name = path.filename().string(), .base = path};
    return find(said, {});
  }

  model_place base_of(fs::path const& path) {
    json_fields const config{path / adapter_config_name};
    auto const help = fmt::format("say where it is: {}{}FOLDER", path.string(), base_mark);
    std::string const base{config.text("base_model_name_or_path").value_or("")};
    if (base.empty()) throw error{"{}: field 'base_model_name_or_path' names no base model; {}", config.path(), help};
    auto const beside = path / base;
    if (!fs::path{base}.is_absolute() && is_there(beside)) {
      std::error_code bad;
      if (is_there(base) && !fs::equivalent(base, beside, bad))
        throw error{"{}: field 'base_model_name_or_path': '{}' is there in the working folder and beside the adapter; {}",
                    config.path(), printable(base), help};
      return find(beside.lexically_normal().string(), {});
    }
    if (is_there(base)) return find(base, {});
    std::string const revision{config.text("revision").value_or("")};
    if (auto const at = model_of_hub(base, revision, part_)) return is_folder(*at) ? folder(*at, {}) : file(*at, {});
    if (base.rfind(base_mark) != std::string::npos) return find(base, {});
    throw error{"{}: field 'base_model_name_or_path': '{}' is not there, nor in the hub's cache ({}); {}", config.path(),
                printable(base), hub_cache_folder().string(), help};
  }

  model_part part_;
  std::vector<fs::path> seen_{};
};

}  // namespace detail::places

EASE_INLINE model_place find_model(std::string_view name) { return find_model(name, model_part::whole); }

EASE_INLINE model_place find_model(std::string_view name, model_part part) {
  return detail::places::finder{part}.find(name, {});
}

EASE_INLINE std::vector<std::string> files_of_model(std::string const& name) {
  try {
    auto const place = find_model(name, model_part::what_is_there);
    std::vector<std::string> all{place.base.string()};
    for (auto const& adapter : place.adapters) all.push_back(adapter.string());
    return all;
  } catch (error const&) {
    return {name};  // whoever opens it says what is wrong
  }
}

EASE_INLINE bool lacks_weights(model_place const& place) {
  auto const& base = place.base;
  if (!safetensors_folder::has_weights(base)) return true;
  if (base.parent_path().filename() != "snapshots") return false;  // of another folder, what is missing is an error
  auto const missing = missing_of_model(base, true);
  return !missing.empty() && missing_of_model(base, false).empty();
}

EASE_INLINE std::filesystem::path const& model_place::folder_with(std::string_view file) const {
  for (auto at = adapters.rbegin(); at != adapters.rend(); ++at)
    if (detail::places::is_there(*at / file)) return *at;
  return base;
}

}  // namespace ease::inline v1
