// SPDX-License-Identifier: Apache-2.0
#pragma once
// The diagnosis set (paper, phase 2 step 1; get_adversarial.py): so many adversarial-harmful and so many adversarial-benign
// prompts, drawn without replacement. Rows of the other kinds and repeated prompts are left out and counted.
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ease/core/option.hpp>
#include <ease/core/random.hpp>
#include <ease/io/json/json_members.hpp>
#include <ease/record/fields.hpp>
#include <ease/record/prompt_hash.hpp>
#include <ease/stage/pipeline.hpp>
#include <ease/stage/report.hpp>
#include <span>
#include <string>
#include <tuple>
#include <unordered_set>
#include <utility>
#include <vector>

namespace ease::inline v1 {

struct sample_options {
  std::size_t harmful{1000};
  std::size_t benign{1000};
  std::uint64_t seed{42};

  static constexpr auto options() {
    return std::tuple{option("harmful", &sample_options::harmful, "adversarial_harmful prompts to draw"),
                      option("benign", &sample_options::benign, "adversarial_benign prompts to draw"),
                      option("seed", &sample_options::seed, "which rows are drawn")};
  }
};

struct sample_report {
  std::size_t read{0};
  std::size_t harmful_wanted{0};
  std::size_t benign_wanted{0};
  std::size_t harmful_found{0};
  std::size_t benign_found{0};
  std::size_t harmful_taken{0};
  std::size_t benign_taken{0};
  std::size_t other_kinds{0};
  std::size_t repeated{0};

  static constexpr auto members() {
    using r = sample_report;
    return std::tuple{member("read", &r::read),
                      member("harmful_wanted", &r::harmful_wanted),
                      member("harmful_found", &r::harmful_found),
                      member("harmful", &r::harmful_taken),
                      member("benign_wanted", &r::benign_wanted),
                      member("benign_found", &r::benign_found),
                      member("benign", &r::benign_taken),
                      member("other_kinds", &r::other_kinds),
                      member("repeated", &r::repeated)};
  }

  stage_count counts() const {
    stage_count all{.stage = "sample", .in = read, .out = harmful_taken + benign_taken};
    auto const left_out = [&](char const* reason, std::size_t rows) {
      if (rows > 0) all.rejected[reason] = rows;
    };
    left_out("other_kind", other_kinds);
    left_out("repeated", repeated);
    left_out("not_drawn", harmful_found + benign_found - all.out);
    all.note = too_few();
    return all;
  }
  // A line for a person if fewer were there than were asked for; else empty.
  std::string too_few() const {
    std::string note;
    auto const few = [&](std::size_t taken, std::size_t wanted, char const* kind) {
      if (taken < wanted && wanted != SIZE_MAX)
        note += fmt::format("{}{} of the {} {} prompts asked for were there", note.empty() ? "" : "; ", taken, wanted, kind);
    };
    few(harmful_taken, harmful_wanted, "adversarial_harmful");
    few(benign_taken, benign_wanted, "adversarial_benign");
    return note;
  }
};

template <class Row>
struct diagnosis_set {
  std::vector<Row> rows;  // in the order they were read
  sample_report report;
};

// Draws the rows as a stage: `from(prompts) | sample({.harmful = 1000, .benign = 1000})`. It sees all rows at once.
class sample_rows : public stage<needs<prompt, data_type, maybe<history>>> {
 public:
  static constexpr std::string_view name{"sample"};
  static constexpr int version{1};

  explicit sample_rows(sample_options options) : options_{options} {}

  static constexpr bool takes_all_rows{true};
  static std::size_t window() { return SIZE_MAX; }
  std::size_t most_rows(std::size_t) const { return options_.harmful + options_.benign; }  // run/folder/planned_stage.hpp

  void operator()(std::span<input const> rows, emit const& done) {
    report_ = {};
    report_.read = rows.size();
    report_.harmful_wanted = options_.harmful, report_.benign_wanted = options_.benign;
    std::unordered_set<hash128> seen;
    std::vector<std::pair<std::uint64_t, std::size_t>> harmful;  // (random number, row)
    std::vector<std::pair<std::uint64_t, std::size_t>> benign;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      auto const kind = get<data_type>(rows[i]);
      auto const& text = get<prompt>(rows[i]);
      auto const& before = get<history>(rows[i]);
      bool const bad = kind == prompt_kind::adversarial_harmful;
      if (!bad && kind != prompt_kind::adversarial_benign) {
        ++report_.other_kinds;
        done(i, rejected{"other_kind"});
      } else if (!seen.insert(prompt_hash_128(text, before)).second) {
        ++report_.repeated;
        done(i, rejected{"repeated"});
      } else {
        (bad ? harmful : benign).emplace_back(random_key(options_.seed, prompt_hash(text, before)), i);
      }
    }
    report_.harmful_found = harmful.size();
    report_.benign_found = benign.size();
    auto const draw = [&](auto& found, std::size_t wanted) {
      std::ranges::sort(found);
      auto const taken = std::min(found.size(), wanted);
      for (std::size_t k = 0; k < found.size(); ++k) {
        if (k < taken)
          done(found[k].second, output{});
        else
          done(found[k].second, rejected{"not_drawn"});
      }
      return taken;
    };
    report_.harmful_taken = draw(harmful, options_.harmful);
    report_.benign_taken = draw(benign, options_.benign);
  }
  void finish(stage_count& counts) const { counts.note = report_.too_few(); }
  sample_report const& report() const { return report_; }  // of the last pass

  void each_part(auto&& visit) { visit(options_); }

 private:
  sample_options options_;
  sample_report report_{};
};

inline sample_rows sample(sample_options options = {}) { return sample_rows{options}; }

// The same at once, for rows at hand. Which rows are drawn depends on the prompts and the seed alone, not on their order.
template <class Rows>
  requires(some_rows<std::remove_reference_t<Rows>> && record_of<std::remove_reference_t<Rows>>::template has<prompt> &&
           record_of<std::remove_reference_t<Rows>>::template has<data_type>)
auto sample(Rows&& source, sample_options options = {}) {
  diagnosis_set<record_of<std::remove_reference_t<Rows>>> out;
  auto drawn = from(std::forward<Rows>(source)) | sample_rows{options};
  for (auto& row : drawn) out.rows.push_back(std::move(row));
  out.report = std::get<0>(drawn.stages()).report();
  return out;
}

}  // namespace ease::inline v1
