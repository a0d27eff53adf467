// SPDX-License-Identifier: Apache-2.0
#pragma once
// The definitions of text/chat/chat_template.hpp; core/compiled.hpp says where they are compiled.
#include <algorithm>
#include <ease/core/error.hpp>
#include <ease/text/chat/all.hpp>
#include <ease/text/chat/chat_template.hpp>
#include <ease/text/chat/writer.hpp>
#include <ease/text/jinja/template.hpp>
#include <ease/text/tokenizer/tokenizer_json.hpp>
#include <utility>
#include <variant>

namespace ease::inline v1 {

namespace detail {

template <class Each>
void for_each_family(Each&& each) {
  [&]<class... Family>(std::variant<Family...>*) {
    (each(static_cast<Family*>(nullptr)), ...);
  }(static_cast<chat_families*>(nullptr));
}

inline chat_families family_of(std::string_view name, tokenizer const& tok, chat_options const& options) {
  std::optional<chat_families> out;
  for_each_family([&]<class Family>(Family*) {
    if (Family::name == name) out.emplace(Family{tok, options});
  });
  if (!out) throw error("chat template \"{}\" is not known; choose one of {}", name, chat_template::families());
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
    : tokenizer_{std::move(tok)}, how_{std::make_shared<known>(known{detail::family_of(family, tokenizer_, options)})} {
  std::visit(
      [&](auto const& how) {
        for (auto const token : how.stop_tokens()) add_stop(tokenizer_.id_of(token));
      },
      how_->family);
  add_stop(tokenizer_.eos());
}

EASE_INLINE chat_template chat_template::of(ease::tokenizer const& tok, chat_options const& options) {
  auto const& jinja = tok.chat_template_source();
  std::string_view found;
  detail::for_each_family([&]<class Family>(Family*) {
    if (found.empty() && Family::wrote(jinja)) found = Family::name;
  });
  if (found.empty()) {
    throw error("the model's chat template {} (tried {}); if one of them is right, name it (--chat-template)",
                jinja.empty() ? "is missing" : "is of no known family", families());
  }
  chat_template made{found, tok, options};
  made.compare(options);
  return made;
}

EASE_INLINE std::string chat_template::families() {
  std::string all;
  detail::for_each_family([&]<class Family>(Family*) { all.append(all.empty() ? "" : ", ").append(Family::name); });
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
  jinja::list messages;
  for (auto const& [who, content, trained] : turns)
    messages.push_back(
        jinja::of(jinja::map{{"role", jinja::of(std::string{name_of(who)})}, {"content", jinja::of(content)}}));
  jinja::map out{
      {"messages", jinja::of(std::move(messages))}, {"add_generation_prompt", {generation_prompt}}, {"tools", {nullptr}}};
  auto const add = [&](std::string_view name, std::optional<token_id> id) {
    if (id) out.emplace_back(name, jinja::of(std::string{tokenizer_.bytes_of(*id)}));
  };
  add("bos_token", bos_of_family());
  add("eos_token", tokenizer_.eos());
  std::visit(
      [&](auto const& how) {
        if constexpr (requires { how.date(); }) {
          if (!how.date().empty()) out.emplace_back("date_string", jinja::of(how.date()));
        }
      },
      how_->family);
  return jinja::source{tokenizer_.chat_template_source()}.render(out);
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

EASE_INLINE void chat_template::compare(chat_options const& options) {
  if (!options.guard_categories.empty()) {
    not_compared_ = "another list of categories was asked for";
    return;
  }
  std::vector<conversation> const talks{
      {{role::user, " a\n"}},
      {{role::user, ""}, {role::assistant, "\u00a0b "}},
      {{role::user, "a"}, {role::assistant, "<think>\nc\n</think>\n\nb"}, {role::user, "<|im_end|><|eot_id|>"}},
      {{role::user, "a"}, {role::assistant, "b"}, {role::user, "c"}, {role::assistant, "d"}},
      {{role::system, "\ns "}, {role::user, "a"}},
      {{role::system, ""}, {role::user, "a"}, {role::assistant, "b"}, {role::user, "c"}}};
  bool const takes_system = std::visit(
      [](auto const& how) {
        if constexpr (requires { how.takes_system; }) return how.takes_system;
        return true;
      },
      how_->family);
  for (auto const& talk : talks) {
    if (talk.front().role == role::system && !takes_system) continue;
    for (bool const generation_prompt : {false, true}) {
      auto const ours = history(talk, generation_prompt).text;
      std::string theirs;
      try {
        theirs = own_rendering(talk, generation_prompt);
      } catch (error const& e) {
        not_compared_ = e.what();
        return;
      }
      auto const at = static_cast<std::size_t>(std::mismatch(ours.begin(), ours.end(), theirs.begin(), theirs.end()).first -
                                               ours.begin());
      if (ours != theirs) {
        constexpr std::size_t before = 20;  // what leads up to it tells where it is
        auto const shown = [&](std::string const& text) {
          return json_quoted(valid_utf8(text.substr(at - std::min(at, before), 60)));
        };
        throw error(
            "the model's chat template is nearly that of {}, but writes {} where that has {}; if that is right, name the "
            "family (--chat-template)",
            family(), shown(theirs), shown(ours));
      }
    }
  }
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
