// SPDX-License-Identifier: Apache-2.0
#pragma once
// Judges as a command line names them, any number at once: a guard's kind (named/guards.hpp) and, behind a `?`, its options, as
// files have theirs: "refusal", "llama-guard?model=meta-llama/Llama-Guard-3-1B&threshold=0.6", "strongreject?model=openai:M@URL".
#include <charconv>
#include <ease/core/option.hpp>
#include <ease/named/guards.hpp>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>

namespace ease::inline v1 {

// Throws usage_error that names what is wrong with it.
inline guard_choice parse_judge(std::string_view said) {
  guard_choice out;
  auto const mark = said.find('?');
  out.kind = said.substr(0, mark);
  auto rest = mark == said.npos ? std::string_view{} : said.substr(mark + 1);
  std::string known;
  each_option(out, [&](auto const& one, auto const&) {
    if (one.name != "kind") known.append(known.empty() ? "" : ", ").append(one.name);
  });
  // A value ends where the next option begins: a model's address may hold `&` and `=` itself.
  auto const begins_option = [&](std::string_view text) {
    bool found = false;
    each_option(out, [&](auto const& one, auto const&) {
      found = found || (one.name != "kind" && text.starts_with(one.name) && text.substr(one.name.size()).starts_with('='));
    });
    return found;
  };
  std::set<std::string_view> keys;
  while (!rest.empty()) {
    if (!begins_option(rest))
      throw usage_error{"judge \"{}\": \"{}\" is none of its options, OPTION=VALUE with & between; choose {}", said, rest,
                        known};
    auto end = rest.find('&');
    while (end != rest.npos && !begins_option(rest.substr(end + 1)) && rest.substr(0, end).find("://") != rest.npos)
      end = rest.find('&', end + 1);
    auto const pair = rest.substr(0, end);
    auto const equals = pair.find('=');
    auto const key = pair.substr(0, equals), text = pair.substr(equals + 1);
    if (!keys.insert(key).second) throw usage_error{"judge \"{}\": {} is given twice; give it once", said, key};
    each_option(out, [&]<class T>(auto const& one, T& value) {
      if (one.name != key || one.name == "kind") return;
      if constexpr (std::is_same_v<T, std::string>) {
        value = text;
      } else {
        auto const [stop, wrong] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (wrong != std::errc{} || stop != text.data() + text.size())
          throw usage_error{"judge \"{}\": {}=\"{}\" is not a number", said, key, text};
      }
    });
    rest = end == rest.npos ? std::string_view{} : rest.substr(end + 1);
  }
  try {
    check_options(out, "");
  } catch (usage_error const&) {
    throw;
  } catch (error const& problem) {
    throw usage_error{"judge \"{}\": {}", said, problem.what()};
  }
  each_idle_option(out, [&](auto const& one, std::string_view why) {
    auto const written = std::string{one.name} + "=";
    if (mark != said.npos && (said.substr(mark + 1).starts_with(written) || said.find("&" + written, mark) != said.npos))
      throw usage_error{"judge \"{}\": {} has no effect: {}", said, one.name, why};
  });
  if (out.facts().asks_model && out.model.empty())
    throw usage_error{"judge \"{}\": name its model: {}?model=ORG/NAME, a folder, a .gguf file or openai:MODEL@URL", said,
                      out.kind};
  return out;
}

}  // namespace ease::inline v1
