// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of train/calibration/file_threshold_fitter.hpp; core/compiled.hpp says where they are compiled.
#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <ease/llm/on_device.hpp>
#include <ease/llm/save.hpp>
#include <ease/train/calibration/file_threshold_fitter.hpp>
#include <ease/train/calibration/think_threshold.hpp>
#include <filesystem>

namespace ease::inline v1 {

EASE_INLINE threshold_report set_threshold_of(std::string const& path, std::string const& out,
                                              std::span<threshold_prompts const> kinds, threshold_options const& o,
                                              std::function<std::string(threshold_report const&)> const& card) {
  detail::check_replaceable(out);
  if (!o.overwrite && std::filesystem::exists(std::filesystem::path{out} / "config.json"))
    throw error{"{}: there is a model already; --overwrite replaces it", out};
  if (o.threads > 0) at::set_num_threads(o.threads);
  auto const device = on_device(o.device, []<class Device>() { return Device::device(); });
  auto model = load_model(path, device, exact_precision(path), o.chat);
  auto report = set_think_threshold(model, kinds);
  save_model(model, out, most_bytes_of_weights, card ? card(report) : std::string{});
  return report;
}

EASE_INLINE std::string threshold_table(threshold_report const& report) {
  std::string out = fmt::format("the row of <think> changed by {:.1f} % of its length (shift {:+.2f} logits)\n",
                                100 * report.change, report.shift);
  out += fmt::format("{:<40} {:>13} {:>6}  {}\n", "prompts", "should think", "rows", "think (expected of others like them)");
  for (auto const& g : report.groups)
    out += fmt::format("{:<40} {:>13} {:>6}  {:.0f} % -> {:.0f} % ({:.0f} %)\n", g.name, g.thinks ? "yes" : "no", g.rows,
                       100 * g.think_rate_before, 100 * g.think_rate_after, 100 * g.think_rate_expected);
  return out;
}

}  // namespace ease::inline v1
