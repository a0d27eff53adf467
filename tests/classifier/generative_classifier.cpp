// SPDX-License-Identifier: Apache-2.0
// Labels that a model writes, as a list or held to a schema.
#include <ease/classifier/generative_classifier.hpp>
#include <ease/io/json/simdjson.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "method/obedient.hpp"

using namespace test;

// What must not compile.
template <class Model>
concept makes_a_classifier = requires(Model& model) { generative_classifier(model); };
static_assert(makes_a_classifier<scripted_generator>);
static_assert(!makes_a_classifier<scripted_scorer>);  // it writes nothing
static_assert(classifier<generative_classifier<scripted_generator>> && !classifier<scripted_generator>);

TEST_CASE("labels of an answer that was held to the schema are read as such") {
  simdjson::dom::parser parser;
  simdjson::dom::element schema;
  REQUIRE(parser.parse(label_schema()).get(schema) == simdjson::SUCCESS);
  simdjson::dom::array const names = schema["properties"]["categories"]["items"]["enum"];
  CHECK(names.size() == category_count);
  for (auto const name : names) {
    std::string_view const word = name;
    auto const read = read_labels(" {\"categories\": [\"" + std::string{word} + "\"]}\n");
    REQUIRE(read.unknown.empty());
    CHECK(read.known == category_set{*category_from(word)});
  }
  auto const mixed = read_labels(R"({"categories":["Self-Harm","Oracles",7]})");
  CHECK(mixed.known == category_set{category::self_harm});
  CHECK(mixed.unknown == std::vector<std::string>{"Oracles", "(no text)"});
  CHECK(read_labels(R"({"categories":[]})").known.empty());
  CHECK_FALSE(read_labels(R"({"categories":["Privacy"])").problem.empty());  // truncated
}
