// SPDX-License-Identifier: Apache-2.0
// `ease rows`: the rows of a file, to be read by a person.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <ease/io/rows/row_files.hpp>
#include <ease/io/view/pager.hpp>
#include <ease/io/view/row_index.hpp>
#include <ease/io/view/row_view.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "../../commands.hpp"
#include "../../for_terminal.hpp"
#include "../../logs.hpp"
#include "../../options.hpp"

namespace ease::app {

namespace {

struct rows_command {
  input_options in;
  std::string beside, by, id, find, colour{"auto"};
  std::vector<std::string> fields;
  std::size_t skip{0}, first{SIZE_MAX}, width{0};
  bool no_pager{false}, json{false};
  std::size_t bad{0};

  using rows = row_files<other_keys>;
  rows open(std::string const& file, read_options reading) {
    reading.bad_rows = on_bad_row::reject;  // a file that is broken somewhere is what people look into
    reading.on_reject = [this](bad_row const& one) {
      ++bad;
      tell(terminal_text(one.message(), true));
    };
    return rows{{file}, {.reading = std::move(reading)}};
  }
  bool is_wanted(raw_members const& row, std::vector<row_value> const& values) const {
    if (!id.empty() && text_of_member(row, "id") != id) return false;
    return find.empty() ||
           std::ranges::any_of(values, [&](auto const& one) { return one.text.find(find) != std::string::npos; });
  }
  int work();
};

int rows_command::work() {
  bool const terminal = ::isatty(STDOUT_FILENO) == 1;
  row_view_options const how{
      .width = width > 0 ? width : terminal_width(100),
      .colour = colour == "always" || (colour == "auto" && terminal && std::getenv("NO_COLOR") == nullptr),
      .fields = fields};
  row_index others{by};
  if (!beside.empty())
    for (auto& row : open(beside, {.format = in.format})) others.add(get<other_keys>(row), beside);
  pager out{!no_pager && !json};
  std::size_t matched = 0, shown = 0;
  auto source = open(in.file, to_read_options(in));
  for (auto& row : source) {
    if (shown == first) break;
    auto const& members = get<other_keys>(row);
    auto const values = values_of_row(members);
    if (!is_wanted(members, values) || ++matched <= skip) continue;
    ++shown;
    std::string text;
    if (json) {
      for (auto const& [key, raw] : members) text += (text.empty() ? "{" : ", ") + detail::json_string(key) + ": " + raw;
      text += text.empty() ? "{}\n" : "}\n";
    } else {
      auto const heading = fmt::format("row {} of {}", source.counts().read, in.file);
      auto const other = beside.empty() ? raw_members{} : others.take(members, in.file);
      text = beside.empty()
                 ? view_of_row(heading, values, how)
                 : view_of_rows(heading + (other.empty() ? ", not in " : " | ") + beside, values, values_of_row(other), how);
      text += "\n";
    }
    if (!out.write(text)) return 0;
  }
  if (shown == 0)
    tell(fmt::format("rows: {} of {} rows{}", matched > 0 ? "--skip leaves none" : "none", source.counts().read,
                     matched > 0 ? "" : " matches"));
  bool const whole = first == SIZE_MAX && skip == 0 && id.empty() && find.empty();
  if (whole && others.size() > 0)
    tell(fmt::format("rows: {} of {} have no row beside them in {}", others.size(), beside, in.file));
  return bad > 0 ? rows_were_lost : 0;
}

}  // namespace

void add_rows(CLI::App& app, action& chosen) {
  auto s = std::make_shared<rows_command>();
  command cmd{app, "rows", "Look at the rows of a file, or at those of two files side by side",
              "Examples: ease rows out.jsonl --first 3\n"
              "          ease rows before.jsonl --beside after.jsonl --fields prompt,response\n"
              "          ease rows vulnerable.jsonl --where category=privacy --find invoice\n"
              "Any format that the other commands read. On a terminal by way of $PAGER, or less."};
  cmd->add_option("file", s->in.file, std::string{"The file"} + rows_or_name)->required()->type_name("FILE");
  cmd->add_option("--beside", s->beside, "A second file, whose rows stand to the right of the first one's")
      ->type_name("FILE");
  cmd->add_option("--by", s->by, "The column by which rows of both are the same (default: id, or else prompt)")
      ->type_name("COLUMN")
      ->needs("--beside");
  cmd->add_option("--fields", s->fields, "What to show, in place of all: prompt,response.reasoning")
      ->delimiter(',')
      ->type_name("FIELD,...");
  cmd->add_option("--where", s->in.where, "The rows alone whose column holds one of these")
      ->check([](std::string const& said) { return problem_of([&] { row_filter::parse(said); }); }, "")
      ->type_name("COLUMN=VALUE,...");
  cmd->add_option("--find", s->find, "The rows alone of which some value holds this text")->type_name("TEXT");
  cmd->add_option("--id", s->id, "The row of this id alone")->type_name("ID");
  cmd.number("--skip", s->skip, "Of these rows, leave out the first N", at_least(0))->default_str("");
  cmd.number("--first,--max-rows", s->first, "Show at most N", at_least(1))->default_str("all");
  cmd->add_option("--format", s->in.format, known_file_formats())
      ->check([](std::string const& said) { return problem_of([&] { check_options({.format = said}); }); }, "")
      ->capture_default_str();
  cmd.number("--width", s->width, "Columns (0: the terminal's, elsewhere 100)", between{0, 1000});
  cmd->add_option("--color,--colour", s->colour, "Colours")
      ->check(in_words(one_of_words{"auto", "always", "never"}))
      ->capture_default_str();
  cmd->add_flag("--no-pager", s->no_pager, "Print at once");
  cmd->add_flag("--json", s->json, "Print the rows as JSON lines, whole");
  cmd.unused({"--fields", "--beside", "--width", "--color", "--no-pager"},
             [&s = *s]() -> std::string { return s.json ? "--json prints whole rows of one file" : ""; });
  cmd.files([&s = *s] {
    file_use use{.reads = {path_of_rows(s.in.file)}};
    if (!s.beside.empty()) use.reads.push_back(path_of_rows(s.beside));
    return use;
  });
  cmd.runs(chosen, [s] { return s->work(); });
}

}  // namespace ease::app
