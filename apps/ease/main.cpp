// `ease`: the EASE method as a program. What a user types is read here; what it does is in the other files of this folder.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <ease/io/terminal_text.hpp>
#include <exception>
#include <new>

#include "commands.hpp"
#include "stopping.hpp"

int main(int argc, char** argv) {
  CLI::App app{
      "EASE: makes a small language model reason about safety only where it must.\n"
      "  ease run settings.toml --out DIR     the whole method\n"
      "  ease COMMAND --help                  one stage or helper, with an example"};
  app.name("ease");
  app.require_subcommand(1);
  app.set_version_flag("--version", "ease 0.1.0");
  app.option_defaults()->always_capture_default(false);
  ease::app::action chosen;
  ease::app::add_run_command(app, chosen);
  ease::app::add_status_command(app, chosen);
  ease::app::add_stage_commands(app, chosen);
  ease::app::add_model_commands(app, chosen);
  ease::app::add_export_command(app, chosen);
  try {
    app.parse(argc, argv);
  } catch (CLI::ParseError const& e) {
    int const status = app.exit(e);
    return status == 0 ? 0 : 2;
  }
  ease::app::watch_signals();
  try {
    int const status = chosen();
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) throw ease::error{"standard output cannot be written to"};
    return status;
  } catch (ease::app::stopped const& e) {
    fmt::print(stderr, "ease: {}\n", e.what());
    return ease::app::exit_status_of_stop();
  } catch (std::bad_alloc const&) {
    fmt::print(stderr, "ease: out of memory; a smaller --max-batch-rows or --batch-size needs less\n");
  } catch (std::exception const& e) {
    if (ease::app::stop_asked()) {
      std::fputs("ease: stopped; the same command goes on where this one was\n", stderr);
      return ease::app::exit_status_of_stop();
    }
    fmt::print(stderr, "ease: {}\n", ease::terminal_text(e.what(), true));
  }
  return 1;
}
