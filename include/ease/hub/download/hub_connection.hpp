// SPDX-License-Identifier: Apache-2.0
#pragma once
// GET requests to the hub and to the hosts that it redirects to, one at a time on a libcurl handle. The token goes to the
// endpoint's own origin and to no other; redirects are followed here, so that this can be seen. Non-goals: which files, where
// to (hub_download.hpp).
#include <curl/curl.h>

#include <cctype>
#include <cstddef>
#include <cstdint>
#include <ease/backend/http/http_client.hpp>
#include <ease/core/stop_signals.hpp>
#include <ease/hub/hub_settings.hpp>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace ease::inline v1 {

struct hub_reply {
  long status{0};            // 0: none; `problem` says why
  std::string body{};        // unless it went to a sink
  std::string error_code{};  // the hub's own: GatedRepo, RepoNotFound, RevisionNotFound, EntryNotFound
  std::string next{};        // the URL of the next page of a listing
  std::string problem{};     // of the network
  bool transient{false};     // whether another try may succeed
  std::string host{};        // that answered last, for messages
};

class hub_connection {
 public:
  // Gets a piece of a body of status 200 or 206, and whether it is a part from the asked offset on (206). False: stop.
  using sink = std::function<bool(std::string_view piece, bool from_offset)>;

  explicit hub_connection(hub_settings settings) : settings_{std::move(settings)} {
    detail::start_curl();
    easy_.reset(curl_easy_init());
    if (!easy_) throw std::bad_alloc{};
  }
  hub_connection(hub_connection const&) = delete;  // libcurl holds its address
  hub_connection& operator=(hub_connection const&) = delete;

  hub_settings const& settings() const { return settings_; }

  // `url`: absolute, or a path on the endpoint. `offset`: bytes that are there already.
  hub_reply get(std::string_view url, std::uint64_t offset = 0, sink to = {});

 private:
  static constexpr int most_redirects = 8;
  static constexpr std::size_t most_text = std::size_t{64} << 20U;  // of a listing

  struct free_list {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };

  hub_reply once(std::string const& url, std::uint64_t offset, std::string& redirect);
  std::string header(char const* name) const {
    curl_header* found = nullptr;
    return curl_easy_header(easy_.get(), name, 0, CURLH_HEADER, -1, &found) == CURLHE_OK ? found->value : std::string{};
  }
  static std::string origin_of(std::string_view url);
  static std::string next_page(std::string_view link);

  hub_settings settings_;
  std::unique_ptr<CURL, detail::curl_easy_free> easy_{};
  sink sink_{};
  std::string received_{};
  bool too_large_{false};
};

inline hub_reply hub_connection::get(std::string_view url, std::uint64_t offset, sink to) {
  sink_ = std::move(to);
  std::string at{url};
  if (at.starts_with('/')) at.insert(0, settings_.endpoint);
  for (int hop = 0; hop <= most_redirects; ++hop) {
    std::string redirect;
    auto reply = once(at, offset, redirect);
    if (redirect.empty()) return reply;
    if (at.starts_with("https://") && redirect.starts_with("http://"))
      return {.problem = "it redirects from https to http", .host = reply.host};
    at = std::move(redirect);
  }
  return {.problem = "it redirects without end", .host = origin_of(at)};
}

inline hub_reply hub_connection::once(std::string const& url, std::uint64_t offset, std::string& redirect) {
  CURL* const easy = easy_.get();
  curl_easy_reset(easy);
  received_.clear();
  too_large_ = false;
  char message[CURL_ERROR_SIZE]{};
  std::unique_ptr<curl_slist, free_list> headers{curl_slist_append(nullptr, "User-Agent: ease")};
  if (!settings_.token.empty() && origin_of(url) == origin_of(settings_.endpoint))
    headers.reset(curl_slist_append(headers.release(), ("Authorization: Bearer " + settings_.token).c_str()));
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(easy, CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));  // no token to a proxy
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, message);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, 10L);
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);  // a connection that says nothing for so long is dead
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, 30L);
  if (offset > 0) curl_easy_setopt(easy, CURLOPT_RANGE, fmt::format("{}-", offset).c_str());
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(
      easy, CURLOPT_WRITEFUNCTION, +[](char* bytes, std::size_t, std::size_t size, void* to) -> std::size_t {
        auto& self = *static_cast<hub_connection*>(to);
        long status = 0;
        curl_easy_getinfo(self.easy_.get(), CURLINFO_RESPONSE_CODE, &status);
        constexpr long whole = 200;
        constexpr long part = 206;
        if (self.sink_ && (status == whole || status == part)) return self.sink_({bytes, size}, status == part) ? size : 0;
        self.too_large_ = self.received_.size() + size > most_text;
        if (self.too_large_) return 0;
        self.received_.append(bytes, size);
        return size;
      });
  curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(
      easy, CURLOPT_XFERINFOFUNCTION,
      +[](void*, curl_off_t, curl_off_t, curl_off_t, curl_off_t) -> int { return stop_asked() ? 1 : 0; });
  auto const code = curl_easy_perform(easy);
  hub_reply out{.host = origin_of(url)};
  stop_if_asked();
  if (code != CURLE_OK) {
    out.problem = too_large_ ? "its answer is too large" : message[0] != '\0' ? message : curl_easy_strerror(code);
    out.transient = detail::is_transient(code);
    return out;
  }
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &out.status);
  if (out.status >= 300 && out.status < 400) {
    char* to = nullptr;  // libcurl makes a relative one absolute
    curl_easy_getinfo(easy, CURLINFO_REDIRECT_URL, &to);
    if (to != nullptr) redirect = to;
    if (redirect.empty()) out.problem = "it redirects to nowhere";
    return out;
  }
  out.transient = is_transient_status(out.status);
  out.error_code = header("X-Error-Code");
  out.next = next_page(header("Link"));
  out.body = std::move(received_);
  return out;
}

// Scheme, host and port in lower case.
inline std::string hub_connection::origin_of(std::string_view url) {
  auto const scheme = url.find("://");
  auto const from = scheme == std::string_view::npos ? 0 : scheme + 3;
  std::string out{url.substr(0, std::min(url.find_first_of("/?#", from), url.size()))};
  for (auto& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

// `<URL>; rel="next"` of a Link header (RFC 8288).
inline std::string hub_connection::next_page(std::string_view link) {
  while (!link.empty()) {
    auto const open = link.find('<');
    auto const close = link.find('>', open == std::string_view::npos ? 0 : open);
    if (open == std::string_view::npos || close == std::string_view::npos) return {};
    auto const end = std::min(link.find(',', close), link.size());
    if (link.substr(close, end - close).find("rel=\"next\"") != std::string_view::npos)
      return std::string{link.substr(open + 1, close - open - 1)};
    link = link.substr(std::min(end + 1, link.size()));
  }
  return {};
}

}  // namespace ease::inline v1
