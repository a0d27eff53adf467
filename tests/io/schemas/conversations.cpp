// SPDX-License-Identifier: Apache-2.0
// Conversations as data sets have them. A row is read whole or refused: what stands in front of its prompt is its history,
// what trains and what does not is said, and what nothing reads is counted by name.
#include <map>

#include "catch.hpp"
#include "io/read_text.hpp"

namespace {

using namespace ease;

template <class... Fs>
std::string read(std::string_view text, read_options options = {}, std::string_view name = "x.jsonl") {
  return test::read_or_reason<Fs...>(text, std::move(options), name);
}
std::string trained(std::string_view text, read_options options = {}) {
  return read<history, prompt, target>(text, std::move(options));
}
std::string asked(std::string_view text, read_options options = {}) {
  return read<history, prompt, other_keys>(text, std::move(options));
}
template <class... Fs>
std::map<std::string, std::size_t> not_used(std::string_view text) {
  return test::counts<Fs...>(text).not_used;
}
std::string messages(std::string_view list) { return R"({"messages":)" + std::string{list} + "}"; }

std::string const two_turns = messages(
    R"([{"role":"system","content":"s"},{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"c"},{"role":"assistant","content":"d"}])");

}  // namespace

TEST_CASE("of several turns the last is the prompt and the others are its history") {
  CHECK(
      trained(two_turns) ==
      R"({"history":[{"role":"system","content":"s"},{"role":"user","content":"a"},{"role":"assistant","content":"b"}],"prompt":"c","completion":"d"})");
  CHECK(trained(two_turns, {.turns = several_turns::first}) ==
        R"({"history":[{"role":"system","content":"s"}],"prompt":"a","completion":"b"})");
  CHECK(trained(two_turns, {.turns = several_turns::refuse}) ==
        "field \"messages\": the conversation has 2 user turns and one is needed; choose the first or the last turn");
}

TEST_CASE("a record without a place for earlier turns takes no conversation that has some") {
  CHECK(
      read<prompt, target>(two_turns) ==
      "field \"messages\": the conversation has 2 user turns, and the record has no place for those in front: add the field "
      "history");
  CHECK(read<prompt, target>(two_turns, {.turns = several_turns::first}) == R"({"prompt":"a","completion":"b"})");
}

TEST_CASE("a row that was written is read back the same") {
  for (
      auto const& row :
      {two_turns,
       messages(
           R"([{"role":"user","content":"a"},{"role":"assistant","content":"b","weight":0},{"role":"user","content":"c"},{"role":"assistant","content":"d"}])"),
       std::string{R"({"system":"s","prompt":"a","completion":"b"})"}, std::string{R"({"prompt":"a","completion":"b"})"}}) {
    auto const once = trained(row);
    CHECK(once.starts_with("{"));
    CHECK(trained(once) == once);
    CHECK(asked(once) == asked(asked(once)));
  }
}

TEST_CASE("a conversation that ends with the user is asked about and not trained on") {
  auto const row =
      messages(R"([{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"c"}])");
  CHECK(asked(row) == R"({"history":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}],"prompt":"c"})");
  CHECK(trained(row) == "field \"messages\": the conversation ends with a user's message, and an answer is needed");
}

TEST_CASE("messages are read by the names that both spellings have") {
  std::string const plain = R"({"prompt":"a","completion":"b"})";
  for (auto const* row :
       {R"({"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]})",
        R"({"messages":[{"from":"human","value":"a"},{"from":"gpt","value":"b"}]})",
        R"({"conversations":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]})",
        R"({"conversations":[{"from":"user","value":"a"},{"from":"assistant","value":"b"}]})",
        R"({"conversation":[{"role":"human","content":"a"},{"role":"model","content":"b"}]})",
        R"({"conversations":[{"from":"human","value":"a"},{"from":"chatgpt","value":"b"}]})",
        R"({"messages":[{"role":"prompter","text":"a"},{"role":"Assistant","text":"b"}]})",
        R"({"messages":[{"role":"user","content":[{"type":"text","text":"a"}]},{"role":"assistant","content":["b"]}]})",
        R"({"messages":"[{\"role\": \"user\", \"content\": \"a\"}, {\"role\": \"assistant\", \"content\": \"b\"}]"})",
        R"({"prompt":[{"role":"user","content":"a"}],"completion":[{"role":"assistant","content":"b"}]})",
        R"({"prompt":[{"from":"human","value":"a"}],"completion":"b"})"}) {
    CAPTURE(row);
    CHECK(trained(row) == plain);
  }
  CHECK(read<history, prompt, target>("messages\n\"[{\"\"role\"\":\"\"user\"\",\"\"content\"\":\"\"a\"\"},{\"\"role\"\":"
                                      "\"\"assistant\"\",\"\"content\"\":\"\"b\"\"}]\"\n",
                                      {}, "x.csv") == plain);
  CHECK(trained(R"({"talk":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]})",
                {.columns = column_map::parse("messages=talk")}) == plain);
}

TEST_CASE("a system text is the first message of the row, wherever the row says it") {
  std::string const whole = R"({"history":[{"role":"system","content":"s"}],"prompt":"a","completion":"b"})";
  for (
      auto const* row :
      {R"({"messages":[{"role":"system","content":"s"},{"role":"user","content":"a"},{"role":"assistant","content":"b"}]})",
       R"({"messages":[{"role":"developer","content":"s"},{"role":"user","content":"a"},{"role":"assistant","content":"b"}]})",
       R"({"system":"s","messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]})",
       R"({"system":"s","conversations":[{"from":"system","value":"s"},{"from":"human","value":"a"},{"from":"gpt","value":"b"}]})",
       R"({"prompt":[{"role":"system","content":"s"},{"role":"user","content":"a"}],"completion":"b"})",
       R"({"prompt":"a","completion":"b","system":"s"})", R"({"prompt":"a","completion":"b","system_prompt":"s"})",
       R"({"instruction":"a","input":null,"output":"b","system":"s"})",
       R"({"question":"a","response":"b","category":[],"score":1,"system":"s"})"}) {
    CAPTURE(row);
    CHECK(trained(row) == whole);
  }
  CHECK(read<history, prompt, target>("prompt,completion,system\na,b,s\nc,d,\n", {}, "x.csv") ==
        whole + R"( {"prompt":"c","completion":"d"})");
  CHECK(trained(R"({"prompt":"a","completion":"b","persona":"s"})", {.columns = column_map::parse("system=persona")}) ==
        whole);
  // A record without a place for it keeps it as another key.
  CHECK(read<prompt, other_keys>(R"({"prompt":"a","system":"s"})") == R"({"prompt":"a","system":"s"})");
  CHECK(not_used<prompt>(R"({"prompt":"a","system":"s"})") == std::map<std::string, std::size_t>{{"system", 1}});
}

TEST_CASE("null is an absent value") {
  std::string const plain = R"({"prompt":"a","completion":"b"})";
  for (
      auto const* row :
      {R"({"messages":[{"role":"system","content":null},{"role":"user","content":"a"},{"role":"assistant","content":"b"}]})",
       R"({"messages":[{"role":"user","content":"a","reasoning_content":null,"tool_calls":null,"weight":null},{"role":"assistant","content":"b","tool_calls":[],"thinking":null}]})",
       R"({"prompt":"a","completion":"b","system":null,"history":null,"reasoning":null})",
       R"({"prompt":"a","completion":"b","system":"","history":[]})",
       R"({"instruction":"a","input":null,"output":"b","history":[],"system":""})"}) {
    CAPTURE(row);
    CHECK(trained(row) == plain);
  }
  CHECK(read<prompt, given_categories>(R"({"prompt":"a","categories":null})") == R"({"prompt":"a"})");
}

TEST_CASE("two system texts of one row are refused") {
  CHECK(
      trained(
          R"({"system":"t","messages":[{"role":"system","content":"s"},{"role":"user","content":"a"},{"role":"assistant","content":"b"}]})") ==
      "field \"system\": the row's messages begin with another system message");
  CHECK(trained(R"({"prompt":"a","completion":"b","system":"s","system_prompt":"t"})") ==
        "field \"system_prompt\": differs from the row's \"system\": one of them must go");
}

TEST_CASE("a history is a list of messages, or alpaca's pairs") {
  std::string const whole =
      R"({"history":[{"role":"user","content":"q"},{"role":"assistant","content":"r"}],"prompt":"a","completion":"b"})";
  CHECK(trained(R"({"instruction":"a","input":"","output":"b","history":[["q","r"]]})") == whole);
  CHECK(trained(R"({"prompt":"a","completion":"b","history":[["q","r"]]})") == whole);
  CHECK(trained(R"({"prompt":"a","completion":"b","history":[{"role":"user","content":"q"},{"from":"gpt","value":"r"}]})") ==
        whole);
  CHECK(trained(R"({"system":"s","instruction":"a","output":"b","history":[["q","r"],["t","u"]]})") ==
        R"({"history":[{"role":"system","content":"s"},{"role":"user","content":"q"},{"role":"assistant","content":"r"},)"
        R"({"role":"user","content":"t"},{"role":"assistant","content":"u"}],"prompt":"a","completion":"b"})");
  CHECK(trained(R"({"prompt":"a","completion":"b","history":"q"})") ==
        "field \"history\": expected an array of messages, found a string");
  CHECK(trained(R"({"prompt":"a","completion":"b","history":[["q"]]})") ==
        "field \"history\": pair 1: expected a question and an answer, found 1 texts");
  CHECK(trained(R"({"prompt":"a","completion":"b","history":[{"role":"user","content":"q"}]})") ==
        "field \"history\": it ends with a user's message, and the prompt is the user's too");
}

TEST_CASE("reasoning beside an answer is the reasoning within it") {
  std::string const whole = R"({"prompt":"a","completion":"<think>\nt\n</think>\n\nb"})";
  auto const answer = [](std::string_view keys) {
    return messages(R"([{"role":"user","content":"a"},{"role":"assistant",)" + std::string{keys} + "}]");
  };
  for (auto const* keys :
       {R"("content":"b","reasoning_content":"t")", R"("reasoning":"t","content":"b")", R"("content":"b","thinking":"t\n")",
        R"("content":"<think>\nt\n</think>\n\nb")", R"("content":"<think>t</think>b","reasoning_content":"t")",
        R"("content":"b","reasoning":"t","reasoning_content":"t")", R"("content":"<think>t</think> b","thinking":"")"}) {
    CAPTURE(keys);
    CHECK(trained(answer(keys)).find("<think>") != std::string::npos);
    CHECK(trained(answer(keys)).find("b\"}") != std::string::npos);
    if (std::string_view{keys}.find("<think>") == std::string_view::npos) CHECK(trained(answer(keys)) == whole);
  }
  CHECK(trained(answer(R"("content":"<think>u</think>b","reasoning_content":"t")")) ==
        "field \"messages\": message 2 has reasoning twice: that within its text is another");
  CHECK(trained(answer(R"("content":"b","reasoning":"u","reasoning_content":"t")")) ==
        "field \"messages\": message 2 has two texts of one kind: \"reasoning_content\" differs from a key before it");
  CHECK(trained(answer(R"("content":null,"reasoning_content":"t")")) ==
        "field \"messages\": message 2: its \"content\" is null");
  // In an earlier turn too, and beside the answer of a row.
  CHECK(
      asked(messages(
          R"([{"role":"user","content":"a"},{"role":"assistant","content":"b","reasoning_content":"t"},{"role":"user","content":"c"}])")) ==
      R"({"history":[{"role":"user","content":"a"},{"role":"assistant","content":"<think>\nt\n</think>\n\nb"}],"prompt":"c"})");
  CHECK(trained(R"({"prompt":"a","reasoning_content":"t","completion":"b"})") == whole);
  CHECK(trained(R"({"prompt":"a","completion":"b","reasoning":"t"})") == whole);
  CHECK(trained(R"({"instruction":"a","output":"b","thinking":"t"})") == whole);
  CHECK(trained(R"({"prompt":"a","completion":"<think>u</think>b","reasoning":"t"})") ==
        "field \"reasoning\": the answer itself begins with other reasoning");
  CHECK(asked(R"({"prompt":"a","completion":"b","reasoning":"t"})") == R"({"prompt":"a","completion":"b","reasoning":"t"})");
}

TEST_CASE("an answer that is not to be trained on stays untrained") {
  auto const row = [](std::string_view first, std::string_view last) {
    return messages(R"([{"role":"user","content":"a"},{"role":"assistant","content":"b")" + std::string{first} +
                    R"(},{"role":"user","content":"c"},{"role":"assistant","content":"d")" + std::string{last} + "}]");
  };
  for (auto const* off : {R"(,"weight":0)", R"(,"weight":0.0)", R"(,"train":false)", R"(,"training":false)",
                          R"(,"loss":false)", R"(,"masked":true)", R"(,"step_loss_mask":0)", R"(,"loss_mask":0)"}) {
    CAPTURE(off);
    CHECK(
        trained(row(off, "")) ==
        R"({"history":[{"role":"user","content":"a"},{"role":"assistant","content":"b","train":false}],"prompt":"c","completion":"d"})");
    // The last answer that is trained on is the row's; without one there is nothing to train.
    CHECK(trained(row("", off)) == R"({"prompt":"a","completion":"b"})");
    CHECK(trained(row(off, off)).starts_with("field \"messages\": none of its answers is to be trained on: \""));
    // Who asks about the row does not lend it as one to train on.
    CHECK(
        asked(row("", off)) ==
        R"({"history":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}],"prompt":"c","completion_not_trained":"d"})");
  }
  CHECK(not_used<history, prompt, target>(row("", R"(,"weight":0)")) ==
        std::map<std::string, std::size_t>{{"turns behind the last answer to train on", 2}});
  CHECK(trained(row(R"(,"weight":1)", R"(,"train":true,"masked":false)")).find("train") == std::string::npos);
  CHECK(trained(row(R"(,"weight":0.5)", "")) ==
        "field \"messages\": message 2: \"weight\": expected 0, 1, true or false: messages have no weights between");
  CHECK(trained(row(R"(,"weight":0,"train":true)", "")) ==
        "field \"messages\": message 2: \"weight\" and \"train\" contradict each other");
  CHECK(trained(row(R"(,"train_detail":[])", "")).find("\"train_detail\"") != std::string::npos);
  // So says a row with one answer.
  CHECK(
      trained(R"({"prompt":"a","completion":"b","weight":0})") ==
      "field \"weight\": the row says that its answer is not to be trained on; FILE?on_bad_row=reject leaves such rows out");
  CHECK(
      trained(R"({"prompt":"a","completion":"b","train":false})") ==
      "field \"train\": the row says that its answer is not to be trained on; FILE?on_bad_row=reject leaves such rows out");
  CHECK(trained(R"({"prompt":"a","completion":"b","weight":1,"train":true})") == R"({"prompt":"a","completion":"b"})");
  CHECK(asked(R"({"prompt":"a","completion":"b","weight":0})") == R"({"prompt":"a","completion":"b","weight":0})");
  // A judge reads the answer all the same.
  CHECK(
      read<prompt, response>(messages(R"([{"role":"user","content":"a"},{"role":"assistant","content":"b","weight":0}])")) ==
      R"({"prompt":"a","response":"b"})");
}

TEST_CASE("what a model cannot be asked is refused by its reason") {
  auto const complaint = [](std::string_view list) {
    auto const out = trained(messages(list));
    std::string const front = "field \"messages\": ";
    REQUIRE(out.starts_with(front));
    return out.substr(front.size());
  };
  CHECK(complaint("5") == "expected an array of messages, found a number");
  CHECK(complaint("\"a\"") == "expected an array of messages, found a string");
  CHECK(complaint("[5]") == "message 1: expected an object, found a number");
  CHECK(complaint("[]") == "there is no user message");
  CHECK(complaint(R"([{"role":"system","content":"a"}])") == "there is no user message");
  CHECK(complaint(R"([{"role":"user"}])") == "message 1 lacks \"content\"");
  CHECK(complaint(R"([{"from":"user"}])") == "message 1 lacks \"value\"");
  CHECK(complaint(R"([{"content":"a"}])") == "message 1 lacks \"role\"");
  CHECK(complaint(R"([{"role":"user","content":null}])") == "message 1: its \"content\" is null");
  CHECK(complaint(R"([{"role":"user","content":5}])") == "message 1: \"content\": expected a string, found a number");
  CHECK(complaint(R"([{"role":"user","content":"a","content":"b"}])") ==
        "message 1 has two texts of one kind: \"content\" differs from a key before it");
  CHECK(complaint(R"([{"role":"user","from":"gpt","content":"a"}])") ==
        "message 1 has two roles, \"role\" and \"from\" differ");
  CHECK(complaint(R"([{"role":"narrator","content":"a"}])") ==
        "message 1 has the role \"narrator\": expected system, user, assistant or tool");
  CHECK(complaint(R"([{"role":"user","content":"a"},{"role":"user","content":"b"},{"role":"assistant","content":"c"}])") ==
        "user and assistant messages do not alternate: two user messages follow each other");
  CHECK(complaint(R"([{"role":"assistant","content":"a"},{"role":"user","content":"b"}])") ==
        "the conversation begins with an assistant's message: it must begin with a user's");
  CHECK(complaint(R"([{"role":"user","content":"a"},{"role":"system","content":"b"}])") ==
        "a system message stands after the first message");
  CHECK(complaint(R"([{"role":"user","content":[{"type":"image"}]}])") ==
        "message 1: \"content\": a part of it is not text");
  CHECK(complaint(R"([{"role":"user","content":"a","reasoning":"t"}])") ==
        "message 1 has reasoning, and is not the assistant's");
}

TEST_CASE("keys that nothing reads are counted by name") {
  using counted = std::map<std::string, std::size_t>;
  CHECK(
      not_used<history, prompt, target>(
          R"({"messages":[{"role":"user","content":"a","name":"x"},{"role":"assistant","content":"b","id":7}],"source":"s"})"
          "\n"
          R"({"messages":[{"role":"user","content":"a","name":"y","weight":1},{"role":"assistant","content":"b"}],"source":"s"})") ==
      counted{{"messages.id", 1}, {"messages.name", 2}, {"messages.weight", 1}, {"source", 2}});
  // What travels is used.
  CHECK(not_used<history, prompt, other_keys>(R"({"prompt":"a","source":"s","id":7})").empty());
  CHECK(not_used<history, prompt, target>(R"({"prompt":"a","completion":"b","system":"s"})").empty());
}

TEST_CASE("a key that stands twice is refused, never the first one taken") {
  CHECK(asked(R"({"prompt":"a","prompt":"b"})") == "field \"prompt\": the key stands twice in the row");
  CHECK(asked(R"({"prompt":"a","system":"b","system":"b"})") == "field \"system\": the key stands twice in the row");
  CHECK(asked(messages(R"([{"role":"user","content":"a"}],"messages":[{"role":"user","content":"b"}])")) ==
        "field \"messages\": the key stands twice in the row");
  CHECK(asked(R"({"instruction":"a","output":"b","output":"c"})") == "field \"output\": the key stands twice in the row");
}

TEST_CASE("what a row says twice is said once, or refused") {
  std::string const list =
      R"("messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"c"},{"role":"assistant","content":"d"}])";
  auto const plain = trained("{" + list + "}");
  // ultrachat_200k has the first of the user's messages as the prompt, too.
  for (auto const* also : {R"("prompt":"a")", R"("prompt":"c")", R"("prompt":null)", R"("history":[])", R"("history":null)"})
    CHECK(trained("{" + list + "," + also + "}") == plain);
  std::string const says =
      "\"prompt\" and \"messages\" say it twice: name the one that counts, as FILE?columns=messages=messages";
  CHECK(trained("{" + list + R"(,"prompt":"other"})") ==
        "field \"prompt\": it is none of the user's messages; " + says + " or FILE?columns=prompt=prompt");
  CHECK(trained("{" + list + R"(,"history":[["x","y"]]})").find("FILE?columns=messages=messages") != std::string::npos);
  CHECK(trained("{" + list + R"(,"completion":"x"})").find("it is not the answer of the messages") != std::string::npos);
  CHECK(trained("{" + list + R"(,"completion":"d"})") == plain);
  // Messages as lists, the same and others.
  CHECK(
      trained(
          R"({"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}],"prompt":[{"role":"user","content":"a"}],"completion":[{"role":"assistant","content":"b"}]})") ==
      R"({"prompt":"a","completion":"b"})");
  CHECK(
      trained(
          R"({"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}],"prompt":[{"role":"user","content":"x"}]})")
          .starts_with("field \"prompt\""));
}

TEST_CASE("a prompt beside messages is one rule for whoever reads the row") {
  std::string const both = R"({"prompt":"x","messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]})";
  for (auto const& said : {asked(both), trained(both), read<prompt>(both), read<history, prompt, response>(both)})
    CHECK(said.starts_with("field \"prompt\": it is none of the user's messages; \"prompt\" and \"messages\" say it twice"));
  // Each of the ways out.
  CHECK(asked(both, {.columns = column_map::parse("messages=messages")}) ==
        R"({"prompt":"a","prompt_in_file":"x","completion":"b"})");
  CHECK(trained(both, {.columns = column_map::parse("messages=messages")}) == R"({"prompt":"a","completion":"b"})");
  CHECK(asked(both, {.columns = column_map::parse("prompt=prompt")}).starts_with(R"({"prompt":"x","messages":[)"));
  // The same said twice is said once, and asked with all that stands in front of it.
  CHECK(asked(R"({"prompt":"a","messages":[{"role":"system","content":"s"},{"role":"user","content":"a"}]})") ==
        R"({"history":[{"role":"system","content":"s"}],"prompt":"a"})");
  // Which of them is asked does not depend on the first row of the file.
  std::string const plain = R"({"prompt":"p"})";
  CHECK(asked(plain + "\n" + both).starts_with("field \"messages\": the file's first row has no messages"));
  CHECK(asked(plain + "\n" + both, {.columns = column_map::parse("messages=messages")}) ==
        plain + R"( {"prompt":"a","prompt_in_file":"x","completion":"b"})");
  CHECK(asked(plain + "\n" + R"({"prompt":"q","messages":[ ]})") == plain + R"( {"prompt":"q","messages":[ ]})");
  CHECK(asked(both.substr(0, 1) + R"("conversations")" + both.substr(both.find(R"(:[)"))).starts_with(R"({"prompt":"a")"));
}

TEST_CASE("a column that says system is the system message, however it is spelt") {
  std::string const whole = R"({"history":[{"role":"system","content":"s"}],"prompt":"a","completion":"b"})";
  for (auto const* key : {"system", "System", "SYSTEM", "sys", "system_prompt", "systemPrompt", "System Prompt",
                          "system-message", "system_message", "sys_prompt", "system_instruction", "developer"}) {
    CAPTURE(key);
    CHECK(trained(fmt::format(R"({{"prompt":"a","completion":"b","{}":"s"}})", key)) == whole);
  }
  CHECK(trained(R"({"prompt":"a","completion":"b","System":"s","system_message":"s"})") == whole);
  CHECK(trained(R"({"prompt":"a","completion":"b","System":"s","sys":"t"})") ==
        "field \"sys\": differs from the row's \"System\": one of them must go");
}

TEST_CASE("columns that the model should have been given are named, whether they travel or not") {
  using counted = std::map<std::string, std::size_t>;
  std::string const rows = R"({"prompt":"a","completion":"b","tools":[{"name":"f"}],"images":["x"],"Context":"c","score":1})"
                           "\n"
                           R"({"prompt":"a","completion":"b","tools":[],"images":null,"Context":""})";
  counted const expected{{"Context", 1}, {"images", 1}, {"tools", 1}};
  CHECK(test::counts<history, prompt, other_keys>(rows).not_given == expected);
  CHECK(test::counts<history, prompt, target>(rows).not_given == expected);
  CHECK(test::counts<history, prompt, target>(R"({"prompt":"a","completion":"b","tools":[1],"score":1})").not_used ==
        counted{{"score", 1}});
  CHECK(test::counts<history, prompt, other_keys>(rows).notes() ==
        "not given to the model: Context (1), images (1), tools (1); FILE?columns=system=Context makes Context the system "
        "message; no model is told of the tools in tools: write them into the rows' system message; models read text alone "
        "here: leave out rows that need their images");
  CHECK(test::counts<history, prompt, other_keys>("prompt,tools,functions\na,[],f\n", {}, "x.csv").not_given ==
        counted{{"functions", 1}});
  // A column that was said to be something is that.
  CHECK(test::counts<history, prompt, other_keys>(rows, {.columns = column_map::parse("system=Context")}).not_given ==
        counted{{"images", 1}, {"tools", 1}});
  CHECK(test::counts<history, prompt>(R"({"prompt":"a","contextual":"c","imagery":1})").not_given.empty());
}

TEST_CASE("what a row says of its training is understood, or the row is refused") {
  auto const row = [](std::string_view key, std::string_view value) {
    return trained(fmt::format(R"({{"prompt":"a","completion":"b","{}":{}}})", key, value));
  };
  std::string const plain = R"({"prompt":"a","completion":"b"})";
  using pairs = std::vector<std::pair<char const*, char const*>>;
  for (auto const& [key, value] : pairs{{"weight", "1"},
                                        {"Weight", "1.0"},
                                        {"train", "true"},
                                        {"do_train", "\"True\""},
                                        {"ignore", "false"},
                                        {"mask", "0"},
                                        {"label", "true"},
                                        {"label", "1"},
                                        {"label", "0"},
                                        {"label", "\"safe\""},
                                        {"kto_tag", "true"},
                                        {"weight", "null"},
                                        {"weight", "NaN"},
                                        {"weight", "\"70 kg\""},
                                        {"body_weight", "70"},
                                        {"train_split", "\"x\""},
                                        {"loss_history", "[1]"}}) {
    CAPTURE(key, value);
    CHECK(row(key, value) == plain);
  }
  for (auto const& [key, value] : pairs{{"weight", "0"},
                                        {"Weight", "0.0"},
                                        {"train", "false"},
                                        {"do_train", "\"False\""},
                                        {"ignore", "true"},
                                        {"mask", "1"},
                                        {"IsMasked", "true"},
                                        {"loss", "\"0\""}}) {
    CAPTURE(key, value);
    CHECK(row(key, value) == fmt::format("field \"{}\": the row says that its answer is not to be trained on; "
                                         "FILE?on_bad_row=reject leaves such rows out",
                                         key));
  }
  for (auto const& [key, value] : pairs{{"label", "false"},
                                        {"Label", "\"False\""},
                                        {"kto_tag", "false"},
                                        {"is_chosen", "false"},
                                        {"kto_tag", "0"},
                                        {"is_chosen", "0"}}) {
    CAPTURE(key, value);
    CHECK(row(key, value).starts_with(fmt::format("field \"{}\": the row says that its answer is not a good one", key)));
  }
  for (auto const& [key, value] : pairs{{"weight", "0.5"}, {"weight", "2"}, {"loss_mask", "[0,1]"}, {"weight", "\"0.5\""}}) {
    CAPTURE(key, value);
    CHECK(row(key, value).starts_with(fmt::format("field \"{}\": expected 0, 1, true or false", key)));
  }
  CHECK(row("train_this", "false").starts_with("field \"train_this\": it looks like a switch of training"));
  CHECK(read<history, prompt, target>("prompt,completion,weight\na,b,0\n", {}, "x.csv").starts_with("field \"weight\""));
  // Who only asks about a row trains nothing of it.
  CHECK(asked(R"({"prompt":"a","label":false,"weight":0.5})") == R"({"prompt":"a","label":false,"weight":0.5})");
}

TEST_CASE("a message's switch of training is one in any spelling, or the row is refused") {
  auto const row = [](std::string_view key, std::string_view value) {
    return trained(fmt::format(
        R"({{"messages":[{{"role":"user","content":"a"}},{{"role":"assistant","content":"b","{}":{}}}]}})", key, value));
  };
  for (auto const* key : {"weight", "Weight", "do_train", "DoTrain", "train", "loss"}) {
    CAPTURE(key);
    CHECK(row(key, "1") == R"({"prompt":"a","completion":"b"})");
    CHECK(row(key, "0") == fmt::format("field \"messages\": none of its answers is to be trained on: \"{}\" says so", key));
  }
  for (auto const* key : {"ignore", "Masked", "mask", "no_train"}) {
    CAPTURE(key);
    CHECK(row(key, "false") == R"({"prompt":"a","completion":"b"})");
    CHECK(row(key, "true").starts_with("field \"messages\": none of its answers is to be trained on"));
  }
  for (auto const* key : {"train_detail", "loss_span", "ignore_index", "maskTokens"}) {
    CAPTURE(key);
    CHECK(row(key, "1").find("looks like a switch of training and is none that is known") != std::string::npos);
  }
  CHECK(row("weight", "0.5").find("messages have no weights between") != std::string::npos);
  CHECK(row("trainer", "\"x\"") == R"({"prompt":"a","completion":"b"})");
}

TEST_CASE("reasoning in pieces is reasoning, as it is in servers' replies") {
  std::string const whole = R"({"prompt":"a","completion":"<think>\nt u\n</think>\n\nb"})";
  for (
      auto const* keys :
      {R"("reasoning_details":[{"type":"reasoning.text","text":"t ","index":0},{"type":"reasoning.summary","summary":"u"}])",
       R"("reasoning_text":"t u")", R"("thinking_blocks":[{"type":"thinking","thinking":"t u","signature":"x"}])",
       R"("reasoning":{"content":"t u","effort":3})",
       R"("reasoning":"t u","reasoning_details":[{"type":"reasoning.text","text":"t u\n"}])"}) {
    CAPTURE(keys);
    CHECK(trained(fmt::format(R"({{"messages":[{{"role":"user","content":"a"}},{{"role":"assistant","content":"b",{}}}]}})",
                              keys)) == whole);
    CHECK(trained(fmt::format(R"({{"prompt":"a","completion":"b",{}}})", keys)) == whole);
  }
  // Encrypted pieces say nothing: they are named.
  CHECK(
      not_used<history, prompt, target>(
          R"({"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b","reasoning_details":[{"type":"reasoning.encrypted","data":"x"}]}]})") ==
      std::map<std::string, std::size_t>{{"messages.reasoning_details", 1}});
  CHECK(not_used<history, prompt, target>(
            R"({"prompt":"a","completion":"b","reasoning_details":[{"type":"reasoning.encrypted","data":"x"}]})") ==
        std::map<std::string, std::size_t>{{"reasoning_details", 1}});
}

TEST_CASE(
    "other spellings of the marks of reasoning are the same marks, and a closing one alone is a guess that is counted") {
  std::string const whole = R"({"prompt":"a","completion":"<think>\nt\n</think>\n\nb"})";
  for (auto const* text : {"<think>t</think>b", "<thinking>t</thinking>b", "<Think>t</Think> b",
                           "\\n<THINKING>\\nt\\n</thinking>b", "<thought>t</thought>b", "<reasoning>t</reasoning>\\nb"}) {
    CAPTURE(text);
    auto const plain = fmt::format(R"({{"prompt":"a","completion":"{}"}})", text);
    auto const list =
        fmt::format(R"({{"messages":[{{"role":"user","content":"a"}},{{"role":"assistant","content":"{}"}}]}})", text);
    CHECK(trained(plain) == whole);
    CHECK(trained(list) == whole);
    CHECK(test::counts<history, prompt, target>(plain).guessed.empty());
    CHECK(test::counts<history, prompt, target>(list).guessed.empty());
  }
  for (auto const* text : {"t</think>b", "t\\n</Think>\\n\\nb", "t</thinking>b"}) {
    CAPTURE(text);
    auto const plain = fmt::format(R"({{"prompt":"a","completion":"{}"}})", text);
    CHECK(trained(plain) == whole);
    auto const counts = test::counts<history, prompt, target>(plain + "\n" + plain);
    REQUIRE(counts.guessed.size() == 1);
    CHECK(counts.guessed.begin()->second == 2);
    CHECK(counts.notes().find("</think>") != std::string::npos);
    CHECK(test::counts<prompt, response>(fmt::format(R"({{"prompt":"a","response":"{}"}})", text)).guessed.size() == 1);
  }
  // In earlier turns too.
  CHECK(
      asked(
          R"({"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"<thinking>t</thinking>b"},{"role":"user","content":"c"}]})") ==
      R"({"history":[{"role":"user","content":"a"},{"role":"assistant","content":"<think>\nt\n</think>\n\nb"}],"prompt":"c"})");
  CHECK(trained(R"({"prompt":"a","completion":"b <Think>late</Think> c"})") ==
        "field \"completion\": text stands in front of its <think>: reasoning comes first");
  CHECK(trained(R"({"prompt":"a","completion":"<thinking>b"})") ==
        "field \"completion\": its <think> has no </think>, and a complete answer is needed");
  // Words of a text are no marks.
  for (auto const* text : {"the <thinking> tag", "a </reasoning> b", "<thinker>t</thinker>b"})
    CHECK(trained(fmt::format(R"({{"prompt":"a","completion":"{}"}})", text)) ==
          fmt::format(R"({{"prompt":"a","completion":"{}"}})", text));
}

TEST_CASE("messages of tools stand behind the question they were asked about") {
  std::string const called =
      R"([{"role":"user","content":"a"},{"role":"assistant","content":"","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"x\": 1.50, \"y\":[true,null,\"\u00e9\"]}"}}]},{"role":"tool","tool_call_id":"c1","content":"r"})";
  std::string const history =
      R"("history":[{"role":"user","content":"a"},{"role":"assistant","content":"","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"x\": 1.5, \"y\": [true, null, \"é\"]}"}}]},{"role":"tool","content":"r","tool_call_id":"c1"})";
  auto const whole = trained(messages(called + R"(,{"role":"assistant","content":"b"}])"));
  CHECK(whole == "{" + history + R"(],"prompt":"a","completion":"b"})");
  CHECK(trained(whole) == whole);
  CHECK(asked(messages(called + "]")) == "{" + history + R"(],"prompt":"a"})");
  CHECK(trained(messages(called + "]")) ==
        "field \"messages\": the conversation ends with a tool's message, and an answer is needed");
  CHECK(trained(messages(
            called +
            R"(,{"role":"assistant","content":"b"},{"role":"user","content":"c"},{"role":"assistant","content":"d"}])")) ==
        "{" + history + R"(,{"role":"assistant","content":"b"}],"prompt":"c","completion":"d"})");
  CHECK(trained(
            messages(
                called +
                R"(,{"role":"assistant","content":"b"},{"role":"user","content":"c"},{"role":"assistant","content":"d"}])"),
            {.turns = several_turns::first}) == whole);
  // A model that has no place for them.
  read_options const asks{.why_no_tools = [](conversation const& before) { return before.back().content + " is no good"; }};
  CHECK(trained(messages(called + R"(,{"role":"assistant","content":"b"}])"), asks) == "field \"history\": r is no good");
  CHECK(trained(two_turns, asks) == trained(two_turns));
  // As other data sets have them.
  std::string const plain =
      R"({"history":[{"role":"user","content":"a"},{"role":"assistant","content":"","tool_calls":[{"type":"function","function":{"name":"f","arguments":"{\"x\": 1}"}}]},{"role":"tool","content":"r"}],"prompt":"a","completion":"b"})";
  for (
      auto const* list :
      {R"([{"role":"user","content":"a"},{"role":"assistant","content":null,"tool_calls":[{"name":"f","arguments":{"x":1}}]},{"role":"ipython","content":"r"},{"role":"assistant","content":"b"}])",
       R"([{"role":"user","content":"a"},{"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{\"x\":1}"}},{"role":"function","content":"r"},{"role":"assistant","content":"b"}])",
       R"([{"from":"human","value":"a"},{"from":"function_call","value":"{\"name\":\"f\",\"arguments\":{\"x\":1}}"},{"from":"observation","value":"r"},{"from":"gpt","value":"b"}])"}) {
    CAPTURE(list);
    CHECK(trained(messages(list)) == plain);
  }
  auto const complaint = [](std::string const& list) { return trained(messages(list)).substr(18); };
  CHECK(complaint(R"([{"role":"user","content":"a"},{"role":"tool","content":"r"}])") ==
        "message 2 is a tool's, and no assistant's stands in front of it");
  CHECK(complaint(called.substr(0, called.find(R"(,{"role":"tool")")) + R"(,{"role":"assistant","content":"b"}])") ==
        "message 3 stands where what the tool said is expected");
  CHECK(complaint(called.substr(0, called.find(R"(,{"role":"tool")")) + "]").find("ends with a call of a tool") !=
        std::string::npos);
  CHECK(complaint(called + R"(,{"role":"user","content":"b"}])") ==
        "a user's message follows a tool's: the assistant's is missing");
  for (auto const* call : {R"({"name":"f","arguments":"x"})", R"({"name":"f","arguments":[1]})", R"({"arguments":{}})",
                           R"({"name":"f","other":1})", R"({"name":"f","arguments":{"a":1,"a":2}})"}) {
    CAPTURE(call);
    CHECK(
        complaint(
            fmt::format(
                R"([{{"role":"user","content":"a"}},{{"role":"assistant","content":"","tool_calls":[{}]}},{{"role":"tool","content":"r"}},{{"role":"assistant","content":"b"}}])",
                call))
            .find("message 2: \"tool_calls\": ") != std::string::npos);
  }
}

TEST_CASE("an answer's reasoning stands in front of it, or the row is refused") {
  auto const answer = [](std::string const& said) {
    return trained(R"({"messages":[{"role":"user","content":"a"},{"role":"assistant","content":")" + said + R"("}]})");
  };
  CHECK(answer("b <think>late</think> c") ==
        "field \"completion\": text stands in front of its <think>: reasoning comes first");
  CHECK(answer("<think>b") == "field \"completion\": its <think> has no </think>, and a complete answer is needed");
  CHECK(answer("the mark <think> alone") == R"({"prompt":"a","completion":"the mark <think> alone"})");
}

TEST_CASE("an id travels as it stands") {
  CHECK(asked(R"({"id":7,"prompt":"a"})") == R"({"prompt":"a","id":7})");
  CHECK(asked(R"({"id":"7","prompt":"a"})") == R"({"prompt":"a","id":"7"})");
}

// Rows as users reported them elsewhere, with other words in them. The addresses say what went wrong there.
TEST_CASE("rows of public reports") {
  struct reported {
    char const *source, *row, *trained;
  };
  std::string const plain = R"({"prompt":"a","completion":"b"})";
  reported const all[]{
      // The template had no place for reasoning_content, and it was dropped; keys that are None for other messages.
      {"github.com/jingyaogong/minimind/issues/737",
       R"({"conversations":[{"role":"user","content":"a","reasoning_content":"","tools":null,"tool_calls":null},{"role":"assistant","content":"\nb\n","reasoning_content":"t","tools":null,"tool_calls":null}]})",
       R"({"prompt":"a","completion":"<think>\nt\n</think>\n\nb"})"},
      // A list of messages was read without its reasoning.
      {"github.com/NVIDIA-NeMo/Automodel/pull/2348",
       R"({"conversations":[{"from":"human","value":"a"},{"from":"gpt","value":"b","reasoning_content":"t"}]})",
       R"({"prompt":"a","completion":"<think>\nt\n</think>\n\nb"})"},
      // Two names of one thing: the second was dropped.
      {"github.com/fw-ai/cookbook/pull/378",
       R"({"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b","thinking":"t","reasoning_content":"t"}]})",
       R"({"prompt":"a","completion":"<think>\nt\n</think>\n\nb"})"},
      // What a model wrote whose template opens the reasoning itself: the closing mark alone.
      {"github.com/huggingface/trl/issues/6361",
       R"({"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"t\n</think>\n\nb"}]})",
       R"({"prompt":"a","completion":"<think>\nt\n</think>\n\nb"})"},
      {"github.com/hiyouga/LlamaFactory/issues/8947",
       R"([{"messages":[{"role":"system","content":"s"},{"role":"user","content":"a"},{"role":"assistant","content":"<think>t</think>b"}]}])",
       R"({"history":[{"role":"system","content":"s"}],"prompt":"a","completion":"<think>\nt\n</think>\n\nb"})"},
      // A system message within the conversation.
      {"github.com/hiyouga/LlamaFactory/issues/2464",
       R"({"conversations":[{"from":"system","value":"s"},{"from":"human","value":"a"},{"from":"gpt","value":"b"}]})",
       R"({"history":[{"role":"system","content":"s"}],"prompt":"a","completion":"b"})"},
      // A system column beside it, and the tools of other rows.
      {"github.com/QwenLM/Qwen3/pull/1314",
       R"({"conversations":[{"from":"human","value":"a"},{"from":"gpt","value":"b"}],"system":"s","tools":""})",
       R"({"history":[{"role":"system","content":"s"}],"prompt":"a","completion":"b"})"},
      // ms-swift's other layout of ShareGPT, and its query and response with a history.
      {"swift.readthedocs.io: Custom dataset",
       R"({"system":"s","conversation":[{"human":"a","assistant":"b"},{"human":"c","assistant":"d"}]})",
       R"({"history":[{"role":"system","content":"s"},{"role":"user","content":"a"},{"role":"assistant","content":"b"}],"prompt":"c","completion":"d"})"},
      // Keys of OpenAI's schema for training rows, null where a message has none.
      {"api.openai.com: FineTuneChatCompletionRequestAssistantMessage",
       R"({"messages":[{"role":"user","content":"a","name":null},{"role":"assistant","content":"b","refusal":null,"audio":null,"function_call":null,"weight":1}],"tools":[],"parallel_tool_calls":true})",
       plain.c_str()},
      // torchtune's own messages: parts with the text under "content", and masked ones.
      {"docs.pytorch.org/torchtune: OpenAIToMessages, Message",
       R"({"messages":[{"role":"user","content":[{"type":"text","content":"a"}],"masked":true},{"role":"assistant","content":[{"type":"text","content":"b"}],"masked":false}]})",
       plain.c_str()},
      // Refused by their reason: a user's message twice, pictures; calls of tools are read.
      {"github.com/huggingface/smol-course/issues/260",
       R"({"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"c"},{"role":"user","content":"d"}]})",
       "field \"messages\": user and assistant messages do not alternate: two user messages follow each other"},
      {"github.com/modelscope/ms-swift/issues/5831",
       R"({"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"assistant","content":"c"}]})",
       "field \"messages\": user and assistant messages do not alternate: two assistant messages follow each other"},
      {"github.com/hiyouga/LlamaFactory/issues/5866",
       R"({"conversations":[{"from":"human","value":"a"},{"from":"function_call","value":"{\"name\":\"f\"}"},{"from":"observation","value":"c"},{"from":"gpt","value":"b"}],"tools":"[]"})",
       R"({"history":[{"role":"user","content":"a"},{"role":"assistant","content":"","tool_calls":[{"type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","content":"c"}],"prompt":"a","completion":"b"})"},
      {"docs.pytorch.org/torchtune: OpenAIToMessages",
       R"({"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"image_url","image_url":{"url":"x"}}]},{"role":"assistant","content":"b"}]})",
       "field \"messages\": message 1: \"content\": a part of it is not text"},
      {"github.com/unslothai/unsloth/issues/334",
       R"({"conversations":[{"from":"gpt","value":"b"},{"from":"human","value":"a"},{"from":"gpt","value":"c"}]})",
       "field \"conversations\": the conversation begins with an assistant's message: it must begin with a user's"},
  };
  for (auto const& one : all) {
    CAPTURE(one.source, one.row);
    CHECK(trained(one.row) == one.trained);
  }
  CHECK(
      trained(R"({"query":"a","response":"b","history":[["q","r"]],"system":"s"})",
              {.columns = column_map::parse("prompt=query,completion=response")}) ==
      R"({"history":[{"role":"system","content":"s"},{"role":"user","content":"q"},{"role":"assistant","content":"r"}],"prompt":"a","completion":"b"})");
}
