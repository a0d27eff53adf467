// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of text/chat/chat_template.hpp; core/compiled.hpp says where they are compiled.
#include <algorithm>
#include <ease/core/error.hpp>
#include <ease/text/chat/all.hpp>
#include <ease/text/chat/candidates.hpp>
#include <ease/text/chat/chat_template.hpp>
#include <ease/text/chat/writer.hpp>
#include <ease/text/jinja/template.hpp>
#include <ease/text/tokenizer/tokenizer_json.hpp>
#include <utility>
#include <variant>

namespace ease::inline v1 {

// Where a model's own template and a family's text part.
struct template_difference {
  std::string says;
  std::size_t agreed;  // bytes that were equal before
};

namespace detail {

inline chat_families family_of(std::string_view name, tokenizer const& tok, chat_options const& options) {
  std::optional<chat_families> out;
  for_each_chat_family([&]<class Family>(Family*) {
    if (Family::name == name) out.emplace(Family{tok, options});
  });
  if (!out) throw usage_error("chat template \"{}\" is not known; choose one of {}", name, chat_template::families());
  return *std::move(out);
}

}  // namespace detail

struct chat_template::known {
  chat_families family;
};

template <class Rest>
rendered chat_template::walk(conversation const& turns, std::optional<trained_turns> training, bool generation_prompt,
                             Rest&& rest) const {
  if (turns.empty()) throw error("a conversation needs at least one message");
  if (has_tools(turns))
    check_tools(turns, generation_prompt);
  else if (compare_each_)
    same_as_own(turns, generation_prompt);
  chat_writer out{tokenizer_, training};
  std::visit(
      [&](auto const& how) {
        how.history(out, turns);
        if (generation_prompt) how.open_answer(out);
        rest(out, how);
      },
      how_->family);
  return std::move(out).finish();
}

EASE_INLINE chat_template::chat_template(std::string_view family, ease::tokenizer tok, chat_options const& options)
    : tokenizer_{std::move(tok)},
      how_{std::make_shared<known>(known{detail::family_of(family, tokenizer_, options)})},
      options_{options} {
  std::visit(
      [&](auto const& how) {
        for (auto const token : how.stop_tokens()) add_stop(tokenizer_.id_of(token));
      },
      how_->family);
  add_stop(tokenizer_.eos());
}

EASE_INLINE chat_template chat_template::of(ease::tokenizer const& tok, chat_options const& options) {
  constexpr std::string_view way_out = "if one of them is right, name it (--chat-template)";
  auto const& jinja = tok.chat_template_source();
  if (auto const& why = tok.why_no_chat_template(); !why.empty())
    throw error("{} (tried {}); leave one of them as chat_template.jinja, or name a family (--chat-template)", why,
                families());
  if (jinja.empty()) throw error("the model's chat template is missing (tried {}); {}", families(), way_out);
  std::string by_words, not_rendered;
  auto const bos = tok.bos();  // what begins alike by chance, with BOS or "<|", is not near
  template_difference nearest{{}, 9 + (bos ? tok.bytes_of(*bos).size() : 0)};
  for (auto const& candidate : detail::chat_candidates(tok, options)) {
    try {
      chat_template made{candidate.family, tok, candidate.options};
      made.named_ = false;
      auto difference = made.compare();
      if (!difference && (candidate.by_words || made.not_compared_.empty())) return made;
      if (!difference) {
        not_rendered = made.not_compared_;
      } else if (candidate.by_words && by_words.empty()) {
        by_words = difference->says;
      } else if (difference->agreed > nearest.agreed) {
        nearest = *std::move(difference);
      }
    } catch (error const& e) {  // the vocabulary lacks a special token
      if (candidate.by_words && by_words.empty()) by_words = e.what();
    }
  }
  if (!by_words.empty()) throw error{by_words};
  if (!nearest.says.empty()) throw error{nearest.says};
  throw error("the model's chat template is of no known family (tried {}){}{}; {}", families(),
              not_rendered.empty() ? "" : " and could not be rendered: ", not_rendered, way_out);
}

EASE_INLINE chat_template chat_template::with(ease::tokenizer tok) const {
  chat_template out{family(), std::move(tok), options_};
  out.not_compared_ = not_compared_;
  out.compare_each_ = compare_each_;
  out.named_ = named_;
  return out;
}

EASE_INLINE std::string chat_template::families() {
  std::string all;
  detail::for_each_chat_family([&]<class Family>(Family*) { all.append(all.empty() ? "" : ", ").append(Family::name); });
  return all;
}

EASE_INLINE std::string const& chat_template::not_compared() const { return not_compared_; }

EASE_INLINE rendered chat_template::prompt(conversation const& turns, std::string_view prefill) const {
  return walk(turns, {}, true, [&](chat_writer& out, auto const&) {
    out.cut(false);
    out.answer(prefill);
  });
}

EASE_INLINE rendered chat_template::example(conversation const& before, complete_answer const& said,
                                            trained_turns which) const {
  if (text_of(said).empty()) throw error("an empty answer is no training row");
  auto out = walk(before, which, true, [&](chat_writer& to, auto const& how) {
    to.cut(true);
    how.complete(to, said);
  });
  if (which == trained_turns::first) {
    auto const last = std::find(out.loss_mask.rbegin(), out.loss_mask.rend(), 1);
    auto const used = static_cast<std::size_t>(out.loss_mask.rend() - last);
    if (used > 0) {
      out.ids.resize(used);
      out.loss_mask.resize(used);
      out.text = tokenizer_.decode(out.ids, false);
    }
  }
  return out;
}

EASE_INLINE rendered chat_template::history(conversation const& turns, bool generation_prompt) const {
  return walk(turns, {}, generation_prompt, [](chat_writer&, auto const&) {});
}

EASE_INLINE std::string chat_template::own_rendering(conversation const& turns, bool generation_prompt) const {
  auto const bos = bos_of_family();
  return std::visit(
      [&](auto const& how) {
        std::string_view date;
        if constexpr (requires { how.date(); }) date = how.date();
        return detail::rendered_by_own(tokenizer_, turns, generation_prompt,
                                       bos ? tokenizer_.bytes_of(*bos) : std::string_view{}, date);
      },
      how_->family);
}

EASE_INLINE std::string_view chat_template::family() const {
  return std::visit([](auto const& how) { return how.name; }, how_->family);
}

EASE_INLINE std::string chat_template::identity() const {
  return std::visit([](auto const& how) { return how.identity(); }, how_->family);
}

EASE_INLINE std::string chat_template::source() const {
  return std::visit(
      [&](auto const& how) {
        if constexpr (requires { how.pinned(tokenizer_.chat_template_source()); }) {
          return how.pinned(tokenizer_.chat_template_source());
        } else {
          return tokenizer_.chat_template_source();
        }
      },
      how_->family);
}

EASE_INLINE bool chat_template::takes_system() const {
  return std::visit(
      [](auto const& how) {
        if constexpr (requires { how.takes_system; }) return how.takes_system;
        return true;
      },
      how_->family);
}

EASE_INLINE std::string chat_template::written(conversation const& turns, bool generation_prompt) const {
  chat_writer out{tokenizer_};
  std::visit(
      [&](auto const& how) {
        how.history(out, turns);
        if (generation_prompt) how.open_answer(out);
      },
      how_->family);
  return std::move(out).finish().text;
}

EASE_INLINE std::optional<template_difference> chat_template::compare() {
  if (!options_.guard_categories.empty()) {
    not_compared_ = "another list of categories was asked for";
    return std::nullopt;
  }
  std::size_t agreed = 0;
  for (auto const& [talk, generation_prompt] : detail::usual_talks()) {
    if (talk.front().role == role::system && !takes_system()) continue;
    auto const ours = written(talk, generation_prompt);
    std::string theirs;
    try {
      theirs = own_rendering(talk, generation_prompt);
    } catch (jinja::refusal const& e) {
      if (talk.size() == 1) return template_difference{e.what(), agreed};
      compare_each_ = true;
      continue;
    } catch (error const& e) {
      not_compared_ = e.what();
      return std::nullopt;
    }
    bool const same =
        generation_prompt ? ours == theirs : detail::same_but_for_the_end(ours, theirs) || theirs == written(talk, true);
    if (same) {  // the last: Llama 3's first template always asks
      agreed += ours.size();
      continue;
    }
    auto const at =
        static_cast<std::size_t>(std::mismatch(ours.begin(), ours.end(), theirs.begin(), theirs.end()).first - ours.begin());
    constexpr std::size_t before = 20;  // what leads up to it tells where it is
    auto const shown = [&](std::string const& text) {
      return json_quoted(valid_utf8(text.substr(at - std::min(at, before), 60)));
    };
    return template_difference{
        fmt::format("the model's chat template is nearly that of {}, but writes {} where that has {}; if that is right, "
                    "name the family (--chat-template)",
                    family(), shown(theirs), shown(ours)),
        agreed + at};
  }
  for (auto const& talk : detail::unusual_talks()) {
    std::string ours;
    try {
      ours = written(talk, true);
    } catch (error const&) {  // the family refuses it too
      continue;
    }
    try {
      compare_each_ = compare_each_ || own_rendering(talk, true) != ours;
    } catch (error const&) {
      compare_each_ = true;
    }
  }
  return std::nullopt;
}

EASE_INLINE void chat_template::check_tools(conversation const& turns, bool generation_prompt) const {
  bool const compared = !named_ && not_compared_.empty();
  auto const writes = [&](auto const& how) {
    if constexpr (requires { how.writes_tools(compared); }) return how.writes_tools(compared);
    return false;
  };
  if (!std::visit(writes, how_->family)) throw error("chat template {}: no place for tool_calls, function_call", family());
  if (named_) return;
  if (!compared)
    throw error("chat template {}: messages of tools need the model's own template, which cannot be rendered: {}", family(),
                not_compared_);
  same_as_own(turns, generation_prompt);
}

EASE_INLINE void chat_template::same_as_own(conversation const& turns, bool generation_prompt) const {
  std::string theirs;
  try {
    theirs = own_rendering(turns, generation_prompt);
  } catch (error const& e) {
    throw error("chat template {}: the model's own template does not take this conversation: {}", family(), e.what());
  }
  if (theirs == written(turns, generation_prompt)) return;
  if (has_tools(turns))
    throw error("chat template {}: the model's own template writes messages of tools otherwise", family());
  throw error(
      "chat template {}: the model's own template writes this order of messages otherwise; to have it as {} does, "
      "name it (--chat-template {})",
      family(), family(), family());
}

EASE_INLINE std::optional<token_id> chat_template::bos_of_family() const {
  if (auto const named = tokenizer_.bos()) return named;
  return std::visit(
      [&](auto const& how) -> std::optional<token_id> {
        if constexpr (requires { how.bos(); }) return how.bos();
        return std::nullopt;
      },
      how_->family);
}

EASE_INLINE void chat_template::add_stop(std::optional<token_id> id) {
  if (id && std::find(stops_.begin(), stops_.end(), *id) == stops_.end()) stops_.push_back(*id);
}

}  // namespace ease::inline v1
