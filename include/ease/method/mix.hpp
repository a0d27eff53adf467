#pragma once
// Phase 2, step 2 (paper): the training set is a mix of arms: vulnerable prompts with reasoning, plainly harmful prompts
// with a direct refusal, general prompts with a direct answer. The paper's ratio is not known, so it is the caller's, and
// the realised one is reported.
//
//     mix(vulnerable, refusals, general)                                 all rows of each, shuffled
//     mix(arm_of("reason", vulnerable).count(150), arm_of(...)).seed(7)  so many of each
//     mix(arm_of("reason", vulnerable).weight(1), arm_of("direct", general).weight(2))   the largest mix with these
//     proportions mix(...).without(held_out)                                         rows whose prompt is in the evaluation
//     set are refused
//
// Arms are any rows with a prompt and a target; a mix is itself a range of rows. A prompt that repeats one taken before
// (same words, whatever the case and white space) is left out and counted.
#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <ease/io/error.hpp>
#include <ease/io/json_members.hpp>
#include <ease/record/fields.hpp>
#include <ease/record/random.hpp>
#include <ease/record/row_key.hpp>
#include <ease/stage/pipeline.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <unordered_set>
#include <utility>
#include <vector>

namespace ease {

using mixed_row = record<prompt, target, arm>;

struct arm_report {
  std::string name;
  std::size_t read{0};
  std::size_t taken{0};
  std::size_t not_needed{0};  // over the arm's count or weight
  std::size_t repeated{0};
  std::size_t in_evaluation{0};
  double share{0};  // of the whole mix

  static constexpr auto members() {
    using a = arm_report;
    return std::tuple{member("arm", &a::name),
                      member("read", &a::read),
                      member("taken", &a::taken),
                      member("share", &a::share),
                      member("not_needed", &a::not_needed),
                      member("repeated", &a::repeated),
                      member("in_evaluation", &a::in_evaluation)};
  }
};
using mix_report = std::vector<arm_report>;

// Words only: lower-case ASCII letters, single spaces. Two prompts with the same key are the same prompt.
inline std::string prompt_words(std::string_view text) {
  std::string out;
  for (char c : text) {
    auto const u = static_cast<unsigned char>(c);
    if (std::isspace(u) == 0)
      out += static_cast<char>(std::tolower(u));
    else if (!out.empty() && out.back() != ' ')
      out += ' ';
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

template <class Rows>
class arm_of_rows {
 public:
  using rows_type = Rows;
  arm_of_rows(std::string name, std::shared_ptr<Rows> rows) : name_{std::move(name)}, rows_{std::move(rows)} {}

  arm_of_rows count(std::size_t rows) && {
    count_ = rows;
    return std::move(*this);
  }
  arm_of_rows weight(double share) && {
    if (!(share > 0) || !std::isfinite(share)) throw error{"mix: the weight of arm {} must be a positive number", name_};
    weight_ = share;
    return std::move(*this);
  }

  std::string const& name() const { return name_; }
  std::optional<std::size_t> count() const { return count_; }
  std::optional<double> weight() const { return weight_; }
  Rows& rows() const { return *rows_; }

 private:
  std::string name_;
  std::shared_ptr<Rows> rows_;
  std::optional<std::size_t> count_{};
  std::optional<double> weight_{};
};

template <class Rows>
  requires some_rows<std::remove_reference_t<Rows>>
auto arm_of(std::string name, Rows&& rows) {
  return arm_of_rows<std::remove_reference_t<Rows>>{std::move(name), detail::hold(std::forward<Rows>(rows))};
}

namespace detail {
template <class A>
inline constexpr bool is_arm = false;
template <class Rows>
inline constexpr bool is_arm<arm_of_rows<Rows>> = true;

template <class A>
struct arm_row {
  using type = record_of<std::remove_reference_t<A>>;
};
template <class Rows>
struct arm_row<arm_of_rows<Rows>> {
  using type = record_of<Rows>;
};
template <class A>
concept some_arm = is_arm<std::remove_cvref_t<A>> || some_rows<std::remove_reference_t<A>>;

// The first field that some arm lacks of those a training row is made of; void if all have all.
template <class... Arms>
struct lacking : std::type_identity<void> {};
template <class A, class... Rest>
struct lacking<A, Rest...> {
  using gap = typename missing<needs<prompt, target>, typename arm_row<std::remove_cvref_t<A>>::type>::type;
  using type = typename std::conditional_t<std::is_void_v<gap>, lacking<Rest...>, std::type_identity<gap>>::type;
};
template <class... Arms>
concept alike = (some_arm<Arms> && ...) && std::is_void_v<typename lacking<Arms...>::type>;
}  // namespace detail

// `Arms` is a tuple of arms, or a vector of them.
template <class Arms>
class mixed {
 public:
  explicit mixed(Arms arms) : arms_{std::move(arms)} {}

  mixed seed(std::uint64_t number) && {
    seed_ = number;
    return std::move(*this);
  }
  // Any range of rows with a prompt; they are read here.
  template <class Rows>
  mixed without(Rows&& held_out) && {
    for (auto const& row : held_out) refused_.insert(prompt_words(get<prompt>(row)));
    return std::move(*this);
  }

  auto begin() {
    if (!done_) draw();
    return rows_.begin();
  }
  auto end() { return rows_.end(); }
  mix_report const& report() const { return report_; }

 private:
  void each_arm(auto&& visit) const {
    if constexpr (requires { arms_.size(); })
      for (auto const& one : arms_) visit(one);
    else
      std::apply([&](auto const&... one) { (visit(one), ...); }, arms_);
  }

  void draw() {
    std::vector<std::vector<mixed_row>> pools;
    std::unordered_set<std::string> seen;
    each_arm([&](auto const& one) { pools.push_back(pool(one, seen)); });
    auto const wanted = sizes(pools);
    for (std::size_t a = 0; a < pools.size(); ++a) {
      report_[a].not_needed = pools[a].size() - wanted[a];
      report_[a].taken = wanted[a];
      std::move(pools[a].begin(), pools[a].begin() + static_cast<std::ptrdiff_t>(wanted[a]), std::back_inserter(rows_));
    }
    for (auto& r : report_) r.share = rows_.empty() ? 0.0 : static_cast<double>(r.taken) / static_cast<double>(rows_.size());
    by_lot(rows_, seed_ + 1);
    done_ = true;
  }

  // The arm's distinct rows, in the order of their lots, so that its first n are a fair draw.
  template <class A>
  std::vector<mixed_row> pool(A const& one, std::unordered_set<std::string>& seen) {
    auto& counts = report_.emplace_back(arm_report{.name = one.name()});
    std::vector<mixed_row> rows;
    for (auto const& row : one.rows()) {
      ++counts.read;
      auto words = prompt_words(get<prompt>(row));
      if (refused_.contains(words))
        ++counts.in_evaluation;
      else if (!seen.insert(std::move(words)).second)
        ++counts.repeated;
      else
        rows.push_back(make_record<prompt, target, arm>(get<prompt>(row), get<target>(row), one.name()));
    }
    by_lot(rows, seed_);
    return rows;
  }

  static void by_lot(std::vector<mixed_row>& rows, std::uint64_t seed) {
    std::stable_sort(rows.begin(), rows.end(), [&](auto const& a, auto const& b) {
      return lot(seed, row_key(get<prompt>(a))) < lot(seed, row_key(get<prompt>(b)));
    });
  }

  std::vector<std::size_t> sizes(std::vector<std::vector<mixed_row>> const& pools) const {
    std::vector<std::optional<std::size_t>> counts;
    std::vector<std::optional<double>> weights;
    each_arm([&](auto const& one) {
      counts.push_back(one.count());
      weights.push_back(one.weight());
    });
    auto const weighted = static_cast<std::size_t>(std::count_if(weights.begin(), weights.end(), [](auto& w) { return w; }));
    if (weighted != 0 && weighted != weights.size())
      throw error{"mix: give every arm a weight or none; {} of {} have one", weighted, weights.size()};
    std::vector<std::size_t> wanted;
    double scale = 0;  // rows per unit of weight that the scarcest arm allows
    for (std::size_t a = 0; a < pools.size(); ++a) {
      auto const most = static_cast<double>(std::min(pools[a].size(), counts[a].value_or(pools[a].size())));
      if (weighted != 0) scale = a == 0 ? most / *weights[a] : std::min(scale, most / *weights[a]);
    }
    for (std::size_t a = 0; a < pools.size(); ++a) {
      auto const most = std::min(pools[a].size(), counts[a].value_or(pools[a].size()));
      wanted.push_back(weighted == 0 ? most : std::min(most, static_cast<std::size_t>(scale * *weights[a] + 1e-9)));
    }
    return wanted;
  }

  Arms arms_;
  std::uint64_t seed_{42};
  std::unordered_set<std::string> refused_{};
  std::vector<mixed_row> rows_{};
  mix_report report_{};
  bool done_{false};
};

namespace detail {
template <class A>
auto as_arm(A&& one, std::size_t number) {
  if constexpr (is_arm<std::remove_cvref_t<A>>)
    return std::forward<A>(one);
  else
    return arm_of(fmt::format("arm {}", number), std::forward<A>(one));
}
template <class... Arms, std::size_t... Is>
auto mix_of(std::index_sequence<Is...>, Arms&&... arms) {
  return mixed{std::tuple{as_arm(std::forward<Arms>(arms), Is + 1)...}};
}
}  // namespace detail

// The same for arms whose number is known at run time only (a command line): all of one type.
template <class Rows>
auto mix_all(std::vector<arm_of_rows<Rows>> arms) {
  return mixed<std::vector<arm_of_rows<Rows>>>{std::move(arms)};
}

template <class... Arms>
  requires(sizeof...(Arms) > 0 && detail::alike<Arms...>)
auto mix(Arms&&... arms) {
  return detail::mix_of(std::index_sequence_for<Arms...>{}, std::forward<Arms>(arms)...);
}

// Read this if your compile breaks here: an arm's rows have no such field. A direct arm gets its target from the file (key
// "completion"), a reasoned one from cot.
template <class... Arms, class an_arm_lacks_a_field_every_arm_must_have = typename detail::lacking<Arms...>::type>
  requires((detail::some_arm<Arms> && ...) && !std::is_void_v<an_arm_lacks_a_field_every_arm_must_have>)
broken mix(Arms const&...) = delete;

}  // namespace ease
