// SPDX-License-Identifier: Apache-2.0
#pragma once
// Everything that needs neither libtorch nor a server: rows, pipelines, the stages of the method, run folders.
#include <ease/backend/scripted.hpp>
#include <ease/classifier/generative_classifier.hpp>
#include <ease/classifier/zero_shot_classifier.hpp>
#include <ease/core/stop_signals.hpp>
#include <ease/guard/llama_guard.hpp>
#include <ease/guard/prompted_judge.hpp>
#include <ease/guard/refusal_judge.hpp>
#include <ease/io/rows/read_records.hpp>
#include <ease/io/rows/row_files.hpp>
#include <ease/io/rows/write_records.hpp>
#include <ease/method/calibrate.hpp>
#include <ease/method/implant.hpp>
#include <ease/method/measure.hpp>
#include <ease/method/tables/score_table.hpp>
#include <ease/method/tables/tables.hpp>
#include <ease/method/threshold/threshold.hpp>
#include <ease/run/merge_run.hpp>
#include <ease/run/mixed_source.hpp>
#include <ease/run/run_bound_pipeline.hpp>
#include <ease/stage/function_stages.hpp>
#include <ease/stage/run.hpp>
#include <ease/teacher/model_teacher.hpp>
#include <ease/teacher/policy_template.hpp>
#include <ease/version.hpp>
