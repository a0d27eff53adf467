// SPDX-License-Identifier: Apache-2.0
#pragma once
// Settings of a struct of options (core/option.hpp) from a TOML file and from the command line, key by key: "seed",
// "finetune.learning_rate". An option that is itself a struct of options is a table, [finetune]. Every key that is said is
// read or named as unknown; every value is checked where it is read, with the file and line, or the flag, in front.
//
//     said_settings said{"settings.toml"};
//     said.set("finetune.learning_rate", {"1e-5"}, "--finetune.learning_rate");  // what a flag says wins
//     my_settings settings;
//     read_settings(settings, said);
//     refuse_idle_settings(settings, said);
#include <algorithm>
#include <concepts>
#include <cstddef>
#include <ease/core/compiled.hpp>
#include <ease/core/error.hpp>
#include <ease/core/option.hpp>
#include <ease/io/json/field_table.hpp>
#include <ease/settings/ranges.hpp>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace ease::inline v1 {

// What somebody wrote for one key.
struct said_value {
  enum class kind { words, number, truth, text };  // text: from a command line, it is what the option makes of it
  struct part {
    kind is;
    std::string text;
  };
  std::vector<part> parts{};
  bool is_list{false};
  std::string where{};           // "settings.toml:12", or the flag that says it
  std::filesystem::path base{};  // what relative paths start from

  bool of_command_line() const { return !parts.empty() && parts.front().is == kind::text; }
};

class said_settings {
 public:
  said_settings() = default;
  // Throws ease::error with file and line.
  explicit said_settings(std::filesystem::path const& file);
  // Of a text of TOML. `name`: what messages call it; relative paths start from the working folder.
  static said_settings from_text(std::string_view toml, std::string const& name);

  // As "--set KEY=VALUE" and "--KEY VALUE" say it. Throws usage_error that names both where another flag, or the same one again,
  // says something else of the key.
  void set(std::string const& key, std::vector<std::string> const& values, std::string const& flag);
  // KEY=VALUE behind a flag that takes any key.
  void set(std::string const& key_and_value, std::string const& flag);

  // What others say wins.
  void add(said_settings const& others) {
    for (auto const& [table, where] : others.tables_) values_.erase(table);  // a table in place of a value of its name
    for (auto const& [key, value] : others.values_) values_.insert_or_assign(key, value);
    tables_.insert(others.tables_.begin(), others.tables_.end());
  }

  // Takes back what is said in a table, but for what others say.
  void forget(std::string const& table) {
    std::erase_if(values_, [&](auto const& one) { return one.first.starts_with(table + "."); });
  }

  // In place of a table and all in it, one value of its name.
  void become(std::string const& table, said_value value) {
    std::erase_if(values_, [&](auto const& one) { return one.first.starts_with(table + "."); });
    std::erase_if(tables_, [&](auto const& one) { return one.first == table || one.first.starts_with(table + "."); });
    values_.insert_or_assign(table, std::move(value));
  }

  // Reads `former` (a key, or a table with all in it) as `current`. Throws if both are said.
  void rename(std::string const& former, std::string const& current);

  said_value const* find(std::string const& key) const {
    auto const found = values_.find(key);
    return found == values_.end() ? nullptr : &found->second;
  }
  bool has(std::string const& key) const { return values_.contains(key); }
  // Whether a table stands there, be it empty.
  bool has_table(std::string const& name) const { return tables_.contains(name); }
  std::map<std::string, said_value> const& values() const { return values_; }
  std::map<std::string, std::string> const& tables() const { return tables_; }  // and where each stands

 private:
  void read(std::string_view toml, std::string const& name, std::filesystem::path const& base);

  std::map<std::string, said_value> values_{};
  std::map<std::string, std::string> tables_{};
};

// One key, for --help and messages.
struct setting {
  std::string key{}, values{}, default_text{}, help{};
  std::vector<std::string> former_keys{};  // of earlier versions, still read
  bool takes_several{false};
};

namespace detail {

using ease::detail::is_optional;
template <class T>
inline constexpr bool is_list = requires(T list) { list.push_back(list.front()); } && !std::same_as<T, std::string>;
template <class T>
struct inside : std::type_identity<T> {};
template <class T>
struct inside<std::optional<T>> : std::type_identity<T> {};

// What a path in a settings file means: relative to the file's folder, `base`. A model, or rows, may be named as on the hub.
std::string path_from(std::filesystem::path const& base, std::string const& text);
std::string input_from(std::filesystem::path const& base, std::string const& text);

[[noreturn]] inline void wrong_value(said_value const& said, std::string const& key, std::string_view wanted) {
  throw usage_error{"{}: {}: expected {}", said.where, key, wanted};
}

template <class T>
constexpr std::string_view wanted_of() {
  using value = typename inside<T>::type;
  return std::same_as<value, bool>    ? "true or false"
         : std::integral<value>       ? "a whole number"
         : std::floating_point<value> ? "a number"
                                      : "a string";
}

// One value of an option, read and checked.
template <class T, class Option>
T read_part(Option const& one, said_value const& said, said_value::part const& part, std::string const& key) {
  using kind = said_value::kind;
  auto const out_of_range = [&](std::string const& problem) {
    throw usage_error{"{}: {} is {}: {}", said.where, key, part.text, problem};
  };
  bool const as_text = part.is == kind::text;
  std::string const word{current_word(one, part.text)};
  if constexpr (value_checks::is_word<T>) {
    T value{};
    if (!as_text && part.is != kind::words && part.is != kind::truth) wrong_value(said, key, "a string");
    if (!value_checks::read_word(word, value))
      throw usage_error{"{}: {}: \"{}\" is not known; choose one of {}", said.where, key, part.text,
                        value_checks::words_of_type<T>()};
    return value;
  } else if constexpr (is_optional<T>) {
    return read_part<typename T::value_type>(one, said, part, key);
  } else if constexpr (std::same_as<T, bool>) {
    if ((!as_text && part.is != kind::truth) || (part.text != "true" && part.text != "false"))
      wrong_value(said, key, wanted_of<T>());
    return part.text == "true";
  } else if constexpr (std::is_arithmetic_v<T>) {
    if (!as_text && part.is != kind::number) wrong_value(said, key, wanted_of<T>());
    if (auto const problem = value_checks::problem_of<T>(part.text, one.values)) out_of_range(*problem);
    T value{};
    std::from_chars(part.text.data(), part.text.data() + part.text.size(), value);
    return value;
  } else {
    static_assert(std::same_as<T, std::string>);
    if (!as_text && part.is != kind::words) wrong_value(said, key, wanted_of<T>());
    if (auto const problem = one.values.problem(word)) {
      if constexpr (requires { one.values.is_text; }) throw usage_error{"{}: {}: {}", said.where, key, *problem};
      throw usage_error{"{}: {}: \"{}\" is not known; {}", said.where, key, part.text, *problem};
    }
    if (!one.is_path) return word;
    return one.changes_results ? input_from(said.base, word) : path_from(said.base, word);  // what is read, or is written
  }
}

template <class T, class Option>
void read_setting(T& into, Option const& one, said_value const& said, std::string const& key) {
  if constexpr (is_list<T>) {
    into.clear();
    for (auto const& part : said.parts) into.push_back(read_part<typename T::value_type>(one, said, part, key));
  } else {
    if (said.is_list || said.parts.size() != 1) wrong_value(said, key, wanted_of<T>());
    into = read_part<T>(one, said, said.parts.front(), key);
  }
}

template <has_options Options>
void use_current_names(said_settings& said, std::string const& prefix) {
  Options const defaults{};
  each_option(defaults, [&]<class T>(auto const& one, T const&) {
    auto const key = prefix + std::string{one.name};
    each_name(one.former_names, [&](std::string_view former) { said.rename(prefix + std::string{former}, key); });
    if constexpr (has_options<typename inside<T>::type>) use_current_names<typename inside<T>::type>(said, key + ".");
  });
}

template <has_options Options>
void read_table(Options& into, said_settings const& from, std::string const& prefix, std::set<std::string>& known) {
  each_option(into, [&]<class T>(auto const& one, T& value) {
    auto const key = prefix + std::string{one.name};
    known.insert(key);
    if constexpr (has_options<T>) {
      read_table(value, from, key + ".", known);
    } else if constexpr (has_options<typename inside<T>::type>) {  // a table that may be missing
      if (from.has_table(key) && !value) value.emplace();
      typename T::value_type unused{};
      read_table(value ? *value : unused, from, key + ".", known);
    } else if (auto const* said = from.find(key)) {
      read_setting(value, one, *said, key);
    }
  });
}

template <has_options Options>
void refuse_idle(Options const& of, said_settings const& said, std::string const& prefix) {
  each_idle_option(of, [&](auto const& one, std::string_view why) {
    auto const key = prefix + std::string{one.name};
    if (auto const* value = said.find(key)) throw usage_error{"{}: {} has no effect: {}", value->where, key, why};
  });
  each_option(of, [&]<class T>(auto const& one, T const& value) {
    auto const inner = prefix + std::string{one.name} + ".";
    if constexpr (has_options<T>)
      refuse_idle(value, said, inner);
    else if constexpr (has_options<typename inside<T>::type>)
      if (value) refuse_idle(*value, said, inner);
  });
}

template <has_options Options>
void list_settings(Options const& of, std::string const& prefix, std::vector<std::string> const& former_prefixes,
                   std::vector<setting>& into) {
  each_option(of, [&]<class T>(auto const& one, T const& value) {
    auto const key = prefix + std::string{one.name};
    std::vector<std::string> former;
    for (auto const& table : former_prefixes) former.push_back(table + std::string{one.name});
    each_name(one.former_names, [&](std::string_view name) { former.push_back(prefix + std::string{name}); });
    if constexpr (has_options<typename inside<T>::type>) {
      for (auto& table : former) table += '.';
      if constexpr (has_options<T>)
        list_settings(value, key + ".", former, into);
      else
        list_settings(value.value_or(typename T::value_type{}), key + ".", former, into);
    } else {
      setting line{.key = key, .help = std::string{one.help}, .former_keys = former, .takes_several = is_list<T>};
      if constexpr (value_checks::is_word<T>)
        line.values = value_checks::words_of_type<T>();
      else if constexpr (requires { one.values.words; })
        line.values = value_checks::words_text(one.values);
      else if constexpr (std::same_as<T, bool>)
        line.values = "true|false";
      else if (auto const range = value_checks::range_text(one.values); !range.empty())
        line.values = range;
      else
        line.values = one.is_path ? "PATH" : wanted_of<T>() == "a string" ? "TEXT" : "N";
      if constexpr (requires { value.has_value(); })
        line.default_text = value ? option_text(value) : std::string{};
      else
        line.default_text = option_text(value);
      into.push_back(std::move(line));
    }
  });
}

}  // namespace detail

// Throws ease::error: a key that is not known, with those that are; a value of another kind or out of range.
void refuse_unknown(said_settings const& said, std::set<std::string> const& known);

// Keys and tables of earlier versions get the names that they have now. Throws if one is said by both.
template <has_options Options>
void use_current_names(said_settings& said) {
  detail::use_current_names<Options>(said, "");
}

template <has_options Options>
void read_settings(Options& into, said_settings const& from) {
  std::set<std::string> known;
  detail::read_table(into, from, "", known);
  refuse_unknown(from, known);
}

// Throws ease::error for a key that was said and has no effect with the values of the others.
template <has_options Options>
void refuse_idle_settings(Options const& of, said_settings const& said) {
  detail::refuse_idle(of, said, "");
}

// All keys, in order, with the values that `of` has.
template <has_options Options>
std::vector<setting> all_settings(Options const& of) {
  std::vector<setting> all;
  detail::list_settings(of, "", {}, all);
  return all;
}

}  // namespace ease::inline v1

#ifndef EASE_COMPILED
#include <ease/settings/settings.ipp>
#endif
