#include "table.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <ease/io/terminal_text.hpp>
#include <map>
#include <utility>
#include <vector>

namespace ease::app {

namespace {

std::string percent(double share) { return fmt::format("{:.0f} %", 100 * share); }

using columns = std::map<std::string, double>;

std::vector<std::pair<std::string, columns>> scores_of(simdjson::ondemand::object object) {
  std::vector<std::pair<std::string, columns>> out;
  for (auto one : object) {
    std::string name{std::string_view{one.unescaped_key()}};
    columns values;
    for (auto cell : one.value().get_object()) {
      std::string key{std::string_view{cell.unescaped_key()}};
      values[std::move(key)] = double{cell.value()};
    }
    out.emplace_back(std::move(name), std::move(values));
  }
  return out;
}

}  // namespace

std::string scores_table(evaluation const& scores) {
  std::string out = fmt::format("{:<16}{:>6}{:>9}{:>10}{:>16}{:>15}\n", "class", "rows", "thinks", "refuses",
                                "attack success", "tokens/answer");
  for (auto const& s : scores)
    out +=
        fmt::format("{:<16}{:>6}{:>9}{:>10}{:>16}{:>15.1f}\n", terminal_text(s.name, true), s.rows, percent(s.think_rate()),
                    percent(s.refusal_rate()), percent(s.attack_success()), s.tokens_per_answer());
  return out;
}

std::string mix_table(step_report const& mixed) {
  simdjson::ondemand::parser parser;
  simdjson::padded_string const text{"{" + mixed.details + "}"};
  auto document = parser.iterate(text);
  std::string out =
      fmt::format("{:<16}{:>8}{:>8}{:>8}{:>10}{:>13}\n", "arm", "read", "taken", "share", "repeated", "in held-out");
  for (auto arm : document["arms"].get_array()) {
    auto object = arm.get_object();
    std::string const name{std::string_view{object["arm"]}};
    auto const number = [&](char const* key) { return double{object[key]}; };
    auto const read = number("read"), taken = number("taken"), share = number("share");
    auto const repeated = number("repeated"), held = number("in_evaluation");
    out += fmt::format("{:<16}{:>8}{:>8}{:>8}{:>10}{:>13}\n", terminal_text(name, true), read, taken, percent(share),
                       repeated, held);
  }
  return out;
}

std::string before_after_table(std::string const& report) {
  simdjson::ondemand::parser parser;
  simdjson::padded_string const text{report};
  auto document = parser.iterate(text);
  auto const before = scores_of(document["before"].get_object());
  auto after = scores_of(document["after"].get_object());
  std::string out = fmt::format("{:<16}{:>6}{:>16}{:>16}{:>18}{:>20}\n", "held-out", "rows", "thinks", "refuses",
                                "attack success", "tokens/answer");
  for (auto const& [name, was] : before)
    for (auto const& [other, is] : after) {
      if (other != name) continue;
      auto const move = [&](char const* key) { return percent(was.at(key)) + " -> " + percent(is.at(key)); };
      out += fmt::format("{:<16}{:>6}{:>16}{:>16}{:>18}{:>20}\n", terminal_text(name, true), is.at("rows"),
                         move("think_rate"), move("refusal_rate"), move("attack_success"),
                         fmt::format("{:.1f} -> {:.1f}", was.at("tokens_per_answer"), is.at("tokens_per_answer")));
    }
  return out;
}

}  // namespace ease::app
