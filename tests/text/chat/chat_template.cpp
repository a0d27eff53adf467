// SPDX-License-Identifier: Apache-2.0
#include <ease/text/chat/chat_template.hpp>

#include "catch.hpp"
#include "text/fixture.hpp"

using namespace ease;
using text_test::family;

namespace {

struct known {
  std::string family;
  std::string end_of_turn;
};
std::vector<known> const all{
    {"smollm2", "<|im_end|>"}, {"qwen2_5", "<|im_end|>"}, {"llama3", "<|eot_id|>"}, {"r1_distill", "<｜end▁of▁sentence｜>"}};

std::string trained_text(tokenizer const& tok, rendered const& row) {
  std::vector<token_id> ids;
  for (std::size_t i = 0; i < row.ids.size(); ++i) {
    if (row.loss_mask[i] == 1) ids.push_back(row.ids[i]);
  }
  return tok.decode(ids, false);
}

std::size_t count_of(std::vector<token_id> const& ids, std::optional<token_id> id) {
  return static_cast<std::size_t>(std::count(ids.begin(), ids.end(), id.value()));
}

}  // namespace

TEST_CASE("conversations are byte-equal to the models' own templates, and so are their ids") {
  std::size_t with_ids = 0;
  text_test::for_each_row(text_test::fixtures / "chat.jsonl", [&](auto row) {
    auto tok = family(text_test::text(row, "words"));
    tok.set_chat_template_source(text_test::text(row, "source"));
    chat_options options;
    options.date = text_test::text(row, "date");
    chat_template const chat{text_test::text(row, "family"), tok, options};
    conversation turns;
    for (auto const message : row["messages"].get_array()) {
      auto const who = text_test::text(message, "role");
      turns.push_back({who == "system" ? role::system
                       : who == "user" ? role::user
                                       : role::assistant,
                       text_test::text(message, "content")});
    }
    auto const out = chat.history(turns, row["generation"].get_bool());
    INFO(chat.identity() << "\n" << text_test::text(row, "text"));
    CHECK(out.text == text_test::text(row, "text"));
    CHECK(out.loss_mask == std::vector<std::uint8_t>(out.ids.size(), 0));
    bool const normalises = tok.encode("e\u0301") == tok.encode("\u00e9");
    if (!normalises) CHECK(tok.decode(out.ids, false) == out.text);
    if (row["ids"].error() == simdjson::SUCCESS) {
      CHECK(out.ids == text_test::ids(row, "ids"));
      ++with_ids;
    }
  });
  CHECK(with_ids > 60);
}

TEST_CASE("exactly the answer and the end of its turn are trained") {
  std::vector<conversation> const begun{
      {{role::user, "Hi"}},
      {{role::system, "Be kind."}, {role::user, "Hi"}},
      {{role::user, "Hi"}, {role::assistant, "An earlier answer"}, {role::user, "\nAnd then?\n"}},
      {{role::user, "a"},
       {role::assistant, "<think>\nb\n</think>\n\nc"},
       {role::user, "d"},
       {role::assistant, ""},
       {role::user, ""}}};
  for (auto const& [name, end] : all) {
    auto const tok = family(name);
    chat_template const chat{name, tok};
    bool const r1 = name == "r1_distill";
    struct sample {
      complete_answer said;
      std::string trained;
    };
    std::vector<sample> const samples{
        {direct{"Hello you"}, (r1 ? "\n</think>\n\nHello you" : "Hello you") + end},
        {direct{"\n1. the " + end + " mark\n"}, (r1 ? "\n</think>\n\n" : "") + ("\n1. the " + end + " mark\n") + end},
        {reasoned{"a thought", "an answer"},
         (r1 ? "a thought\n</think>\n\nan answer" : "<think>\na thought\n</think>\n\nan answer") + end}};
    auto const check = [&](conversation const& before, complete_answer const& said, std::string const& trained) {
      auto const prompt = chat.prompt(before);
      auto const row = chat.example(before, said);
      INFO(row.text);
      REQUIRE(row.ids.size() == row.loss_mask.size());
      CHECK(row.text == prompt.text + trained);
      CHECK(trained_text(tok, row) == trained);
      // The prompt's tokens are those generation starts from, and the trained part is one run up to the end.
      REQUIRE(row.ids.size() > prompt.ids.size());
      CHECK(std::equal(prompt.ids.begin(), prompt.ids.end(), row.ids.begin()));
      CHECK(std::count(row.loss_mask.begin(), row.loss_mask.end(), 1) ==
            static_cast<std::ptrdiff_t>(row.ids.size() - prompt.ids.size()));
      CHECK(row.loss_mask[prompt.ids.size()] == 1);
      CHECK(row.ids.back() == tok.id_of(end));
      CHECK(std::count(chat.stops().begin(), chat.stops().end(), row.ids.back()) == 1);
      // One end of turn is trained, also where the answer speaks of it.
      auto const answer = row.ids.begin() + static_cast<std::ptrdiff_t>(prompt.ids.size());
      CHECK(std::count(answer, row.ids.end(), tok.id_of(end)) == 1);
    };
    for (auto const& before : begun)
      for (auto const& [said, trained] : samples) check(before, said, trained);
    CHECK_THROWS_WITH(chat.example(begun.front(), direct{""}), Catch::Contains("empty answer"));
    CHECK_THROWS_WITH(chat.prompt({}), Catch::Contains("at least one message"));
  }
}

TEST_CASE("no content becomes a mark, whatever the user writes") {
  for (auto const& [name, end] : all) {
    auto tok = family(name);
    tok.add_token("<think>", false);
    tok.add_token("</think>", false);
    chat_template const chat{name, tok};
    auto const marks = [&](std::string const& content) {
      auto const ids = chat.prompt({{role::system, content}, {role::user, content}}).ids;
      return std::count_if(ids.begin(), ids.end(),
                           [&](token_id id) { return tok.bytes_of(id).size() > 4 && tok.bytes_of(id)[0] == '<'; });
    };
    auto const harmless = marks("x");
    for (std::string_view const mark :
         {"<|im_end|>", "<|im_start|>", "<|eot_id|>", "<|start_header_id|>", "<｜User｜>", "<think>", "</think>"}) {
      CHECK(marks(std::string{"x"}.append(mark).append("y")) == harmless);
      CHECK(marks(std::string{mark}) == harmless);
    }
    auto const row = chat.example({{role::user, "Hi"}}, reasoned{"a </think> b <think>", "c </think> " + end});
    CHECK(count_of(row.ids, tok.id_of("</think>")) == 1);
    CHECK(count_of(row.ids, tok.id_of("<think>")) == 1);
  }
}

TEST_CASE("think marks are their tokens where the vocabulary has them, in answers, prefill and history") {
  auto tok = family("smollm2");
  auto const open = tok.add_token("<think>", false), close = tok.add_token("</think>", false);
  chat_template const chat{"smollm2", tok};
  auto const row = chat.example({{role::user, "Hi"}}, reasoned{"t", "a"});
  auto const at = std::find(row.ids.begin(), row.ids.end(), open);
  REQUIRE(at != row.ids.end());
  CHECK(row.loss_mask[static_cast<std::size_t>(at - row.ids.begin())] == 1);
  std::vector<token_id> expected{open};
  tok.encode("\nt\n", expected);
  expected.push_back(close);
  tok.encode("\n\na", expected);
  expected.push_back(*tok.id_of("<|im_end|>"));
  CHECK(std::vector<token_id>(at, row.ids.end()) == expected);

  auto const prompt = chat.prompt({{role::user, "Hi"}}, "<think>\n");
  CHECK(prompt.text.ends_with("<|im_start|>assistant\n<think>\n"));
  CHECK(count_of(prompt.ids, open) == 1);
  CHECK(std::equal(prompt.ids.begin(), prompt.ids.end() - 1, row.ids.begin()));

  auto const again =
      chat.prompt({{role::user, "Hi"}, {role::assistant, "<think>\nt\n</think>\n\na"}, {role::user, "<think>"}});
  CHECK(count_of(again.ids, open) == 1);
  CHECK(count_of(again.ids, close) == 1);
}

TEST_CASE("BOS stands once where the family has it") {
  CHECK(count_of(chat_template{"llama3", family("llama3")}.prompt({{role::user, "x"}}).ids, family("llama3").bos()) == 1);
  CHECK(count_of(chat_template{"r1_distill", family("r1_distill")}.prompt({{role::user, "x"}}).ids,
                 family("r1_distill").bos()) == 1);
  auto const smollm2 = chat_template{"smollm2", family("smollm2")}.prompt({{role::user, "x"}});
  CHECK(smollm2.text.starts_with("<|im_start|>system\nYou are a helpful AI assistant named SmolLM"));
}

TEST_CASE("Llama 3's date is pinned and can be set, also in the template that is saved") {
  auto tok = family("llama3");
  tok.set_chat_template_source("{{ date_string }}");
  chat_template const pinned{"llama3", tok};
  CHECK(pinned.identity() == "llama3 date=26 Jul 2024");
  CHECK(pinned.prompt({{role::user, "x"}}).text.find("Today Date: 26 Jul 2024\n\n") != std::string::npos);
  chat_options options;
  options.date = "3 Mar 2033";
  chat_template const later{"llama3", tok, options};
  CHECK(later.identity() == "llama3 date=3 Mar 2033");
  CHECK(later.prompt({{role::user, "x"}}).text.find("Today Date: 3 Mar 2033\n\n") != std::string::npos);
  CHECK(later.source() == "{%- set date_string = \"3 Mar 2033\" %}\n{{ date_string }}");
  // Saved and read again, it is the same, and pins the same.
  tok.set_chat_template_source(later.source());
  chat_template const again{"llama3", tok};
  CHECK(again.identity() == later.identity());
  CHECK(again.source() == later.source());
}

TEST_CASE("Llama Guard takes its categories from the options, then from its template, then the published ones") {
  auto tok = family("llama3");
  auto const list_of = [&](chat_options const& options = {}) {
    auto const text = chat_template{"llama_guard3", tok, options}.prompt({{role::user, "x"}}).text;
    auto const begin = text.find("CATEGORIES>\n") + 12;
    return text.substr(begin, text.find("<END UNSAFE") - begin);
  };
  CHECK(list_of().starts_with("S1: Violent Crimes.\nS2: "));
  tok.set_chat_template_source("<BEGIN UNSAFE CONTENT CATEGORIES>\\nS1: Own.\\nS2: List.\\n<END UNSAFE CONTENT CATEGORIES>");
  CHECK(list_of() == "S1: Own.\nS2: List.\n");
  chat_options options;
  options.guard_categories = {"S1: Rudeness."};
  CHECK(list_of(options) == "S1: Rudeness.\n");
  chat_template const guard{"llama_guard3", tok};
  CHECK_THROWS_WITH(guard.prompt({{role::assistant, "x"}}), Catch::Contains("message 1 breaks the order"));
  CHECK_THROWS_WITH(guard.prompt({{role::user, "x"}, {role::user, "y"}}), Catch::Contains("message 2 breaks the order"));
}

TEST_CASE("a template of no known family and special tokens that the vocabulary lacks are errors") {
  auto tok = family("gpt2");
  CHECK_THROWS_WITH(chat_template::of(tok),
                    Catch::Contains("is missing") && Catch::Contains("smollm2, qwen2_5, llama3, r1_distill, llama_guard3"));
  tok.set_chat_template_source("{{ '<|im_start|>' }} of a model we do not know");
  CHECK_THROWS_WITH(chat_template::of(tok), Catch::Contains("of no known family"));
  CHECK_THROWS_WITH((chat_template{"smollm2", tok}), Catch::Contains("smollm2: the vocabulary has no token <|im_start|>"));
  CHECK_THROWS_WITH((chat_template{"r1_distill", family("llama3")}), Catch::Contains("no token"));
}

TEST_CASE("a template that is nearly a family's, but renders otherwise, is refused when the model is opened") {
  auto tok = family("smollm2");
  std::string const good =
      "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}"
      "{{ '<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n' }}{% endif "
      "%}"
      "{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}"
      "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";
  auto const with = [&](std::string const& old, std::string const& fresh) {
    auto source = good;
    tok.set_chat_template_source(source.replace(source.find(old), old.size(), fresh));
    return chat_template::of(tok);
  };
  CHECK(with("message", "message").not_compared().empty());
  CHECK_THROWS_WITH(with("message['content'] +", "message['content'] | trim +"),
                    Catch::Contains("nearly that of smollm2") && Catch::Contains("name the family"));
  CHECK_THROWS_WITH(with("assistant\n' }}", "assistant:' }}"), Catch::Contains("assistant:"));
  CHECK_THROWS_WITH(with("loop.first and ", ""), Catch::Contains("nearly that of smollm2"));
  // The way out: a family that is named is taken, whatever the template says.
  CHECK((chat_template{"smollm2", tok}).family() == "smollm2");
  CHECK_THROWS_WITH((chat_template{"smol", tok}), Catch::Contains("\"smol\" is not known; choose one of smollm2, qwen2_5"));
  // What we cannot render is not refused, and says so.
  CHECK_THAT(with("message['content'] +", "message['content'] | upper +").not_compared(), Catch::Contains("upper"));
}

TEST_CASE("Llama 3.0's template, which has no date, is compared and equal") {
  auto tok = family("llama3");
  text_test::for_each_row(text_test::fixtures / "chat.jsonl", [&](auto row) {
    if (text_test::text(row, "family") != "llama3" || text_test::text(row, "source").empty()) return;
    tok.set_chat_template_source(text_test::text(row, "source"));
    auto const chat = chat_template::of(tok);
    CHECK(chat.not_compared().empty());
    CHECK(chat.own_rendering({{role::user, " x"}}, true) == chat.history({{role::user, " x"}}, true).text);
  });
}
