// SPDX-License-Identifier: Apache-2.0
#pragma once
// A model whose answers are kept: journaled{model, journal} is a generator and scorer like the model, and answers from the
// journal what it has answered before. A request's key is a hash of everything the answer depends on: the model's identity
// (name, weights, number format, template), the text, the sampling, the seed and the row; so a change of one of them asks
// again for just what depends on it. Failures are not kept: they are retried.
// Where rows do not depend on the other rows of their batch (`rows_are_independent`: remote models, the CPU's engine), rows
// are kept one by one. Elsewhere rounding depends on the batch, so a batch is kept when it is whole, and replayed whole.
#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ease/core/error.hpp>
#include <ease/core/generator.hpp>
#include <ease/journal/journal.hpp>
#include <ease/journal/journal_scan.hpp>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ease::inline v1 {

// A backend says by this member whether a row's answer is the same, bit by bit, whichever rows are asked for with it.
template <class Model>
bool rows_are_independent(Model const& model) {
  if constexpr (requires { model.rows_are_independent(); })
    return model.rows_are_independent();
  else
    return false;
}

namespace detail {

// Requests and answers as bytes. Text is preceded by its length: no two requests have the same bytes.
class packer {
 public:
  std::string bytes{};
  template <class Number>
    requires(std::is_arithmetic_v<Number> || std::is_enum_v<Number>)
  packer& operator()(Number n) {
    append_number(bytes, n);
    return *this;
  }
  packer& operator()(std::string_view text) {
    (*this)(std::uint64_t{text.size()});
    bytes += text;
    return *this;
  }
  packer& operator()(model_input const& input) {
    if (auto const* plain = std::get_if<plain_text>(&input)) return (*this)(std::uint8_t{0})(plain->text);
    auto const& turns = std::get<conversation>(input);
    (*this)(std::uint8_t{1})(std::uint64_t{turns.size()});
    for (auto const& turn : turns) {
      (*this)(turn.role)(turn.content);
      for (auto const& call : turn.calls) (*this)(call.name)(call.arguments);
    }
    return *this;
  }
  packer& operator()(generation_request const& r) {
    auto const& s = r.sampling;
    (*this)("generate 1")(r.input)(r.prefill)(s.temperature)(s.top_p)(s.min_p)(s.top_k)(s.repetition_penalty)(s.max_tokens);
    (*this)(std::uint64_t{s.stop.size()});
    for (auto const& stop : s.stop) (*this)(stop);
    if (!r.json_schema.empty()) (*this)(r.json_schema);
    return (*this)(r.seed)(r.row);
  }
  packer& operator()(score_request const& r) {
    (*this)("score 1")(r.input)(r.prefill)(std::uint64_t{r.continuations.size()});
    for (auto const& c : r.continuations) (*this)(c);
    if (r.joined) (*this)(r.joined);
    return *this;
  }
  packer& operator()(completion const& c) {
    return (*this)(c.finish_reason)(std::uint64_t{c.prompt_tokens})(std::uint64_t{c.completion_tokens})(c.text);
  }
  packer& operator()(std::vector<continuation_score> const& scores) {
    (*this)(std::uint64_t{scores.size()});
    for (auto const& s : scores) (*this)(s.logprob)(s.first_token_logprob)(std::uint64_t{s.tokens})(s.greedy);
    return *this;
  }
};

// Reads what packer wrote; false (and nothing to be used) where the bytes are something else.
class unpacker {
 public:
  explicit unpacker(std::string_view bytes) : left_{bytes} {}
  template <class Number>
    requires(std::is_arithmetic_v<Number> || std::is_enum_v<Number>)
  bool operator()(Number& n) {
    if (left_.size() < sizeof n) return false;
    std::memcpy(&n, left_.data(), sizeof n);
    left_.remove_prefix(sizeof n);
    return true;
  }
  bool operator()(std::string& text) {
    std::uint64_t size{};
    if (!(*this)(size) || size > left_.size()) return false;
    text = left_.substr(0, size);
    left_.remove_prefix(size);
    return true;
  }
  bool operator()(completion& c) {
    std::uint64_t prompt{}, made{};
    if (!(*this)(c.finish_reason) || !(*this)(prompt) || !(*this)(made) || !(*this)(c.text)) return false;
    c.prompt_tokens = prompt, c.completion_tokens = made;
    return left_.empty() && c.finish_reason <= finish_reason::context_full;
  }
  bool operator()(std::vector<continuation_score>& scores) {
    constexpr std::size_t one = 2 * sizeof(double) + sizeof(std::uint64_t) + sizeof(bool);
    std::uint64_t count{};
    if (!(*this)(count) || left_.size() % one != 0 || count != left_.size() / one) return false;
    scores.resize(count);
    for (auto& s : scores) {
      std::uint64_t tokens{};
      std::uint8_t greedy{};
      (*this)(s.logprob), (*this)(s.first_token_logprob), (*this)(tokens), (*this)(greedy);
      s.tokens = tokens, s.greedy = greedy != 0;
    }
    return true;
  }

 private:
  std::string_view left_;
};

}  // namespace detail

// The model and the journal must outlive it. Without a journal it is the model and nothing more.
template <class Model>
  requires text_generator<Model> || likelihood_scorer<Model>
class journaled {
 public:
  journaled(Model& model, journal& keep)  // NOLINT(*-member-init): the other one initialises all
      : journaled{model, &keep} {}
  journaled(Model& model, journal* keep)
      : model_{&model}, journal_{keep}, independent_{ease::rows_are_independent(model)}, identity_{model.identity()} {}

  void generate(std::span<generation_request const> requests, on_done<completion> const& done)
    requires text_generator<Model>
  {
    ask<completion>(requests, done, [&](auto some, auto const& each) { model_->generate(some, each); });
  }
  void score(std::span<score_request const> requests, on_done<std::vector<continuation_score>> const& done)
    requires likelihood_scorer<Model>
  {
    ask<std::vector<continuation_score>>(requests, done, [&](auto some, auto const& each) { model_->score(some, each); });
  }
  std::size_t window() const { return model_->window(); }
  std::string identity() const { return identity_; }
  bool rows_are_independent() const { return independent_; }

  std::size_t replayed() const { return replayed_; }  // answers that came from the journal
  // Called for each answer that did.
  std::function<void()> on_replay{};

 private:
  template <class Answer, class Request, class Ask>
  void ask(std::span<Request const> requests, on_done<Answer> const& done, Ask const& model) {
    if (journal_ == nullptr) return model(requests, done);
    if (independent_) return ask_missing<Answer>(requests, keys_of(requests, {}), done, model);
    // What is asked at once must not depend on when the last run was stopped, nor be more than one wants to lose.
    auto const most = std::max<std::size_t>(1, model_->window());
    for (std::size_t first = 0; first < requests.size(); first += most) {
      auto const some = requests.subspan(first, std::min(most, requests.size() - first));
      auto const each = [&](std::size_t i, outcome<Answer>&& what) { done(first + i, std::move(what)); };
      hash128 const batch = batch_key(some);
      if (journal_->contains(batch)) {
        ask_missing<Answer>(some, keys_of(some, batch), each, model);
      } else {
        ask_all<Answer>(some, keys_of(some, batch), each, model);
        journal_->write(batch, {});
      }
    }
  }

  template <class Answer, class Request, class Ask>
  void ask_all(std::span<Request const> requests, std::vector<hash128> const& keys, on_done<Answer> const& done,
               Ask const& model) {
    auto const each = [&](std::size_t i, outcome<Answer>&& what) {
      if (auto const* good = std::get_if<Answer>(&what)) keep(keys[i], *good);
      done(i, std::move(what));
    };
    model(requests, each);
  }

  template <class Answer, class Request, class Ask>
  void ask_missing(std::span<Request const> requests, std::vector<hash128> const& keys, on_done<Answer> const& done,
                   Ask const& model) {
    std::vector<std::size_t> missing;
    for (std::size_t i = 0; i < requests.size(); ++i) {
      auto known = recall<Answer>(keys[i]);
      if (!known) {
        missing.push_back(i);
        continue;
      }
      ++replayed_;
      done(i, std::move(*known));
      if (on_replay) on_replay();
    }
    if (missing.empty()) return;
    if (missing.size() == requests.size()) return ask_all<Answer>(requests, keys, done, model);
    std::vector<Request> some;
    std::vector<hash128> their_keys;
    some.reserve(missing.size());
    for (auto const i : missing) some.push_back(requests[i]), their_keys.push_back(keys[i]);
    auto const each = [&](std::size_t k, outcome<Answer>&& what) { done(missing[k], std::move(what)); };
    ask_all<Answer>(std::span<Request const>{some}, their_keys, each, model);
  }

  template <class Answer>
  void keep(hash128 const& key, Answer const& said) {
    detail::packer pack;
    pack(said);
    journal_->write(key, pack.bytes);
  }
  template <class Answer>
  std::optional<Answer> recall(hash128 const& key) {
    auto const bytes = journal_->find(key);
    if (!bytes) return std::nullopt;
    Answer said;
    return detail::unpacker{*bytes}(said) ? std::optional{std::move(said)} : std::nullopt;
  }

  template <class Request>
  std::vector<hash128> keys_of(std::span<Request const> requests, std::optional<hash128> const& batch) const {
    std::vector<hash128> keys;
    keys.reserve(requests.size());
    detail::packer pack;
    for (std::size_t i = 0; i < requests.size(); ++i) {
      pack.bytes.clear();
      if (batch)
        pack("row")(batch->low)(batch->high)(std::uint64_t{i});
      else
        pack(identity_)(requests[i]);
      keys.push_back(siphash(journal_->hash_key(), pack.bytes));
    }
    return keys;
  }
  template <class Request>
  hash128 batch_key(std::span<Request const> requests) const {
    detail::packer pack;
    pack("batch")(identity_)(std::uint64_t{model_->window()});
    for (auto const& r : requests) pack(r);
    return siphash(journal_->hash_key(), pack.bytes);
  }

  Model* model_;
  journal* journal_;
  bool independent_;
  std::string identity_;
  std::size_t replayed_{0};
};

}  // namespace ease::inline v1
