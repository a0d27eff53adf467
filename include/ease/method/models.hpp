// SPDX-License-Identifier: Apache-2.0
#pragma once
// The models of the method, by type: Ms, the guard, the classifier, Mt, and the trainer of the phase (paper, section 3).
// They are referred to and must outlive what is made of them.
#include <ease/classifier/classifier.hpp>
#include <ease/core/generator.hpp>
#include <ease/guard/guard.hpp>
#include <ease/method/finetune.hpp>
#include <ease/teacher/teacher.hpp>

namespace ease::inline v1 {

template <text_generator Slm, guard Guard, classifier Classifier, teacher Teacher, sft_trainer Trainer>
struct models {
  Slm& slm;                // the original small language model
  Guard& guard;            // judges its answers, and what the teacher writes
  Classifier& classifier;  // gives prompts their safety categories
  Teacher& teacher;        // writes safety reasoning
  Trainer& trainer;        // trains the phase's model
};
// For compilers that deduce none for an aggregate: clang before 17.
template <class Slm, class Guard, class Classifier, class Teacher, class Trainer>
models(Slm&, Guard&, Classifier&, Teacher&, Trainer&) -> models<Slm, Guard, Classifier, Teacher, Trainer>;

}  // namespace ease::inline v1
