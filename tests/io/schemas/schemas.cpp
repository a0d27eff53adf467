// SPDX-License-Identifier: Apache-2.0
#include "catch.hpp"
#include "io/read_text.hpp"

namespace {

using namespace ease;

using test::read;

template <class... Fs>
std::string described(std::string_view text, read_options options = {}) {
  test::temporary_folder const folder;
  return read_records<Fs...>(folder.file("x.jsonl", text), std::move(options)).description();
}

}  // namespace

TEST_CASE("a column map names the file's keys") {
  CHECK(column_map::parse(" prompt = question,target=response ").entries ==
        std::vector<column_map::entry>{{"prompt", "question"}, {"completion", "response"}});
  CHECK(column_map::parse("").entries.empty());
  CHECK_THROWS_WITH(column_map::parse("prompt"),
                    "column map: cannot read \"prompt\"; write FIELD=COLUMN, e.g. prompt=question");
  CHECK_THROWS_WITH(column_map::parse("prompt=a,prompt=b"), "column map: the field \"prompt\" is named twice");
  CHECK_THROWS_WITH(column_map::parse("prompt=a,id=a"), "column map: the column \"a\" is used twice");

  read_options const options{.columns = column_map::parse("prompt=text,target=reply")};
  CHECK(read<prompt, target, other_keys>(R"({"text":"a","reply":"b","x":1})", options) ==
        R"({"prompt":"a","completion":"b","x":1})");
  // A key that only has the name of a field that is read from elsewhere is kept apart.
  CHECK(read<prompt, other_keys>(R"({"prompt":"template","text":"a"})", {.columns = column_map::parse("prompt=text")}) ==
        R"({"prompt":"a","prompt_in_file":"template"})");
  CHECK(read<prompt>(R"({"text":5})", {.columns = column_map::parse("prompt=text")}) ==
        "x.jsonl:1: field \"prompt\" (column \"text\"): expected a string, found a number");
  CHECK(read<prompt>(R"({"question":"a"})", {.columns = column_map::parse("prompt=text")}) ==
        "x.jsonl:1: field \"prompt\" (column \"text\"): missing: the row has no \"text\", it has \"question\"; name the "
        "column that "
        "holds it, as FILE?columns=prompt=COLUMN");
  CHECK(read<prompt, id>("text,n\na,1\n", {.columns = column_map::parse("prompt=text,id=n")}, "x.csv") ==
        R"({"prompt":"a","id":"1"})");
}

TEST_CASE("the published scripts' files") {
  // get_adversarial
  CHECK(read<prompt, data_type>(R"([{"prompt":"a","data_type":"Adversarial Harmful"}])") ==
        R"({"prompt":"a","data_type":"adversarial_harmful"})");
  // generate_response, filter_unsafe: an answer of the model
  CHECK(read<prompt, response>(R"({"original_question":"a","response":"b"})") == R"({"prompt":"a","response":"b"})");
  CHECK(read<prompt, response>(R"({"question":"a","response":"b"})") == R"({"prompt":"a","response":"b"})");
  // safety_classification
  CHECK(read<prompt, categories>(R"({"question":"a","category":"Violence/Physical Harm, Self-Harm"})") ==
        R"({"prompt":"a","categories":["violence","self_harm"]})");
  // cot_generate: its own prompt is the teacher's, its response a training row
  std::string const cot =
      R"({"original_question":"a","categories":["Self-Harm"],"categories_raw":"Self-Harm","prompt":"policies...","response":"<think>\nt\n</think>\n\nb"})";
  CHECK(
      read<prompt, target, categories, other_keys>(cot) ==
      R"({"prompt":"a","completion":"<think>\nt\n</think>\n\nb","categories":["self_harm"],"categories_raw":"Self-Harm","teacher_prompt":"policies..."})");
  CHECK(read<prompt>(cot) == R"({"prompt":"a"})");  // the same prompt where nobody asks for the completion
  CHECK(described<prompt, target>(cot) ==
        "JSON lines, scripts schema (prompt from \"original_question\", teacher_prompt from \"prompt\", completion from "
        "\"response\")");
}

TEST_CASE("our own rows never lend the model's answer as a training target") {
  CHECK(read<prompt, target>(R"({"prompt":"a","response":"b"})") ==
        "x.jsonl:1: field \"completion\": missing: the row has no \"completion\", it has \"prompt\", \"response\"; a "
        "\"response\" is what a model answered, and is trained on where that is said: FILE?columns=completion=response");
}

TEST_CASE("STAR-1") {
  std::string const star =
      R"({"id":"7","question":"a","response":"<think>\nt\n</think>\n\nb","category":["Privacy/Personal Data","Self-Harm"],"source":"s","score":{"Relevancy_and_No_Redundant_Content":10}})";
  CHECK(
      read<id, prompt, target, categories, other_keys>(star) ==
      R"({"id":"7","prompt":"a","completion":"<think>\nt\n</think>\n\nb","categories":["self_harm","privacy"],"source":"s","score":{"Relevancy_and_No_Redundant_Content":10}})");
  CHECK(described<prompt, target>(star) ==
        "JSON lines, star1 schema (prompt from \"question\", categories from \"category\", completion from \"response\")");
  CHECK(
      read<prompt, categories>(R"({"question":"a","category":["Other"],"score":{}})") ==
      "x.jsonl:1: field \"categories\" (column \"category\"): unknown category \"Other\"; known: harassment, "
      "sexual, violence, self_harm, illicit, misinformation, privacy, intellectual_property, benign; FILE?on_bad_row=reject "
      "leaves such rows out");
}

TEST_CASE("TRL's messages") {
  std::string const row =
      R"({"messages":[{"role":"system","content":"s"},{"role":"user","content":"a"},{"role":"assistant","content":"<think>\nt\n</think>\n\nb"}],"k":1})";
  CHECK(read<history, prompt, target, other_keys>(row) ==
        R"({"history":[{"role":"system","content":"s"}],"prompt":"a","completion":"<think>\nt\n</think>\n\nb","k":1})");
  CHECK(read<prompt, response>(row) == R"({"prompt":"a","response":"<think>\nt\n</think>\n\nb"})");
  CHECK(described<prompt, target>(row) == "JSON lines, messages schema");
  // The content may be a list of texts; what no field reads is kept.
  CHECK(
      read<prompt, other_keys>(
          R"({"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},{"role":"assistant","content":"c"}]})") ==
      R"({"prompt":"ab","completion":"c"})");
  // Messages without one in them leave a prompt as it is.
  CHECK(read<prompt, other_keys>(R"({"prompt":"a","messages":[],"k":1})") == R"({"prompt":"a","k":1})");
  CHECK(read<prompt, target, other_keys>(
            R"({"prompt":"a","messages":[{"role":"user","content":"b"},{"role":"assistant","content":"c"}]})") ==
        "x.jsonl:1: field \"prompt\": it is none of the user's messages; \"prompt\" and \"messages\" say it twice: name the "
        "one "
        "that counts, as FILE?columns=messages=messages or FILE?columns=prompt=prompt");
}

TEST_CASE("TRL's prompt and completion, as strings and as messages") {
  CHECK(read<prompt, target>(R"({"prompt":"a","completion":"b"})") == R"({"prompt":"a","completion":"b"})");
  CHECK(
      read<prompt, target, other_keys>(
          R"({"prompt":[{"role":"system","content":"s"},{"role":"user","content":"a"}],"completion":[{"role":"assistant","content":"b"}]})") ==
      R"({"prompt":"a","completion":"b","history":[{"role":"system","content":"s"}]})");
}

TEST_CASE("alpaca and sharegpt") {
  CHECK(read<prompt, target>(R"({"instruction":"a","input":"","output":"b"})") == R"({"prompt":"a","completion":"b"})");
  CHECK(read<prompt, target, other_keys>(R"({"instruction":"a","input":"i","output":"b","text":"t"})") ==
        R"({"prompt":"a\n\ni","completion":"b","text":"t"})");
  CHECK(read<prompt, target>(R"({"instruction":"a","output":"b"})") == R"({"prompt":"a","completion":"b"})");
  CHECK(
      read<history, prompt, target>(
          R"({"conversations":[{"from":"system","value":"s"},{"from":"human","value":"a"},{"from":"gpt","value":"b"}]})") ==
      R"({"history":[{"role":"system","content":"s"}],"prompt":"a","completion":"b"})");
}

TEST_CASE("WildJailbreak: the prompt is the one that data_type names") {
  std::string const train =
      "vanilla\tadversarial\tcompletion\tdata_type\n"
      "plain\t\tno\tvanilla_harmful\n"
      "plain\t\"as a \"\"play\"\"\n\tin acts\"\tyes\tadversarial_benign\n";
  CHECK(read<prompt, target, data_type>(train, {}, "train.tsv") ==
        R"({"prompt":"plain","completion":"no","data_type":"vanilla_harmful"} )"
        R"({"prompt":"as a \"play\"\n\tin acts","completion":"yes","data_type":"adversarial_benign"})");
  CHECK(read<prompt, data_type, other_keys>("adversarial\tlabel\tdata_type\nwrapped\t1\tadversarial_harmful\n", {},
                                            "eval.tsv") ==
        R"({"prompt":"wrapped","data_type":"adversarial_harmful","label":"1"})");
  CHECK(read<prompt>("vanilla\tadversarial\tcompletion\tdata_type\nplain\t\tno\tadversarial_harmful\n", {}, "train.tsv") ==
        "train.tsv:2: field \"adversarial\": empty, though data_type says that the prompt stands there");
}

TEST_CASE("a schema can be stated, and names what it misses") {
  CHECK(read<prompt>(R"({"text":"a"})", {.schema = "alpaca"}) ==
        "x.jsonl:1: field \"instruction\": missing: the row has no \"instruction\", it has \"text\"; name the column that "
        "holds "
        "it, as FILE?columns=instruction=COLUMN");
  CHECK_THROWS_WITH(ease::check_options({.schema = "star"}),
                    "row schema \"star\" is not known; choose one of " + ease::known_row_schemas());
}

TEST_CASE("a cell that is quoted as Python quotes is told as such") {
  for (auto const* table :
       {"prompt,history\na,\"[['q', \"\"r\"\"]]\"\n", "messages\n\"[{'role': 'user', 'content': 'a'}]\"\n"}) {
    CAPTURE(table);
    CHECK(read<history, prompt>(table, {}, "x.csv")
              .find("single quotes, as Python prints a dictionary or a list; json.dumps") != std::string::npos);
  }
}
