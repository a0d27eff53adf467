// SPDX-License-Identifier: Apache-2.0
#pragma once
// An HTTP/1.1 server on 127.0.0.1 that misbehaves on request: what the tests of the remote backend talk to. A function says
// how each request is answered, and each way of breaking an answer has a name. One thread a connection. Non-goal: being fast
// or right about anything a client of ours does not send.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace ease::test {

struct seen_request {
  std::string path;
  std::string head;  // request line and headers, as they came
  std::string body;
};

enum class fault : std::uint8_t {
  none,
  reset,         // the connection is reset instead of an answer
  close,         // closed instead of an answer
  half_body,     // closed after half of what Content-Length promises
  short_length,  // Content-Length is half of the body
  half_chunked,  // chunked, and closed before the last chunk
  silence,       // the status line, then nothing until the client gives up
  drip,          // the body in ten parts with `pause` between them
  not_http       // bytes that are no HTTP
};

struct reaction {
  int status{200};
  std::string body{};
  std::vector<std::string> headers{};  // besides Content-Type and Content-Length
  std::string type{"application/json"};
  fault how{fault::none};
  std::chrono::milliseconds pause{0};  // before the answer; for drip, between its parts
  std::function<bool()> ready{};       // the answer waits for this too, if there is one; asked by several threads
  std::function<bool()> half_ready{};  // for drip: the second half waits for this, if there is one
};

class loopback_server {
 public:
  // Called under a lock, `nth` from 0 in order of arrival: a test's function may write to the test's variables.
  using answer = std::function<reaction(seen_request const& request, std::size_t nth)>;

  explicit loopback_server(answer how) : answer_{std::move(how)}, listener_{::socket(AF_INET, SOCK_STREAM, 0)} {
    sockaddr_in here{};
    here.sin_family = AF_INET;
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof here;
    auto* const address = reinterpret_cast<sockaddr*>(&here);
    if (listener_ < 0 || ::bind(listener_, address, size) != 0 || ::listen(listener_, 512) != 0 ||
        ::getsockname(listener_, address, &size) != 0)
      throw std::system_error{errno, std::generic_category(), "loopback server"};
    port_ = ntohs(here.sin_port);
    acceptor_ = std::thread{[this] { accept_all(); }};
  }
  loopback_server(loopback_server const&) = delete;
  loopback_server& operator=(loopback_server const&) = delete;
  ~loopback_server() {
    stopping_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    ::close(listener_);
    for (auto& each : connections_) each.join();
  }

  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/v1"; }
  [[nodiscard]] std::size_t requests() const { return requests_; }
  [[nodiscard]] std::size_t most_at_once() const { return most_; }
  [[nodiscard]] std::size_t connections() const { return accepted_; }

 private:
  void accept_all() {
    while (true) {
      int const client = ::accept(listener_, nullptr, nullptr);
      if (client < 0) {
        if (stopping_) return;
        continue;
      }
      ++accepted_;
      connections_.emplace_back([this, client] {
        while (serve_one(client)) {
        }
        ::close(client);
      });
    }
  }

  // False when the peer has gone or the server stops: the only waits are in here.
  bool readable(int client) const {
    pollfd wanted{client, POLLIN, 0};
    while (!stopping_) {
      int const ready = ::poll(&wanted, 1, 20);
      if (ready > 0) return true;
    }
    return false;
  }

  bool read_more(int client, std::string& into) const {
    char part[65536];
    if (!readable(client)) return false;
    auto const got = ::recv(client, part, sizeof part, 0);
    if (got <= 0) return false;
    into.append(part, static_cast<std::size_t>(got));
    return true;
  }

  static bool send_all(int client, std::string_view bytes) {
    while (!bytes.empty()) {
      auto const sent = ::send(client, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  bool serve_one(int client) {
    std::string text;
    std::size_t head_end = std::string::npos;
    while ((head_end = text.find("\r\n\r\n")) == std::string::npos)
      if (!read_more(client, text)) return false;
    seen_request request{.path = {}, .head = text.substr(0, head_end), .body = {}};
    auto const first_space = request.head.find(' ') + 1;
    request.path = request.head.substr(first_space, request.head.find(' ', first_space) - first_space);
    auto const length_at = request.head.find("Content-Length: ");
    std::size_t const length =
        length_at == std::string::npos ? 0 : std::strtoul(request.head.c_str() + length_at + 16, nullptr, 10);
    while (text.size() < head_end + 4 + length)
      if (!read_more(client, text)) return false;
    request.body = text.substr(head_end + 4, length);

    reaction how;
    {
      std::lock_guard const lock{mutex_};
      most_ = std::max<std::size_t>(most_, ++open_);
      how = answer_(request, requests_++);
    }
    if (how.how != fault::drip) std::this_thread::sleep_for(how.pause);
    wait_for(how.ready);
    --open_;  // before the answer: a client that has it may send the next at once
    return react(client, how);
  }

  void wait_for(std::function<bool()> const& ready) const {
    while (ready && !stopping_ && !ready()) std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }

  // Whether the connection can take another request.
  bool react(int client, reaction const& how) const {
    std::size_t const half = how.body.size() / 2;
    std::string head = "HTTP/1.1 " + std::to_string(how.status) + " Status\r\nContent-Type: " + how.type + "\r\n";
    for (auto const& each : how.headers) head += each + "\r\n";
    auto const sized = [&](std::size_t size) { return head + "Content-Length: " + std::to_string(size) + "\r\n\r\n"; };
    switch (how.how) {
      case fault::none:
        return send_all(client, sized(how.body.size()) + how.body);
      case fault::reset: {
        linger const at_once{1, 0};
        ::setsockopt(client, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        return false;
      }
      case fault::close:
        return false;
      case fault::half_body:
        send_all(client, sized(how.body.size()) + how.body.substr(0, half));
        return false;
      case fault::short_length:
        return send_all(client, sized(half) + how.body);
      case fault::half_chunked: {
        char size[32];
        std::snprintf(size, sizeof size, "%zx", half);
        send_all(client, head + "Transfer-Encoding: chunked\r\n\r\n" + size + "\r\n" + how.body.substr(0, half) + "\r\n");
        return false;
      }
      case fault::silence: {
        send_all(client, "HTTP/1.1 200 Status\r\n");
        std::string ignored;
        while (read_more(client, ignored)) {
        }
        return false;
      }
      case fault::drip: {
        if (!send_all(client, sized(how.body.size()))) return false;
        std::size_t const step = how.body.size() / 10 + 1;
        for (std::size_t at = 0; at < how.body.size(); at += step) {
          if (at >= half) wait_for(how.half_ready);
          if (stopping_ || !send_all(client, std::string_view{how.body}.substr(at, step))) return false;
          std::this_thread::sleep_for(how.pause);
        }
        return true;
      }
      case fault::not_http:
        send_all(client, "\x16\x03\x01 not a web server\r\n\r\n");
        return false;
    }
    return false;
  }

  answer answer_;
  int listener_;
  std::uint16_t port_{0};
  std::atomic<bool> stopping_{false};
  std::atomic<std::size_t> requests_{0}, open_{0}, most_{0}, accepted_{0};
  std::mutex mutex_{};
  std::vector<std::thread> connections_{};  // touched by the acceptor alone until it has ended
  std::thread acceptor_{};
};

}  // namespace ease::test
