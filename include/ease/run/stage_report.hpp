#pragma once
// What became of the rows of one saved stage, as a value: it is kept beside the stage's rows, read back by the next run, and
// printed by the programs. Counts are of rows; times are seconds.
#include <fmt/format.h>

#include <cstddef>
#include <ease/backend/openai_usage.hpp>
#include <ease/io/json_members.hpp>
#include <ease/io/read_records.hpp>
#include <ease/stage/report.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace ease {

// What a stage had of one remote model.
struct remote_use {
  std::string model{};
  openai_usage usage{};
  std::size_t from_journal{0};   // answers that were not asked for again
  std::optional<double> cost{};  // if prices are known

  static constexpr auto members() {
    using r = remote_use;
    return std::tuple{member("model", &r::model), member("usage", &r::usage), member("from_journal", &r::from_journal),
                      member("cost", &r::cost)};
  }
};

struct stage_report {
  std::string step{};   // "diagnosis/2-guard_filter"
  std::string input{};  // how a file of rows was understood; empty behind another stage
  double seconds{0};
  read_counts read{};  // of that file
  run_report rows{};
  std::vector<remote_use> remote{};
  std::string failed_file{};  // where rows that failed stand, if some did
  json_text details{};        // of the stage's own result type: the mix, the training, the table

  static constexpr auto members() {
    using s = stage_report;
    return std::tuple{member("step", &s::step),
                      member("input", &s::input),
                      member("seconds", &s::seconds),
                      member("read", &s::read),
                      member("rows", &s::rows),
                      member("remote", &s::remote),
                      member("failed_file", &s::failed_file),
                      member("details", &s::details)};
  }

  // One line for a person.
  std::string summary() const {
    auto line = fmt::format("{}: {}{} in {:.0f} s", step, rows.summary(),
                            read.rejected > 0 ? fmt::format(", {} bad rows", read.rejected) : std::string{}, seconds);
    for (auto const& r : remote) {
      line += fmt::format("; {} requests ({} retries), {} + {} tokens", r.usage.sends, r.usage.repeats,
                          r.usage.prompt_tokens, r.usage.completion_tokens);
      if (r.cost) line += fmt::format(", cost {:.4g}", *r.cost);
    }
    return line;
  }
  // A line for a person if rows failed: how many, why the first did, where they are. Else empty.
  std::string trouble() const {
    if (rows.failures() == 0) return {};
    std::string why;
    for (auto const& s : rows.stages)
      if (why.empty()) why = s.first_failure;
    return fmt::format("{}: {} of {} rows failed{}{}{}", step, rows.failures(), rows.read,
                       why.empty() ? "" : ", the first because: ", why,
                       failed_file.empty() ? "" : "; each stands with its reason in " + failed_file);
  }
  std::string notes() const { return rows.notes(); }
};

// The report as the programs print it: members and what follows from them, and the settings it was made with, a JSON object.
inline void write_report(json_writer& out, stage_report const& r, std::string_view settings = {}) {
  out.object().key("step").value(r.step).key("input").value(r.input).key("seconds").value(r.seconds);
  out.key("rows_in_file").value(r.read.read).key("bad_rows").value(r.read.rejected);
  out.key("read").value(r.rows.read).key("written").value(r.rows.written);
  out.key("rejected").value(r.rows.rejections()).key("failed").value(r.rows.failures());
  out.key("adds_up").value(r.rows.adds_up() && r.read.read == r.read.given + r.read.rejected);
  out.key("stages").array();
  for (auto const& s : r.rows.stages) json_codec<stage_count>::write(out, s);
  out.end();
  if (!settings.empty()) out.key("settings").raw(settings);
  if (!r.details.text.empty()) out.key("details").raw(r.details.text);
  if (!r.remote.empty()) {
    out.key("remote").array();
    for (auto const& one : r.remote) {
      out.object().key("model").value(one.model);
      write_members(out, one.usage);
      out.key("from_journal").value(one.from_journal);
      if (one.cost) out.key("cost").value(*one.cost);
      out.end();
    }
    out.end();
  }
  out.end();
}

}  // namespace ease
