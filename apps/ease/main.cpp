// SPDX-License-Identifier: Apache-2.0
// `ease`: the EASE method as a program. What a user types is read here; what it does is in the other files of this folder.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ease/core/environment.hpp>
#include <ease/core/error.hpp>
#include <ease/core/stop_signals.hpp>
#include <ease/hub/download/download_bar.hpp>
#include <ease/io/json/terminal_text.hpp>
#include <ease/io/paths/lost_file_signal.hpp>
#include <ease/settings/command.hpp>
#include <ease/settings/command_named.hpp>
#include <ease/settings/complaint.hpp>
#include <ease/version.hpp>
#include <exception>
#include <memory>
#include <new>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "commands.hpp"
#include "logs.hpp"

namespace {

using ease::log_level;
using ease::app::logs;

// Of the command line only the options' names are logged: values may be what a row says.
void open_log(CLI::App const& app, std::string const& file, std::string const& least, bool text) {
  if (char const* const key = std::getenv("OPENAI_API_KEY"); key != nullptr) logs().hide(key);
  if (file.empty()) return;
  auto const level = ease::log_level_from(least);
  if (!level) throw ease::usage_error{"--log-level \"{}\" is not known; choose debug, info, warn or error", least};
  logs().open(file, *level, text);
  std::string command, options;
  for (auto const* const one : app.get_subcommands()) {
    command = one->get_name();
    for (auto const* const option : one->get_options())
      if (option->count() > 0) options.append(options.empty() ? 0 : 1, ' ').append(option->get_name());
  }
  logs().write(log_level::info, "start", {{"ease", ease::version_text}, {"command", command}, {"options", options}});
}

// A command's help lists the options of the program too, which may stand behind the command.
class help_with_log : public CLI::Formatter {
 public:
  std::string make_footer(CLI::App const* app) const override {
    auto const footer = CLI::Formatter::make_footer(app);
    auto const* const whole = app->get_parent();
    if (whole == nullptr) return footer;
    auto const of_log = whole->get_options([](CLI::Option const* o) { return o->get_group() == log_group; });
    return make_group(log_group, false, of_log).substr(1) + "\n" + footer;  // an empty line is there already
  }
  // Without the names of earlier versions.
  std::string make_option_name(CLI::Option const* option, bool positional) const override {
    auto const all = CLI::Formatter::make_option_name(option, positional);
    std::string shown;
    ease::each_name(all, [&](std::string_view name) {
      if (!std::ranges::any_of(ease::former_flags(),
                               [&](auto const& one) { return one.former == name && option->check_name(one.current); }))
        shown.append(shown.empty() ? "" : ",").append(name);
    });
    return shown;
  }
  std::string make_subcommand(CLI::App const* command) const override {
    std::ostringstream out;
    CLI::detail::format_help(out, command->get_name(), command->get_description(), column_width_);
    return out.str();
  }
  static constexpr char const* log_group = "Log";
};

// Says what is wrong in one line, or gives the help that was asked for.
int wrong_usage(CLI::App const& app, CLI::ParseError const& e) {
  if (e.get_exit_code() == 0 && !ease::names_no_command(app)) return app.exit(e);
  auto const chosen = app.get_subcommands();
  auto const* const command = chosen.empty() ? nullptr : chosen.front();
  auto const name = command == nullptr ? std::string{"ease"} : "ease " + command->get_name();
  auto const line = fmt::format("{}: {} ({} --help)", name, ease::complaint(app, command, e), name);
  fmt::print(stderr, "{}\n", ease::terminal_text(line, true));
  return 2;
}

// One process of several tells of downloads. --shard auto takes RANK without the rest of what training needs.
bool is_another_rank() {
  auto const rank = ease::detail::first_set({"RANK"});
  return rank.name != nullptr && rank.value != "0";
}

// Wrong usage is 2, however late it was found.
int status_of(std::exception const& e) { return dynamic_cast<ease::usage_error const*>(&e) != nullptr ? 2 : 1; }

int ended(int status, std::string_view reason = {}) {
  auto const level = status == 0 ? log_level::info : status == 1 ? log_level::error : log_level::warn;
  logs().write(level, "end", {{"status", status}, {"reason", reason}});
  if (logs().lost() > 0) fmt::print(stderr, "ease: {} events could not be written to the log\n", logs().lost());
  return status;
}

int run(int argc, char** argv) {
  ease::watch_for_lost_files();
  // A file that grows past a limit (ulimit -f) is an error of its write, with the file's name.
  std::signal(SIGXFSZ, SIG_IGN);
  CLI::App app{
      "EASE: makes a small language model reason about safety only where it must.\n"
      "  ease run settings.toml --out DIR     the whole method\n"
      "  ease COMMAND --help                  one stage or helper, with an example"};
  app.name("ease");
  app.formatter(std::make_shared<help_with_log>());  // the commands inherit it
  app.require_subcommand(1);
  app.set_version_flag("--version", fmt::format("ease {}", ease::version_text));
  app.option_defaults()->always_capture_default(false);
  app.fallthrough();  // the log's options may stand behind the command
  std::string log_file, log_least{"info"};
  bool log_text = false;
  auto* const log =
      app.add_option("--log", log_file, "Append what happens to this file, a JSON object a line")->type_name("FILE");
  log->group(help_with_log::log_group);
  app.add_option("--log-level", log_least, "debug (each row), info, warn or error")
      ->needs(log)
      ->capture_default_str()
      ->group(help_with_log::log_group);
  app.add_flag("--log-text", log_text, "Log prompts and answers too; without it the log can be shared")
      ->needs(log)
      ->group(help_with_log::log_group);
  ease::action chosen;
  for (auto* const add : ease::app::all_commands) add(app, chosen);
  if (auto const twice = ease::given_twice({argv, argv + argc}); !twice.empty()) {
    fmt::print(stderr, "{}\n", ease::terminal_text(twice, true));
    return 2;
  }
  try {
    app.parse(argc, argv);
  } catch (CLI::ParseError const& e) {
    return wrong_usage(app, e);
  } catch (std::exception const& e) {  // files that the command must not touch; nothing has begun, and nothing is logged
    fmt::print(stderr, "ease: {}\n", ease::terminal_text(e.what(), true));
    return status_of(e);
  }
  ease::watch_signals();
  try {
    open_log(app, log_file, log_least, log_text);
    // Names of the hub are taken wherever a command takes a model or rows. Of several ranks the first shows how a download goes.
    bool const quiet = is_another_rank() || ease::given(*app.get_subcommands().front(), "--quiet");
    ease::hub_downloads const downloads{ease::with_bar(quiet, ease::app::tell)};
    int const status = chosen();
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) throw ease::error{"standard output cannot be written to"};
    return ended(status);
  } catch (ease::stopped const& e) {
    fmt::print(stderr, "ease: {}\n", e.what());
    return ended(ease::exit_status_of_stop(), e.what());
  } catch (std::bad_alloc const&) {
    std::string smaller;  // of the command's own options
    for (auto const* const option : {"--max-batch-rows", "--batch-size"})
      if (app.get_subcommands().front()->get_option_no_throw(option) != nullptr)
        smaller += (smaller.empty() ? "; less is needed with a smaller " : " or ") + std::string{option};
    fmt::print(stderr, "ease: out of memory{}\n", smaller);
    return ended(1, "out of memory");
  } catch (std::exception const& e) {
    if (ease::stop_asked()) {
      std::fputs("ease: stopped; the same command resumes\n", stderr);
      return ended(ease::exit_status_of_stop(), "stopped");
    }
    fmt::print(stderr, "ease: {}\n", ease::terminal_text(e.what(), true));
    return ended(status_of(e), e.what());
  }
}

}  // namespace

int main(int argc, char** argv) {
  int const status = run(argc, argv);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  // What held a file is gone with run(). The destructors of libtorch's tables of operators would be a tenth of a short command.
  std::fflush(nullptr);
  std::_Exit(status);
#endif
  return status;
}
