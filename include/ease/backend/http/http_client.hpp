// SPDX-License-Identifier: Apache-2.0
#pragma once
// Many concurrent HTTP POSTs on the calling thread: one libcurl multi loop that starts, watches and retries them.
// Non-goals: the content of the bodies (openai_wire.hpp), when to retry (retry.hpp; the caller decides), threads.
#include <curl/curl.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <ease/backend/http/http_exchange.hpp>
#include <ease/backend/http/http_transfer.hpp>
#include <ease/core/error.hpp>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <queue>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

namespace ease::inline v1 {

namespace detail {

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

}  // namespace detail

// One thread at a time, but `decide` may itself run requests of the client (a later stage may use the same model).
class http_client {
 public:
  using clock = http_clock;
  using make_request = std::function<http_next(std::size_t index)>;
  using decide_retry = std::function<retry_decision(std::size_t index, int tries, http_reply&& reply)>;

  // `headers` are sent with every request, `secrets` only with those that allow it, and neither to a proxy: "Name: value".
  http_client(http_options options, std::vector<std::string> headers, std::vector<std::string> const& secrets)
      : options_{std::move(options)}, headers_{list_of(headers)} {
    detail::start_curl();
    if (options_.max_in_flight == 0) throw error{"max_in_flight is 0: no request could ever be sent; give at least 1"};
    headers.insert(headers.end(), secrets.begin(), secrets.end());
    all_headers_ = list_of(headers);
  }

  // Sends requests 0 to count-1, in that order as far as the limit allows, and passes each reply to `decide`, which may ask
  // for a retry. `make` is called before each try. It may decline: then nothing is sent; or return a time: then it is called
  // again at that time, and until then nothing else is sent. Returns when all are finished. An exception of `make` or
  // `decide` ends all of them.
  void run(std::size_t count, make_request const& make, decide_retry const& decide);

 private:
  // The loop of one call. A call from inside `decide` gets its own; loops are reused for their open connections.
  struct loop {
    std::vector<std::unique_ptr<http_transfer>> idle{};
    std::vector<std::unique_ptr<http_transfer>> busy{};
    std::unique_ptr<CURLM, detail::curl_multi_free> multi{};  // declared last: goes first, while its handles live
    ~loop() {
      for (auto const& each : busy) curl_multi_remove_handle(multi.get(), each->handle());
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
  void start(loop& in, http_request request, std::size_t index, int tries) const;
  void drop_idle(loop& in, std::vector<std::unique_ptr<http_transfer>>& finished) const;
  static std::unique_ptr<http_transfer> take(loop& from, CURL* easy);

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

inline void http_client::start(loop& in, http_request request, std::size_t index, int tries) const {
  std::unique_ptr<http_transfer> next;
  if (in.idle.empty()) {
    next = std::make_unique<http_transfer>(options_);
  } else {
    next = std::move(in.idle.back());
    in.idle.pop_back();
  }
  auto* const headers = request.with_secrets ? all_headers_.get() : headers_.get();
  next->prepare(std::move(request), headers, index, tries);
  if (auto const code = curl_multi_add_handle(in.multi.get(), next->handle()); code != CURLM_OK)
    throw error{"libcurl cannot start a request: {}", curl_multi_strerror(code)};
  in.busy.push_back(std::move(next));
}

inline std::unique_ptr<http_transfer> http_client::take(loop& from, CURL* easy) {
  curl_multi_remove_handle(from.multi.get(), easy);
  auto const found =
      std::find_if(from.busy.begin(), from.busy.end(), [&](auto const& each) { return each->handle() == easy; });
  auto taken = std::move(*found);
  *found = std::move(from.busy.back());
  from.busy.pop_back();
  return taken;
}

inline void http_client::drop_idle(loop& in, std::vector<std::unique_ptr<http_transfer>>& finished) const {
  auto const oldest = clock::now() - options_.idle_timeout;
  for (std::size_t i = in.busy.size(); i-- > 0;) {
    if (in.busy[i]->heard() > oldest) continue;
    finished.push_back(take(in, in.busy[i]->handle()));
    finished.back()->give_up_as_idle();
  }
}

inline void http_client::run(std::size_t count, make_request const& make, decide_retry const& decide) {
  auto mine = borrow_loop();
  std::priority_queue<later> waiting;
  std::size_t next = 0;
  // `decide` took so long (it may run a model) that time-outs meanwhile are not the server's fault.
  bool stalled = false;
  std::optional<clock::time_point> last_call;  // after a stop request: until then answers are awaited
  while (next < count || !waiting.empty() || !mine->busy.empty()) {
    auto now = clock::now();
    auto held_until = clock::time_point::min();
    if (options_.stop && options_.stop()) {
      last_call = last_call.value_or(now + options_.stop_grace);
      if (mine->busy.empty() || now >= *last_call)
        throw stopped{"stopped with {} requests still to be answered", count - next + waiting.size() + mine->busy.size()};
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
    for (auto const& each : mine->busy) each->show();
    std::vector<std::unique_ptr<http_transfer>> finished;
    std::vector<CURLcode> codes;
    int left = 0;
    while (CURLMsg const* const note = curl_multi_info_read(mine->multi.get(), &left)) {
      if (note->msg != CURLMSG_DONE) continue;
      codes.push_back(note->data.result);
      finished.push_back(take(*mine, note->easy_handle));  // invalidates `note`
    }
    drop_idle(*mine, finished);
    codes.resize(finished.size(), CURLE_OK);
    auto const decided = clock::now();
    for (std::size_t i = 0; i < finished.size(); ++i) {
      auto& done = *finished[i];
      if (stalled && codes[i] == CURLE_OPERATION_TIMEDOUT) {
        waiting.push({decided, done.index(), done.tries() - 1});
        mine->idle.push_back(std::move(finished[i]));
        continue;
      }
      auto const decision = decide(done.index(), done.tries(), done.reply(codes[i]));
      if (decision.wait)
        waiting.push({clock::now() + *decision.wait, done.index(), done.tries() - (decision.counts ? 0 : 1)});
      done.clear();
      mine->idle.push_back(std::move(finished[i]));
    }
    now = clock::now();
    stalled = now - decided > options_.connect_timeout;
    if (!finished.empty()) continue;  // there is room to start others

    auto wake = now + std::chrono::milliseconds{1000};
    for (auto const& each : mine->busy) wake = std::min(wake, each->heard() + options_.idle_timeout);
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

}  // namespace ease::inline v1
