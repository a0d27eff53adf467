#include "shares.hpp"

#include <simdjson.h>

#include <algorithm>
#include <ease/io/json_text.hpp>
#include <numeric>
#include <utility>
#include <vector>

namespace ease::app {

namespace {

// The counters of each kind under the names they are kept by: read, written and added up by one list.
template <class Usage, class Each>
void each_count(Usage& u, Each const& each) {
  each("requests", u.sends), each("retries", u.repeats), each("answered", u.answered), each("failed", u.failed);
  each("prompt_tokens", u.prompt_tokens), each("completion_tokens", u.completion_tokens);
}
template <class Scores, class Each>
void each_score(Scores& s, Each const& each) {
  each("rows", s.rows), each("thinking", s.thinking), each("refusals", s.refusals), each("attacks", s.attacks);
  each("unparsed", s.unparsed), each("unanswered", s.unanswered), each("cut_offs", s.cut_offs), each("tokens", s.tokens);
}

// The element with this name, which is added if there is none.
template <class List, class Name>
auto& named(List& list, Name const& name_of, std::string_view name) {
  auto found = std::ranges::find_if(list, [&](auto const& one) { return one.*name_of == name; });
  if (found == list.end()) {
    list.emplace_back().*name_of = std::string{name};
    found = std::prev(list.end());
  }
  return *found;
}

}  // namespace

std::string share_of(step_report const& part) {
  if (part.remote.empty() && part.scores.empty()) return {};
  std::string out;
  json_writer w{out, bad_utf8::replace};
  auto const put = [&](char const* key, std::size_t count) { w.key(key).value(count); };
  w.object().key("remote").array();
  for (auto const& r : part.remote) {
    w.object().key("model").value(r.model).key("from_journal").value(r.from_journal);
    each_count(r.usage, put);
    if (r.cost) w.key("cost").value(*r.cost);
    w.key("servers").array();
    for (auto const& s : r.usage.servers)
      w.object().key("url").value(s.url).key("requests").value(s.sends).key("troubles").value(s.troubles).end();
    w.end().end();
  }
  w.end().key("scores").array();
  for (std::size_t i = 0; i < part.scores.size(); ++i) {
    auto const& s = part.scores[i];
    w.object().key("class").value(s.name).key("first_row").value(part.first_rows[i]);
    each_score(s, put);
    if (s.guarded_attacks) w.key("guarded_attacks").value(*s.guarded_attacks);
    w.end();
  }
  w.end().end();
  return out;
}

void add_share(step_report& whole, std::string_view share) {
  if (share.empty()) return;
  simdjson::dom::parser parser;
  simdjson::dom::element const all = parser.parse(share.data(), share.size());
  auto const text = [](simdjson::dom::element of, char const* key) {
    return std::string_view{of[key].get_string().value()};
  };
  auto const list = [](simdjson::dom::element of, char const* key) -> simdjson::dom::array {
    return of[key].get_array().value();
  };
  auto const count = [](simdjson::dom::element of, char const* key) { return std::size_t{of[key].get_uint64().value()}; };
  for (simdjson::dom::element const r : list(all, "remote")) {
    auto& to = named(whole.remote, &remote_use::model, text(r, "model"));
    to.from_journal += count(r, "from_journal");
    each_count(to.usage, [&](char const* key, std::size_t& sum) { sum += count(r, key); });
    if (double cost = 0; r["cost"].get(cost) == simdjson::SUCCESS) to.cost = to.cost.value_or(0) + cost;
    for (simdjson::dom::element const s : list(r, "servers")) {
      auto& server = named(to.usage.servers, &openai_usage::server::url, text(s, "url"));
      server.sends += count(s, "requests"), server.troubles += count(s, "troubles");
    }
  }
  for (simdjson::dom::element const s : list(all, "scores")) {
    auto& to = named(whole.scores, &class_scores::name, text(s, "class"));
    auto const at = static_cast<std::size_t>(&to - whole.scores.data());
    auto const first = count(s, "first_row");
    if (at == whole.first_rows.size()) whole.first_rows.push_back(first);
    whole.first_rows[at] = std::min(whole.first_rows[at], first);
    each_score(to, [&](char const* key, std::size_t& sum) { sum += count(s, key); });
    if (s["guarded_attacks"].error() == simdjson::SUCCESS)
      to.guarded_attacks = to.guarded_attacks.value_or(0) + count(s, "guarded_attacks");
  }
}

void finish_shares(step_report& whole) {
  if (whole.scores.empty()) return;
  std::vector<std::size_t> order(whole.scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return whole.first_rows[i]; });
  evaluation sorted;
  for (auto const i : order) sorted.push_back(std::move(whole.scores[i]));
  whole.scores = std::move(sorted);
  std::ranges::sort(whole.first_rows);
  whole.details = "\"scores\":" + scores_json(whole.scores);
}

}  // namespace ease::app
