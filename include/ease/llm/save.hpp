#pragma once
// Writes a language model as a Hugging Face folder that transformers loads: config.json, generation_config.json, safetensors
// (in shards above 5 GB), the tokeniser's files. The folder appears whole or not at all. What was read and is written again
// unchanged has equal bytes each time.
#include <ATen/ATen.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "ease/io/atomic_file.hpp"
#include "ease/io/error.hpp"
#include "ease/io/json_text.hpp"
#include "ease/io/safetensors_writer.hpp"
#include "ease/llm/config_json.hpp"
#include "ease/llm/generation_defaults.hpp"
#include "ease/llm/model.hpp"

namespace ease {

namespace detail {

using named_tensors = std::vector<std::pair<std::string, at::Tensor>>;

inline std::size_t bytes_of(at::Tensor const& t) { return static_cast<std::size_t>(t.numel()) * t.element_size(); }

// Consecutive parameters of at most `most` bytes a shard, at least one parameter each.
inline std::vector<named_tensors> sharded(named_tensors all, std::size_t most) {
  std::vector<named_tensors> shards(1);
  std::size_t filled = 0;
  for (auto& item : all) {
    if (!shards.back().empty() && filled + bytes_of(item.second) > most) shards.emplace_back(), filled = 0;
    filled += bytes_of(item.second);
    shards.back().push_back(std::move(item));
  }
  return shards;
}

inline void write_shard(std::filesystem::path const& path, named_tensors const& shard) {
  std::vector<at::Tensor> held;  // what a device or a stride made us copy
  std::vector<safetensors_entry> entries;
  for (auto const& [name, tensor] : shard) {
    at::Tensor const& plain = held.emplace_back(tensor.detach().to(at::kCPU).contiguous());
    bool const narrow = plain.scalar_type() == at::kBFloat16;
    if (!narrow && plain.scalar_type() != at::kFloat)
      throw error{"{}: parameter '{}' is {}, only float32 and bfloat16 are written", path.string(), name,
                  c10::toString(plain.scalar_type())};
    entries.push_back({name, narrow ? "BF16" : "F32", plain.sizes().vec(),
                       std::span{static_cast<std::byte const*>(plain.data_ptr()), bytes_of(plain)}});
  }
  write_safetensors(path, entries);
}

inline void write_weights(decoder const& net, std::filesystem::path const& folder, std::size_t most) {
  auto const shards = sharded(net.named_parameters(), most);
  if (shards.size() == 1) return write_shard(folder / "model.safetensors", shards.front());
  std::string index;
  std::size_t total = 0;
  for (auto const& shard : shards)
    for (auto const& [name, tensor] : shard) total += bytes_of(tensor);
  json_writer w{index};
  w.object().key("metadata").object().key("total_size").value(total).end().key("weight_map").object();
  for (std::size_t i = 0; i < shards.size(); ++i) {
    auto const file = fmt::format("model-{:05}-of-{:05}.safetensors", i + 1, shards.size());
    write_shard(folder / file, shards[i]);
    for (auto const& [name, tensor] : shards[i]) w.key(name).value(file);
  }
  w.end().end();
  index += '\n';
  atomic_file out{folder / "model.safetensors.index.json"};
  out.write(index);
  out.commit();
}

// Everything the folder holds, and the folder itself, on the disk.
inline void sync_folder(std::filesystem::path const& folder) {
  auto const sync = [](std::filesystem::path const& path) {
    if (int const file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC); file >= 0) ::fsync(file), ::close(file);
  };
  for (auto const& item : std::filesystem::directory_iterator{folder}) sync(item.path());
  sync(folder);
}

// `fresh` gets the name `place`; what had it is then called `fresh`. In one step where the file system can.
inline void put_in_place(std::filesystem::path const& fresh, std::filesystem::path const& place) {
  if (!std::filesystem::exists(place)) return std::filesystem::rename(fresh, place);
  if (::renameat2(AT_FDCWD, fresh.c_str(), AT_FDCWD, place.c_str(), RENAME_EXCHANGE) == 0) return;
  auto old = fresh;
  old += ".old";
  std::filesystem::rename(place, old);
  std::filesystem::rename(fresh, place);
  std::filesystem::rename(old, fresh);
}

// Only what was a model may be replaced: a mistyped path must not cost a user other files.
inline void check_replaceable(std::filesystem::path const& folder) {
  namespace fs = std::filesystem;
  if (!fs::exists(fs::symlink_status(folder))) return;
  if (!fs::is_directory(folder)) throw error{"{}: is there and not a folder; name another", folder.string()};
  if (!fs::is_empty(folder) && !fs::exists(folder / "config.json"))
    throw error{"{}: the folder holds other things than a model; name another", folder.string()};
}

}  // namespace detail

// Throws, and leaves what was at `folder`, if it cannot be written or holds anything but a model.
inline void save_model(language_model const& model, std::filesystem::path const& folder,
                       std::size_t most_bytes_a_file = 5'000'000'000) {
  namespace fs = std::filesystem;
  auto const place = folder.has_filename() ? folder : folder.parent_path();  // "model/" is "model"
  detail::check_replaceable(place);
  auto const fresh = place.parent_path() / fmt::format(".{}.{}.new", place.filename().string(), ::getpid());
  try {
    if (!place.parent_path().empty()) fs::create_directories(place.parent_path());
    fs::remove_all(fresh);
    fs::create_directory(fresh);
    auto const put = [&](char const* name, std::string const& text) {
      atomic_file file{fresh / name};
      file.write(text);
      file.commit();
    };
    bool const narrow = model.net.embed_tokens.scalar_type() == at::kBFloat16;
    put("config.json", config_text(model.net.config, model.defaults, narrow ? "bfloat16" : "float32"));
    put("generation_config.json", generation_config_text(model.defaults));
    tokenizer words = model.words;
    if (model.chat) words.set_chat_template_source(model.chat->source());  // what we pinned, users of the folder get as well
    words.save(fresh);
    detail::write_weights(model.net, fresh, most_bytes_a_file);
    detail::sync_folder(fresh);
    detail::put_in_place(fresh, place);
    fs::remove_all(fresh);
  } catch (fs::filesystem_error const& e) {
    std::error_code ignored;
    fs::remove_all(fresh, ignored);
    throw error{"{}: the model cannot be saved: {}", place.string(), e.code().message()};
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(fresh, ignored);
    throw;
  }
}

}  // namespace ease
