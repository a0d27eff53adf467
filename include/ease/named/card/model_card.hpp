// SPDX-License-Identifier: Apache-2.0
#pragma once
// The card of a trained model: the README.md of its folder, with the YAML head that the hub reads (base model, data sets,
// library) and plain words below. A card says what follows from the inputs alone, so that the same training gives the same
// bytes: no dates, no times, no losses. Names that are paths stand with their last part alone; prompts and keys never do.
//
//     model_card card{.base = {.name = "org/tiny", .commit = commit}, .title = "org/tiny after EASE"};
//     write_atomically(folder / "README.md", card.text());
#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cstddef>
#include <ease/named/card/base_card.hpp>
#include <ease/text/unicode/unicode.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ease::inline v1 {

// Rows that were read for a training.
struct card_data {
  std::string name{};    // of the hub: ORG/NAME; else a file's own name
  std::string commit{};  // of a data set of the hub
  std::string part{};    // its CONFIG/SPLIT
  std::size_t rows{0};   // that were read
  std::string use{};     // what for, and which of them, in Markdown; empty: all, to train on

  bool is_of_hub() const { return !commit.empty(); }
};

// A line of a table: what, and how much or which.
using card_lines = std::vector<std::pair<std::string, std::string>>;

// One training, or what was done to the model behind it.
struct card_phase {
  std::string title{};            // "Phase 1: implant safety reasoning"
  std::string method{};           // a sentence or two of it
  std::vector<card_data> data{};  // what its rows come from
  card_lines rows{};              // what became of them
  card_lines settings{};          // options that results depend on
  bool calibrates{false};         // it is phase 2: from here on the model reasons before some answers alone
};

struct model_card {
  card_base base{};
  bool is_adapter{false};            // LoRA weights, to be loaded with the base
  std::string title{};               // of the page
  card_lines helpers{};              // other models that took part: "guard", "meta-llama/Llama-Guard-3-8B, commit ..."
  std::vector<card_phase> phases{};  // in their order
  card_lines versions{};             // of the software
  std::string measured{};            // Markdown: tables of an evaluation; empty: none was made

  std::string text() const;
};

namespace detail::cards {

// Without what YAML forbids to stand in a file, such as bytes that are no UTF-8 and DEL: U+FFFD stands for it.
inline std::string readable(std::string_view text) {
  constexpr std::string_view instead{"\xEF\xBF\xBD"}, no_characters{"\xEF\xBF\xBE\xEF\xBF\xBF"};  // U+FFFE, U+FFFF
  auto const whole = valid_utf8(text);
  std::string out;
  for (std::size_t at = 0, length = 0; at < whole.size(); at += length) {
    length = utf8_part_at(whole, at).bytes;
    auto const one = std::string_view{whole}.substr(at, length);
    auto const first = static_cast<unsigned char>(one.front());
    bool const control = (first < 0x20 && first != '\n' && first != '\t') || first == 0x7F ||
                         (first == 0xC2 && static_cast<unsigned char>(one.back()) < 0xA0);
    bool const no_character = length == 3 && (one == no_characters.substr(0, 3) || one == no_characters.substr(3));
    out += control || no_character ? instead : one;
  }
  return out;
}

// A name as code in Markdown, whatever is in it: the fence is longer than any run of back-ticks within.
inline std::string code(std::string_view name) {
  std::size_t longest = 0, run = 0;
  std::string shown;
  for (char const c : name) {
    shown += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  std::string const fence(longest + 1, '`');
  bool const apart = longest > 0;
  return fence + (apart ? " " : "") + shown + (apart ? " " : "") + fence;
}

// In a cell of a table a bar would end it, in code too.
inline std::string cell(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != text.npos; at += 2) text.insert(at, 1, '\\');
  return text;
}

inline std::string table(std::string_view first, std::string_view second, card_lines const& lines) {
  auto out = fmt::format("\n| {} | {} |\n|---|---|\n", first, second);
  for (auto const& [what, value] : lines) out += fmt::format("| {} | {} |\n", cell(what), cell(value));
  return out;
}

inline std::string with_commit(std::string_view name, std::string_view commit) {
  return code(name) + (commit.empty() ? "" : fmt::format(" at commit {}", code(commit)));
}

// A line for each source; what it is for stands there where it is said of any.
inline std::string table_of_data(std::vector<card_data> const& all) {
  bool const said = std::ranges::any_of(all, [](auto const& one) { return !one.use.empty(); });
  std::string out = said ? "\n| data | rows read | used for |\n|---|---|---|\n" : "\n| data | rows read |\n|---|---|\n";
  for (auto const& one : all) {
    auto const source = with_commit(one.name, one.commit) + (one.part.empty() ? "" : ", " + code(one.part));
    out += fmt::format("| {} | {} |{}\n", cell(source), one.rows, said ? " " + cell(one.use) + " |" : "");
  }
  return out;
}

// What users named is quoted, so that no name is read as a number, a truth value or YAML of its own.
inline YAML::Emitter& quoted(YAML::Emitter& out, std::string const& text) { return out << YAML::DoubleQuoted << text; }

inline std::string head(model_card const& card) {
  YAML::Emitter out;
  out << YAML::BeginMap;
  out << YAML::Key << "base_model" << YAML::Value;
  quoted(out, card.base.name);
  if (!card.base.commit.empty()) {
    out << YAML::Key << base_commit_key << YAML::Value;
    quoted(out, card.base.commit);
  }
  out << YAML::Key << "base_model_relation" << YAML::Value << (card.is_adapter ? "adapter" : "finetune");
  std::vector<std::string> sets = card.base.datasets;
  for (auto const& phase : card.phases)
    for (auto const& one : phase.data)
      if (one.is_of_hub() && std::ranges::find(sets, one.name) == sets.end()) sets.push_back(one.name);
  if (!sets.empty()) {
    out << YAML::Key << "datasets" << YAML::Value << YAML::BeginSeq;
    for (auto const& one : sets) quoted(out, one);
    out << YAML::EndSeq;
  }
  out << YAML::Key << "library_name" << YAML::Value << (card.is_adapter ? "peft" : "transformers");
  for (auto const& [key, values] : card.base.licence) {
    out << YAML::Key << key << YAML::Value;
    if (values.size() == 1) {
      quoted(out, values.front());
    } else {
      out << YAML::BeginSeq;
      for (auto const& one : values) quoted(out, one);
      out << YAML::EndSeq;
    }
  }
  out << YAML::Key << "pipeline_tag" << YAML::Value << "text-generation";
  out << YAML::Key << "tags" << YAML::Value << YAML::BeginSeq << "ease"
      << "safety"
      << "reasoning";
  if (card.is_adapter) out << "lora";
  out << YAML::EndSeq << YAML::EndMap;
  std::string text = out.c_str();
  if (card.base.licence.empty()) text += "\n# The license of the base model is not known here; add `license:`.";
  return "---\n" + text + "\n---\n";
}

}  // namespace detail::cards

inline std::string model_card::text() const {
  using namespace detail::cards;
  auto out = head(*this);
  bool const selective = std::ranges::any_of(phases, &card_phase::calibrates);
  out += fmt::format("\n# {}\n\n", title);
  out += fmt::format(
      "{} of {}, made by EASE: selective safety reasoning for small language models (AAAI 2026, "
      "[arXiv 2511.06512](https://arxiv.org/abs/2511.06512)).{}\n",
      is_adapter ? "A LoRA adapter" : "A fine-tuned copy", with_commit(base.name, base.commit),
      selective ? " It reasons about safety between `<think>` and `</think>` before some answers, and gives others at once."
                : "");
  if (!base.through.empty())
    out += fmt::format("\nIt was trained from {}, which EASE had made of that model before.\n", code(base.through));
  if (!base.adapters.empty())
    out += fmt::format("\nBefore the training these adapters were merged into it: {}.\n", base.adapters);
  for (auto const& phase : phases) {
    out += fmt::format("\n## {}\n\n{}\n", phase.title, phase.method);
    if (!phase.data.empty()) {
      out += table_of_data(phase.data);
    }
    if (!phase.rows.empty()) out += table("rows", "count", phase.rows);
    if (!phase.settings.empty()) out += table("setting", "value", phase.settings);
  }
  if (!helpers.empty()) out += "\n## Models that took part\n" + table("role", "model", helpers);
  if (!measured.empty()) out += "\n## Evaluation\n\n" + measured + (measured.ends_with('\n') ? "" : "\n");
  if (!versions.empty()) out += "\n## Software\n" + table("library", "version", versions);
  return readable(out);
}

}  // namespace ease::inline v1
