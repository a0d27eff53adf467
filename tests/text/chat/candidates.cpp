// SPDX-License-Identifier: Apache-2.0
// Which templates are recognised, and that none is followed otherwise than transformers renders it.
#include <ease/text/chat/candidates.hpp>
#include <ease/text/chat/chat_template.hpp>
#include <iostream>
#include <map>
#include <set>

#include "catch.hpp"
#include "text/fixture.hpp"

using namespace ease;

namespace {

std::vector<conversation> conversations_of(simdjson::dom::element row) {
  std::vector<conversation> all;
  for (auto const talk : row["talks"].get_array()) {
    conversation turns;
    for (auto const said : talk.get_array()) {
      auto const who = text_test::text(said, "role");
      turns.push_back({who == "system" ? role::system
                       : who == "user" ? role::user
                                       : role::assistant,
                       text_test::text(said, "content")});
    }
    all.push_back(std::move(turns));
  }
  return all;
}

// All special tokens of all families, and the BOS.
tokenizer vocabulary_of_all(std::string const& bos) {
  text_test::scratch_folder const folder;
  std::filesystem::copy(text_test::fixtures / "gpt2" / "tokenizer.json", folder.path() / "tokenizer.json");
  auto tok = tokenizer::load(folder.path());
  for (std::string_view const text :
       {"<|im_start|>", "<|im_end|>", "<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>",
        "<|eot_id|>", "<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>", "<｜User｜>", "<｜Assistant｜>"})
    tok.add_token(text, true);
  tok.save(folder.path());
  std::ofstream{folder.path() / "special_tokens_map.json"} << "{}";
  std::ofstream{folder.path() / "tokenizer_config.json"} << (bos.empty() ? "{" : "{\"bos_token\":" + json_quoted(bos) + ",")
                                                         << R"("eos_token":"<|end_of_text|>"})";
  return tokenizer::load(folder.path());
}

std::string digest(std::string_view text) {
  std::uint32_t value = 2166136261U;
  for (char const c : text) value = (value ^ static_cast<unsigned char>(c)) * 16777619U;
  return fmt::format("{:08x}", value);
}

// What each template of the file comes to: its family's identity, or "" if it is refused. Checks every conversation.
std::map<std::string, std::string> check_templates(std::filesystem::path const& file, bool show) {
  std::map<std::string, std::string> families;
  std::vector<conversation> talks;
  text_test::for_each_row(file, [&](auto row) {
    if (row["talks"].error() == simdjson::SUCCESS) return void(talks = conversations_of(row));
    auto const name = text_test::text(row, "name");
    INFO(name);
    auto tok = vocabulary_of_all(text_test::text(row, "bos"));
    tok.set_chat_template_source(text_test::text(row, "source"));
    std::optional<chat_template> chat;
    std::string why;
    try {
      chat = chat_template::of(tok);
    } catch (error const& e) {
      why = e.what();
    }
    families[name] = chat ? chat->identity() : "";
    if (show) std::cout << name << ": " << (chat ? chat->identity() + chat->not_compared() : "refused: " + why) << "\n";
    if (!chat) {
      CHECK_THAT(why, Catch::Contains("--chat-template"));
      return;
    }
    std::size_t index = 0, written = 0;
    for (auto const expected : row["digests"].get_array()) {
      auto const& talk = talks.at(index++);
      std::string theirs{expected.get_string().value()}, ours = "refused";
      try {
        ours = digest(chat->prompt(talk).text);
        ++written;
      } catch (error const&) {
      }
      INFO("conversation " << index);
      // To refuse what the template writes is right as long as it is not a usual order.
      if (index <= 34 || ours != "refused") CHECK(ours == theirs);
    }
    CHECK(index == talks.size());
    CHECK(written > 10);
  });
  return families;
}

}  // namespace

TEST_CASE(
    "a template in any spelling is its family's or refused, and never followed otherwise than transformers renders it") {
  auto const families = check_templates(text_test::fixtures / "templates.jsonl", false);
  std::map<std::string, std::string> const expected{
      {"chatml", "chatml"},
      {"chatml with a BOS that it does not write", "chatml"},
      {"chatml behind BOS", "chatml bos"},
      {"chatml as blocks on lines", "chatml"},
      {"chatml with a default for add_generation_prompt", "chatml"},
      {"chatml with a system text of its own", "chatml system=You are a kind gardener."},
      {"chatml with an empty system turn", "chatml system="},
      {"chatml with a system text that is trimmed", ""},
      {"chatml by a loop over the rest", "chatml system=You are a kind gardener."},
      {"chatml without the last line end", "chatml"},
      {"chatml that does not end the last answer", ""},
      {"chatml that asks behind a user's message alone", "chatml"},
      {"chatml that takes no system", "chatml"},
      {"chatml whose roles must alternate", "chatml"},
      {"chatml that leaves out a second system turn", "chatml"},
      {"chatml with marks of what is generated", "chatml"},
      {"chatml that removes earlier reasoning", ""},
      {"chatml that opens the thought", ""},
      {"chatml with a macro", ""},
      {"chatml with a macro that nobody calls", "chatml"},
      {"a list of content parts is looked for", "chatml"},
      {"llama 3", "llama3"},
      {"llama 3 that always asks", "llama3"},
      {"llama 3 that asks when the last is a user's", "llama3"},
      {"llama 3 without trim", ""},
      {"llama 3 without BOS", ""},
      {"llama 3 with a system text of its own", ""},
      {"llama 3.1 with another day", "llama3 date=26 July 2024"},
      {"llama 3.1 with another cut", ""},
      {"r1 distill", "r1_distill without <think>"},
      {"r1 distill that opens the thought", "r1_distill"},
      {"r1 distill that keeps earlier reasoning", ""},
      {"another language", ""},
  };
  CHECK(families == expected);
}

TEST_CASE("templates of a folder of the models' own") {
  auto const file = text_test::setting("EASE_CHAT_TEMPLATES", "the models' own chat templates, by text_templates.py");
  if (!file.empty()) CHECK(check_templates(file, true).size() > 10);
}

TEST_CASE(
    "where the template refuses an order of messages, or writes it in its own way, the row is refused with that reason") {
  auto tok = vocabulary_of_all("");
  auto const chatml = std::string{
      "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}{% endfor %}"
      "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"};
  tok.set_chat_template_source("{% if messages[0].role == 'system' %}{{ raise_exception('no system here') }}{% endif %}" +
                               chatml);
  auto const chat = chat_template::of(tok);
  CHECK(chat.prompt({{role::user, "a"}}).text == "<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\n");
  CHECK_THROWS_WITH(chat.prompt({{role::system, "s"}, {role::user, "a"}}), Catch::Contains("no system here"));
  CHECK_THROWS_WITH(chat.example({{role::system, "s"}, {role::user, "a"}}, direct{"b"}), Catch::Contains("no system here"));
  // A family that is named takes what the template refuses.
  CHECK_NOTHROW(chat_template("chatml", tok).prompt({{role::system, "s"}, {role::user, "a"}}));

  tok.set_chat_template_source(
      "{% set messages = messages[:1] if messages[1:] and messages[0].role == messages[1].role else "
      "messages %}" +
      chatml);
  auto const merging = chat_template::of(tok);
  CHECK_NOTHROW(merging.prompt({{role::user, "a"}, {role::assistant, "b"}, {role::user, "c"}}));
  CHECK_THROWS_WITH(merging.prompt({{role::user, "secret"}, {role::user, "b"}}),
                    Catch::Contains("--chat-template chatml") && !Catch::Contains("secret"));
}

TEST_CASE("chatml by name adds no system turn and a template with more tokens is the same") {
  auto tok = vocabulary_of_all("");
  CHECK((chat_template{"chatml", tok}).prompt({{role::user, "a"}}).text ==
        "<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\n");
  tok.set_chat_template_source(
      "{% if messages[0].role != 'system' %}{{ '<|im_start|>system\nBe kind.<|im_end|>\n' }}{% endif %}"
      "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}{% endfor %}"
      "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}");
  auto const before = chat_template::of(tok);
  auto const think = tok.add_token("<think>", false);
  auto const after = before.with(tok);
  CHECK(after.identity() == "chatml system=Be kind.");
  CHECK(after.prompt({{role::user, "a"}}).text == before.prompt({{role::user, "a"}}).text);
  CHECK(after.prompt({{role::user, "a"}}, "<think>").ids.back() == think);
}
