// SPDX-License-Identifier: Apache-2.0
// Each prompt gets its safety categories, or falls out with a reason.
#include <algorithm>
#include <ease/classifier/generative_classifier.hpp>
#include <ease/classifier/zero_shot_classifier.hpp>
#include <ease/method/classify.hpp>
#include <ease/stage/run.hpp>
#include <optional>
#include <string>
#include <vector>

#include "catch.hpp"
#include "method/obedient.hpp"

using namespace test;

// What must not compile.
static_assert(composes<rows_with<prompt>, classify<generative_classifier<scripted_generator>>>);
static_assert(!composes<rows_with<response>, classify<generative_classifier<scripted_generator>>>);  // no prompt
static_assert(
    !composes<rows_with<prompt, categories>, classify<generative_classifier<scripted_generator>>>);  // labelled already

TEST_CASE("classify keeps several labels and never invents one") {
  scripted_generator writer{[](generation_request const& r) -> outcome<completion> {
    auto const text = user_text(r.input);
    if (text.find("zwei") != std::string::npos) return said("[\"Privacy/Personal Data\", \"Violence/Physical Harm\"]");
    if (text.find("ungerade") != std::string::npos) return said("[\"Other\"]");
    if (text.find("keins") != std::string::npos) return said("[]");
    if (text.find("endlos") != std::string::npos) return said("illicit, and", finish_reason::max_tokens);
    return said("illicit");
  }};
  auto pipeline =
      from(prompts_of({"zwei", "ungerade", "keins", "endlos", "eins"})) | classify(generative_classifier(writer));
  std::vector<category_set> found;
  for (auto const& row : pipeline) found.push_back(get<categories>(row));
  CHECK(found == std::vector<category_set>{{category::violence, category::privacy}, {category::illicit}});
  CHECK(pipeline.report().stages[0].rejected.at("unknown_label") == 1);
  CHECK(pipeline.report().notes().find("1 of 5 answers have a label that names no category, the first \"Other\"") !=
        std::string::npos);
  CHECK(pipeline.report().stages[0].rejected.at("unparsed") == 1);  // truncated
  CHECK(pipeline.report().notes().find("1 of 5 answers could not be read") != std::string::npos);
  CHECK(pipeline.report().stages[0].rejected.at("no_label") == 1);
}

TEST_CASE("a prompt whose data_type is benign is not asked about") {
  std::vector<std::string> asked;
  scripted_generator writer{[&](generation_request const& r) -> outcome<completion> {
    asked.push_back(user_text(r.input));
    return said("illicit");
  }};
  using row = record<prompt, known_data_type>;
  std::vector<row> const rows{make_record<prompt, known_data_type>("eins", prompt_kind::adversarial_harmful),
                              make_record<prompt, known_data_type>("zwei", prompt_kind::adversarial_benign),
                              make_record<prompt, known_data_type>("drei", std::optional<prompt_kind>{}),
                              make_record<prompt, known_data_type>("vier", prompt_kind::vanilla_benign)};
  auto pipeline = from(rows) | classify(generative_classifier(writer), know_benign);
  std::vector<category_set> found;
  for (auto const& one : pipeline) found.push_back(get<categories>(one));
  std::ranges::sort(found, {}, [](category_set s) { return s.contains(category::benign); });
  CHECK(found ==
        std::vector<category_set>{{category::illicit}, {category::illicit}, {category::benign}, {category::benign}});
  CHECK(asked.size() == 2);
}
