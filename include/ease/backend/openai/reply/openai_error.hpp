// SPDX-License-Identifier: Apache-2.0
#pragma once
// Error replies: what they say, which fields of the request they name, and their status where a gateway sends them with 200.
// The message is a text, an object or a list, under "error", "message", "detail" or "errors", or the whole body.
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <ease/backend/openai/reply/openai_json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ease::inline v1 {

struct api_error {
  std::string message{};             // raw; it may quote the request
  std::vector<std::string> named{};  // fields that stand in a place for fields: `param`, the `loc` of a detail
  std::string code{};                // the words of `code` and `type`
  int looked_at{0};                  // values, of which a hostile body may have any number
};

// Empty where the body has no text to show (an HTML page, say).
api_error read_error(std::string_view body);
inline std::string read_error_message(std::string_view body) { return read_error(body).message; }

// The status of an error that came with status 200: its `code` or `status` if that is one, 400 for an
// invalid_request_error; none where there is an answer, or no error, or it does not say.
std::optional<long> status_of_error(std::string_view body);

// Whether a 429 means that the account's quota is used up: a permanent failure.
bool quota_is_gone(std::string_view body);

namespace detail {

inline void add_text(std::string& to, std::string_view text) {
  if (text.empty() || to.size() > 4000 || to.find(text.substr(0, 4000)) != to.npos) return;
  to.append(to.empty() ? "" : "; ").append(text.substr(0, 4000));
}

inline void collect_error(api_error& to, json_element from, int depth = 0) {
  if (depth > 6 || ++to.looked_at > 1000) return;
  if (auto const text = text_of_element(from)) return add_text(to.message, *text);
  if (auto const list = array_of_element(from)) {
    for (auto const each : *list) collect_error(to, each, depth + 1);
    return;
  }
  if (!from.is_object()) return;
  if (auto const name = text_member(from, "param")) to.named.emplace_back(*name);
  for (auto const* key : {"code", "type"})
    if (auto const word = text_member(from, key)) to.code.append(to.code.empty() ? "" : " ").append(*word);
  // A detail of FastAPI: where in the request, and what is wrong there. Its `input` quotes the request and is left out.
  auto const where = array_member(from, "loc");
  auto const what = text_member(from, "msg");
  if (where && what) {
    std::string place;
    for (auto const step : *where)
      if (auto const name = text_of_element(step)) {
        if (++to.looked_at > 1000) break;
        if (*name != "body") to.named.emplace_back(*name);
        place.append(place.empty() ? "" : ".").append(*name);
      }
    return add_text(to.message, fmt::format("{}: {}", place, *what));
  }
  for (auto const* key : {"error", "message", "detail", "details", "errors", "msg", "error_description", "description",
                          "cause", "metadata", "raw"})
    if (auto const inner = member(from, key)) collect_error(to, *inner, depth + 1);
}

}  // namespace detail

inline api_error read_error(std::string_view body) {
  api_error out;
  detail::document const reply{body};
  if (reply.whole) {
    detail::collect_error(out, reply.root);
    return out;
  }
  // A plain text, or JSON that a gateway wrote wrongly; no HTML page.
  auto const first = body.find_first_not_of(" \t\r\n");
  if (first != body.npos && body[first] != '<' && simdjson::validate_utf8(body.data(), body.size()))
    detail::add_text(out.message, body.substr(first));
  return out;
}

inline std::optional<long> status_of_error(std::string_view body) {
  if (body.find("\"error\"") == body.npos) return std::nullopt;  // of nearly all replies
  detail::document const reply{body};
  if (!reply.whole) return std::nullopt;
  // Some send an empty answer beside the error.
  auto const choices = detail::array_member(reply.root, "choices");
  detail::json_element choice;
  if (choices && choices->at(0).get(choice) == simdjson::SUCCESS) {
    auto const message = detail::member(choice, "message");
    auto const content = detail::member(message, "content");
    auto const text = message ? detail::text_of_element(content) : detail::text_member(choice, "text");
    if (text ? !text->empty() : content.has_value()) return std::nullopt;
  }
  auto const error = detail::member(reply.root, "error");
  bool const whole_is_one = detail::text_member(reply.root, "object") == "error";
  if (!error && !whole_is_one) return std::nullopt;
  auto const as_status = [](std::optional<detail::json_element> from, char const* key) -> long {
    auto status = static_cast<long>(detail::count_member(from, key));
    if (auto const text = detail::text_of_element(detail::member(from, key)); text && text->size() == 3)
      status = std::strtol(std::string{*text}.c_str(), nullptr, 10);
    return status >= 400 && status < 600 ? status : 0;
  };
  for (auto const& from : {error, std::optional{reply.root}})
    for (auto const* key : {"code", "status", "status_code", "http_code"})
      if (auto const status = as_status(from, key); status != 0) return status;
  auto const type = error ? detail::text_member(*error, "type") : detail::text_member(reply.root, "type");
  if (type == "invalid_request_error") return 400;
  return std::nullopt;
}

inline bool quota_is_gone(std::string_view body) {
  detail::document const reply{body};
  auto const error = reply.whole ? detail::member(reply.root, "error") : std::nullopt;
  return error && (detail::text_member(*error, "code") == "insufficient_quota" ||
                   detail::text_member(*error, "type") == "insufficient_quota");
}

}  // namespace ease::inline v1
