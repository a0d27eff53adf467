// SPDX-License-Identifier: Apache-2.0
#pragma once
// How an answer is begun for the model before it says anything: with a response prefix, as prefix attacks do (Andriushchenko et
// al. 2024, arXiv 2404.02151), or by its reasoning, which is forbidden (an empty trace stands there already) or forced (an open
// one does). The answer that is judged begins with what was put there. A server may begin a turn of its own instead (most hosted APIs
// do): where its answer shows that, the answer is judged as it stands, and counted.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <ease/core/generator.hpp>
#include <ease/io/json/json_members.hpp>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

namespace ease::inline v1 {

enum class think_mode : std::uint8_t { free, banned, forced };
constexpr auto words_of(think_mode) {
  using std::string_view_literals::operator""sv;
  return std::array{"free"sv, "banned"sv, "forced"sv};
}
// The word of a model's marks of reasoning (record/answer.hpp): <think> or another.
enum class think_word : std::uint8_t { think, thinking, thought, reasoning };
constexpr auto words_of(think_word) {
  using std::string_view_literals::operator""sv;
  return std::array{"think"sv, "thinking"sv, "thought"sv, "reasoning"sv};
}

struct steering_options {
  std::string prefill{};
  think_mode think{think_mode::free};
  think_word word{think_word::think};
  bool template_thinks{false};

  static constexpr std::string_view thinks_freely(steering_options const& o) {
    return o.think == think_mode::free ? "the model thinks as it likes; --think banned or --think forced puts a mark there"
                                       : std::string_view{};
  }
  static constexpr std::string_view opens_a_trace(steering_options const& o) {
    return o.think == think_mode::forced
               ? "--think forced begins with an open trace, and an answer cannot stand in front of it"
               : std::string_view{};
  }
  static constexpr auto options() {
    using o = steering_options;
    return std::tuple{
        option("prefill", &o::prefill, "How each answer begins; what the model says behind it is judged with it")
            .idle(opens_a_trace),
        option("think", &o::think, "free; banned: an empty trace stands in front of the answer; forced: an open one does"),
        option("think_word", &o::word, "The word of the model's own marks: think is <think>").idle(thinks_freely),
        option("template_thinks", &o::template_thinks,
               "The chat template itself opens the trace (as R1's distilled models' do), so that none is opened again")
            .idle(thinks_freely)};
  }
  // What stands in front of the model's text when it is asked.
  std::string given() const {
    if (think == think_mode::free) return prefill;
    auto const open = template_thinks ? std::string{} : mark();
    return think == think_mode::forced ? open : open + "\n" + closing_mark() + "\n\n" + prefill;
  }
  // And what of it is part of the answer: an empty trace is none, and an open one is there even if the template has opened it.
  std::string kept() const { return think == think_mode::forced ? mark() : prefill; }

  // The reasoning's marks in an answer.
  std::string opening_mark() const { return fmt::format("<{}>", word_of(word)); }
  std::string closing_mark() const { return fmt::format("</{}>", word_of(word)); }

 private:
  std::string mark() const { return opening_mark() + "\n"; }
};

inline constexpr std::string_view server_may_begin_anew{
    "a server may begin a turn of its own instead of going on from it, as most hosted APIs do"};

// The answers of a server that was asked to go on from a beginning, by what they show of it.
struct begun_answers {
  std::size_t going_on{0};  // a begun thought ends in it
  std::size_t anew{0};      // it has a beginning of its own, or a forced thought never ends in a whole answer
  std::size_t unknown{0};   // either may be: it was cut, or nothing marks the beginning

  static constexpr auto members() {
    using b = begun_answers;
    return std::tuple{member("going_on", &b::going_on), member("anew", &b::anew), member("unknown", &b::unknown)};
  }
  begun_answers& operator+=(begun_answers const& o) {
    going_on += o.going_on, anew += o.anew, unknown += o.unknown;
    return *this;
  }
  friend bool operator==(begun_answers const&, begun_answers const&) = default;

  // For a person; empty: all go on.
  std::string text() const {
    if (anew + unknown == 0) return {};
    return fmt::format("of {} answers that were begun for the model {} begin anew{}, and of {} it cannot be seen; {}",
                       going_on + anew + unknown, anew, anew > 0 ? " and are judged without the beginning" : "", unknown,
                       server_may_begin_anew);
  }
  // Counts it in; whether the answer begins anew.
  bool add(completion const& said, steering_options const& how) {
    auto const start = std::min(said.text.find_first_not_of(" \t\r\n"), said.text.size());
    bool const opens = std::string_view{said.text}.substr(start).starts_with(how.opening_mark());
    bool const closes = said.text.find(how.closing_mark()) != said.text.npos;
    bool const whole = said.finish_reason == finish_reason::end_of_turn || said.finish_reason == finish_reason::stop_string;
    bool const is_forced = how.think == think_mode::forced;
    bool const is_anew = is_forced ? opens || (whole && !closes) : how.think == think_mode::banned ? opens || closes : false;
    ++(is_anew ? anew : is_forced && closes ? going_on : unknown);
    return is_anew;
  }
};

// A model whose answers are begun for it. A completion has what is kept of that in front, so that what reads answers sees them
// whole; its tokens are the model's own alone.
template <text_generator Model>
class steered {
 public:
  // The model must outlive it. `remote`: its server may not go on from what it is given.
  steered(Model& model, steering_options const& how, bool remote = false)
      : model_{&model}, how_{how}, given_{how.given()}, kept_{how.kept()}, remote_{remote && !given_.empty()} {}

  void generate(std::span<generation_request const> requests, on_done<completion> const& done) {
    if (given_.empty() && kept_.empty()) return model_->generate(requests, done);
    std::vector<generation_request> asks{requests.begin(), requests.end()};
    for (auto& one : asks) one.prefill = given_ + one.prefill;
    model_->generate(asks, [&](std::size_t i, outcome<completion>&& said) {
      if (auto* c = std::get_if<completion>(&said); c != nullptr && !(remote_ && begun_.add(*c, how_)))
        c->text.insert(0, kept_);
      done(i, std::move(said));
    });
  }
  std::size_t window() const { return model_->window(); }
  begun_answers const& begun() const { return begun_; }  // of a remote model
  std::string identity() const {
    return given_.empty() ? model_->identity() : model_->identity() + ", begun with " + given_;
  }

 private:
  Model* model_;
  steering_options how_;
  std::string given_, kept_;
  bool remote_;
  begun_answers begun_{};
};

}  // namespace ease::inline v1
