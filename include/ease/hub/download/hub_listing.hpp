// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a repository of the hub holds at a revision: its commit and its files, asked of the hub's API.
//     GET /api/models/ORG/NAME/revision/REVISION                  {"sha": commit, ...}
//     GET /api/models/ORG/NAME/tree/COMMIT?recursive=true         [{"type", "path", "size", "oid", "lfs": {"oid", "size"}}, ...]
#include <cstdint>
#include <ease/core/error.hpp>
#include <ease/core/printable.hpp>
#include <ease/hub/download/digest.hpp>
#include <ease/hub/download/hub_connection.hpp>
#include <ease/hub/download/hub_refusal.hpp>
#include <ease/hub/hub_name.hpp>
#include <ease/io/json/simdjson.hpp>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace ease::inline v1 {

struct hub_file {
  std::string path;
  std::uint64_t size{0};
  std::string etag;  // the hash of its bytes, of `kind`
  digest_kind kind{digest_kind::sha256};
  std::string git_id{};  // of a large file, the hash of what stands for it in git
};

struct hub_listing {
  std::string commit;
  std::string moved{};  // what it is called now, where the hub knows it by another name
  std::vector<hub_file> files;
};

// Throws ease::error: one line that says what is the matter (unknown, gated, private, offline, no answer) and the way out.
hub_listing list_repository(hub_connection& hub, hub_name const& name);

namespace detail {

// Several tries, each after a longer wait, for a network that stumbles.
inline hub_reply get_with_retries(hub_connection& hub, std::string_view url) {
  back_off waits{retry_policy{.tries = 5, .longest_asked_wait = longest_asked_wait}};
  for (int tries = 1;; ++tries) {
    auto reply = hub.get(url);
    auto const wait = reply.transient ? waits.wait(tries, reply.retry_after) : std::nullopt;
    if (!wait) return reply;
    wait_for(*wait);
  }
}

// Of a path in a URL; a slash stays one.
inline std::string escaped_path(std::string_view path) {
  std::string out;
  for (char const c : path) {
    bool const plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' || c == '.' ||
                       c == '_' || c == '-' || c == '~';
    plain ? void(out += c) : void(out += fmt::format("%{:02X}", static_cast<unsigned char>(c)));
  }
  return out;
}

// A path of a listing that stays in its folder.
inline bool is_inside(std::string_view path) {
  if (path.empty() || path.front() == '/' || path.find('\\') != std::string_view::npos) return false;
  for (auto const& part : std::filesystem::path{path})
    if (part == ".." || part == "." || part.empty()) return false;
  return path.find('\0') == std::string_view::npos;
}

inline bool is_hash(std::string_view text, digest_kind kind) {
  return kind == digest_kind::sha256 ? is_sha256(text) : is_sha1(text);
}

}  // namespace detail

inline hub_listing list_repository(hub_connection& hub, hub_name const& name) {
  auto const api = fmt::format("/api/{}/{}", name.kind == hub_kind::model ? "models" : "datasets", name.id());
  hub_listing out;
  simdjson::dom::parser parser;
  auto const unexpected = [&](std::string_view where) {
    return error{"{}: {} answered something that is not the hub's {}; is HF_ENDPOINT right?", name.text(),
                 hub.settings().endpoint, where};
  };
  auto revision = detail::escaped_path(name.revision);
  for (std::size_t at = 0; (at = revision.find('/', at)) != std::string::npos; at += 3) revision.replace(at, 1, "%2F");
  auto reply = detail::get_with_retries(hub, fmt::format("{}/revision/{}", api, revision));
  if (reply.status != 200) throw hub_refusal(hub, name, reply);
  simdjson::dom::element info;
  std::string_view sha;
  if (parser.parse(reply.body).get(info) != simdjson::SUCCESS || info["sha"].get(sha) != simdjson::SUCCESS ||
      !detail::is_commit(sha))
    throw unexpected("description of a repository");
  out.commit = sha;
  if (std::string_view id; info["id"].get(id) == simdjson::SUCCESS && id != name.id()) out.moved = printable(id);
  int pages = 0;
  for (auto url = fmt::format("{}/tree/{}?recursive=true", api, out.commit); !url.empty(); url = std::move(reply.next)) {
    reply = detail::get_with_retries(hub, url);
    if (reply.status != 200) throw hub_refusal(hub, name, reply);
    constexpr int most_pages = 10'000;  // no repository has so many, and a hub that leads in a circle would have no end
    if (reply.next == url || ++pages > most_pages) throw unexpected("list of files");
    simdjson::dom::array entries;
    if (parser.parse(reply.body).get(entries) != simdjson::SUCCESS) throw unexpected("list of files");
    for (auto const entry : entries) {
      std::string_view type, path, hash;
      if (entry["type"].get(type) != simdjson::SUCCESS || type != "file") continue;
      hub_file file;
      if (entry["path"].get(path) != simdjson::SUCCESS || entry["size"].get(file.size) != simdjson::SUCCESS)
        throw unexpected("list of files");
      if (entry["lfs"]["oid"].get(hash) == simdjson::SUCCESS) {
        if (entry["lfs"]["size"].get(file.size) != simdjson::SUCCESS) throw unexpected("list of files");
      } else {
        file.kind = digest_kind::git_blob;
        if (entry["oid"].get(hash) != simdjson::SUCCESS) throw unexpected("list of files");
      }
      // They become paths on this machine.
      if (!detail::is_inside(path) || !detail::is_hash(hash, file.kind)) throw unexpected("list of files");
      file.path = path;
      file.etag = hash;
      if (entry["oid"].get(hash) == simdjson::SUCCESS && detail::is_sha1(hash)) file.git_id = hash;
      out.files.push_back(std::move(file));
    }
  }
  return out;
}

}  // namespace ease::inline v1
