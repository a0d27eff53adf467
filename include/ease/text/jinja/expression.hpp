// SPDX-License-Identifier: Apache-2.0
#pragma once
// Expressions of a Jinja template, as far as chat templates go: read and evaluated in one pass over their tokens. What is
// not evaluated (the right of a false `and`) is read all the same, but may name what is not known here.
#include <algorithm>
#include <cstddef>
#include <ease/core/error.hpp>
#include <ease/core/printable.hpp>
#include <ease/text/jinja/library.hpp>
#include <ease/text/jinja/tokens.hpp>
#include <ease/text/jinja/value.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ease::inline v1::jinja {

class expression : token_cursor {
 public:
  // From the token `from` on; a tag that ends before it has no expression.
  expression(std::vector<token> const& tokens, scopes const& names, std::size_t from = 0)
      : token_cursor{tokens, from}, names_{names} {}

  value whole() {
    auto out = ternary();
    if (at_ != tokens_.size()) throw error("jinja: '{}' is not understood here", printable(tokens_[at_].text));
    return out;
  }
  value next() { return ternary(); }
  std::size_t at() const { return at_; }

 private:
  // Reads with or without evaluating.
  template <class Read>
  value only_if(bool wanted, Read&& read) {
    bool const before = std::exchange(live_, live_ && wanted);
    value out = read();
    live_ = before;
    return out;
  }

  // A model's file is untrusted: depth and work are bounded.
  value ternary() {
    if (++depth_ > 64) throw error("jinja: an expression is nested too deeply");
    names_.left().spend(16);
    std::size_t const start = at_;
    value out = only_if(!conditional(), [&] { return either(); });  // what comes first waits for its condition
    if (take("if")) {
      bool const condition = truth(either());
      std::size_t const end = at_;
      if (condition && live_) {
        at_ = start;
        out = either();
        at_ = end;
      }
      if (take("else")) {
        value other = only_if(!condition, [&] { return ternary(); });
        if (!condition) out = std::move(other);
      } else if (!condition) {
        out = {};
      }
    }
    --depth_;
    return out;
  }
  // Does an `if` stand in this expression, outside of brackets?
  bool conditional() const {
    int open = 0;
    for (std::size_t i = at_; i < tokens_.size() && open >= 0; ++i) {
      if (tokens_[i].kind == token_kind::text) continue;
      std::string_view const text = tokens_[i].text;
      if (text == "(" || text == "[" || text == "{") ++open;
      if (text == ")" || text == "]" || text == "}" || (open == 0 && text == ",")) --open;
      if (open == 0 && text == "if") return true;
    }
    return false;
  }
  value either() {
    value out = both();
    while (take("or")) {
      bool const done = truth(out);
      value right = only_if(!done, [&] { return both(); });
      if (!done) out = std::move(right);
    }
    return out;
  }
  value both() {
    value out = negation();
    while (take("and")) {
      bool const going = truth(out);
      value right = only_if(going, [&] { return negation(); });
      if (going) out = std::move(right);
    }
    return out;
  }
  value negation() {
    std::size_t count = 0;
    while (take("not")) ++count;
    value out = comparison();
    return count == 0 ? out : value{truth(out) == (count % 2 == 0)};
  }

  value comparison() {
    value left = sum();
    for (;;) {
      if (take("is")) {
        bool const wanted = !take("not");
        left = {passes(left, name()) == wanted};
        continue;
      }
      bool const negated = is("not") && at_ + 1 < tokens_.size() && tokens_[at_ + 1].text == "in";
      if (negated) ++at_;
      std::string const sign = at_ < tokens_.size() && tokens_[at_].kind != token_kind::text ? tokens_[at_].text : "";
      if (sign != "==" && sign != "!=" && sign != "<" && sign != ">" && sign != "<=" && sign != ">=" && sign != "in")
        return left;
      ++at_;
      value const right = sum();
      if (!live_) continue;
      if (sign == "==" || sign == "!=")
        left = {equal(left, right) == (sign == "==")};
      else if (sign == "in")
        left = {holds(right, left) != negated};
      else {
        auto const a = left.number(sign), b = right.number(sign);
        left = {sign == "<" ? a < b : sign == ">" ? a > b : sign == "<=" ? a <= b : a >= b};
      }
    }
  }

  value sum() {
    value left = product();
    for (;;) {
      bool const joins = is("~"), plus = is("+");
      if (!joins && !plus && !is("-")) return left;
      ++at_;
      value const right = product();
      if (!live_) continue;
      if (joins || (plus && left.as<std::string>())) {
        left = {joins ? written(left) + written(right) : left.text("+") + right.text("+")};
        names_.left().spend_on(left);
      } else {
        left = {plus ? bounded(left.number("+")) + bounded(right.number("+"))
                     : bounded(left.number("-")) - bounded(right.number("-"))};
      }
    }
  }
  value product() {
    value left = take("-") ? value{-only_number(postfix())} : postfix();
    while (take("%")) {
      value const right = postfix();
      if (!live_) continue;
      auto const b = bounded(right.number("%"));
      if (b == 0) throw error("jinja: division by zero");
      auto const rest = bounded(left.number("%")) % b;
      left = {rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest};  // Python's, which has the divisor's sign
    }
    return left;
  }
  std::int64_t only_number(value const& v) const { return live_ ? bounded(v.number("-")) : 0; }
  static std::int64_t bounded(std::int64_t n) {
    constexpr std::int64_t limit = std::int64_t{1} << 60;
    return n > -limit && n < limit ? n : throw error("jinja: a number is too large");
  }

  value postfix() {
    value out = primary();
    for (;;) {
      if (take(".")) {
        auto const which = name();
        if (take("(")) {
          auto const with = call();
          out = live_ ? costed(method(out, which, with)) : value{};
        } else {
          out = member(out, which);
        }
      } else if (take("|")) {
        auto const which = name();
        arguments const with = take("(") ? call() : arguments{};
        out = live_ ? costed(filter(out, which)) : value{};
      } else if (take("[")) {
        out = item(out);
      } else {
        return out;
      }
    }
  }

  value costed(value made) const {
    names_.left().spend_on(made);
    return made;
  }

  value item(value const& from) {
    value first, last;
    bool slice = false;
    if (!is(":")) first = ternary();
    if (take(":")) {
      slice = true;
      if (!is("]")) last = ternary();
    }
    need("]");
    if (!live_) return {};
    auto const* const items = from.as_list();
    if (!slice && from.as_map()) return member(from, first.text("[]"));
    if (!items) {
      if (!from.defined()) throw error("jinja: [] of what is not defined");
      throw error("jinja: [] needs a list or a map");
    }
    auto const n = static_cast<std::int64_t>(items->size());
    auto const place = [&](value const& v, std::int64_t otherwise) {
      if (!v.defined()) return otherwise;
      auto const i = v.number("[]");
      return i < 0 ? i + n : i;
    };
    if (!slice) {
      auto const i = place(first, 0);
      return i < 0 || i >= n ? value{} : costed((*items)[static_cast<std::size_t>(i)]);
    }
    auto const begin = std::clamp<std::int64_t>(place(first, 0), 0, n);
    auto const end = std::clamp<std::int64_t>(place(last, n), begin, n);
    return costed(of(list(items->begin() + begin, items->begin() + end)));
  }

  value primary() {
    if (take("(")) {
      value out = ternary();
      need(")");
      return out;
    }
    if (take("[")) {
      list items;
      while (!take("]")) {
        items.push_back(costed(ternary()));
        if (!is("]")) need(",");
      }
      return of(std::move(items));
    }
    if (take("{")) {
      map items;
      while (!take("}")) {
        value const key = ternary();
        need(":");
        items.emplace_back(live_ ? key.text("a key") : "", costed(ternary()));
        if (!is("}")) need(",");
      }
      return of(std::move(items));
    }
    if (at_ == tokens_.size()) throw error("jinja: an expression ends too early");
    token const& t = tokens_[at_++];
    if (t.kind == token_kind::text) return costed(of(t.text));
    if (t.kind == token_kind::number) return {static_cast<std::int64_t>(std::stoll(t.text))};
    if (t.kind == token_kind::sign) throw error("jinja: '{}' is not understood here", printable(t.text));
    if (t.text == "true" || t.text == "True") return {true};
    if (t.text == "false" || t.text == "False") return {false};
    if (t.text == "none" || t.text == "None") return {nullptr};
    if (!take("(")) return names_.find(t.text);
    auto with = call();
    if (!live_) return {};
    if (t.text == "namespace") return of(std::move(with.named));
    if (t.text == "raise_exception") throw refusal("the template says: {}", printable(with[0].text("raise_exception")));
    throw error("jinja: the function {} is not known here", printable(t.text));
  }

  arguments call() {
    arguments out;
    while (!take(")")) {
      bool const named = at_ + 1 < tokens_.size() && tokens_[at_].kind == token_kind::name && tokens_[at_ + 1].text == "=" &&
                         tokens_[at_ + 1].kind == token_kind::sign;
      if (named) {
        auto key = name();
        ++at_;
        out.named.emplace_back(std::move(key), ternary());
      } else {
        out.items.push_back(ternary());
      }
      if (!is(")")) need(",");
    }
    return out;
  }

  scopes const& names_;
  int depth_{0};
  bool live_{true};
};

}  // namespace ease::inline v1::jinja
