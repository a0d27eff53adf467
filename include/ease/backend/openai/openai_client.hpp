// SPDX-License-Identifier: Apache-2.0
#pragma once
// Requests to the servers of one remote model: which server gets a request, when, and with what headers; what a reply means
// for the request, for its server and for the whole call; usage counts. The caller (openai.hpp) writes requests and reads
// answers.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ease/backend/http/http_client.hpp>
#include <ease/backend/http/rate_limit.hpp>
#include <ease/backend/http/redact.hpp>
#include <ease/backend/http/server_pool.hpp>
#include <ease/backend/openai/openai_endpoint.hpp>
#include <ease/backend/openai/openai_form.hpp>
#include <ease/backend/openai/openai_key.hpp>
#include <ease/backend/openai/openai_options.hpp>
#include <ease/backend/openai/openai_reply.hpp>
#include <ease/backend/openai/openai_wire.hpp>
#include <ease/backend/openai/reply/openai_error.hpp>
#include <ease/core/generator.hpp>
#include <ease/core/printable.hpp>
#include <ease/journal/openai_usage.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ease::inline v1 {

class openai_client {
 public:
  // At least one server, all of the same model.
  openai_client(std::vector<openai_endpoint> servers, openai_options options);

  struct post {
    std::string path;
    std::string body;
    std::function<void(std::string_view)> watch{};
  };
  enum class refusal : std::uint8_t {
    other,    // the status decides whether to retry
    form,     // an optional field of the request: retry without it (openai_form.hpp)
    ability,  // the server does not support such requests: do not retry
  };
  // What differs between kinds of request.
  template <class Answer>
  struct exchange {
    // `form`: what the server does not take. A score asks for so many first tokens.
    std::function<post(std::size_t, openai_wire const&, wire_form const& form, int top_logprobs)> write;
    std::function<parsed<Answer>(std::size_t, http_reply const&, reply_facts& facts)> read;
    std::function<std::pair<model_input const*, std::string const*>(std::size_t)> redacted;  // what no error may repeat
    std::function<std::size_t(std::size_t)> most_tokens;                                     // that its answer may have
    std::function<void(std::size_t, outcome<Answer>)> done;
    // Whether a refusal with this message (of status 400, 422, 500 or 501: servers differ in which they choose) says that
    // the server supports no such request, whatever its optional fields.
    std::function<bool(std::string_view message)> is_beyond_it{[](std::string_view) { return false; }};
  };

  // Runs requests 0 to count-1. An error of one row is its failure; an error that would fail every row throws ease::error:
  // see openai_generator.
  template <class Answer>
  void run(std::size_t count, exchange<Answer> const& with);

  [[nodiscard]] openai_usage const& usage() const { return usage_; }
  [[nodiscard]] openai_options const& options() const { return options_; }
  [[nodiscard]] std::vector<openai_endpoint> const& servers() const { return servers_; }
  [[nodiscard]] std::size_t max_in_flight() const { return servers_.size() * options_.http.max_in_flight; }

 private:
  using clock = http_clock;

  // The state of one request of a run.
  struct row_state {
    std::optional<std::size_t> server{};  // of the last try
    double tokens{0};                     // reserved for it
    clock::time_point begun{};
    sent_fields sent{};       // in the last try
    std::size_t sends{0};     // tries, those included that a refusal of a field cost
    std::size_t unusable{0};  // replies that a model made and nobody can use
  };
  // Paid for and of no use: one more is asked for, lest a server that always answers so is paid for every try.
  static constexpr std::size_t most_unusable{2};

  using texts = std::pair<model_input const*, std::string const*>;
  // Without the key and what the request says: all that at least `run` bytes share with it. To find a field's name, longer runs
  // than for a log, since a prompt may hold that word too.
  std::string without_texts(std::string_view text, texts redacted, std::size_t run) const;
  std::string log_text(std::string_view text, texts redacted) const {
    return printable(without_texts(text, redacted, 12), 300);
  }
  bool learn(std::size_t server, api_error const& error, std::string_view message, long status, sent_fields const& sent);
  void count_finish(reply_facts const& facts, std::size_t server);
  void stop_if_gone(http_reply const& reply, row_state const& row, int tries, std::string const& said);
  void note(std::string const& line) const {
    if (options_.notice) options_.notice(line);
  }
  http_options http_for() const {
    auto http = options_.http;
    http.max_in_flight = max_in_flight();
    return http;
  }

  std::vector<openai_endpoint> servers_;
  openai_options options_;
  openai_key key_;
  std::vector<openai_wire> wires_{};
  // What each server takes. Until one has answered a request of a new form, it gets one at a time.
  struct server_form {
    openai_form form{};
    bool tried{true};
  };
  std::vector<server_form> forms_;
  http_client client_;
  back_off back_off_;
  server_pool pool_;
  rate_limit requests_, tokens_;
  openai_usage usage_{};
  std::vector<std::string> last_failure_;  // of each server
  bool reached_{false};                    // some server has replied at least once
  clock::time_point heard_{};              // when a connection to one last worked
};

}  // namespace ease::inline v1

#include <ease/backend/openai/openai_client.ipp>
