// SPDX-License-Identifier: Apache-2.0
#pragma once
// ChatML as most fine-tunes carry it: no system turn of its own, unless the model's template writes one (Qwen2, Qwen2.5-Math)
// or begins with BOS (InternLM2). Recognised by rendering alone, since its templates are spelt in many ways.
#include <ease/core/printable.hpp>
#include <ease/text/chat/family.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace ease::inline v1 {

class chatml_chat : public detail::chatml {
 public:
  static constexpr std::string_view name = "chatml";

  static bool wrote(std::string_view) { return false; }

  // What the model's template writes around one message of a user, "a": BOS, and a system turn of its own.
  static chat_options read(std::string_view rendered, tokenizer const& tok, chat_options options) {
    constexpr std::string_view system_begins = "<|im_start|>system\n",
                               user_begins = "<|im_end|>\n<|im_start|>user\na<|im_end|>";
    if (auto const bos = tok.bos();
        bos && rendered.starts_with(tok.bytes_of(*bos)) && !rendered.starts_with(system_begins)) {
      auto const text = tok.bytes_of(*bos);
      if (options.begins_with_bos = rendered.substr(text.size()).starts_with("<|im_start|>"); options.begins_with_bos)
        rendered.remove_prefix(text.size());
    }
    if (!rendered.starts_with(system_begins)) return options;
    rendered.remove_prefix(system_begins.size());
    if (auto const end = rendered.find(user_begins); end != std::string_view::npos)
      options.default_system = std::string{rendered.substr(0, end)};
    return options;
  }

  chatml_chat(tokenizer const& tok, chat_options const& options) : chatml{tok, name, options.default_system} {
    if (!options.begins_with_bos) return;
    auto const bos = tok.bos();
    if (!bos) throw error("chat template {}: the tokeniser's files name no bos_token", name);
    bos_ = special_token{std::string{tok.bytes_of(*bos)}, *bos};
  }

  void history(chat_writer& out, conversation const& turns) const {
    if (bos_) out.special(*bos_);
    chatml::history(out, turns);
  }
  std::string identity() const {
    std::string text{name};
    if (bos_) text += " bos";
    if (own_system()) text.append(" system=").append(printable(*own_system()));
    return text;
  }

 private:
  std::optional<special_token> bos_;
};

}  // namespace ease::inline v1
