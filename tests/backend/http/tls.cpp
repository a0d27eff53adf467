// SPDX-License-Identifier: Apache-2.0
// That the server's certificate and name are checked, against openssl's own test server.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <ease/backend/openai/openai.hpp>
#include <filesystem>
#include <iostream>
#include <optional>
#include <string>

#include "backend/chat_replies.hpp"
#include "catch.hpp"

namespace {

// `openssl s_server` with a self-signed certificate for `localhost`, and the folder that holds it.
struct tls_server {
  std::filesystem::path folder{std::filesystem::temp_directory_path() / ("ease-tls-" + std::to_string(::getpid()))};
  pid_t child{-1};
  std::string port{};

  tls_server() {
    std::filesystem::create_directories(folder);
    std::string const make =
        "openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost -addext "
        "subjectAltName=DNS:localhost -keyout " +
        file("key") + " -out " + file("cert") + " 2>/dev/null";
    if (std::system(make.c_str()) != 0) return;
    int out[2];
    if (::pipe(out) != 0) return;
    child = ::fork();
    if (child == 0) {
      ::dup2(out[1], 1);
      ::close(2);  // it tells of each refused handshake
      ::close(out[0]);
      ::execlp("openssl", "openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", file("cert").c_str(), "-key",
               file("key").c_str(), "-www", static_cast<char*>(nullptr));
      ::_exit(127);
    }
    ::close(out[1]);
    std::string said;
    for (char c = 0; ::read(out[0], &c, 1) == 1;) {
      said += c;
      auto const at = said.find("ACCEPT 127.0.0.1:");
      if (c == '\n' && at != std::string::npos) {
        port = said.substr(at + 17, said.size() - at - 18);
        break;
      }
    }
    ::close(out[0]);
  }
  ~tls_server() {
    if (child > 0) {
      ::kill(child, SIGKILL);
      ::waitpid(child, nullptr, 0);
    }
    std::filesystem::remove_all(folder);
  }
  [[nodiscard]] std::string file(char const* name) const { return (folder / name).string(); }
};

std::string trouble_of(std::string const& name, std::optional<std::filesystem::path> ca,
                       std::chrono::milliseconds idle_timeout = std::chrono::milliseconds{60'000}) {
  ease::openai_options options;
  options.http.ca_file = std::move(ca);
  options.http.idle_timeout = idle_timeout;
  options.retry = {.tries = 2, .first_wait = std::chrono::milliseconds{1}};
  ease::openai_generator model{name, options};
  std::vector<ease::generation_request> const one{{.input = ease::conversation{{ease::role::user, "q"}}}};
  std::string trouble;
  try {
    model.generate(one, [&](std::size_t, auto outcome) {
      auto const* const bad = std::get_if<ease::failure>(&outcome);
      trouble = bad ? bad->what : "an answer";
    });
  } catch (ease::error const& wrong) {
    trouble = wrong.what();
  }
  return trouble;
}

}  // namespace

TEST_CASE("a server is believed only by a trusted certificate for its own name") {
  if (std::system("command -v openssl >/dev/null") != 0) {
    std::cout << "skipped: TLS is tested against openssl's server, and openssl is not installed\n";
    return;
  }
  tls_server const server;
  REQUIRE_FALSE(server.port.empty());
  auto const at = [&](std::string const& host) { return "openai:m@https://" + host + ":" + server.port + "/v1"; };
  CHECK_THAT(trouble_of(at("localhost"), {}), Catch::Contains("in 1 tries: SSL certificate problem"));
  CHECK_THAT(
      trouble_of(at("127.0.0.1"), server.file("cert")),
      Catch::Contains("does not match target host name") || Catch::Contains("no alternative certificate subject name"));
  // Of two servers, one that is not believed gets no more rows, and the row is asked of the other.
  ease::test::loopback_server const plain{[](auto const& request, std::size_t) { return ease::test::echo_back(request); }};
  CHECK(trouble_of(at("localhost") + "," + plain.url(), {}) == "an answer");
  // Trusted: the server, which answers GET alone, is reached.
  CHECK_THAT(trouble_of(at("localhost"), server.file("cert"), std::chrono::milliseconds{500}),
             !Catch::Contains("certificate"));
}
