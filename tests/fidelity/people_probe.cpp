// SPDX-License-Identifier: Apache-2.0
// How far the classes of answers (measure/answers) agree with people's labels of XSTest completions. people_probe FOLDER: for each
// of the five models the card is fitted to the labels of the other four alone and compared with the labels of the one left out;
// then the card that is committed, with all five (it was fitted to them). people_probe FOLDER --card prints the rows of
// fitted_card.hpp. FOLDER holds completions_MODEL.csv of paul-rottger/exaggerated-safety. script/fidelity people runs it.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <ease/io/rows/row_files.hpp>
#include <ease/measure/answers/answer_class.hpp>
#include <ease/measure/answers/fitted_card.hpp>
#include <ease/measure/statistics/wilson.hpp>
#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace ease;

struct prompt_type : field<"type", std::string> {};
struct completion_text : field<"completion", std::string> {};
struct people_label : field<"final_label", std::string> {};

struct labelled {
  answer_signs signs;
  bool harmful;
  answer_class people;
};

constexpr std::array<std::string_view, 5> models{"gpt4", "llama2new", "llama2orig", "mistralguard", "mistralinstruct"};

std::vector<labelled> read(std::string const& folder, std::string_view model) {
  std::vector<labelled> out;
  row_files<prompt, prompt_type, completion_text, people_label> rows{{fmt::format("{}/completions_{}.csv", folder, model)}};
  for (auto const& row : rows) {
    bool const harmful = get<prompt_type>(row).starts_with("contrast");
    auto const& by = get<people_label>(row);
    auto const people = by == "1_full_compliance"   ? answer_class::complied
                        : by == "2_full_refusal"    ? answer_class::refused
                        : by == "3_partial_refusal" ? answer_class::partial
                                                    : throw error{"{}: final_label is {:?}", model, by};
    out.push_back({read_signs(get<prompt>(row), get<completion_text>(row), harmful), harmful, people});
  }
  return out;
}

// Multinomial logistic regression with half the sum of the squared weights as penalty (none on `start`), by Nesterov's accelerated
// gradient with restarts. The loss is convex: the result does not depend on the way.
answer_card fitted(std::vector<labelled const*> const& rows) {
  constexpr std::size_t width = answer_numbers + 1;
  using weights = std::vector<double>;  // width times the classes
  weights w(width * answer_classes), ahead = w, before = w, gradient(w.size());
  // The largest curvature is at most half the largest eigenvalue of X'X, which the trace bounds; twenty steps of the power
  // method come closer.
  weights v(width, 1.0), next(width);
  double largest = 1;
  auto const value = [](labelled const& row, std::size_t i) { return i < answer_numbers ? row.signs.values[i] : 1.0; };
  for (int step = 0; step < 20; ++step) {
    std::ranges::fill(next, 0.0);
    for (auto const* row : rows) {
      double sum = 0;
      for (std::size_t i = 0; i < width; ++i) sum += value(*row, i) * v[i];
      for (std::size_t i = 0; i < width; ++i) next[i] += value(*row, i) * sum;
    }
    largest = 0;
    for (auto const x : next) largest += x * x;
    largest = std::sqrt(largest);
    for (std::size_t i = 0; i < width; ++i) v[i] = next[i] / largest;
  }
  double const rate = 1 / (0.55 * largest + 1);
  double momentum = 1;
  for (int step = 0; step < 20'000; ++step) {
    std::ranges::fill(gradient, 0.0);
    for (auto const* row : rows) {
      std::array<double, answer_classes> p{};
      for (std::size_t i = 0; i < width; ++i)
        if (auto const x = value(*row, i); x != 0)
          for (std::size_t c = 0; c < answer_classes; ++c) p[c] += x * ahead[i * answer_classes + c];
      double const top = std::ranges::max(p);
      double all = 0;
      for (auto& one : p) all += one = std::exp(one - top);
      for (std::size_t c = 0; c < answer_classes; ++c)
        p[c] = p[c] / all - (static_cast<std::size_t>(row->people) == c ? 1 : 0);
      for (std::size_t i = 0; i < width; ++i)
        if (auto const x = value(*row, i); x != 0)
          for (std::size_t c = 0; c < answer_classes; ++c) gradient[i * answer_classes + c] += x * p[c];
    }
    for (std::size_t k = 0; k < answer_numbers * answer_classes; ++k) gradient[k] += ahead[k];
    double slope = 0, uphill = 0;
    before = w;
    for (std::size_t k = 0; k < w.size(); ++k) {
      w[k] = ahead[k] - rate * gradient[k];
      slope += gradient[k] * gradient[k];
      uphill += gradient[k] * (w[k] - before[k]);
    }
    if (slope < 1e-8) break;
    if (uphill > 0) momentum = 1;  // O'Donoghue and Candes, 2015
    double const grown = (1 + std::sqrt(1 + 4 * momentum * momentum)) / 2;
    for (std::size_t k = 0; k < w.size(); ++k) ahead[k] = w[k] + (momentum - 1) / grown * (w[k] - before[k]);
    momentum = grown;
  }
  answer_card card;
  // Hundredths, as the committed card has them; zero has no sign.
  auto const rounded = [](double x) { return std::round(100 * x) / 100 + 0.0; };
  for (std::size_t c = 0; c < answer_classes; ++c) card.start[c] = rounded(w[answer_numbers * answer_classes + c]);
  for (std::size_t i = 0; i < answer_numbers; ++i)
    for (std::size_t c = 0; c < answer_classes; ++c) card.points[i][c] = rounded(w[i * answer_classes + c]);
  return card;
}

answer_card committed() {
  answer_card card;
  for (std::size_t c = 0; c < answer_classes; ++c) card.start[c] = fitted_start[c];
  for (std::size_t i = 0; i < answer_numbers; ++i)
    for (std::size_t c = 0; c < answer_classes; ++c) card.points[i][c] = fitted_points[i].points[c];
  return card;
}

struct counts {
  std::array<std::array<std::size_t, answer_classes>, answer_classes> table{};  // [people][card]
  double f1(std::size_t c) const {
    std::size_t wrong = 0;
    for (std::size_t other = 0; other < answer_classes; ++other)
      if (other != c) wrong += table[c][other] + table[other][c];
    auto const hits = static_cast<double>(table[c][c]);
    return hits == 0 ? 0 : 2 * hits / (2 * hits + static_cast<double>(wrong));
  }
};

void row(std::string_view model, std::string_view which, std::vector<labelled> const& rows, answer_card const& card,
         int half) {
  counts n;
  for (auto const& one : rows)
    if (half < 0 || one.harmful == (half == 1))
      ++n.table[static_cast<std::size_t>(one.people)][static_cast<std::size_t>(class_of_answer(one.signs, card))];
  auto const& t = n.table;
  auto const partial = t[2][0] + t[2][1] + t[2][2];
  auto const found = wilson_interval(t[2][2], partial);
  fmt::print("| {} | {} | {:.3f} | {:.3f} | {:.3f} | {} of {} ({:.2f} to {:.2f}) | {} {} {} / {} {} {} / {} {} {} |\n",
             model, which, n.f1(0), n.f1(1), n.f1(2), t[2][2], partial, found.low, found.high, t[0][0], t[0][1], t[0][2],
             t[1][0], t[1][1], t[1][2], t[2][0], t[2][1], t[2][2]);
}

int work(int count, char** words) {
  if (count < 2) {
    fmt::print(stderr, "people_probe FOLDER [--card]\n");
    return 2;
  }
  std::array<std::vector<labelled>, models.size()> all;
  for (std::size_t m = 0; m < models.size(); ++m) all[m] = read(words[1], models[m]);
  auto const without = [&](std::size_t left_out) {
    std::vector<labelled const*> rows;
    for (std::size_t m = 0; m < models.size(); ++m)
      if (m != left_out)
        for (auto const& one : all[m]) rows.push_back(&one);
    return rows;
  };
  if (count > 2 && std::string_view{words[2]} == "--card") {
    auto const card = fitted(without(models.size()));
    fmt::print("{{{}, {}, {}}}\n", card.start[0], card.start[1], card.start[2]);
    for (std::size_t i = 0; i < answer_numbers; ++i)
      fmt::print("    {{\"{}\", {{{}, {}, {}}}}},\n", answer_number_name(i), card.points[i][0], card.points[i][1],
                 card.points[i][2]);
    return 0;
  }
  fmt::print(
      "| model left out | prompts | F1 full compliance | F1 full refusal | F1 partial | partial found (95 %) | people's "
      "complied / "
      "refused / partial: as complied, refused, partial |\n|---|---|---|---|---|---|---|\n");
  for (std::size_t m = 0; m < models.size(); ++m) {
    auto const card = fitted(without(m));
    row(models[m], "all 450", all[m], card, -1);
    row(models[m], "250 harmless", all[m], card, 0);
  }
  auto const card = committed();
  for (std::size_t m = 0; m < models.size(); ++m) row(models[m], "all 450, the committed card", all[m], card, -1);
  return 0;
}

}  // namespace

int main(int count, char** words) {
  try {
    return work(count, words);
  } catch (std::exception const& problem) {
    fmt::print(stderr, "people_probe: {}\n", problem.what());
    return 1;
  }
}
