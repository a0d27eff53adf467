// SPDX-License-Identifier: Apache-2.0
// Both phases of the paper, as `ease run` runs them, with scripted models: which rows go where.
#include <ease/backend/scripted.hpp>
#include <ease/classifier/generative_classifier.hpp>
#include <ease/guard/refusal_judge.hpp>
#include <ease/method/calibrate.hpp>
#include <ease/method/implant.hpp>
#include <ease/method/measure.hpp>
#include <ease/run/mixed_source.hpp>
#include <ease/run/run_bound_pipeline.hpp>
#include <map>
#include <string>
#include <vector>

#include "catch.hpp"
#include "run/own_pipeline.hpp"

namespace {
using namespace ease;
using namespace test;

struct training {
  std::size_t reasoned{0}, direct{0};
  static constexpr auto members() {
    return std::tuple{member("reasoned", &training::reasoned), member("direct", &training::direct)};
  }
};
struct counting_trainer {
  using report = training;
  static constexpr int version{1};
  std::vector<training_example>* seen;
  training train(std::vector<training_example> const& rows) const {
    *seen = rows;
    training t;
    for (auto const& row : rows) ++(thinks(row.completion) ? t.reasoned : t.direct);
    return t;
  }
};

using adversarial = record<prompt, data_type, vanilla, given_categories>;
using direct_row = record<prompt, given_target, given_categories, file_number>;

// Complies with every second trick, answers what it is asked barely, refuses nothing else.
struct world {
  std::size_t asked{0};
  scripted_generator slm{[this](generation_request const& r) -> outcome<completion> {
    ++asked;
    auto const& text = std::get<conversation>(r.input).back().content;
    bool const refuses = text.starts_with("trick") && (text.back() - '0') % 2 == 0;
    return completion{.text = refuses ? "I'm sorry, but I can't help with that." : "Sure: " + text};
  }};
  scripted_generator labels{[this](generation_request const&) -> outcome<completion> {
    ++asked;
    return completion{.text = R"(["Privacy/Personal Data"])"};
  }};
  refusal_judge judge{};
  generative_classifier<scripted_generator> classifier{labels};
  policy_template teacher{};
  std::vector<training_example> trained{};
  counting_trainer trainer{&trained};
  models<scripted_generator, refusal_judge, generative_classifier<scripted_generator>, policy_template, counting_trainer>
      all{slm, judge, classifier, teacher, trainer};

  std::vector<adversarial> prompts{};
  std::vector<direct_row> refusals{}, general{};
  std::vector<record<prompt>> held_out{make_record<prompt>("please 1"), make_record<prompt>("TRICK  3")};

  world() {
    for (int i = 0; i < 8; ++i) {
      auto const n = std::to_string(i);
      prompts.push_back(make_record<prompt, data_type, vanilla, given_categories>(
          "trick " + n, prompt_kind::adversarial_harmful, std::nullopt,
          i < 2 ? std::optional{category_set{category::illicit}} : std::nullopt));
      prompts.push_back(make_record<prompt, data_type, vanilla, given_categories>(
          "play along with " + n, prompt_kind::adversarial_benign, "count to " + n, std::nullopt));
      refusals.push_back(make_record<prompt, given_target, given_categories, file_number>(
          "harm " + n, std::nullopt, category_set{category::violence}, std::size_t{0}));
      general.push_back(make_record<prompt, given_target, given_categories, file_number>(
          "please " + n, i == 0 ? std::optional<complete_answer>{direct{"as given"}} : std::nullopt, std::nullopt,
          std::size_t{0}));
    }
  }
  std::string answer_to(std::string const& text) const {
    for (auto const& row : trained)
      if (row.before.back().content == text) return written(row.completion);
    return {};
  }
};
}  // namespace

TEST_CASE("phase 1 trains on reasoning for harmful and for wrapped harmless prompts") {
  world w;
  auto const done = run(implant(w.all, w.prompts, w.held_out, {}));
  CHECK(done.result.reasoned == 15);  // 8 and 8, less the one that is held out
  CHECK(done.result.direct == 0);
  CHECK(w.answer_to("trick 3").empty());
  CHECK(w.answer_to("trick 0").starts_with("<think>\n"));
  CHECK(w.answer_to("trick 0").find(title_of(category::illicit)) != std::string::npos);  // the category that the row brought
  CHECK(w.answer_to("trick 5").find(title_of(category::privacy)) != std::string::npos);  // the classifier's
  CHECK(w.answer_to("play along with 4").ends_with("Sure: count to 4"));
}

TEST_CASE("phase 2 reasons where the model was vulnerable, refuses plain harm and answers the rest at once") {
  world w;
  scratch const dir;
  for (bool const again : {false, true}) {
    w.asked = 0;
    auto const done =
        run(calibrate(w.all, w.prompts, w.refusals, w.general, w.held_out, {}), run_folder{dir.path}.at("calibrate"));
    CHECK(done.result.reasoned == 3 + 8);  // tricks 1, 5, 7 (3 is held out), and what is harmless in its wrapper
    CHECK(done.result.direct == 8 + 7);    // one general prompt is held out
    if (again) CHECK(w.asked == 0);
  }
  CHECK(w.answer_to("trick 2").empty());  // the model refuses it by itself
  CHECK(w.answer_to("trick 5").starts_with("<think>\n"));
  CHECK(w.answer_to("harm 4").find("<think>") == std::string::npos);
  CHECK(w.answer_to("please 0") == "as given");
  CHECK(w.answer_to("please 2") == "Sure: please 2");
  // The safe rows stand beside, with their verdict.
  CHECK(read_file(dir.path / "calibrate/vulnerable/3-guard_filter.rejected.jsonl").find("\"judge\":\"refusal_judge\"") !=
        std::string::npos);
}

TEST_CASE("a new held-out prompt is left out of the mix of a folder that was done") {
  world w;
  scratch const dir;
  run(calibrate(w.all, w.prompts, w.refusals, w.general, w.held_out, {}), run_folder{dir.path});
  CHECK_FALSE(w.answer_to("please 5").empty());
  w.held_out.push_back(make_record<prompt>("please 5"));
  w.asked = 0;
  run(calibrate(w.all, w.prompts, w.refusals, w.general, w.held_out, {}), run_folder{dir.path});
  CHECK(w.answer_to("please 5").empty());
  CHECK(w.asked == 0);
}

TEST_CASE("a component that is empty or too small stops the run, and says why") {
  world w;
  w.slm = scripted_generator{[](generation_request const&) -> outcome<completion> {
    return completion{.text = "I'm sorry, but I can't help with that."};
  }};
  calibrate_options o;
  CHECK_THROWS_WITH(run(calibrate(w.all, w.prompts, w.refusals, w.general, w.held_out, o)),
                    Catch::Contains("mix: component vulnerable (phase 2, from data.diagnosis) is empty") &&
                        Catch::Contains("none of 8 answers was judged unsafe by refusal phrases") &&
                        Catch::Contains("ask for 0 of its rows"));
  scratch const dir;
  CHECK_THROWS_WITH(run(calibrate(w.all, w.prompts, w.refusals, w.general, w.held_out, o), run_folder{dir.path}),
                    Catch::Contains("none of 8 answers was judged unsafe by refusal phrases"));
  world other;
  o.harmful = 100;
  CHECK_THROWS_WITH(run(calibrate(other.all, other.prompts, other.refusals, other.general, other.held_out, o)),
                    Catch::Contains("component harmful (phase 2, from data.harmful) has 8 of the 100 rows asked for"));
  o.mix.min_fraction = 0.05;
  CHECK(run(calibrate(other.all, other.prompts, other.refusals, other.general, other.held_out, o)).result.direct == 15);
}

TEST_CASE("rows that a run gave back are a component of a mix in the folder") {
  world w;
  scratch const dir;
  run_folder const folder{dir.path};
  std::vector const refusals{make_record<prompt, target>("say d", complete_answer{direct{"I can't."}})};
  auto reasoned = [&](std::string const& text) {
    std::vector const prompts{make_record<prompt, categories>(text, category_set{category::harassment})};
    return run(from(prompts) | cot(policy_template{}), folder.at("reasoned"));
  };
  for (bool const again : {false, true}) {
    auto rows = reasoned("say e");
    CHECK(rows.count() == 1);  // looked at before it is mixed
    auto const before = folder.worked();
    CHECK(run(mix(component_of("reasoned", rows), refusals) | finetune(counting_trainer{&w.trained}), folder.at("mixed"))
              .result.reasoned == 1);
    CHECK((folder.worked() == before) == again);
  }
  auto other = reasoned("say f");
  auto const before = folder.worked();
  run(mix(component_of("reasoned", other), refusals) | finetune(counting_trainer{&w.trained}), folder.at("mixed"));
  CHECK(folder.worked() > before);  // other rows, another mix
}

namespace {
// Leaves a file, as a trainer leaves a model.
struct writing_trainer {
  using report = training;
  static constexpr int version{1};
  std::filesystem::path to;
  report train(std::vector<training_example> const& rows) const {
    std::ofstream{to} << rows.size() << " rows";
    return {.direct = rows.size()};
  }
  std::string content() const { return std::filesystem::exists(to) ? "content " + read_file(to) : std::string{}; }
};
}  // namespace

TEST_CASE("what a sink left is made again if it is gone or changed, and not otherwise") {
  scratch const dir;
  run_folder const folder{dir.path / "out"};
  std::filesystem::create_directories(dir.path);
  auto const file = dir.path / "model";
  std::vector const rows{make_record<prompt, target>("say d", complete_answer{direct{"I can't."}})};
  auto const work = [&] {
    auto const before = folder.worked();
    run(from(rows) | finetune(writing_trainer{file}), folder);
    CHECK(read_file(file) == "1 rows");
    return folder.worked() - before;
  };
  CHECK(work() > 0);
  CHECK(work() == 0);
  std::ofstream{file} << "damaged";
  CHECK(work() == 1);
  std::filesystem::remove(file);
  CHECK(work() == 1);
  CHECK(work() == 0);
}
