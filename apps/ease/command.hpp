#pragma once
// One command of the program: its options and the values they take, which of them have no effect beside others, and the
// files it reads and writes. What is wrong is said before the command begins: wrong usage (exit status 2) by a
// CLI::ParseError, files that would be lost (status 1) by an ease::error.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "commands.hpp"
#include "file_use.hpp"
#include "ranges.hpp"

namespace ease::app {

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
  // Each option of a struct that lists them, by its name, help and range; `max_tokens` is --max-tokens.
  template <has_options Options>
  void options(Options& into) {
    each_option(into, [&]<class Option, class T>(Option const& one, T& value) {
      std::string name{one.name};
      for (auto& c : name)
        if (c == '_') c = '-';
      auto* const added = line_->add_option(both(name), value, std::string{one.help});
      if constexpr (requires { value.capacity(); })
        added->type_name("TEXT");  // texts and lists of them
      else
        added->check(in_range<T>(one.values))->capture_default_str();
    });
  }

  // Where `why` has something to say, these options have no effect; one that is given all the same is wrong usage.
  void unused(std::initializer_list<char const*> options, std::function<std::string()> why) {
    rules_.push_back({{options.begin(), options.end()}, std::move(why)});
  }
  void unused(std::vector<char const*> const& options, std::function<std::string()> why) {
    rules_.push_back({{options.begin(), options.end()}, std::move(why)});
  }
  // Done before the rules are asked: what one option says about another that was not given.
  void settle(std::function<void()> what) { settle_ = std::move(what); }
  // Asked when the line has been read.
  void files(std::function<file_use()> which) { files_ = std::move(which); }

  // The last word: when this command is chosen, and its line is in order, `work` is what the program does.
  void runs(action& chosen, action work) {
    line_->callback([line = line_, rules = std::move(rules_), settle = std::move(settle_), files = std::move(files_),
                     work = std::move(work), &chosen] {
      if (settle) settle();
      for (auto const& [options, why] : rules)
        for (auto const& option : options)
          if (given(*line, option))
            if (auto const reason = why(); !reason.empty())
              throw CLI::ValidationError{fmt::format("{} has no effect: {}", option, reason)};
      if (files) {
        auto use = files();
        if (auto const* const log = line->get_parent()->get_option_no_throw("--log"); log != nullptr && log->count() > 0)
          use.goes_on.push_back(log->results().front());
        use.check();
      }
      chosen = work;
    });
  }

 private:
  struct rule {
    std::vector<std::string> options;
    std::function<std::string()> why;
  };

  CLI::App* line_;
  std::vector<rule> rules_{};
  std::function<void()> settle_{};
  std::function<file_use()> files_{};
};

}  // namespace ease::app
