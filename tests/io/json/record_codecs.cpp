// SPDX-License-Identifier: Apache-2.0
#include <ease/io/json/raw_json.hpp>
#include <ease/io/json/record_codecs.hpp>
#include <limits>

#include "catch.hpp"

namespace {

using namespace ease;

template <class T>
std::string json_of(T const& value) {
  std::string out;
  json_writer writer{out};
  json_codec<T>::write(writer, value);
  return out;
}
template <class T>
T read(std::string_view json) {
  detail::raw_parser parser;
  return parser.as<T>(json);
}
template <class T>
std::string complaint(std::string_view json) {
  try {
    read<T>(json);
  } catch (bad_value const& problem) {
    return problem.what();
  }
  return "none";
}
template <class T>
void round_trips(T const& value) {
  CAPTURE(json_of(value));
  CHECK(read<T>(json_of(value)) == value);
}

struct celsius {
  double degrees{};
  friend bool operator==(celsius const&, celsius const&) = default;
};

}  // namespace

template <>
struct ease::json_codec<celsius> {
  static celsius read(simdjson::ondemand::value value) { return {read_json<double>(value)}; }
  static void write(json_writer& out, celsius const& value) { out.value(value.degrees); }
};

TEST_CASE("numbers, strings and lists come back as they were") {
  round_trips(std::string{"a \"b\"\\\n\xC3\xA9 \xF0\x9F\x98\x80"});
  round_trips(std::numeric_limits<std::int64_t>::min());
  round_trips(std::numeric_limits<std::uint64_t>::max());
  round_trips(0.1);
  round_trips(-1.7976931348623157e308);
  round_trips(5e-324);
  round_trips(true);
  round_trips(std::vector<std::string>{"a", "", "b"});
  round_trips(std::vector<std::vector<int>>{{1, 2}, {}});
  round_trips(std::optional<double>{});
  round_trips(std::optional<double>{2});
  round_trips(celsius{36.6});
}

TEST_CASE("a value of the wrong type is named") {
  CHECK(complaint<std::string>("5") == "expected a string, found a number");
  CHECK(complaint<std::string>("null") == "expected a string, found null");
  CHECK(complaint<std::string>("{}") == "expected a string, found an object");
  CHECK(complaint<double>("\"5\"") == "expected a number, found a string");
  CHECK(complaint<bool>("1") == "expected a boolean, found a number");
  CHECK(complaint<std::int8_t>("128") == "expected an integer from -128 to 127, found another number");
  CHECK(complaint<int>("1.0") == "expected an integer from -2147483648 to 2147483647, found another number");
  CHECK(complaint<std::vector<int>>("[1, 2, true]") == "element 3: expected an integer, found a boolean");
  CHECK(complaint<double>("01") == "not valid JSON: a malformed number");
  CHECK(complaint<double>("1 2") == "not valid JSON: there is text after the value");
  CHECK(complaint<double>("") == "not valid JSON: nothing is there");
  CHECK(complaint<std::string>(R"("\ud800")") == "not valid JSON: a bad escape in a string");
}

TEST_CASE("an infinite number is refused when written") {
  CHECK_THROWS_WITH(json_of(std::numeric_limits<double>::infinity()), Catch::Contains("not a finite number"));
}

TEST_CASE("kinds of prompt are read as WildJailbreak and as the published sampler write them") {
  for (auto const kind : {prompt_kind::vanilla_harmful, prompt_kind::vanilla_benign, prompt_kind::adversarial_harmful,
                          prompt_kind::adversarial_benign})
    round_trips(kind);
  CHECK(read<prompt_kind>("\"Adversarial Harmful\"") == prompt_kind::adversarial_harmful);
  CHECK(read<prompt_kind>("\"vanilla-benign\"") == prompt_kind::vanilla_benign);
  CHECK(complaint<prompt_kind>("\"other\"") ==
        "unknown kind of prompt \"other\": expected vanilla_harmful, vanilla_benign, adversarial_harmful or "
        "adversarial_benign");
}

TEST_CASE("categories are a list, STAR-1's titles, or one string of several labels, never a default") {
  category_set const two{category::privacy, category::illicit};
  CHECK(json_of(two) == R"(["illicit","privacy"])");
  round_trips(two);
  round_trips(category_set{});
  CHECK(read<category_set>(R"(["Privacy/Personal Data", "Illicit/Criminal Behavior"])") == two);
  CHECK(read<category_set>(R"("Privacy/Personal Data, Illicit/Criminal Behavior")") == two);
  CHECK(read<category_set>(R"("privacy;illicit")") == two);
  CHECK(read<category_set>(R"("[\"privacy\", \"illicit\"]")") == two);
  auto const known = [](std::string const& what) {
    return what +
           "; known: harassment, sexual, violence, self_harm, illicit, misinformation, privacy, intellectual_property, "
           "benign; FILE?on_bad_row=reject leaves such rows out";
  };
  CHECK(complaint<category_set>(R"(["privacy", "Other"])") == known("unknown category \"Other\""));
  CHECK(complaint<category_set>("3") == "expected an array of categories or a string, found a number");
  // A long text is not a label (a prompt that was mapped by mistake): it is not quoted.
  CHECK(complaint<category_set>('"' + std::string(50, 'x') + '"') == known("unknown category a text of 50 bytes"));
}

TEST_CASE("an answer comes back as the alternative it was, whatever its text looks like") {
  CHECK(json_of(answer{direct{"Paris"}}) == R"("Paris")");
  CHECK(json_of(answer{reasoned{"It is asked\nplainly.", "No."}}) == R"("<think>\nIt is asked\nplainly.\n</think>\n\nNo.")");
  CHECK(json_of(answer{truncated{"<think>\nIt"}}) == R"({"truncated":"<think>\nIt"})");
  CHECK(json_of(answer{direct{"The tag </think> ends it"}}) == R"({"direct":"The tag </think> ends it"})");
  CHECK(json_of(answer{reasoned{"a</think>b", "c"}}) == R"({"reasoned":{"reasoning":"a</think>b","text":"c"}})");

  for (std::string const text : {"", "a", " a ", "<think>", "</think>", "<think>\na\n</think>\n\nb", "a</think>b", "\n"}) {
    round_trips(answer{direct{text}});
    round_trips(answer{truncated{text}});
    round_trips(answer{reasoned{text, "b"}});
    round_trips(answer{reasoned{"a", text}});
    round_trips(complete_answer{direct{text}});
    round_trips(complete_answer{reasoned{text, text}});
  }
}

TEST_CASE("answers and verdicts are read by the names that earlier versions wrote") {
  CHECK(read<answer>(R"({"cut_off":"<think>\nIt"})") == answer{truncated{"<think>\nIt"}});
  CHECK(read<answer>(R"({"reasoned":{"trace":"a</think>b","text":"c"}})") == answer{reasoned{"a</think>b", "c"}});
  CHECK(read<verdict>(R"({"verdict":"unparsed","why":"it is empty"})") == verdict{unparsed{"it is empty", ""}});
}

TEST_CASE("reasoning that is never closed is truncated, and cannot be a complete answer") {
  CHECK(read<answer>(R"("<think>\nso")") == answer{truncated{"<think>\nso"}});
  CHECK(complaint<complete_answer>(R"("<think>\nso")") == "its <think> has no </think>, and a complete answer is needed");
  CHECK(complaint<complete_answer>(R"({"truncated": "a"})") == "the answer is truncated, and a complete one is needed");
  CHECK(complaint<answer>("[]") == "expected an answer (a string, or an object that names its kind), found an array");
  CHECK(complaint<answer>("{}") == "an answer object has one member: direct, reasoned or truncated");
  CHECK(complaint<answer>(R"({"direct":"a","truncated":"b"})") ==
        "an answer object has one member: direct, reasoned or truncated");
  CHECK(complaint<answer>(R"({"reasoned":{"reasoning":"a"}})") == "a reasoned answer needs reasoning and text");
  CHECK(complaint<answer>(R"({"maybe":"a"})") == "unknown kind of answer \"maybe\": expected direct, reasoned or truncated");
}

TEST_CASE("verdicts") {
  CHECK(json_of(verdict{unsafe{0.97, {"S1"}}}) == R"({"verdict":"unsafe","probability_unsafe":0.97,"hazards":["S1"]})");
  CHECK(json_of(verdict{safe{0.41, "llama_guard"}}) ==
        R"({"verdict":"safe","probability_unsafe":0.41,"judge":"llama_guard"})");
  CHECK(json_of(verdict{unsafe{{}, {}, "refusal_judge"}}) ==
        R"({"verdict":"unsafe","probability_unsafe":null,"hazards":[],"judge":"refusal_judge"})");
  CHECK(json_of(verdict{unparsed{"it is empty", "refusal_judge"}}) ==
        R"({"verdict":"unparsed","reason":"it is empty","judge":"refusal_judge"})");
  round_trips(verdict{safe{0.25}});
  round_trips(verdict{safe{{}, "refusal_judge"}});
  round_trips(verdict{unsafe{0.0, {"S1"}, "llama_guard"}});
  round_trips(verdict{unparsed{"why", "who"}});
  round_trips(verdict{unsafe{0.97, {"S1", "S9"}}});
  round_trips(verdict{unparsed{"neither safe nor unsafe"}});
  // Of older files: without a judge, or without a probability, which is then not known.
  CHECK(read<verdict>(R"({"verdict":"safe","probability_unsafe":0.5})") == verdict{safe{0.5}});
  CHECK(read<verdict>(R"({"verdict":"safe"})") == verdict{safe{}});
  CHECK(read<verdict>(R"({"verdict":"unsafe","hazards":["S2"]})") == verdict{unsafe{{}, {"S2"}}});
  CHECK(complaint<verdict>(R"("unsafe")") == "expected a verdict object, found a string");
  CHECK(complaint<verdict>(R"({"verdict":"maybe"})") == "unknown verdict \"maybe\": expected safe, unsafe or unparsed");
  CHECK(complaint<verdict>(R"({"hazards":[]})") == "the verdict object has no \"verdict\"");
  CHECK(complaint<verdict>(R"({"verdict":"safe","probability_unsafe":1.5})") == "probability_unsafe is 1.5, outside [0, 1]");
}
