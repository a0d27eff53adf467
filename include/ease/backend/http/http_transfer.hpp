// SPDX-License-Identifier: Apache-2.0
#pragma once
// One HTTP POST on a reusable libcurl handle: its request, what was received so far, and its result.
// Non-goal: the event loop (http_client.hpp).
#include <curl/curl.h>
#include <fmt/format.h>

#include <chrono>
#include <cstddef>
#include <ctime>
#include <ease/backend/http/http_exchange.hpp>
#include <ease/backend/http/retry.hpp>
#include <functional>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <utility>

namespace ease::inline v1 {

namespace detail {

struct curl_easy_free {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};

// Errors of the network or the server rather than of the request.
inline bool is_transient(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:  // an answer that is no HTTP; the URL's own protocol was checked before
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return true;
    default:
      return false;
  }
}

}  // namespace detail

class http_transfer {
 public:
  explicit http_transfer(http_options const& options);
  http_transfer(http_transfer const&) = delete;  // libcurl holds its address
  http_transfer& operator=(http_transfer const&) = delete;

  // Prepares try number `tries` of request `index`. `headers` must live until it has ended.
  void prepare(http_request request, curl_slist* headers, std::size_t index, int tries);
  // Calls the request's `watch` with the bytes received since the last call.
  void show();
  // The reply, if libcurl ended the transfer with `code`.
  http_reply reply(CURLcode code);
  // Releases the request; the handle is reused.
  void clear() { sent_ = {}, watch_ = {}; }

  [[nodiscard]] CURL* handle() const { return easy_.get(); }
  [[nodiscard]] std::size_t index() const { return index_; }
  [[nodiscard]] int tries() const { return tries_; }
  [[nodiscard]] http_clock::time_point heard() const { return heard_; }  // when a byte last went either way
  void give_up_as_idle() { idle_ = true; }

 private:
  std::unique_ptr<CURL, detail::curl_easy_free> easy_{curl_easy_init()};
  std::size_t index_{0};
  int tries_{0};
  std::string sent_{}, received_{}, url_{};
  std::function<void(std::string_view)> watch_{};
  std::size_t watched_{0};  // bytes of `received_`
  std::size_t limit_;
  bool too_large_{false};
  bool idle_{false};
  curl_off_t moved_{0};  // bytes both ways
  http_clock::time_point heard_{};
  char error_buffer_[CURL_ERROR_SIZE]{};
};

inline http_transfer::http_transfer(http_options const& options) : limit_{options.max_reply_bytes} {
  CURL* const easy = easy_.get();
  if (easy == nullptr) throw std::bad_alloc{};
  auto const ms = [](std::chrono::milliseconds time) { return static_cast<long>(time.count()); };
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error_buffer_);
  curl_easy_setopt(easy, CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);  // the key must not follow to another host
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  if (options.ca_file) curl_easy_setopt(easy, CURLOPT_CAINFO, options.ca_file->c_str());
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, ms(options.connect_timeout));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, ms(options.whole_timeout));
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(
      easy, CURLOPT_WRITEFUNCTION, +[](char* bytes, std::size_t, std::size_t size, void* to) -> std::size_t {
        auto& into = *static_cast<http_transfer*>(to);
        into.too_large_ = size > into.limit_ - into.received_.size();
        if (into.too_large_) return 0;
        into.received_.append(bytes, size);
        return size;
      });
  // libcurl's own low-speed limit averages over seconds and counts the upload in; this sees any byte either way.
  curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(easy, CURLOPT_XFERINFODATA, this);
  curl_easy_setopt(
      easy, CURLOPT_XFERINFOFUNCTION, +[](void* to, curl_off_t, curl_off_t down, curl_off_t, curl_off_t up) -> int {
        auto& into = *static_cast<http_transfer*>(to);
        if (std::exchange(into.moved_, down + up) != down + up) into.heard_ = http_clock::now();
        return 0;
      });
}

inline void http_transfer::prepare(http_request request, curl_slist* headers, std::size_t index, int tries) {
  index_ = index;
  tries_ = tries;
  sent_ = std::move(request.body);
  url_ = std::move(request.url);
  received_.clear();
  watch_ = std::move(request.watch);
  watched_ = 0;
  too_large_ = idle_ = false;
  moved_ = 0;
  heard_ = http_clock::now();
  error_buffer_[0] = '\0';
  CURL* const easy = easy_.get();
  curl_easy_setopt(easy, CURLOPT_URL, url_.c_str());
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(easy, CURLOPT_NOPROXY, request.use_proxy ? nullptr : "*");
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(sent_.size()));
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, sent_.c_str());
}

inline void http_transfer::show() {
  if (!watch_ || watched_ == received_.size()) return;
  long status = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status != 200) return;
  auto const from = std::exchange(watched_, received_.size());
  watch_(std::string_view{received_}.substr(from));
}

inline http_reply http_transfer::reply(CURLcode code) {
  http_reply out;
  CURL* const easy = easy_.get();
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  out.begun = status != 0;
  if (idle_) {
    out.transport_error = "the server sent nothing for the idle time-out";
    out.transient = true;
    return out;
  }
  if (too_large_) {
    out.transport_error = fmt::format("the reply is larger than {} bytes", limit_);
    return out;
  }
  if (code != CURLE_OK) {
    out.transport_error = error_buffer_[0] != '\0' ? error_buffer_ : curl_easy_strerror(code);
    out.transient = detail::is_transient(code);
    out.tls_error = code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE;
    curl_off_t ready = 0;
    curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &ready);
    out.connected = code != CURLE_COULDNT_RESOLVE_HOST && code != CURLE_COULDNT_RESOLVE_PROXY &&
                    code != CURLE_COULDNT_CONNECT && !(code == CURLE_OPERATION_TIMEDOUT && ready == 0);
    return out;
  }
  auto const header = [&](char const* name) -> char const* {
    curl_header* found = nullptr;
    return curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &found) == CURLHE_OK ? found->value : nullptr;
  };
  out.status = status;
  out.body = std::move(received_);
  char const* const type = header("Content-Type");
  out.json = type != nullptr && std::string_view{type}.find("json") != std::string_view::npos;
  out.events = type != nullptr && std::string_view{type}.starts_with("text/event-stream");
  if (char const* const asked = header("Retry-After"); asked != nullptr) {
    char const* const date = header("Date");  // the server's clock, to which its HTTP-date refers
    std::time_t const theirs = date == nullptr ? -1 : curl_getdate(date, nullptr);
    out.retry_after = parse_retry_after(asked, theirs == -1 ? std::time(nullptr) : theirs);
  }
  // Azure's, which is finer.
  if (char const* const asked = header("retry-after-ms"); asked != nullptr)
    if (auto const exact = parse_retry_after(asked, 0)) out.retry_after = *exact / 1000;
  return out;
}

}  // namespace ease::inline v1
