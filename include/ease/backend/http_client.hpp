#pragma once
// Many HTTP POSTs in flight on the calling thread: one libcurl multi loop that starts, watches, judges and repeats them.
// Non-goals: what the bodies mean (openai_wire.hpp), when to repeat (retry.hpp; the caller judges), threads.
#include <curl/curl.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <ctime>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "ease/backend/retry.hpp"
#include "ease/io/error.hpp"

namespace ease {

struct http_options {
  std::size_t max_in_flight{64};
  std::chrono::milliseconds connect_timeout{10'000};  // name, TCP and TLS
  std::chrono::milliseconds silence_timeout{
      600'000};  // no byte either way: an unstreamed answer is silence until it is whole
  std::chrono::milliseconds whole_timeout{3'600'000};   // of one exchange, however busy
  std::size_t max_reply_bytes{std::size_t{16} << 20U};  // of one body
  std::function<bool()> stop{};  // asked at each turn: once true, nothing more is sent, what is in flight is waited for
  bool use_proxy{true};          // those of http_proxy, https_proxy and no_proxy
  std::optional<std::filesystem::path> ca_file{};  // certificates to trust instead of the system's, as PEM
};

struct http_request {
  std::string url;
  std::string body;  // JSON
};

struct http_reply {
  long status{0};     // 0 when no whole reply came; `trouble` then says why
  bool begun{false};  // a server answered, though perhaps not to the end
  std::string body{};
  bool json{false};                                        // by its Content-Type
  std::optional<std::chrono::milliseconds> retry_after{};  // what the server asked for
  std::string trouble{};                                   // as libcurl puts it; may hold the host's name, no part of a body
  bool may_pass{false};                                    // whether another try may cure the trouble
};

// What becomes of a reply: done with (no wait), or the same request again after `wait`; `hold_all` keeps every other request
// back as long, when the server said that they are too many.
struct http_verdict {
  std::optional<std::chrono::milliseconds> wait{};
  bool hold_all{false};
};

namespace detail {

struct curl_easy_free {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct curl_multi_free {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
struct curl_list_free {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

inline void start_curl() {
  static CURLcode const started = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (started != CURLE_OK) throw error{"libcurl cannot start: {}", curl_easy_strerror(started)};
}

// Troubles of the line or the server rather than of the request.
inline bool trouble_may_pass(CURLcode code) {
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

// One thread at a time, but a judge may itself run a client's requests (a stage behind another may use the same model).
class http_client {
 public:
  using clock = std::chrono::steady_clock;
  using make_request = std::function<std::optional<http_request>(std::size_t index)>;
  using judge_reply = std::function<http_verdict(std::size_t index, int tries, http_reply&& reply)>;

  // `headers` go with every request, and to no proxy: "Name: value".
  http_client(http_options options, std::vector<std::string> const& headers) : options_{std::move(options)} {
    detail::start_curl();
    if (options_.max_in_flight == 0) throw error{"max_in_flight is 0: no request could ever be sent; give at least 1"};
    for (auto const& header : headers) {
      curl_slist* const longer = curl_slist_append(headers_.get(), header.c_str());
      if (longer == nullptr) throw std::bad_alloc{};
      (void)headers_.release();  // its head is `longer`'s
      headers_.reset(longer);
    }
  }

  // Sends requests 0 to count-1, in that order as far as the limit allows, and shows each reply to `judge`, which may ask
  // for another try. `make` is asked before each try, and may decline: then nothing is sent or judged. Returns when each is
  // done with. What `make` or `judge` throws ends all of them.
  void run(std::size_t count, make_request const& make, judge_reply const& judge);

 private:
  struct exchange {
    std::unique_ptr<CURL, detail::curl_easy_free> easy{};
    std::size_t index{0};
    int tries{0};
    std::string sent{}, received{}, url{};
    std::size_t limit{0};
    bool too_large{false};
    bool silent{false};
    curl_off_t moved{0};  // bytes both ways
    clock::time_point heard{};
    char trouble[CURL_ERROR_SIZE]{};
  };
  // One call's loop. A call from inside a judge gets its own; they are kept for the connections they hold open.
  struct loop {
    std::vector<std::unique_ptr<exchange>> idle{};
    std::vector<std::unique_ptr<exchange>> busy{};
    std::unique_ptr<CURLM, detail::curl_multi_free> multi{};  // declared last: goes first, while its handles live
    ~loop() {
      for (auto const& each : busy) curl_multi_remove_handle(multi.get(), each->easy.get());
    }
  };
  struct later {
    clock::time_point due;
    std::size_t index;
    int tries;
    friend bool operator<(later const& a, later const& b) { return std::tie(b.due, b.index) < std::tie(a.due, a.index); }
  };

  std::unique_ptr<loop> borrow_loop();
  std::unique_ptr<exchange> new_exchange() const;
  void start(loop& in, http_request request, std::size_t index, int tries) const;
  void drop_silent(loop& in, std::vector<std::unique_ptr<exchange>>& finished) const;
  static std::unique_ptr<exchange> take(loop& from, CURL* easy);
  static http_reply reply_of(exchange& done, CURLcode code);

  http_options options_;
  std::unique_ptr<curl_slist, detail::curl_list_free> headers_{};
  std::vector<std::unique_ptr<loop>> spare_{};
};

inline std::unique_ptr<http_client::loop> http_client::borrow_loop() {
  if (!spare_.empty()) {
    auto kept = std::move(spare_.back());
    spare_.pop_back();
    return kept;
  }
  auto made = std::make_unique<loop>();
  made->multi.reset(curl_multi_init());
  if (!made->multi) throw std::bad_alloc{};
  curl_multi_setopt(made->multi.get(), CURLMOPT_MAXCONNECTS, static_cast<long>(options_.max_in_flight));
  return made;
}

inline std::unique_ptr<http_client::exchange> http_client::new_exchange() const {
  auto made = std::make_unique<exchange>();
  made->easy.reset(curl_easy_init());
  CURL* const easy = made->easy.get();
  if (easy == nullptr) throw std::bad_alloc{};
  made->limit = options_.max_reply_bytes;
  auto const ms = [](std::chrono::milliseconds time) { return static_cast<long>(time.count()); };
  curl_easy_setopt(easy, CURLOPT_PRIVATE, made.get());
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, made->trouble);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_.get());
  curl_easy_setopt(easy, CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);  // the key must not follow to another host
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  if (options_.ca_file) curl_easy_setopt(easy, CURLOPT_CAINFO, options_.ca_file->c_str());
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, ms(options_.connect_timeout));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, ms(options_.whole_timeout));
  if (!options_.use_proxy) curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, made.get());
  curl_easy_setopt(
      easy, CURLOPT_WRITEFUNCTION, +[](char* bytes, std::size_t, std::size_t size, void* to) -> std::size_t {
        auto& into = *static_cast<exchange*>(to);
        into.too_large = size > into.limit - into.received.size();
        if (into.too_large) return 0;
        into.received.append(bytes, size);
        return size;
      });
  // libcurl's own low-speed limit averages over seconds and counts the upload in; this sees any byte either way.
  curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(easy, CURLOPT_XFERINFODATA, made.get());
  curl_easy_setopt(
      easy, CURLOPT_XFERINFOFUNCTION, +[](void* to, curl_off_t, curl_off_t down, curl_off_t, curl_off_t up) -> int {
        auto& into = *static_cast<exchange*>(to);
        if (std::exchange(into.moved, down + up) != down + up) into.heard = clock::now();
        return 0;
      });
  return made;
}

inline void http_client::start(loop& in, http_request request, std::size_t index, int tries) const {
  std::unique_ptr<exchange> next;
  if (in.idle.empty()) {
    next = new_exchange();
  } else {
    next = std::move(in.idle.back());
    in.idle.pop_back();
  }
  next->index = index;
  next->tries = tries;
  next->sent = std::move(request.body);
  next->url = std::move(request.url);
  next->received.clear();
  next->too_large = next->silent = false;
  next->moved = 0;
  next->heard = clock::now();
  next->trouble[0] = '\0';
  CURL* const easy = next->easy.get();
  curl_easy_setopt(easy, CURLOPT_URL, next->url.c_str());
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(next->sent.size()));
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, next->sent.c_str());
  if (auto const code = curl_multi_add_handle(in.multi.get(), easy); code != CURLM_OK)
    throw error{"libcurl cannot start a request: {}", curl_multi_strerror(code)};
  in.busy.push_back(std::move(next));
}

inline std::unique_ptr<http_client::exchange> http_client::take(loop& from, CURL* easy) {
  curl_multi_remove_handle(from.multi.get(), easy);
  auto const found =
      std::find_if(from.busy.begin(), from.busy.end(), [&](auto const& each) { return each->easy.get() == easy; });
  auto taken = std::move(*found);
  *found = std::move(from.busy.back());
  from.busy.pop_back();
  return taken;
}

inline void http_client::drop_silent(loop& in, std::vector<std::unique_ptr<exchange>>& finished) const {
  auto const oldest = clock::now() - options_.silence_timeout;
  for (std::size_t i = in.busy.size(); i-- > 0;) {
    if (in.busy[i]->heard > oldest) continue;
    finished.push_back(take(in, in.busy[i]->easy.get()));
    finished.back()->silent = true;
  }
}

inline http_reply http_client::reply_of(exchange& done, CURLcode code) {
  http_reply reply;
  CURL* const easy = done.easy.get();
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  reply.begun = status != 0;
  if (done.silent) {
    reply.trouble = "the server fell silent";
    reply.may_pass = true;
    return reply;
  }
  if (done.too_large) {
    reply.trouble = fmt::format("the reply is larger than {} bytes", done.limit);
    return reply;
  }
  if (code != CURLE_OK) {
    reply.trouble = done.trouble[0] != '\0' ? done.trouble : curl_easy_strerror(code);
    reply.may_pass = detail::trouble_may_pass(code);
    return reply;
  }
  auto const header = [&](char const* name) -> char const* {
    curl_header* found = nullptr;
    return curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &found) == CURLHE_OK ? found->value : nullptr;
  };
  reply.status = status;
  reply.body = std::move(done.received);
  char const* const type = header("Content-Type");
  reply.json = type != nullptr && std::string_view{type}.find("json") != std::string_view::npos;
  if (char const* const asked = header("Retry-After"); asked != nullptr) {
    char const* const date = header("Date");  // the server's own clock, which its HTTP-date is told by
    std::time_t const theirs = date == nullptr ? -1 : curl_getdate(date, nullptr);
    reply.retry_after = parse_retry_after(asked, theirs == -1 ? std::time(nullptr) : theirs);
  }
  return reply;
}

inline void http_client::run(std::size_t count, make_request const& make, judge_reply const& judge) {
  auto mine = borrow_loop();
  std::priority_queue<later> waiting;
  auto held_until = clock::time_point::min();
  std::size_t next = 0;
  bool stalled =
      false;  // the judges took so long (a model's work, say) that time-outs meanwhile are no fault of the server's
  while (next < count || !waiting.empty() || !mine->busy.empty()) {
    auto now = clock::now();
    if (options_.stop && options_.stop()) {
      if (mine->busy.empty()) throw error{"stopped with {} requests still to be sent", count - next + waiting.size()};
      held_until = clock::time_point::max();
    }
    while (now >= held_until && mine->busy.size() < options_.max_in_flight) {
      if (!waiting.empty() && waiting.top().due <= now) {
        auto const again = waiting.top();
        waiting.pop();
        if (auto request = make(again.index)) start(*mine, std::move(*request), again.index, again.tries + 1);
      } else if (next < count) {
        if (auto request = make(next)) start(*mine, std::move(*request), next, 1);
        ++next;
      } else {
        break;
      }
    }

    int running = 0;
    if (auto const code = curl_multi_perform(mine->multi.get(), &running); code != CURLM_OK)
      throw error{"libcurl's loop failed: {}", curl_multi_strerror(code)};
    std::vector<std::unique_ptr<exchange>> finished;
    std::vector<CURLcode> codes;
    int left = 0;
    while (CURLMsg const* const note = curl_multi_info_read(mine->multi.get(), &left)) {
      if (note->msg != CURLMSG_DONE) continue;
      codes.push_back(note->data.result);
      finished.push_back(take(*mine, note->easy_handle));  // invalidates `note`
    }
    drop_silent(*mine, finished);
    codes.resize(finished.size(), CURLE_OK);
    auto const judged = clock::now();
    for (std::size_t i = 0; i < finished.size(); ++i) {
      auto& done = *finished[i];
      if (stalled && codes[i] == CURLE_OPERATION_TIMEDOUT) {
        waiting.push({judged, done.index, done.tries - 1});
        mine->idle.push_back(std::move(finished[i]));
        continue;
      }
      auto const verdict = judge(done.index, done.tries, reply_of(done, codes[i]));
      if (verdict.wait) {
        auto const due = clock::now() + *verdict.wait;
        waiting.push({due, done.index, done.tries});
        if (verdict.hold_all) held_until = std::max(held_until, due);
      }
      done.sent = {};
      mine->idle.push_back(std::move(finished[i]));
    }
    now = clock::now();
    stalled = now - judged > options_.connect_timeout;
    if (!finished.empty()) continue;  // there is room to start others

    auto wake = now + std::chrono::milliseconds{1000};
    for (auto const& each : mine->busy) wake = std::min(wake, each->heard + options_.silence_timeout);
    if (mine->busy.size() < options_.max_in_flight) {
      if (!waiting.empty()) wake = std::min(wake, std::max(waiting.top().due, held_until));
      if (next < count) wake = std::min(wake, std::max(now, held_until));
    }
    if (options_.stop) wake = std::min(wake, now + std::chrono::milliseconds{200});
    auto const pause = std::chrono::ceil<std::chrono::milliseconds>(std::max(wake - now, clock::duration::zero()));
    curl_multi_poll(mine->multi.get(), nullptr, 0, static_cast<int>(pause.count()), nullptr);
  }
  spare_.push_back(std::move(mine));
}

}  // namespace ease
