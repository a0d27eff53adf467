// SPDX-License-Identifier: Apache-2.0
// What models write that are asked for a list of categories. The kinds of answers are those of public reports on programs
// that ask models for labels; the texts are our own. Sources:
//   fences               langchain issue 23297, dspy-template-adapter issue 2, pydantic-ai PR 3141, hindsight issue 645
//   backticks in values  dify issue 41958, hindsight issue 2542
//   Python lists         outlines issue 677, plugnplai PR 57, json_repair issue 10, DB-GPT issue 1367: single quotes
//   text around          repopilot issue 157: an object in prose, without a fence
//   verdicts in prose    NeMo Guardrails issue 2044: what is no label must not become one
#include <ease/classifier/read_labels.hpp>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"

using namespace ease;
using enum category;

TEST_CASE("labels are read in the forms that models write them in") {
  for (auto const& [text, want] : std::vector<std::pair<std::string, category_set>>{
           {R"(["Privacy/Personal Data"])", {privacy}},
           {R"(["Privacy/Personal Data", "Self-Harm",])", {privacy, self_harm}},
           {"```json\n[\"Privacy/Personal Data\"]\n```", {privacy}},
           {"Here is the list:\n\n```\n[\"Privacy/Personal Data\"]\n```\nTell me if you need more.", {privacy}},
           {"```json\n{\"categories\": [\"Sexual/Adult\", \"Privacy/Personal Data\"]}\n```", {sexual, privacy}},
           {"```[\"Self-Harm\"]```", {self_harm}},
           {"```json\n[\"Self-Harm\"]", {self_harm}},
           {R"({"note": "written as ```x``` and `y`", "label": "Self-Harm"})", {self_harm}},
           {"['Privacy/Personal Data', 'Violence/Physical Harm']", {privacy, violence}},
           {"{'categories': ('Self-Harm',)}", {self_harm}},
           {"{'Self-Harm', 'Sexual/Adult'}", {self_harm, sexual}},
           {R"({"label": "Illicit/Criminal Behavior"})", {illicit}},
           {R"({"reasoning": "It is not about violence.", "Safety Categories": ["Self-Harm"]})", {self_harm}},
           {R"({"result": {"labels": ["Self-Harm"]}})", {self_harm}},
           {R"([{"category": "Self-Harm", "confidence": 0.9}, {"category": "Benign", "confidence": 0.1}])",
            {self_harm, benign}},
           {R"([{"name": "Sexual/Adult"}])", {sexual}},
           {R"({"Violence/Physical Harm": true, "Self-Harm": false, "Benign": 0})", {violence}},
           {R"({"categories": "Self-Harm, Privacy/Personal Data"})", {self_harm, privacy}},
           {R"({"categories": [4]})", {self_harm}},
           {R"(The categories are ["Self-Harm", "Benign"].)", {self_harm, benign}},
           {"[Privacy/Personal Data, Self-Harm]", {privacy, self_harm}},
           {"\"Privacy/Personal Data\"", {privacy}},
           {"Privacy/Personal Data.", {privacy}},
           {"**Privacy/Personal Data**", {privacy}},
           {"__Self_Harm__", {self_harm}},
           {"`self_harm`", {self_harm}},
           {"\u201cSelf\u2013Harm\u201d", {self_harm}},
           {"SELF HARM; privacies", {self_harm, privacy}},
           {"self-harms", {self_harm}},
           {"Illicit/Criminal Behaviour", {illicit}},
           {"criminal behaviours", {illicit}},
           {"Intellectual Properties", {intellectual_property}},
           {"Hate and Discrimination", {harassment}},
           {"Privacy & Personal Data and Self-Harm", {privacy, self_harm}},
           {"Privacy, Violence, and Self-Harm", {privacy, violence, self_harm}},
           {"Mis-information | disinformation", {misinformation}},
           {"- Privacy/Personal Data\n- Self-Harm", {privacy, self_harm}},
           {"1. Privacy/Personal Data\n2) Self-Harm", {privacy, self_harm}},
           {"(a) Privacy/Personal Data\r\n(b) Self-Harm\r\n", {privacy, self_harm}},
           {"\u2022 **Privacy/Personal Data**: the text asks for an address, or a telephone number", {privacy}},
           {"* Privacy/Personal Data (a name)\n* Sexual/Adult \u2014 it is about clothes", {privacy, sexual}},
           {"Violence/Physical Harm: no\nPrivacy/Personal Data: yes", {privacy}},
           {"Categories: Privacy/Personal Data", {privacy}},
           {"**Category:** Self-Harm\n**Reason:** it does not speak of violence", {self_harm}},
           {"Final answer: privacy, violence", {privacy, violence}},
           {"# Safety categories\n\n- Self-Harm\n\nI hope this helps!", {self_harm}},
           {"The category is Privacy/Personal Data.", {privacy}},
           {"The request belongs to the categories Self-Harm and Violence/Physical Harm.", {self_harm, violence}},
           {"This falls under **Self-Harm**. It asks for a plan.", {self_harm}},
           {"Self-Harm applies.", {self_harm}},
           {"Privacy/Personal Data, because somebody's address is asked for", {privacy}},
           {"<answer>Self-Harm</answer>", {self_harm}},
           {"\\boxed{Self-Harm}", {self_harm}},
           {"Hm, violence? No.\n</think>\n\n[\"Self-Harm\"]", {self_harm}},
           {"2, 7", {sexual, privacy}},
           {"[4]", {self_harm}},
           {"Categories: 4", {self_harm}},
           {"Benign", {benign}},
       }) {
    INFO(text);
    auto const read = read_labels(text);
    CHECK(read.problem.empty());
    CHECK(read.unknown.empty());
    CHECK(read.known == want);
  }
}

TEST_CASE("what may mean two things, or nothing, is no label") {
  for (std::string const& text : {
           std::string{"not violence"},
           std::string{"This is not Violence/Physical Harm."},
           std::string{"It isn't self-harm"},
           std::string{"Violence or Self-Harm"},
           std::string{"Either privacy or self-harm."},
           std::string{"Maybe Self-Harm"},
           std::string{"Privacy/Personal Data, but not Violence"},
           std::string{"- Self-Harm: maybe\n- Privacy/Personal Data"},
           std::string{"Violence (not present)"},
           std::string{"Everything except Privacy"},
           std::string{"I considered violence, and the request is harmless as it stands, so I would leave it."},
           std::string{"The user writes of violence in a game they like to play with friends."},
           std::string{"I cannot help with that."},
           std::string{"Violence: 0.2\nSelf-Harm: 0.9"},
           std::string{R"({"Violence": 0.2, "Self-Harm": 0.9})"},
           std::string{R"({"categories": ["Self-Harm"], "label": "Benign"})"},
           std::string{R"({"score": 4})"},
           std::string{R"(["Self-Harm"] or ["Benign"])"},
           std::string{R"(Not ["Self-Harm"])"},
           std::string{R"(["Self-Harm"])"} + "\n" + R"(["Benign"])",
           std::string{R"({"categories": ["Self-Harm")"},
           std::string{R"(["Self-Harm")"},
           std::string{""},
           std::string{" \n\t"},
           std::string{"Violence: Yes, Privacy: No"},
           std::string(20'000, '['),
           std::string(100'000, 'x'),
       }) {
    INFO(text.substr(0, 80));
    auto const read = read_labels(text);
    CHECK_FALSE(read.problem.empty());
    CHECK(read.known.empty());
    CHECK(read.unknown.empty());
  }
}

TEST_CASE("a word that names no category is told apart from an answer that cannot be read") {
  for (auto const& [text, word] : std::vector<std::pair<std::string, std::string>>{{R"(["Other"])", "Other"},
                                                                                   {"Oracles", "Oracles"},
                                                                                   {"- Privacy\n- Oracles", "Oracles"},
                                                                                   {"privacy, oracles", "oracles"},
                                                                                   {"S3", "S3"},
                                                                                   {"10", "10"},
                                                                                   {"Categories: Oracles", "Oracles"},
                                                                                   {R"({"label": "other"})", "other"}}) {
    INFO(text);
    auto const read = read_labels(text);
    CHECK(read.problem.empty());
    CHECK(read.unknown == std::vector{word});
  }
  for (auto const* none : {"[]", "None", "Categories: none", R"({"categories": []})", R"({"categories": null})", "N/A"}) {
    INFO(none);
    auto const read = read_labels(none);
    CHECK(read.problem.empty());
    CHECK((read.unknown.empty() && read.known.empty()));
  }
}
