#pragma once
// The diagnosis set (paper, phase 2 step 1; get_adversarial.py): so many adversarial-harmful and so many adversarial-benign
// prompts, drawn without replacement. Rows of the other kinds and repeated prompts are left out and counted.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ease/io/json_members.hpp>
#include <ease/record/fields.hpp>
#include <ease/record/random.hpp>
#include <ease/record/row_key.hpp>
#include <ease/stage/compose.hpp>
#include <ease/stage/report.hpp>
#include <string>
#include <tuple>
#include <unordered_set>
#include <utility>
#include <vector>

namespace ease {

struct sample_options {
  std::size_t harmful{1000};
  std::size_t benign{1000};
  std::uint64_t seed{42};
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
    return all;
  }
};

template <class Row>
struct diagnosis_set {
  std::vector<Row> rows;  // in the order they were read
  sample_report report;
};

// Which rows are drawn depends on the prompts and the seed alone, not on the file's order.
template <class Rows>
  requires(some_rows<std::remove_reference_t<Rows>> && record_of<std::remove_reference_t<Rows>>::template has<prompt> &&
           record_of<std::remove_reference_t<Rows>>::template has<data_type>)
auto sample(Rows&& source, sample_options options = {}) {
  using row = record_of<std::remove_reference_t<Rows>>;
  diagnosis_set<row> out;
  auto& report = out.report;
  report.harmful_wanted = options.harmful, report.benign_wanted = options.benign;
  std::unordered_set<std::string> seen;
  std::vector<std::pair<std::uint64_t, std::size_t>> harmful;  // (lot, position in `kept`)
  std::vector<std::pair<std::uint64_t, std::size_t>> benign;
  std::vector<row> kept;
  for (auto&& one : source) {
    ++report.read;
    auto const kind = get<data_type>(one);
    bool const bad = kind == prompt_kind::adversarial_harmful;
    if (!bad && kind != prompt_kind::adversarial_benign) {
      ++report.other_kinds;
    } else if (!seen.insert(get<prompt>(one)).second) {
      ++report.repeated;
    } else {
      (bad ? harmful : benign).emplace_back(lot(options.seed, row_key(get<prompt>(one))), kept.size());
      kept.push_back(one);
    }
  }
  report.harmful_found = harmful.size();
  report.benign_found = benign.size();
  std::vector<std::size_t> taken;
  auto const draw = [&](auto& lots, std::size_t wanted) {
    std::sort(lots.begin(), lots.end());
    if (lots.size() > wanted) lots.resize(wanted);
    for (auto const& [number, position] : lots) taken.push_back(position);
    return lots.size();
  };
  report.harmful_taken = draw(harmful, options.harmful);
  report.benign_taken = draw(benign, options.benign);
  std::sort(taken.begin(), taken.end());
  out.rows.reserve(taken.size());
  for (auto position : taken) out.rows.push_back(std::move(kept[position]));
  return out;
}

}  // namespace ease
