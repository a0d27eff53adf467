// SPDX-License-Identifier: Apache-2.0
#pragma once
// Threshold calibration (ours, not the published method's): prompts that nothing was trained on set the point from which a
// fine-tuned model thinks. Each file is a kind of its own (method/threshold/threshold.hpp says how the kinds are weighed).
#include <algorithm>
#include <concepts>
#include <cstddef>
#include <ease/core/option.hpp>
#include <ease/method/threshold/threshold.hpp>
#include <ease/record/asked_about.hpp>
#include <ease/record/fields.hpp>
#include <ease/stage/owner_or_ref.hpp>
#include <ease/stage/pipeline.hpp>
#include <map>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace ease::inline v1 {

// What moves a model's threshold: train/calibration/think_threshold.hpp does, on libtorch.
template <class F>
concept threshold_fitter = requires(F& f, std::span<threshold_prompts const> kinds) {
  { f.fit(kinds) } -> std::same_as<threshold_report>;
};

// What the files say, in the order of their numbers.
struct threshold_files {
  std::vector<std::string> names{};
  std::vector<std::size_t> thinks{};  // 1: its prompts should be reasoned about, 0: answered at once
  std::string system_prompt{};

  static constexpr auto options() {
    using b = threshold_files;
    return std::tuple{option("names", &b::names, "of the files, for the report"),
                      option("thinks", &b::thinks, "1 for each file whose prompts should be reasoned about, else 0"),
                      option("system_prompt", &b::system_prompt,
                             "For rows that bring no system message of their own; empty: the chat template's own default")};
  }
};

template <threshold_fitter Fitter>
class calibrate_threshold : public sink<needs<prompt, file_number, maybe<history>>> {
 public:
  static constexpr std::string_view name{"threshold"};
  static constexpr int version{3};

  template <class F>
    requires std::constructible_from<owner_or_ref<Fitter>, F>
  calibrate_threshold(F&& by, threshold_files files) : fitter_{std::forward<F>(by)}, files_{std::move(files)} {}

  void operator()(input const& row) {
    prompts_[get<file_number>(row)].push_back(asked_about(files_.system_prompt, get<history>(row), get<prompt>(row)));
  }
  threshold_report finish() {
    std::vector<threshold_prompts> kinds;
    for (auto& [file, asked] : std::exchange(prompts_, {}))
      kinds.push_back({.name = files_.names.at(file), .thinks = files_.thinks.at(file) != 0, .prompts = std::move(asked)});
    for (bool const side : {true, false})
      if (std::ranges::none_of(kinds, [&](auto const& k) { return k.thinks == side; }))
        throw error{
            "threshold: no prompt is left that should {}: all are in the rows to leave out; name other files, or keep some "
            "back from training",
            side ? "think" : "be answered at once"};
    return fitter_->fit(kinds);
  }

  void each_part(auto&& visit) { visit(files_), visit(*fitter_); }
  std::string content() const
    requires requires(Fitter const& f) { f.content(); }
  {
    return fitter_->content();
  }

 private:
  owner_or_ref<Fitter> fitter_;
  threshold_files files_;
  std::map<std::size_t, std::vector<conversation>> prompts_{};
};
template <class F>
calibrate_threshold(F&&, threshold_files) -> calibrate_threshold<std::remove_cvref_t<F>>;

}  // namespace ease::inline v1
