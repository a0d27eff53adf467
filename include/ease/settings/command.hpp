// SPDX-License-Identifier: Apache-2.0
#pragma once
// One command of a program: its options and the values they take, which of them have no effect with others, and the files
// it reads and writes. What is wrong is said before the command begins: wrong usage by a CLI::ParseError, files that would be
// lost by an ease::error. A struct of options (core/option.hpp) brings its flags, its help, its ranges and its defaults along:
//
//     CLI::App program; action chosen; keep_short_options options; std::string in, out;
//     command cmd{program, "keep-short", "Keep short prompts", "Example: mine keep-short prompts.jsonl --out short.jsonl"};
//     cmd->add_option("input", in)->required(); cmd->add_option("--out", out)->required();
//     cmd.options(options);                                             // --most, checked and explained
//     cmd.files([&] { return file_use{.reads = {in}, .writes = {out}}; });
//     cmd.runs(chosen, [&] { ...; return 0; });
//     CLI11_PARSE(program, argc, argv);
//     return chosen();
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <concepts>
#include <ease/io/files/file_use.hpp>
#include <ease/settings/chosen_settings.hpp>
#include <ease/settings/ranges.hpp>
#include <functional>
#include <ranges>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace ease::inline v1 {

// What a program does once its command line has been read; its int is the exit status.
using action = std::function<int()>;

// "--max-tokens,--max_tokens": the published scripts write underscores.
inline std::string both(std::string_view name) {
  std::string underscored{name};
  for (auto& c : underscored)
    if (c == '-') c = '_';
  auto const plain = "--" + std::string{name};
  return underscored == name ? plain : plain + ",--" + underscored;
}

// Flags of earlier versions: accepted, and left out of --help. Both in one command line are wrong usage.
struct former_flag {
  std::string command, current, former;
};
inline std::vector<former_flag>& former_flags() {
  static std::vector<former_flag> all;
  return all;
}

// Whether a command line has an option.
inline bool given(CLI::App const& line, std::string_view option) {
  auto const* const found = line.get_option_no_throw(std::string{option});
  return found != nullptr && found->count() > 0;
}

class command {
 public:
  command(CLI::App& program, std::string const& name, std::string const& about, std::string const& footer)
      : line_{program.add_subcommand(name, about)} {
    line_->footer(footer);
  }

  CLI::App* operator->() { return line_; }
  CLI::App const& line() const { return *line_; }

  // An option whose value lies in a range.
  template <class T, class Values>
  CLI::Option* number(std::string const& names, T& into, std::string const& help, Values const& range) {
    auto* const added = line_->add_option(names, into, help)->check(in_range<T>(range));
    if constexpr (!requires { into.has_value(); }) added->capture_default_str();
    return added;
  }
  // The flags under which a command knows an option that is called otherwise in its struct; none: the command has it not.
  struct renamed {
    std::string_view option;
    std::string flags, former{};  // `former`: those of earlier versions
  };
  // Each option of a struct that lists them (core/option.hpp): its name, help, range and default; `max_tokens` is
  // --max-tokens, a switch that is on by default is --no-NAME. One that is given and has no effect with the others is
  // wrong usage.
  template <has_options Options>
  void options(Options& into, std::vector<renamed> const& names = {}) {
    std::vector<std::pair<std::string, std::string>> flags;  // of each option, the one that messages name
    each_option(into, [&]<class Option, class T, class Owner>(Option const& one, T& value, Owner const&) {
      if constexpr (!has_options<T>) {
        auto const other = std::ranges::find(names, one.name, &renamed::option);
        auto const all = other != names.end() ? other->flags : flags_of(one, value);
        if (all.empty()) return;
        auto const former = other != names.end() ? other->former : former_flags_of(one);
        auto* const added = add(all + (former.empty() ? "" : ",") + former, one, value);
        if (!one.former_words.empty()) read_former_words(added, one);
        each_name(former, [&](std::string_view old) {
          former_flags().push_back({line_->get_name(), all.substr(0, all.find(',')), std::string{old}});
        });
        if constexpr (requires { Owner::heading; }) added->group(std::string{Owner::heading});
        flags.emplace_back(one.name, added->get_name());
      }
    });
    idle_.push_back([&into, flags, line = line_] {
      each_idle_option(into, [&](auto const& one, std::string_view why) {
        auto const flag = std::ranges::find(flags, one.name, &std::pair<std::string, std::string>::first);
        if (flag != flags.end() && given(*line, flag->second))
          throw CLI::ValidationError{fmt::format("{} has no effect: {}", flag->second, why)};
      });
    });
  }
  // The flags of a struct's options, for rules.
  template <has_options Options>
  static std::vector<std::string> flags_of_all() {
    std::vector<std::string> all;
    Options const defaults{};
    each_option(defaults, [&]<class T>(auto const& one, T const& value) {
      if constexpr (!has_options<T>) all.push_back(flags_of(one, value).substr(0, flags_of(one, value).find(',')));
    });
    return all;
  }

  // Where `why` has something to say, these options have no effect; one that is given all the same is wrong usage.
  void unused(std::vector<std::string> options, std::function<std::string()> why) {
    rules_.push_back({std::move(options), std::move(why)});
  }
  // Done before the rules are asked: what one option says about another that was not given.
  void infer(std::function<void()> what) { infer_ = std::move(what); }
  // Asked when the line has been read.
  void files(std::function<file_use()> which) { files_ = std::move(which); }

  // Where the settings go that the line was read as (chosen_settings.hpp).
  void settings_to(std::string& into) { settings_ = &into; }

  // The last word: when this command is chosen, and its line is in order, `work` is what the program does.
  void runs(action& chosen, action work) {
    line_->callback([line = line_, rules = std::move(rules_), idle = std::move(idle_), infer = std::move(infer_),
                     files = std::move(files_), settings = settings_, work = std::move(work), &chosen] {
      if (infer) infer();
      for (auto const& [options, why] : rules)
        for (auto const& option : options)
          if (given(*line, option))
            if (auto const reason = why(); !reason.empty())
              throw CLI::ValidationError{fmt::format("{} has no effect: {}", option, reason)};
      for (auto const& check : idle) check();
      file_use use;
      if (files) {
        use = files();
        if (auto const* const log = line->get_parent()->get_option_no_throw("--log"); log != nullptr && log->count() > 0)
          use.goes_on.push_back(log->results().front());
        use.check();
      }
      if (settings != nullptr) *settings = settings_json(*line);
      // The log is open by then, and tells of what is wrong with the files.
      chosen = [use = std::move(use), work] {
        use.look();
        return work();
      };
    });
  }

 private:
  struct rule {
    std::vector<std::string> options;
    std::function<std::string()> why;
  };

  static std::string dashed(std::string_view name) {
    std::string flag{name};
    std::ranges::replace(flag, '_', '-');
    return both(flag);
  }
  template <class Option>
  static std::string former_flags_of(Option const& one) {
    std::string all;
    each_name(one.former_names, [&](std::string_view name) { all.append(all.empty() ? "" : ",").append(dashed(name)); });
    return all;
  }
  template <class Option>
  static void read_former_words(CLI::Option* flag, Option const& one) {
    flag->transform(CLI::Validator{[one](std::string& text) {
                                     text = current_word(one, text);
                                     return std::string{};
                                   },
                                   ""});
  }
  // "--max-tokens,--max_tokens", and its aliases.
  template <class Option, class T>
  static std::string flags_of(Option const& one, T const& value) {
    bool const turns_off = option_text(value) == "true";
    auto all = dashed((std::same_as<T, bool> && turns_off ? "no_" : "") + std::string{one.name});
    for (auto const alias : std::views::split(one.aliases, ','))
      if (!alias.empty()) all += "," + dashed(std::string_view{alias.begin(), alias.end()});
    return all;
  }
  template <class Option, class T>
  CLI::Option* add(std::string const& flags, Option const& one, T& value) {
    std::string const help{one.help};
    if constexpr (std::same_as<T, bool>) {
      return line_->add_flag_callback(
          flags, [&value, to = !value] { value = to; }, value ? "Turns off: " + help : help);
    } else if constexpr (value_checks::is_word<T>) {
      return line_
          ->add_option_function<std::string>(
              flags, [&value](std::string const& text) { value_checks::read_word(text, value); }, help)
          ->check(a_word_of<T>())
          ->default_str(option_text(value));
    } else {
      auto* const added = line_->add_option(flags, value, help);
      if constexpr (std::same_as<T, std::string>) {
        added->check(in_words(one.values));
        added->type_name(one.is_path ? "PATH" : value_checks::words_text(one.values));
        if (!value.empty()) added->capture_default_str();
      } else if constexpr (std::same_as<T, std::vector<std::string>>) {
        added->check(in_words(one.values))->type_name(one.is_path ? "FILE" : "TEXT");
        constexpr bool any = std::same_as<std::remove_cvref_t<decltype(one.values)>, any_value>;
        if constexpr (!any && !requires { one.values.is_text; }) added->delimiter(',');
      } else {
        added->check(in_range<T>(one.values));
        if constexpr (
            !requires { value.has_value(); } && !requires { value.capacity(); })
          added->capture_default_str();
      }
      return added;
    }
  }

  CLI::App* line_;
  std::vector<rule> rules_{};
  std::vector<std::function<void()>> idle_{};
  std::function<void()> infer_{};
  std::function<file_use()> files_{};
  std::string* settings_{nullptr};
};

}  // namespace ease::inline v1
