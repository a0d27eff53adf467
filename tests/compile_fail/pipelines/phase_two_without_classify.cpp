// SPDX-License-Identifier: Apache-2.0
// expect: needs_a_field_nothing_upstream_produces = categories
// at most: 2700 bytes, since the templates of the phase that was called stand in front
#include <ease/backend/scripted.hpp>
#include <ease/guard/refusal_judge.hpp>
#include <ease/classifier/generative_classifier.hpp>
#include <ease/run/mixed_source.hpp>
#include <ease/run/run_bound_pipeline.hpp>
#include <ease/teacher/policy_template.hpp>
#ifdef EASE_SHOULD_COMPILE
#include <ease/method/calibrate.hpp>
#else
#include <without_classify/calibrate.hpp>  // the same file, less its `| classify` (see CMakeLists.txt)
#endif

using namespace ease;

struct counting_trainer {
  using report = std::size_t;
  static constexpr int version{1};
  static std::size_t train(std::vector<training_example> const& rows) { return rows.size(); }
};
using prompts = std::vector<record<prompt, data_type, vanilla>>;
using direct_rows = std::vector<record<prompt, given_target, given_categories, file_number>>;

void compose(scripted_generator& slm, generative_classifier<scripted_generator>& by, prompts& some, direct_rows& more) {
  refusal_judge judge;
  policy_template teacher;
  counting_trainer trainer;
  run(calibrate(models{slm, judge, by, teacher, trainer}, some, more, more, more, {}), run_folder{"out"});  // <- here
}
