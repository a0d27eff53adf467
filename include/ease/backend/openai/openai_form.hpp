// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which optional fields of a request a server takes. All are sent until it refuses one by name; then that one is left out of
// all further requests, or sent under its other name. Each is left out once, so that a refusal is never answered for ever.
// One thread at a time, as the client that owns it.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <ease/backend/openai/reply/openai_error.hpp>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace ease::inline v1 {

enum class request_field : std::uint8_t {
  limit,  // max_tokens or max_completion_tokens: "left out" is the other name
  temperature,
  top_p,
  top_k,
  min_p,
  repetition_penalty,
  repeat_penalty,
  stop,
  seed,
  response_format,
  stream,
  stream_options,
  continue_final,  // add_generation_prompt and continue_final_message
};

struct field_set {
  std::uint32_t bits{0};
  [[nodiscard]] constexpr bool has(request_field f) const { return (bits >> static_cast<unsigned>(f) & 1U) != 0; }
  constexpr void add(request_field f) { bits |= 1U << static_cast<unsigned>(f); }
  [[nodiscard]] constexpr bool empty() const { return bits == 0; }
  friend constexpr bool operator==(field_set, field_set) = default;
};

// A request as it was sent: the optional fields it has, and those of them with a value that a user may have chosen, not one
// that is sent because a server's default is another.
struct sent_fields {
  field_set all{}, chosen{};
  bool other_limit{false};  // the limit went under its other name
  int top_logprobs{0};
};

class openai_form {
 public:
  [[nodiscard]] field_set left_out() const { return left_out_; }
  // How many first tokens a score asks for, of `wanted`.
  [[nodiscard]] int top_logprobs(int wanted) const { return most_logprobs_ > 0 ? std::min(wanted, most_logprobs_) : wanted; }

  // Whether the refusal of a request is about its optional fields, and another form of it is worth sending. What is new
  // about the server is said in one line each. `message`: that of the refusal, without the prompt.
  bool learn(api_error const& refusal, std::string_view message, sent_fields const& sent, std::vector<std::string>& news);

  // The names of what is left out, for the report.
  [[nodiscard]] std::vector<std::string> names() const;

 private:
  field_set left_out_{};
  int most_logprobs_{0};  // 0: as many as wanted
};

namespace detail {

struct field_facts {
  request_field field;
  std::array<std::string_view, 5> names;  // in lower case; the first is the one it is reported by
  bool is_word;                           // names that a message may use for something else
  std::string_view without;               // what it means that the field is left out
};

inline constexpr auto all_field_facts = std::to_array<field_facts>({
    {request_field::limit,
     {"max_tokens", "max_completion_tokens", "maxtokens", "max_output_tokens"},
     false,
     "the limit of tokens goes under its other name (max_tokens, max_completion_tokens)"},
    {request_field::temperature, {"temperature"}, true, "answers are sampled at the server's own temperature"},
    {request_field::top_p, {"top_p", "topp"}, false, "answers are sampled by the server's own value"},
    {request_field::top_k, {"top_k", "topk"}, false, "answers are sampled by the server's own value"},
    {request_field::min_p, {"min_p", "minp"}, false, "answers are sampled by the server's own value"},
    {request_field::repetition_penalty,
     {"repetition_penalty", "repetitionpenalty"},
     false,
     "answers are sampled by the server's own value"},
    {request_field::repeat_penalty, {"repeat_penalty"}, false, "answers are sampled by the server's own value"},
    {request_field::stop,
     {"stop", "stop_sequences", "stopsequences", "stop_strings"},
     true,
     "answers are cut at the stop strings when they have come, tokens behind them included in the count"},
    {request_field::seed, {"seed", "random_seed"}, true, "the same request may get another answer the next time"},
    {request_field::response_format,
     {"response_format", "json_schema", "schema", "guided", "structured_outputs"},
     false,
     "answers are not held to the JSON schema, only asked for in its form"},
    {request_field::stream_options, {"stream_options"}, false, "tokens of streamed answers may not be counted"},
    {request_field::stream, {"stream", "stream_options", "streaming"}, true, "answers come as a whole"},
    {request_field::continue_final,
     {"continue_final_message", "add_generation_prompt"},
     false,
     "a server that does not continue the last message starts a new turn in its place"},
});

inline std::string in_lower_case(std::string_view text) {
  std::string out{text};
  for (auto& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

// Whether `name` stands in `text` as a word of its own. Both in lower case.
inline bool names_field(std::string_view text, std::string_view name) {
  auto const inside = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  for (auto at = text.find(name); at != text.npos; at = text.find(name, at + 1)) {
    auto const end = at + name.size();
    if ((at == 0 || !inside(text[at - 1])) && (end == text.size() || !inside(text[end]))) return true;
  }
  return false;
}

inline bool has_any(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [&](auto word) { return text.find(word) != text.npos; });
}

// That the server does not know a field or not this use of it, in the words of many; not that a value is out of its range.
inline bool says_unsupported(std::string_view text) {
  return has_any(
      text, {"unsupported",  "not support",        "n't support",   "unrecognized",      "unrecognised",    "unknown",
             "unexpected",   "extra_forbidden",    "extra inputs",  "extra field",       "extraneous",      "not permitted",
             "not allowed",  "forbidden",          "not available", "unavailable",       "not implemented", "deprecated",
             " instead",     "additional propert", "cannot find",   "only the default",  "cannot be used",  "cannot both",
             "incompatible", "not compatible",     "not enabled",   "not a valid param", "not applicable",  "no such"});
}

// The fields that a list of what would be right may name are not those that are wrong.
inline std::string_view before_lists(std::string_view text) {
  for (std::string_view const begins : {"expected one of", "must be one of", "supported parameters", "supported fields",
                                        "allowed parameters", "valid parameters", "did you mean"})
    text = text.substr(0, text.find(begins));
  return text;
}

// The largest number in the text that is at least 2 and below `limit`; 0 if there is none.
inline int largest_number_below(std::string_view text, int limit) {
  int best = 0, n = -1;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    char const c = i < text.size() ? text[i] : ' ';
    if (c >= '0' && c <= '9') {
      n = std::min(std::max(n, 0) * 10 + (c - '0'), 1'000'000);
    } else {
      if (n >= 2 && n < limit) best = std::max(best, n);
      n = -1;
    }
  }
  return best;
}

}  // namespace detail

inline bool openai_form::learn(api_error const& refusal, std::string_view message, sent_fields const& sent,
                               std::vector<std::string>& news) {
  using namespace detail;
  auto const whole = in_lower_case(message) + " " + in_lower_case(refusal.code);
  if (has_any(whole, {"content_filter", "content_policy", "context_length", "context length"})) return false;
  auto const text = before_lists(whole);
  bool const unsupported = says_unsupported(text);
  bool again = false;
  auto const refuses = [&](field_facts const& one, bool in_its_place) {
    for (auto const name : one.names) {
      if (name.empty()) continue;
      bool const named =
          in_its_place
              ? std::ranges::any_of(refusal.named, [&](auto const& n) { return names_field(in_lower_case(n), name); })
              : names_field(text, name);
      if (named && (unsupported || (!sent.chosen.has(one.field) && (in_its_place || !one.is_word)))) return true;
    }
    return false;
  };
  for (bool const in_its_place : {true, false}) {
    for (auto const& one : all_field_facts) {
      if (!sent.all.has(one.field) || !refuses(one, in_its_place)) continue;
      // "temperature and top_p cannot both be specified": one of them is enough.
      if (one.field == request_field::temperature && sent.all.has(request_field::top_p) &&
          has_any(text, {"both", "only one"}) && names_field(text, "top_p"))
        continue;
      // The stream may do without its options.
      if (one.field == request_field::stream && sent.all.has(request_field::stream_options) &&
          names_field(text, "stream_options"))
        continue;
      bool const known = left_out_.has(one.field);                                   // learnt from another row meanwhile
      if (known && one.field == request_field::limit && sent.other_limit) continue;  // it takes neither name
      again = true;
      if (known) continue;
      left_out_.add(one.field);
      news.push_back(fmt::format("does not take {} and gets it no more: {}", one.names.front(), one.without));
    }
    if (again) break;
  }
  if (sent.top_logprobs > 2 && !unsupported && has_any(whole, {"logprobs"}))
    if (int const most = largest_number_below(text, sent.top_logprobs); most > 0) {
      if (most_logprobs_ != most)
        news.push_back(fmt::format("gives at most {} of the likeliest tokens: what is not among them stays unparsed", most));
      most_logprobs_ = most;
      again = true;
    }
  return again;
}

inline std::vector<std::string> openai_form::names() const {
  std::vector<std::string> all;
  for (auto const& one : detail::all_field_facts)
    if (left_out_.has(one.field)) all.emplace_back(one.names.front());
  return all;
}

}  // namespace ease::inline v1
