// SPDX-License-Identifier: Apache-2.0
// Calls of tools and what tools say, against transformers with the models' own templates on 300 generated conversations
// (tests/oracle/text/text_tools.py).
#include <ease/io/json/messages.hpp>
#include <ease/io/json/raw_json.hpp>
#include <ease/text/chat/chat_template.hpp>

#include "catch.hpp"
#include "text/fixture.hpp"
#include "text/hash.hpp"

using namespace ease;
using text_test::family;

namespace {

conversation messages_of(simdjson::dom::element row) {
  return detail::raw_parser{}.read(simdjson::minify(row["messages"]),
                                   [](simdjson::ondemand::value v) { return read_messages(v).turns; });
}

// Visits each conversation and what transformers makes of it: tokens, hash of the ids, hash of the text; null: it has no place
// for it.
void each_talk(std::string const& name, auto&& visit) {
  text_test::for_each_row(text_test::fixtures / "tools.jsonl",
                          [&](auto row) { visit(messages_of(row), bool{row["asks"].get_bool()}, row[name].value()); });
}

chat_template as_named(std::string const& name) {
  chat_options options;
  if (name == "llama3") options.date = "26 Jul 2024";
  return {name, family(name), options};
}

conversation const one_call{{role::user, "a"},
                            {role::assistant, "", true, {{"f", R"({"x": 1})"}}},
                            {role::tool, "r"},
                            {role::assistant, "b"},
                            {role::user, "c"}};

}  // namespace

TEST_CASE("calls of tools and what tools say are written as transformers writes them") {
  for (std::string const name : {"qwen2_5", "llama3"}) {
    auto const chat = as_named(name);
    std::size_t with_tools = 0, refused = 0;
    each_talk(name, [&](conversation const& turns, bool asks, simdjson::dom::element expected) {
      if (expected.is_null()) {
        ++refused;
        CHECK_THROWS_WITH(chat.history(turns, asks), Catch::Contains("llama3: a message has"));
        return;
      }
      auto const out = chat.history(turns, asks);
      INFO(name << "\n" << out.text);
      CHECK(text_test::hash_of(out.text) == expected.at(2).get_string().value());
      CHECK(out.ids.size() == expected.at(0).get_uint64().value());
      CHECK(text_test::hash_of(out.ids) == expected.at(1).get_string().value());
      with_tools += has_tools(turns) ? 1U : 0U;
    });
    CHECK(with_tools > 100);
    CHECK((refused > 50) == (name == "llama3"));
  }
}

TEST_CASE("what tools say is never trained and a call of one is like any answer") {
  for (std::string const name : {"qwen2_5", "llama3"}) {
    auto const tok = family(name);
    auto const chat = as_named(name);
    each_talk(name, [&](conversation turns, bool asks, simdjson::dom::element expected) {
      if (expected.is_null() || asks) return;
      auto const said = complete_part(parse_answer(turns.back().content, true)).value();
      turns.pop_back();
      auto const row = chat.example(turns, said, trained_turns::all);
      std::vector<token_id> trained;
      for (std::size_t i = 0; i < row.ids.size(); ++i)
        if (row.loss_mask[i] == 1) trained.push_back(row.ids[i]);
      auto const text = tok.decode(trained, false);
      INFO(row.text << "\n---\n" << text);
      CHECK(text.find("tool_response") == std::string::npos);
      CHECK(text.find("ipython") == std::string::npos);
      std::size_t calls = 0, ends = 0;
      for (auto const& turn : turns) {
        calls += turn.calls.size();
        ends += turn.role == role::assistant ? 1U : 0U;
      }
      std::string const mark = name == "llama3" ? "\"parameters\": " : "<tool_call>\n";
      std::size_t found = 0;
      for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + 1)) ++found;
      CHECK(found == calls);
      auto const end = tok.id_of(name == "llama3" ? "<|eot_id|>" : "<|im_end|>").value();
      CHECK(std::count(trained.begin(), trained.end(), end) == static_cast<std::ptrdiff_t>(ends + 1));
      // Where the last alone is trained, nothing of a tool is.
      auto const last = chat.example(turns, said);
      auto const first = std::find(last.loss_mask.begin(), last.loss_mask.end(), 1);
      CHECK(std::find(first, last.loss_mask.end(), 0) == last.loss_mask.end());
    });
  }
}

TEST_CASE("messages of tools are refused where the family or the model's own template has none") {
  for (std::string const name : {"smollm2", "r1_distill", "llama_guard3", "chatml"}) {
    auto const words = name == "llama_guard3" ? "llama3" : name == "chatml" ? "qwen2_5" : name;
    CHECK_THROWS_WITH((chat_template{name, family(words)}.prompt(one_call)), Catch::Contains("no place for tool_calls"));
  }
  chat_options undated;
  undated.date = "";
  CHECK_THROWS_WITH((chat_template{"llama3", family("llama3"), undated}.prompt(one_call)),
                    Catch::Contains("no place for tool_calls"));
  auto const llama = as_named("llama3");
  auto turns = one_call;
  turns[1].content = "x";
  CHECK_THROWS_WITH(llama.prompt(turns), Catch::Contains("a text beside its call"));
  turns[1].content = "", turns[1].calls.push_back(turns[1].calls[0]);
  CHECK_THROWS_WITH(llama.prompt(turns), Catch::Contains("2 calls"));

  // A template of ChatML that writes roles as they come, and one that has tools as Hermes has.
  auto tok = family("smollm2");
  tok.set_chat_template_source(
      "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}{% endfor %}"
      "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}");
  CHECK_THROWS_WITH(chat_template::of(tok).prompt(one_call), Catch::Contains("writes messages of tools otherwise"));
  tok.set_chat_template_source(
      "{% for m in messages %}{% if m.role == 'tool' %}{% if not loop.first and messages[loop.index0 - 1].role != 'tool' %}"
      "{{ '<|im_start|>user' }}{% endif %}{{ '\n<tool_response>\n' + m.content + '\n</tool_response>' }}"
      "{% if loop.last or messages[loop.index0 + 1].role != 'tool' %}{{ '<|im_end|>\n' }}{% endif %}"
      "{% elif m.tool_calls %}{{ '<|im_start|>assistant' }}{% if m.content %}{{ '\n' + m.content }}{% endif %}"
      "{% for c in m.tool_calls %}{% if c.function is defined %}{% set c = c.function %}{% endif %}"
      "{{ '\n<tool_call>\n{\"name\": \"' + c.name + '\", \"arguments\": ' }}{{ c.arguments | tojson }}{{ '}\n</tool_call>' "
      "}}"
      "{% endfor %}{{ '<|im_end|>\n' }}"
      "{% else %}{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}{% endif %}{% endfor %}"
      "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}");
  auto const hermes = chat_template::of(tok);
  CHECK(hermes.family() == "chatml");
  CHECK(hermes.prompt(one_call).text ==
        "<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\n<tool_call>\n{\"name\": \"f\", \"arguments\": {\"x\": 1}}\n"
        "</tool_call><|im_end|>\n<|im_start|>user\n<tool_response>\nr\n</tool_response><|im_end|>\n<|im_start|>assistant\n"
        "b<|im_end|>\n<|im_start|>user\nc<|im_end|>\n<|im_start|>assistant\n");
}

TEST_CASE("the models' own templates are read as transformers reads them") {
  auto const sources = text_test::setting("EASE_TOOL_TEMPLATES", "the published templates' own messages of tools");
  if (sources.empty()) return;
  text_test::for_each_row(sources, [&](auto one) {
    auto const name = text_test::text(one, "family");
    auto tok = family(name);
    tok.set_chat_template_source(text_test::text(one, "source"));
    auto const chat = chat_template::of(tok);
    REQUIRE(chat.not_compared().empty());
    std::size_t rows = 0;
    each_talk(name, [&](conversation const& turns, bool asks, simdjson::dom::element expected) {
      if (expected.is_null()) return;
      CHECK(text_test::hash_of(chat.history(turns, asks).text) == expected.at(2).get_string().value());
      ++rows;
    });
    CHECK(rows > 100);
  });
}
