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
#include <variant>
#include <vector>

#include "ease/backend/http_exchange.hpp"
#include "ease/backend/retry.hpp"
#include "ease/io/error.hpp"

namespace ease {

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
  using clock = http_clock;
  using make_request = std::function<http_next(std::size_t index)>;
  using judge_reply = std::function<http_verdict(std::size_t index, int tries, http_reply&& reply)>;

  // `headers` go with every request, `secrets` besides with those that may have them, and neither to a proxy: "Name: value".
  http_client(http_options options, std::vector<std::string> headers, std::vector<std::string> const& secrets)
      : options_{std::move(options)}, headers_{list_of(headers)} {
    detail::start_curl();
    if (options_.max_in_flight == 0) throw error{"max_in_flight is 0: no request could ever be sent; give at least 1"};
    headers.insert(headers.end(), secrets.begin(), secrets.end());
    all_headers_ = list_of(headers);
  }

  // Sends requests 0 to count-1, in that order as far as the limit allows, and shows each reply to `judge`, which may ask
  // for another try. `make` is asked before each try. It may decline: then nothing is sent or judged; or name a time: then
  // it is asked again, and until then nothing else is sent. Returns when each is done with. What `make` or `judge` throws
  // ends all of them.
  void run(std::size_t count, make_request const& make, judge_reply const& judge);

 private:
  struct exchange {
    std::unique_ptr<CURL, detail::curl_easy_free> easy{};
    std::size_t index{0};
    int tries{0};
    std::string sent{}, received{}, url{};
    std::function<void(std::string_view)> watch{};
    std::size_t watched{0};  // bytes of `received`
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

  using header_list = std::unique_ptr<curl_slist, detail::curl_list_free>;
  static header_list list_of(std::vector<std::string> const& headers) {
    header_list all;
    for (auto const& header : headers) {
      curl_slist* const longer = curl_slist_append(all.get(), header.c_str());
      if (longer == nullptr) throw std::bad_alloc{};
      (void)all.release();  // its head is `longer`'s
      all.reset(longer);
    }
    return all;
  }
  std::unique_ptr<loop> borrow_loop();
  std::unique_ptr<exchange> new_exchange() const;
  void start(loop& in, http_request request, std::size_t index, int tries) const;
  void drop_silent(loop& in, std::vector<std::unique_ptr<exchange>>& finished) const;
  static void show(exchange& growing);
  static std::unique_ptr<exchange> take(loop& from, CURL* easy);
  static http_reply reply_of(exchange& done, CURLcode code);

  http_options options_;
  header_list headers_, all_headers_{};
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
  curl_easy_setopt(easy, CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);  // the key must not follow to another host
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  if (options_.ca_file) curl_easy_setopt(easy, CURLOPT_CAINFO, options_.ca_file->c_str());
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, ms(options_.connect_timeout));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, ms(options_.whole_timeout));
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
  next->watch = std::move(request.watch);
  next->watched = 0;
  next->too_large = next->silent = false;
  next->moved = 0;
  next->heard = clock::now();
  next->trouble[0] = '\0';
  CURL* const easy = next->easy.get();
  curl_easy_setopt(easy, CURLOPT_URL, next->url.c_str());
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, request.with_secrets ? all_headers_.get() : headers_.get());
  curl_easy_setopt(easy, CURLOPT_NOPROXY, request.use_proxy ? nullptr : "*");
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(next->sent.size()));
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, next->sent.c_str());
  if (auto const code = curl_multi_add_handle(in.multi.get(), easy); code != CURLM_OK)
    throw error{"libcurl cannot start a request: {}", curl_multi_strerror(code)};
  in.busy.push_back(std::move(next));
}

inline void http_client::show(exchange& growing) {
  if (!growing.watch || growing.watched == growing.received.size()) return;
  long status = 0;
  curl_easy_getinfo(growing.easy.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status != 200) return;
  auto const from = std::exchange(growing.watched, growing.received.size());
  growing.watch(std::string_view{growing.received}.substr(from));
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
    reply.distrusted = code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE;
    curl_off_t ready = 0;
    curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &ready);
    reply.connected = code != CURLE_COULDNT_RESOLVE_HOST && code != CURLE_COULDNT_RESOLVE_PROXY &&
                      code != CURLE_COULDNT_CONNECT && !(code == CURLE_OPERATION_TIMEDOUT && ready == 0);
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
  reply.events = type != nullptr && std::string_view{type}.starts_with("text/event-stream");
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
  std::size_t next = 0;
  bool stalled =
      false;  // the judges took so long (a model's work, say) that time-outs meanwhile are no fault of the server's
  while (next < count || !waiting.empty() || !mine->busy.empty()) {
    auto now = clock::now();
    auto held_until = clock::time_point::min();
    if (options_.stop && options_.stop()) {
      if (mine->busy.empty()) throw error{"stopped with {} requests still to be sent", count - next + waiting.size()};
      held_until = clock::time_point::max();
    }
    while (now >= held_until && mine->busy.size() < options_.max_in_flight) {
      bool const again = !waiting.empty() && waiting.top().due <= now;
      if (!again && next == count) break;
      auto const [due, index, tries] = again ? waiting.top() : later{now, next, 0};
      auto made = make(index);
      if (auto const* const until = std::get_if<clock::time_point>(&made)) {
        held_until = *until;
        break;
      }
      again ? waiting.pop() : static_cast<void>(++next);
      if (auto* const request = std::get_if<http_request>(&made)) start(*mine, std::move(*request), index, tries + 1);
    }

    int running = 0;
    if (auto const code = curl_multi_perform(mine->multi.get(), &running); code != CURLM_OK)
      throw error{"libcurl's loop failed: {}", curl_multi_strerror(code)};
    for (auto const& each : mine->busy) show(*each);
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
      if (verdict.wait) waiting.push({clock::now() + *verdict.wait, done.index, done.tries});
      done.sent = {};
      done.watch = {};
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
