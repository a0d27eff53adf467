// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of run/folder/stage_report.hpp; core/compiled.hpp says where they are compiled.
#include <fmt/format.h>

#include <algorithm>
#include <ease/run/folder/stage_report.hpp>

namespace ease::inline v1 {

EASE_INLINE std::string stage_report::summary() const {
  auto line = fmt::format("{}: {}{}{} in {:.0f} s", step, rows.summary(),
                          read.rejected > 0 ? fmt::format(", {} bad rows", read.rejected) : std::string{},
                          read.left_out > 0 ? fmt::format(", {} of the input not asked for", read.left_out) : std::string{},
                          seconds);
  for (auto const& r : remote) {
    line += fmt::format("; {} requests ({} retries), {} + {} tokens", r.usage.requests, r.usage.retries,
                        r.usage.prompt_tokens, r.usage.completion_tokens);
    if (r.cost) line += fmt::format(", cost {:.4g}", *r.cost);
  }
  return line;
}

EASE_INLINE std::string without_name(std::string line, std::string_view step) {
  auto name = step.substr(step.find_last_of('/') + 1);  // npos + 1 is 0
  name = name.substr(std::min(name.find_first_not_of("0123456789-"), name.size()));
  if (!name.empty() && line.starts_with(fmt::format("{}: ", name))) line.erase(0, name.size() + 2);
  return line;
}

EASE_INLINE std::string stage_report::notes() const {
  auto all = without_name(rows.notes(), step);
  if (auto const said = read.notes(); !said.empty()) all += (all.empty() ? "" : "; ") + said;
  return all;
}

EASE_INLINE std::string stage_report::trouble() const {
  if (rows.failures() == 0) return {};
  std::string why;
  for (auto const& s : rows.stages)
    if (why.empty()) why = s.first_failure;
  return fmt::format("{}: {} of {} rows failed{}{}{}", step, rows.failures(), rows.read,
                     why.empty() ? "" : ", the first because: ", why,
                     failed_file.empty() ? "" : "; each stands with its reason in " + failed_file);
}

EASE_INLINE void write_report(json_writer& out, stage_report const& r, std::string_view settings) {
  out.object().key("step").value(r.step).key("input").value(r.input).key("seconds").value(r.seconds);
  if (!r.inputs.empty()) json_codec<std::vector<rows_read>>::write(out.key("inputs"), r.inputs);
  out.key("rows_in_file").value(r.read.read).key("bad_rows").value(r.read.rejected);
  if (r.read.left_out > 0) out.key("left_out").value(r.read.left_out);
  for (auto const& [name, counts] : {std::pair{"not_used", &r.read.not_used}, std::pair{"not_given", &r.read.not_given},
                                     std::pair{"guessed", &r.read.guessed}})
    if (!counts->empty()) json_codec<std::map<std::string, std::size_t>>::write(out.key(name), *counts);
  if (r.read.drawn_of_wanted.wanted > 0)
    json_codec<read_counts::few>::write(out.key("drawn_of_wanted"), r.read.drawn_of_wanted);
  out.key("read").value(r.rows.read).key("written").value(r.rows.written);
  out.key("rejected").value(r.rows.rejections()).key("failed").value(r.rows.failures());
  out.key("adds_up").value(r.rows.adds_up() && r.read.read == r.read.given + r.read.rejected + r.read.left_out);
  for (auto const& s : r.rows.stages)
    if (auto const judged = s.verdicts(); !judged.empty())
      json_codec<std::map<std::string, std::size_t>>::write(out.key("verdicts"), judged);
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

}  // namespace ease::inline v1
