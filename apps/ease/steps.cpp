#include "steps.hpp"

#include <chrono>
#include <ease/method/classify.hpp>
#include <ease/method/cot.hpp>
#include <ease/method/finetune.hpp>
#include <ease/method/guard_filter.hpp>
#include <ease/method/prompt_class.hpp>
#include <ease/record/random.hpp>
#include <ease/record/row_key.hpp>
#include <ease/stage/run.hpp>
#include <functional>
#include <ranges>
#include <type_traits>
#include <unordered_set>
#include <utility>

#include "pipe.hpp"
#include "progress.hpp"
#include "ranks.hpp"
#include "watching.hpp"

namespace ease::app {

namespace {

// A harmless prompt's own answer is not a refusal, which is all the phrase judge knows: it checks refusals only.
bool checks(teacher_choice const& teacher, guard_choice const& guard, bool keep_answers) {
  return teacher.check && !(keep_answers && guard.kind == "refusal");
}

// A prompt's class for the table, from the row's "class" or else its "data_type".
std::string class_of(auto const& row) {
  if (get<maybe_class>(row)) return *get<maybe_class>(row);
  if (auto const kind = get<maybe_type>(row)) return std::string{ease::class_of(*kind)};
  return "all";
}

}  // namespace

any_model& model_shelf::open(std::string const& name) {
  auto& slot = open_[name];
  if (!slot) {
    auto const start = clock::now();
    slot = open_model(name, options_);
    identities_.push_back(slot->identity());
    logs().write(log_level::info, "model", {{"is", identities_.back()}, {"seconds", since(start)}});
  }
  return *slot;
}

std::string step_report::json(std::string const& settings) const {
  std::string out;
  json_writer w{out, bad_utf8::replace};
  write_report(w, *this, settings);
  return out;
}

std::string step_report::trouble() const {
  if (rows.failures() == 0 && !failed_verdict.empty())
    return fmt::format("{}: not all verdicts could be had; the first failed: {}", step, failed_verdict);
  return stage_report::trouble();
}

void step_report::log() const {
  for (auto const& s : rows.stages)
    for (auto const& [reason, count] : s.rejected)
      logs().write(log_level::info, "rejected", {{"step", step}, {"stage", s.stage}, {"why", reason}, {"rows", count}});
  logs().write(troubled() ? log_level::warn : log_level::info, "step",
               {{"step", step},
                {"read", rows.read},
                {"written", rows.written},
                {"rejected", rows.rejections()},
                {"failed", rows.failures()},
                {"bad_rows", read.rejected},
                {"seconds", seconds}});
}

step_report sample_step(input_options const& in, std::string const& out, sample_options const& options) {
  auto const start = clock::now();
  step_report report{"sample"};
  typed_rows source{in};
  auto drawn = sample(source.rows(), options);
  record_writer writer{out};
  for (auto const& row : drawn.rows) writer(row);
  writer.close();
  source.close();
  auto const& r = drawn.report;
  report.rows.read = r.read;
  report.rows.written = drawn.rows.size();
  report.rows.stages.push_back(r.counts());
  report.read = source.counts();
  report.input = source.description();
  report.details = {to_json_text(r)};
  report.seconds = since(start);
  return report;
}

step_report diagnose_step(input_options const& in, std::string const& out, std::string const& failed,
                          std::string const& model, diagnose_options const& options, model_shelf& shelf) {
  side_files beside;
  if (!failed.empty()) beside.file_for("", failed);
  watching_shelf open{shelf, "diagnose"};
  return pipe<prompt_rows>("diagnose", in, out, beside, open,
                           [&](auto rows) { return std::move(rows) | diagnose(open(model), options); });
}

step_report guard_filter_step(input_options const& in, guard_files const& out, guard_choice const& guard,
                              model_shelf& shelf) {
  side_files beside;
  if (!out.safe.empty()) beside.file_for("safe", out.safe, true);
  if (!out.unparsed.empty()) beside.file_for("unparsed", out.unparsed);
  if (!out.failed.empty()) beside.file_for("", out.failed);
  watching_shelf open{shelf, "guard_filter"};
  return with_guard(guard, open, [&](auto judge) {
    return pipe<answered_rows>(
        "guard_filter", in, out.unsafe, beside, open,
        [&](auto rows) { return std::move(rows) | guard_filter(std::move(judge)); }, guard.max_unparsed);
  });
}

step_report classify_step(input_options const& in, std::string const& out, std::string const& rejects,
                          labeller_choice const& labeller, model_shelf& shelf) {
  side_files beside;
  if (!rejects.empty()) beside.file_for("", rejects);
  watching_shelf open{shelf, "classify"};
  return with_labeller(labeller, open, [&](auto by) {
    return pipe<prompt_rows>("classify", in, out, beside, open,
                             [&](auto rows) { return std::move(rows) | classify(std::move(by)); });
  });
}

step_report cot_step(input_options const& in, std::string const& out, std::string const& rejects,
                     teacher_choice const& teacher, guard_choice const& guard, bool keep, model_shelf& shelf) {
  side_files beside;
  if (!rejects.empty()) beside.file_for("", rejects);
  watching_shelf open{shelf, "cot"};
  auto const write = [&]<class Rows>(std::type_identity<Rows>, auto stage) {
    return pipe<Rows>(
        "cot", in, out, beside, open, [&](auto rows) { return std::move(rows) | std::move(stage); }, max_unparsed_of(guard));
  };
  // Without a check the guard's model is not opened.
  auto const check = [&](auto rows, auto stage) {
    if (!checks(teacher, guard, keep)) return write(rows, std::move(stage));
    return with_guard(guard, open,
                      [&](auto judge) { return write(rows, std::move(stage).checked_by(std::move(judge), teacher.cot)); });
  };
  return with_teacher(teacher, open, [&](auto by) {
    if (keep) return check(std::type_identity<labelled_answered_rows>{}, cot(std::move(by), keep_answer));
    return check(std::type_identity<labelled_rows>{}, cot(std::move(by)));
  });
}

mix_result mix_step(std::vector<mix_arm> const& arms, std::vector<input_options> const& evaluation_files,
                    std::string const& out, std::uint64_t seed) {
  auto const start = clock::now();
  step_report report{"mix"};
  if (arms.empty()) throw error{"mix: name at least one arm, NAME=FILE"};
  // The number of arms is known only now, so they are one typed arm each inside, mixed by the same class as in C++.
  std::vector<arm_of_rows<std::vector<record<prompt, target>>>> pools;
  for (auto const& a : arms) {
    training_rows source{a.in};
    auto rows = std::make_shared<std::vector<record<prompt, target>>>();
    for (auto& row : source.rows()) rows->push_back(row);
    source.close();
    report.read += source.counts();
    arm_of_rows<std::vector<record<prompt, target>>> one{a.name, std::move(rows)};
    if (a.count) one = std::move(one).count(*a.count);
    if (a.weight) one = std::move(one).weight(*a.weight);
    pools.push_back(std::move(one));
  }
  auto mixture = mix_all(std::move(pools)).seed(seed);
  for (auto const& in : evaluation_files) {
    bare_prompts held_out{in};
    mixture = std::move(mixture).without(held_out.rows());
    held_out.close();
  }
  record_writer writer{out};
  report.rows = run(mixture, std::ref(writer));
  writer.close();
  auto const& made = mixture.report();
  auto const counts = mixture.counts_of_rows();
  report.details = {to_json_text(mixture.details())};
  report.rows.read = counts.in;
  report.rows.stages = {counts};
  report.seconds = since(start);
  return {std::move(report), made};
}

step_report train_step(std::string const& title, input_options const& in, std::string const& model, std::string const& out,
                       train_options const& options, bool quiet) {
  auto const start = clock::now();
  step_report report{title};
  auto kept = in;
  kept.keep_bad_rows = first_rank();  // every rank reads all rows
  training_rows source{kept};
  file_trainer trainer{model, out, options, training_watch(title, quiet)};
  auto const done = run(from(source.rows()) | finetune(trainer));
  source.close();
  report.rows = done.report;
  report.read = source.counts();
  report.input = source.description();
  report.details = {to_json_text(done.result)};
  report.seconds = since(start);
  if (!done.result.log_problem.empty()) fmt::print(stderr, "ease: {}\n", done.result.log_problem);
  return report;
}

boundary_result boundary_step(std::vector<boundary_source> const& sources, boundary_draw const& draw,
                              std::string const& model, std::string const& out, boundary_options const& options) {
  auto const start = clock::now();
  boundary_result done{.report = step_report{"boundary"}, .boundary = {}};
  auto const read_prompts = [&](input_options const& in, auto&& take) {
    boundary_prompt_rows source{in};
    for (auto const& row : source.rows()) take(row);
    source.close();
    done.report.read += source.counts();
    done.report.input = source.description();
  };
  std::unordered_set<std::uint64_t> left_out;
  for (auto const& file : draw.leave_out)
    for (auto const& row : read_records<prompt>(file, to_read_options({.file = file, .allow_empty = true})))
      left_out.insert(row_key(get<prompt>(row)));

  stage_count counts{.stage = "draw"};
  std::vector<boundary_prompts> kinds;
  for (auto const& from : sources) {
    std::vector<std::pair<std::uint64_t, std::string>> rows;
    read_prompts(from.in, [&](auto const& row) {
      ++counts.in;
      auto const key = row_key(get<prompt>(row));
      if (from.only && get<maybe_type>(row) != from.only)
        ++counts.rejected["other_type"];
      else if (left_out.contains(key))
        ++counts.rejected["left_out"];
      else
        rows.emplace_back(lot(draw.seed, key), get<prompt>(row));
    });
    std::ranges::stable_sort(rows, {}, [](auto const& row) { return row.first; });
    if (rows.size() > draw.rows_per_file) {
      counts.rejected["not_drawn"] += rows.size() - draw.rows_per_file;
      rows.resize(draw.rows_per_file);
    }
    counts.out += rows.size();
    boundary_prompts kind{.name = std::filesystem::path{from.in.file}.filename().string(), .thinks = from.thinks};
    for (auto& [key, text] : rows) {
      conversation asked;
      if (!draw.system_prompt.empty()) asked.push_back({role::system, draw.system_prompt});
      asked.push_back({role::user, std::move(text)});
      kind.prompts.push_back(std::move(asked));
    }
    if (!kind.prompts.empty()) kinds.push_back(std::move(kind));
  }
  for (bool const side : {true, false})
    if (std::ranges::none_of(kinds, [&](auto const& k) { return k.thinks == side; }))
      throw error{
          "boundary: no prompt is left that should {}: all are in the files to leave out; name other files, or keep some "
          "back from training",
          side ? "think" : "be answered at once"};
  done.boundary = set_boundary_of(model, out, kinds, options);
  done.report.rows.read = counts.in;
  done.report.rows.written = counts.out;
  done.report.rows.stages = {counts};
  done.report.details = {to_json_text(done.boundary)};
  done.report.seconds = since(start);
  return done;
}

train_plan plan_step(input_options const& in, std::string const& model, train_options const& options) {
  training_rows source{in};
  file_planner planner{model, options};
  auto done = run(from(source.rows()) | finetune(planner));
  source.close();
  return std::move(done.result);
}

step_report evaluate_step(std::vector<input_options> const& in, std::string const& answers, std::string const& failed,
                          std::string const& model, diagnose_options const& options,
                          std::optional<guard_choice> const& guard, model_shelf& shelf, std::string const& title) {
  auto const start = clock::now();
  step_report report{title};
  // All files in one pass, so that the model is never short of rows.
  std::vector<record<prompt, prompt_class, other_keys, row_position>> rows;
  for (auto one : in) {
    one.rows_before = report.input_rows;
    evaluation_rows source{one};
    for (auto&& row : source.placed())
      rows.push_back(make_record<prompt, prompt_class, other_keys, row_position>(
          get<prompt>(row), class_of(row), get<other_keys>(row), get<row_position>(row)));
    source.close();
    report.input_rows = source.rows_seen();
    report.read += source.counts();
    report.input = source.description();
  }
  watching_shelf open{shelf, title, rows.size()};
  std::optional<placed_writer> writer;
  if (!answers.empty()) writer.emplace(answers);
  std::vector<record<prompt, prompt_class, response, response_tokens>> answered;
  std::vector<std::pair<std::string, std::size_t>> firsts;  // as evaluate() orders its classes
  side_files beside;
  if (!failed.empty()) beside.file_for("", failed);
  report.rows = run(
      from(rows) | diagnose(open(model), options),
      [&](auto const& row) {
        if (writer) (*writer)(row);
        if (std::ranges::none_of(firsts, [&](auto const& f) { return f.first == get<prompt_class>(row); }))
          firsts.emplace_back(get<prompt_class>(row), get<row_position>(row));
        answered.push_back(make_record<prompt, prompt_class, response, response_tokens>(
            get<prompt>(row), get<prompt_class>(row), get<response>(row), get<response_tokens>(row)));
      },
      beside.sink());
  if (writer) {
    writer->close();
    report.files.push_back(writer->file());
  }
  beside.close();
  beside.add_to(report.files);
  report.failed_file = beside.file_of("failed");
  if (guard) {
    report.scores = with_guard(*guard, open, [&](auto judge) { return run(answered | evaluate(std::move(judge))).result; });
    std::size_t unparsed = 0;
    auto& why = report.failed_verdict;
    for (auto const& s : report.scores) {
      unparsed += s.unparsed;
      if (why.empty()) why = s.first_failure;
    }
    check_unparsed(title, unparsed, answered.size(), max_unparsed_of(*guard), why);
  } else {
    report.scores = run(answered | evaluate()).result;
  }
  for (auto const& [name, first] : firsts) report.first_rows.push_back(first);
  report.details = {to_json_text(score_details{score_table::of(report.scores)})};
  report.remote = open.used();
  report.seconds = since(start);
  return report;
}

}  // namespace ease::app
