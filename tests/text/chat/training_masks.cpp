// SPDX-License-Identifier: Apache-2.0
// Which tokens of a conversation are trained, against TRL's assistant_only_loss on 1 000 generated conversations for each
// family (tests/oracle/text/text_masks.py).
#include <ease/text/chat/chat_template.hpp>

#include "catch.hpp"
#include "text/fixture.hpp"
#include "text/hash.hpp"

using namespace ease;
using text_test::family;

namespace {

struct expected {
  std::size_t tokens;
  std::string hash;
  std::vector<std::size_t> edges;
};

struct training_row {
  conversation before;
  complete_answer said{};
};

conversation messages_of(simdjson::dom::element row) {
  conversation out;
  for (auto const one : row["messages"].get_array()) {
    std::string_view const who = one.at(0).get_string().value();
    out.push_back({who == "system" ? role::system
                   : who == "user" ? role::user
                                   : role::assistant,
                   std::string{one.at(1).get_string().value()}});
  }
  return out;
}

training_row row_of(conversation turns, bool always_reasoned) {
  auto content = std::move(turns.back().content);
  turns.pop_back();
  if (always_reasoned && !content.starts_with(think_open)) content = "<think>\nOne step.\n</think>\n\n" + content;
  return {std::move(turns), complete_part(parse_answer(content, true)).value()};
}

expected expected_of(simdjson::dom::element row, std::string const& name) {
  expected out{
      static_cast<std::size_t>(row[name].at(0).get_uint64().value()), std::string{row[name].at(1).get_string().value()}, {}};
  for (auto const edge : row[name].at(2).get_array()) out.edges.push_back(edge.get_uint64().value());
  return out;
}

std::vector<std::size_t> edges_of(std::vector<std::uint8_t> const& mask) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i <= mask.size(); ++i) {
    auto const at = [&](std::size_t k) { return k < mask.size() ? mask[k] : std::uint8_t{0}; };
    if (at(i) != (i > 0 ? at(i - 1) : 0)) out.push_back(i);
  }
  return out;
}

// TRL's mask without the tokens of the frame: what opens an answer where the template's marks stand in front of it, and a
// line break behind the end mark. A line break that is one token with the beginning of the answer counts.
std::vector<std::size_t> without_frame(tokenizer const& tok, std::vector<token_id> const& ids, expected const& trl) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i + 1 < trl.edges.size(); i += 2) {
    auto first = trl.edges[i];
    auto end = trl.edges[i + 1];
    auto const token = [&](std::size_t at) { return tok.bytes_of(ids.at(at)); };
    if (token(first) == "<｜Assistant｜>") {
      ++first;
      if (token(first) == "<think>") first += 2;
    } else if (token(first) == "\n" && token(first - 1).ends_with("t")) {
      ++first;
    }
    if (token(end - 1) == "\n" && token(end - 2) == "<|im_end|>") --end;
    out.push_back(first), out.push_back(end);
  }
  return out;
}

}  // namespace

TEST_CASE("the loss masks of conversations are those of TRL's assistant_only_loss") {
  for (std::string const name : {"smollm2", "qwen2_5", "llama3", "r1_distill"}) {
    auto const tok = family(name);
    // Llama 3's training template is that of 3.0, which has no date.
    chat_options options;
    if (name == "llama3") options.date = "";
    chat_template const chat{name, tok, options};
    std::size_t rows = 0;
    std::size_t several = 0;
    text_test::for_each_row(text_test::fixtures / "masks.jsonl", [&](auto json) {
      auto const [before, said] = row_of(messages_of(json), name == "r1_distill");
      auto const trl = expected_of(json, name);
      auto const all = chat.example(before, said, trained_turns::all);
      INFO(name << " row " << rows << "\n" << all.text);
      // Behind the last end mark TRL's ChatML has a line break more.
      auto ids = all.ids;
      if (ids.size() + 1 == trl.tokens) ids.push_back(tok.id_of("\n").value());
      REQUIRE(ids.size() == trl.tokens);
      REQUIRE(text_test::hash_of(ids) == trl.hash);
      auto const edges = edges_of(all.loss_mask);
      REQUIRE(edges == without_frame(tok, ids, trl));

      auto const last = chat.example(before, said, trained_turns::last);
      if (name != "r1_distill") REQUIRE(last.ids == all.ids);  // R1-distill's prompts leave out earlier reasoning
      auto const trained = static_cast<std::ptrdiff_t>(edges.back() - edges[edges.size() - 2]);
      REQUIRE(edges_of(last.loss_mask) ==
              std::vector<std::size_t>{last.ids.size() - static_cast<std::size_t>(trained), last.ids.size()});
      REQUIRE(std::equal(last.ids.end() - trained, last.ids.end(), all.ids.end() - trained));
      auto const first = chat.example(before, said, trained_turns::first);
      REQUIRE(first.ids.size() == edges.at(1));
      REQUIRE(std::equal(first.ids.begin(), first.ids.end(), all.ids.begin()));
      REQUIRE(edges_of(first.loss_mask) == std::vector<std::size_t>{edges.begin(), edges.begin() + 2});
      ++rows;
      several += edges.size() > 2 ? 1U : 0U;
    });
    CHECK(rows == 1000);
    CHECK(several > 600);
  }
}

TEST_CASE("an earlier answer that is marked as not trained never counts in the loss") {
  for (std::string const name : {"smollm2", "qwen2_5", "llama3", "r1_distill"}) {
    chat_template const chat{name, family(name)};
    conversation before{
        {role::user, "a"}, {role::assistant, "bb"}, {role::user, "c"}, {role::assistant, "dd"}, {role::user, "e"}};
    auto const all = chat.example(before, direct{"ff"}, trained_turns::all);
    CHECK(edges_of(all.loss_mask).size() == 6);
    before[1].trained = false;
    auto const without = chat.example(before, direct{"ff"}, trained_turns::all);
    CHECK(without.ids == all.ids);
    auto const edges = edges_of(all.loss_mask);
    CHECK(edges_of(without.loss_mask) == std::vector<std::size_t>{edges.begin() + 2, edges.end()});
    // The first answer is the one that `first` means, trained or not.
    auto const first = chat.example(before, direct{"ff"}, trained_turns::first);
    CHECK(edges_of(first.loss_mask).empty());
  }
}

TEST_CASE("R1-distill keeps an earlier answer's reasoning in training examples and leaves it out of prompts") {
  chat_template const chat{"r1_distill", family("r1_distill")};
  conversation const before{{role::user, "a"}, {role::assistant, "<think>\nbecause\n</think>\n\nbb"}, {role::user, "c"}};
  CHECK(chat.example(before, direct{"dd"}, trained_turns::all).text.find("because") != std::string::npos);
  CHECK(chat.example(before, direct{"dd"}, trained_turns::last).text.find("because") == std::string::npos);
  CHECK(chat.prompt(before).text.find("because") == std::string::npos);
}
