// SPDX-License-Identifier: Apache-2.0
#pragma once
// GET requests to the hub and to the hosts that it redirects to, one at a time on a libcurl handle. The token goes to the
// endpoint's own origin and to no other; redirects are followed here, so that this can be seen. Non-goals: which files, where
// to (hub_download.hpp).
#include <curl/curl.h>

#include <cctype>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <ease/backend/http/http_client.hpp>
#include <ease/backend/http/retry.hpp>
#include <ease/core/stop_signals.hpp>
#include <ease/hub/hub_settings.hpp>
#include <ease/io/json/simdjson.hpp>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

namespace ease::inline v1 {

struct hub_reply {
  long status{0};               // 0: none; `problem` says why
  std::string body{};           // unless it went to a sink
  std::string error_code{};     // the hub's own: GatedRepo, RepoNotFound, RevisionNotFound, EntryNotFound
  std::string error_message{};  // what it says of the error, untrusted
  std::string next{};           // the URL of the next page of a listing
  std::string problem{};        // of the network
  bool transient{false};        // whether another try may succeed
  bool misplaced{false};        // it sent another part of the file than was asked for
  std::optional<std::chrono::milliseconds> retry_after{};  // when it may
  std::string host{};                                      // that answered last, for messages
  bool from_hub{false};                                    // whether that is the endpoint
};

namespace detail {

// The hub counts requests over five minutes; a server that asks for more is taken to refuse.
inline constexpr std::chrono::milliseconds longest_asked_wait{330'000};

// Sleeps, and ends with the program.
inline void wait_for(std::chrono::milliseconds all) {
  constexpr std::chrono::milliseconds slice{100};
  for (; all.count() > 0; all -= slice) {
    stop_if_asked();
    std::this_thread::sleep_for(std::min(all, slice));
  }
  stop_if_asked();
}

}  // namespace detail

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
  static std::string resolved(std::string const& base, std::string const& relative);
  static std::string words_in(std::string_view body);
  std::optional<std::chrono::milliseconds> asked_wait() const;
  std::size_t take(std::string_view piece);

  hub_settings settings_;
  std::unique_ptr<CURL, detail::curl_easy_free> easy_{};
  sink sink_{};
  std::string received_{};
  std::uint64_t offset_{0};
  bool too_large_{false}, misplaced_{false};
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
  too_large_ = misplaced_ = false;
  offset_ = offset;
  char message[CURL_ERROR_SIZE]{};
  std::unique_ptr<curl_slist, free_list> headers{curl_slist_append(nullptr, "User-Agent: ease")};
  if (!settings_.token.empty() && origin_of(url) == origin_of(settings_.endpoint))
    headers.reset(curl_slist_append(headers.release(), ("Authorization: Bearer " + settings_.token).c_str()));
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
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
  // A part of a file is one of its own bytes; a listing may come in any encoding that libcurl undoes.
  if (sink_)
    headers.reset(curl_slist_append(headers.release(), "Accept-Encoding: identity"));
  else
    curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(
      easy, CURLOPT_WRITEFUNCTION, +[](char* bytes, std::size_t, std::size_t size, void* to) -> std::size_t {
        return static_cast<hub_connection*>(to)->take({bytes, size});
      });
  curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(
      easy, CURLOPT_XFERINFOFUNCTION,
      +[](void*, curl_off_t, curl_off_t, curl_off_t, curl_off_t) -> int { return stop_asked() ? 1 : 0; });
  auto const code = curl_easy_perform(easy);
  hub_reply out{.host = origin_of(url)};
  out.from_hub = out.host == origin_of(settings_.endpoint);
  stop_if_asked();
  if (code != CURLE_OK) {
    out.misplaced = misplaced_;
    out.problem = too_large_        ? "its answer is too large"
                  : misplaced_      ? "it sent another part of the file than was asked for"
                  : message[0] != 0 ? message
                                    : curl_easy_strerror(code);
    out.transient = misplaced_ || detail::is_transient(code);
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
  out.retry_after = asked_wait();
  if (out.status >= 400) {
    out.error_message = header("X-Error-Message");
    if (out.error_message.empty()) out.error_message = words_in(received_);
  }
  if (auto const next = next_page(header("Link")); !next.empty()) out.next = resolved(url, next);
  out.body = std::move(received_);
  return out;
}

inline std::size_t hub_connection::take(std::string_view piece) {
  long status = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  constexpr long whole = 200;
  constexpr long part = 206;
  if (sink_ && (status == whole || status == part)) {
    // "bytes 100-199/200": a part may begin elsewhere than it was asked to.
    auto range = header("Content-Range");
    std::uint64_t from = 0;
    constexpr std::string_view unit{"bytes "};
    bool const says = range.starts_with(unit) &&
                      std::from_chars(range.data() + unit.size(), range.data() + range.size(), from).ec == std::errc{};
    misplaced_ = status == part && (!says || (from != offset_ && from != 0));
    if (misplaced_) return 0;
    return sink_(piece, status == part && from == offset_) ? piece.size() : 0;
  }
  too_large_ = received_.size() + piece.size() > most_text;
  if (too_large_) return 0;
  received_.append(piece);
  return piece.size();
}

// By Retry-After, or the hub's own `RateLimit: "api";r=0;t=55`, whose `t` are the seconds until there are requests again.
inline std::optional<std::chrono::milliseconds> hub_connection::asked_wait() const {
  long status = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  if (!is_transient_status(status)) return std::nullopt;
  auto const date = curl_getdate(header("Date").c_str(), nullptr);
  if (auto const wait = parse_retry_after(header("Retry-After"), date < 0 ? std::time(nullptr) : date)) return wait;
  auto const limit = header("RateLimit");
  auto const value_of = [&](std::string_view key) -> std::optional<std::uint32_t> {
    auto const at = limit.find(key);
    std::uint32_t value = 0;
    if (at == limit.npos ||
        std::from_chars(limit.data() + at + key.size(), limit.data() + limit.size(), value).ec != std::errc{})
      return std::nullopt;
    return value;
  };
  auto const left = value_of(";r="), until = value_of(";t=");
  if (!left || *left > 0 || !until) return std::nullopt;
  return std::chrono::seconds{*until + 1};
}

// What the body of a refusal says: the `error` of a JSON object, or the title of a page.
inline std::string hub_connection::words_in(std::string_view body) {
  simdjson::dom::parser parser;
  simdjson::dom::element all;
  std::string_view words;
  if (parser.parse(body.data(), body.size()).get(all) == simdjson::SUCCESS && all["error"].get(words) == simdjson::SUCCESS)
    return std::string{words};
  auto const open = body.find("<title>");
  auto const close = body.find("</title>", open == body.npos ? 0 : open);
  if (open == body.npos || close == body.npos) return {};
  return std::string{body.substr(open + 7, close - open - 7)};
}

// A reference as it is meant on the page of `base` (RFC 3986); empty if it is none.
inline std::string hub_connection::resolved(std::string const& base, std::string const& relative) {
  std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> const url{curl_url(), &curl_url_cleanup};
  char* whole = nullptr;
  std::string out;
  if (curl_url_set(url.get(), CURLUPART_URL, base.c_str(), 0) == CURLUE_OK &&
      curl_url_set(url.get(), CURLUPART_URL, relative.c_str(), 0) == CURLUE_OK &&
      curl_url_get(url.get(), CURLUPART_URL, &whole, 0) == CURLUE_OK)
    out = whole;
  curl_free(whole);
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
