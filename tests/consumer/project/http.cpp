// SPDX-License-Identifier: Apache-2.0
// ease::http: a served model answers. The server is a thread with one canned answer for one request.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <ease/http.hpp>
#include <iostream>
#include <string>
#include <thread>
#include <variant>
#include <vector>

namespace {

// On a port that the system chooses; answers the first request with `body` and ends.
class one_answer {
 public:
  explicit one_answer(std::string body) : listens_{::socket(AF_INET, SOCK_STREAM, 0)} {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    if (::bind(listens_, reinterpret_cast<sockaddr*>(&at), size) != 0 || ::listen(listens_, 1) != 0 ||
        ::getsockname(listens_, reinterpret_cast<sockaddr*>(&at), &size) != 0)
      throw ease::error{"no port to listen on"};
    port_ = ntohs(at.sin_port);
    thread_ = std::thread{[this, body = std::move(body)] {
      int const caller = ::accept(listens_, nullptr, nullptr);
      std::string asked;
      for (std::array<char, 4096> some{}; asked.find("\"messages\"") == asked.npos || !asked.ends_with('}');) {
        auto const got = ::read(caller, some.data(), some.size());
        if (got <= 0) break;
        asked.append(some.data(), static_cast<std::size_t>(got));
      }
      std::string const reply =
          "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: " +
          std::to_string(body.size()) + "\r\n\r\n" + body;
      if (::write(caller, reply.data(), reply.size()) < 0) std::cerr << "the answer was not taken\n";
      ::close(caller);
    }};
  }
  ~one_answer() { thread_.join(), ::close(listens_); }
  one_answer(one_answer const&) = delete;
  one_answer& operator=(one_answer const&) = delete;
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/v1"; }

 private:
  int listens_;
  std::uint16_t port_{0};
  std::thread thread_{};
};

}  // namespace

int main() {
  one_answer const server{R"({"choices":[{"message":{"role":"assistant","content":"Four."},"finish_reason":"stop"}]})"};
  ease::openai_generator model{"openai:someone@" + server.url()};
  std::vector<ease::generation_request> const asked{
      {.input = ease::conversation{{ease::role::user, "How many is two by two?"}}}};
  std::string said;
  model.generate(
      asked, [&](std::size_t, ease::outcome<ease::completion> answer) { said = std::get<ease::completion>(answer).text; });
  std::cout << said << '\n';
  return said == "Four." ? 0 : 1;
}
