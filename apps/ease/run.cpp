#include "run.hpp"

#include <fmt/ranges.h>

#include <chrono>
#include <ease/io/terminal_text.hpp>
#include <ease/method/classify.hpp>
#include <ease/method/cot.hpp>
#include <ease/method/own_answer.hpp>
#include <ease/stage/run.hpp>
#include <functional>
#include <utility>

#include "folder_lock.hpp"
#include "ledger.hpp"
#include "progress.hpp"
#include "steps.hpp"
#include "stopping.hpp"
#include "watching.hpp"

namespace ease::app {

namespace {

namespace fs = std::filesystem;

struct maybe_target : field<"completion", std::optional<finished>> {};

struct maybe_categories : field<"categories", std::optional<category_set>> {};
struct maybe_vanilla : field<"vanilla", std::optional<std::string>> {};  // the bare request inside a wrapped prompt
struct framed_prompt : field<"framed", std::string> {};

class method_run {
 public:
  method_run(run_config config, run_settings const& settings)
      : config_{std::move(config)},
        settings_{settings},
        out_{settings.out},
        ledger_{out_ / ".stages"},
        lock_{out_ / ".stages"},
        shelf_{config_.models} {
    shelf_.quiet(settings.quiet);
    ledger_.remove_leftovers(out_);
    if (settings.fresh) ledger_.clear();
    if (config_.data.reasoning.empty()) config_.data.reasoning = config_.data.diagnosis;
    auto const need = [](bool there, char const* key) {
      if (!there) throw error{"ease run: {} is missing from the settings; see ease run --help", key};
    };
    need(!config_.model.empty(), "model");
    need(!config_.data.diagnosis.empty(), "data.diagnosis");
    need(!config_.data.harmful.empty(), "data.harmful");
    need(!config_.data.general.empty(), "data.general");
    need(!config_.data.held_out.empty(), "data.held_out");
    if (config_.labeller.model.empty()) config_.labeller.model = config_.model;
    for (auto* t : {&config_.distill, &config_.finetune}) {
      t->seed = config_.seed;
      t->device = config_.models.device;
      t->overwrite = true;  // a stage that runs again replaces what it left before
      t->always_resumes = true;
      t->merge = t->lora_rank > 0;  // the next stage needs a whole model
    }
    config_.sample.seed = config_.seed;
    config_.reasoning_sample.seed = config_.seed + 1;  // other rows than the diagnosis draws, as far as there are any
  }

  run_outcome everything() {
    auto const start = std::chrono::steady_clock::now();
    auto const before = table("before", config_.model);
    phase_one();
    phase_two();
    auto const after = table("after", at("model"));
    std::string report;
    json_writer w{report};
    w.object().key("model").value(config_.model).key("seed").value(config_.seed);
    w.key("minutes").value(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() / 60);
    w.key("before").raw(before).key("after").raw(after).key("stages").array();
    for (auto const& s : stages_) w.raw(s);
    w.end().end();
    atomic_file file{at("report.json")};
    file.write(report + "\n");
    file.commit();
    return {std::move(report), failed_rows_};
  }

 private:
  std::string at(std::string const& name) const { return (out_ / name).string(); }
  static input_options file(std::string path) { return {.file = std::move(path)}; }
  static std::vector<input_options> files(std::vector<std::string> const& paths, std::size_t most = std::size_t(-1)) {
    std::vector<input_options> all;
    for (auto const& p : paths) all.push_back({.file = p, .max_rows = most});
    return all;
  }

  // Runs a stage, or tells that it is done. `key`: everything its outcome depends on.
  std::string stage(std::string const& name, std::string key, std::vector<std::string> const& inputs,
                    std::vector<std::string> const& outputs, std::function<step_report()> const& work) {
    for (auto const& i : inputs)
      key += fs::is_directory(i) || i.ends_with(".gguf") ? model_fingerprint(i) : ledger::content(i);
    key += fmt::format("seed {}", config_.seed);
    auto report = ledger_.done(name, key, outputs);
    // Where rows failed it runs again for them; the journal has the others.
    if (report.empty() || failed_in(report) > 0) {
      running_ = fmt::format("{:016x}", row_key(key));
      for (auto const& o : outputs) fs::create_directories(fs::path{o}.parent_path());
      stop_if_asked();
      ledger_.begin(name);
      shelf_.keep_in(ledger_.journal_of(name));
      auto done = work();
      shelf_.keep_no_more(true);
      done.step = name;
      done.log();
      report = done.json();
      ledger_.write(name, key, report);
      if (auto const trouble = done.trouble(); !trouble.empty())
        std::fputs(("ease: " + terminal_text(trouble, true) + "\n").c_str(), stderr);
      say(done.summary());
    } else {
      say(fmt::format("{}: already done", name));
    }
    failed_rows_ += failed_in(report);
    stages_.push_back(report);
    return report;
  }
  void say(std::string const& line) const {
    if (!settings_.quiet) std::fputs((line + "\n").c_str(), stderr);  // a closed stderr is no reason to end
  }

  static std::string key_of(sampling const& s) {
    return fmt::format("t{} p{} m{} k{} r{} n{};", s.temperature, s.top_p, s.min_p, s.top_k, s.repetition_penalty,
                       s.max_tokens);
  }
  static std::string key_of(guard_choice const& g) {
    return fmt::format("guard {} {} {};", g.kind, model_fingerprint(g.model), g.threshold);
  }
  static std::string key_of(train_options const& t) {
    auto key =
        fmt::format("lr{} e{} b{} a{} l{} w{} d{} c{} {} {};", t.learning_rate, t.epochs, t.batch_size, t.accumulation,
                    t.max_length, t.warmup_ratio, t.weight_decay, t.clip_norm, t.schedule, t.precision);
    if (t.batching != "packed") key += t.batching + ";";
    if (t.eval_share > 0) key += fmt::format("eval {} {} {};", t.eval_share, t.eval_steps, t.keep);
    if (t.lora_rank > 0) key += fmt::format("lora {} {} {};", t.lora_rank, t.lora_alpha, fmt::join(t.lora_targets, ","));
    return key;
  }
  std::string slm_key() const { return model_fingerprint(config_.model) + config_.models.precision + config_.system_prompt; }
  static std::string key_of(run_config::own_answer_options const& o) { return key_of(o.how) + o.when_cut_off + ";"; }
  diagnose_options asking(sampling const& how, std::string when_cut_off = {}) const {
    return {
        .how = how, .system_prompt = config_.system_prompt, .seed = config_.seed, .when_cut_off = std::move(when_cut_off)};
  }
  diagnose_options asking(run_config::own_answer_options const& o) const { return asking(o.how, o.when_cut_off); }

  // The held-out prompts answered and counted; the scores as JSON.
  std::string table(std::string const& name, std::string const& model) {
    auto const& how = config_.evaluate;
    auto const key = fmt::format("{} {} {} {}", model_fingerprint(model), key_of(how.how), config_.models.precision,
                                 how.guard ? key_of(*how.guard) : "") +
                     fmt::format("{} {}", how.rows_per_file, config_.system_prompt);
    auto const answers = at(name + ".jsonl");
    auto const report = stage(name, key, config_.data.held_out, {answers}, [&] {
      shelf_.clear();
      return evaluate_step(files(config_.data.held_out, how.rows_per_file), answers, at(name + ".failed.jsonl"), model,
                           asking(how.how), how.guard, shelf_, name);
    });
    return member(report, "scores");
  }

  // Rows that failed, by a stage's report.
  static std::size_t failed_in(std::string const& report) {
    simdjson::ondemand::parser parser;
    simdjson::padded_string const text{report};
    auto document = parser.iterate(text);
    return static_cast<std::size_t>(document["failed"].get_uint64().value());
  }
  // One member of a stage's details, as JSON text.
  static std::string member(std::string const& report, char const* name) {
    simdjson::ondemand::parser parser;
    simdjson::padded_string const text{report};
    auto document = parser.iterate(text);
    return std::string{std::string_view{simdjson::to_json_string(document["details"][name]).value()}};
  }

  template <class... Fs>
  static std::vector<record<Fs...>> read_all(std::vector<std::string> const& paths, read_counts& counts) {
    std::vector<record<Fs...>> rows;
    for (auto const& p : paths) {
      read_options options;
      options.allow_empty = true;
      auto reader = read_records<Fs...>(p, options);
      for (auto& row : reader) rows.push_back(std::move(row));
      counts.read += reader.counts().read;
      counts.given += reader.counts().given;
      counts.rejected += reader.counts().rejected;
    }
    return rows;
  }

  // The drawn prompts, the harmful and the harmless in a file each.
  void draw(std::string const& name, std::vector<std::string> const& from_files, sample_options const& options) {
    auto const harmful = at(name + "/harmful.prompts.jsonl");
    auto const benign = at(name + "/benign.prompts.jsonl");
    stage(name + ".sample",
          fmt::format("{} {} {} {}", options.harmful, options.benign, options.seed, config_.data.max_prompt_bytes),
          from_files, {harmful, benign}, [&] {
            step_report report;
            auto rows = read_all<prompt, data_type, other_keys>(from_files, report.read);
            auto const too_long = std::erase_if(
                rows, [&](auto const& row) { return get<prompt>(row).size() > config_.data.max_prompt_bytes; });
            auto drawn = ease::sample(rows, options);
            record_writer bad{harmful};
            record_writer good{benign};
            for (auto const& row : drawn.rows) (get<data_type>(row) == prompt_kind::adversarial_harmful ? bad : good)(row);
            bad.close();
            good.close();
            auto const& r = drawn.report;
            report.rows.read = r.read + too_long;
            report.rows.written = drawn.rows.size();
            auto counts = r.counts();
            counts.in += too_long;
            if (too_long > 0) counts.rejected["too_long"] = too_long;
            report.rows.stages = {counts};
            report.details = {to_json_text(r)};
            return report;
          });
  }

  // classify | cot for harmful prompts.
  void reason(std::string const& name, std::vector<std::string> const& inputs) {
    auto const labelled = at(name + "/classified.jsonl");
    stage(name + ".classify",
          fmt::format("{} {} {}", config_.labeller.kind, model_fingerprint(config_.labeller.model),
                      config_.labeller.threshold),
          inputs, {labelled}, [&] {
            // A row that brings its categories keeps them; the labeller is asked for the others.
            step_report report;
            auto const start = std::chrono::steady_clock::now();
            auto const rows = read_all<prompt, maybe_categories, other_keys>(inputs, report.read);
            std::vector<record<prompt, other_keys>> unlabelled;
            record_writer writer{labelled};
            for (auto const& row : rows) {
              if (auto const& given = get<maybe_categories>(row); given && !given->empty())
                writer(make_record<prompt, categories, other_keys>(get<prompt>(row), *given, get<other_keys>(row)));
              else
                unlabelled.push_back(make_record<prompt, other_keys>(get<prompt>(row), get<other_keys>(row)));
            }
            auto const given = rows.size() - unlabelled.size();
            side_files beside;
            beside.file_for("", at(name + "/unlabelled.jsonl"));
            if (!unlabelled.empty()) {
              watching_shelf open{shelf_, "classify", unlabelled.size()};
              report.rows = with_labeller(config_.labeller, open, [&](auto by) {
                return run(from(unlabelled) | classify(std::move(by)), std::ref(writer), beside.sink());
              });
              report.remote = open.used();
            }
            report.rows.read += given;
            report.rows.written += given;
            writer.close();
            beside.close();
            report.failed_file = beside.file_of("failed");
            json_writer w{report.details.text};
            w.object().key("labels_given").value(given).key("labels_asked_for").value(unlabelled.size()).end();
            report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
            return report;
          });
    auto const traced = at(name + "/traced.jsonl");
    stage(name + ".cot",
          fmt::format("{} {} {} {} {}", config_.teacher.kind, model_fingerprint(config_.teacher.model),
                      key_of(config_.teacher.how), config_.teacher.check, policy_template::identity()) +
              key_of(config_.guard),
          {labelled}, {traced}, [&] {
            return cot_step({.file = labelled}, traced, at(name + "/untraced.jsonl"), config_.teacher, config_.guard, false,
                            shelf_);
          });
  }

  // Harmless prompts in an unusual frame: the SLM's own answer behind a trace from the benign policy.
  void reason_benign(std::string const& name) {
    auto const prompts = at(name + "/benign.prompts.jsonl");
    auto const traced = at(name + "/benign.traced.jsonl");
    stage(name + ".benign", slm_key() + key_of(config_.own_answers) + policy_template::identity(), {prompts}, {traced}, [&] {
      step_report report;
      auto const start = std::chrono::steady_clock::now();
      auto const rows = read_all<prompt, maybe_vanilla, other_keys>({prompts}, report.read);
      // The bare request is what the model answers: an answer to the wrapped prompt would play the wrapper's part.
      std::vector<record<prompt, framed_prompt>> asked;
      for (auto const& row : rows) {
        auto const& bare = get<maybe_vanilla>(row);
        asked.push_back(
            make_record<prompt, framed_prompt>(bare && !bare->empty() ? *bare : get<prompt>(row), get<prompt>(row)));
      }
      record_writer writer{traced};
      side_files beside;
      beside.file_for("", at(name + "/benign.rejected.jsonl"));
      watching_shelf open{shelf_, "own answers", asked.size()};
      report.rows = run(
          from(asked) | diagnose(open(config_.model), asking(config_.own_answers)) | label_benign{} |
              cot(policy_template{}, keep_answer),
          [&](auto const& row) {
            writer(make_record<prompt, categories, response, target>(get<framed_prompt>(row), get<categories>(row),
                                                                     get<response>(row), get<target>(row)));
          },
          beside.sink());
      report.remote = open.used();
      writer.close();
      beside.close();
      report.failed_file = beside.file_of("failed");
      report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      return report;
    });
  }

  void phase_one() {
    draw("reasoning", config_.data.reasoning, config_.reasoning_sample);
    reason("reasoning", {at("reasoning/harmful.prompts.jsonl")});
    reason_benign("reasoning");
    auto const mixed = at("reasoning/mixed.jsonl");
    stage("reasoning.mix", "", {at("reasoning/traced.jsonl"), at("reasoning/benign.traced.jsonl")}, {mixed}, [&] {
      return mix_step({{.name = "harmful", .in = empty_ok(at("reasoning/traced.jsonl"))},
                       {.name = "benign", .in = empty_ok(at("reasoning/benign.traced.jsonl"))}},
                      files(config_.data.held_out), mixed, config_.seed)
          .report;
    });
    train("distill", mixed, config_.model, at("reasoning_model"), config_.distill);
  }

  void phase_two() {
    draw("diagnosis", config_.data.diagnosis, config_.sample);
    auto const answered = at("diagnosis/answered.jsonl");
    auto const prompts = at("diagnosis/harmful.prompts.jsonl");
    stage("diagnose", slm_key() + key_of(config_.diagnose), {prompts}, {answered}, [&] {
      return diagnose_step({.file = prompts}, answered, at("diagnosis/failed.jsonl"), config_.model,
                           asking(config_.diagnose), shelf_);
    });
    auto const vulnerable = at("diagnosis/vulnerable.jsonl");
    auto const safe_rows = at("diagnosis/safe.jsonl");
    stage("guard_filter", key_of(config_.guard), {answered}, {vulnerable}, [&] {
      return guard_filter_step({.file = answered},
                               {vulnerable, safe_rows, at("diagnosis/unparsed.jsonl"), at("diagnosis/unjudged.jsonl")},
                               config_.guard, shelf_);
    });
    std::vector<std::string> reasoned_rows{vulnerable};
    if (config_.keep_safe && fs::exists(safe_rows)) reasoned_rows.push_back(safe_rows);
    reason("diagnosis", reasoned_rows);
    reason_benign("diagnosis");
    refusals();
    general();
    auto const mixed = at("mixed.jsonl");
    std::vector<mix_arm> const arms{
        {.name = "vulnerable", .in = empty_ok(at("diagnosis/traced.jsonl")), .count = config_.mix.vulnerable},
        {.name = "wrapped_benign", .in = empty_ok(at("diagnosis/benign.traced.jsonl")), .count = config_.mix.wrapped_benign},
        {.name = "harmful", .in = empty_ok(at("direct/refusals.jsonl")), .count = config_.mix.harmful},
        {.name = "general", .in = empty_ok(at("direct/general.jsonl")), .count = config_.mix.general}};
    std::string counts;
    std::vector<std::string> inputs;
    for (auto const& a : arms) {
      counts += fmt::format("{} {};", a.name, a.count.value_or(std::size_t(-1)));
      inputs.push_back(a.in.file);
    }
    stage("mix", counts, inputs, {mixed}, [&] { return mix_step(arms, files(config_.data.held_out), mixed, config_.seed).report; });
    if (config_.boundary.rows_per_file == 0)
      return train("finetune", mixed, at("reasoning_model"), at("model"), config_.finetune);
    train("finetune", mixed, at("reasoning_model"), at("tuned_model"), config_.finetune);
    boundary({mixed, at("reasoning/mixed.jsonl")});
  }

  // The boundary of the fine-tuned model, set by prompts that no phase has seen and that are not evaluated on.
  void boundary(std::vector<std::string> const& trained_on) {
    std::vector<boundary_source> sources;
    std::vector<std::string> inputs{at("tuned_model")};
    auto const add = [&](std::vector<std::string> const& paths, bool thinks, std::optional<prompt_kind> only) {
      for (auto const& p : paths)
        sources.push_back({.in = {.file = p}, .thinks = thinks, .only = only}), inputs.push_back(p);
    };
    auto const& [rows_per_file, think, direct] = config_.boundary;
    if (think.empty())
      add(config_.data.diagnosis, true, prompt_kind::adversarial_harmful);
    else
      add(think, true, std::nullopt);
    if (direct.empty()) {
      add(config_.data.harmful, false, std::nullopt);
      add(config_.data.general, false, std::nullopt);
    } else {
      add(direct, false, std::nullopt);
    }
    auto leave_out = trained_on;
    leave_out.insert(leave_out.end(), config_.data.held_out.begin(), config_.data.held_out.end());
    inputs.insert(inputs.end(), leave_out.begin(), leave_out.end());
    stage("boundary", fmt::format("{} {} {}", rows_per_file, think.size(), config_.system_prompt), inputs,
          {at("model") + "/config.json"}, [&] {
            shelf_.clear();
            auto done =
                boundary_step(sources,
                              {.rows_per_file = config_.boundary.rows_per_file,
                               .seed = config_.seed,
                               .system_prompt = config_.system_prompt,
                               .leave_out = leave_out},
                              at("tuned_model"), at("model"),
                              {.device = config_.models.device, .threads = config_.models.threads, .overwrite = true});
            if (!settings_.quiet) fmt::print(stderr, "{}", boundary_table(done.boundary));
            return done.report;
          });
  }

  // The settings' own words, or those of the row's policy.
  std::string refusal_for(auto const& row) const {
    if (!config_.refusal.empty()) return config_.refusal;
    auto harmful = get<maybe_categories>(row).value_or(category_set{});
    harmful.erase(category::benign);
    return harmful.empty() ? "I'm sorry, but I can't help with that." : policy_template::refusal(harmful);
  }

  // Plainly harmful prompts with a direct refusal.
  void refusals() {
    auto const refused = at("direct/refusals.jsonl");
    stage("refusals", config_.refusal + policy_template::identity(), config_.data.harmful, {refused}, [&] {
      step_report report;
      auto const rows = read_all<prompt, maybe_target, maybe_categories>(config_.data.harmful, report.read);
      record_writer writer{refused};
      for (auto const& row : rows)
        writer(make_record<prompt, target>(get<prompt>(row), get<maybe_target>(row).value_or(direct{refusal_for(row)})));
      writer.close();
      report.rows.read = report.rows.written = rows.size();
      return report;
    });
  }

  // Ordinary prompts with a direct answer: the file's, or the SLM's own.
  void general() {
    auto const answered = at("direct/general.jsonl");
    auto const longest = config_.general.max_prompt_bytes.value_or(config_.data.max_prompt_bytes);
    stage("general",
          slm_key() + key_of(config_.general) + fmt::format("{} {}", longest, fmt::join(config_.general.rows_per_file, ",")),
          config_.data.general, {answered}, [&] {
            step_report report;
            auto const start = std::chrono::steady_clock::now();
            std::vector<record<prompt, maybe_target>> rows;
            std::size_t too_long = 0;
            std::size_t not_drawn = 0;
            auto const& most = config_.general.rows_per_file;
            for (std::size_t k = 0; k < config_.data.general.size(); ++k) {
              auto const wanted = most.empty() ? std::size_t(-1) : most.size() == 1 ? most.front() : most[k];
              auto some = read_all<prompt, maybe_target>({config_.data.general[k]}, report.read);
              too_long += std::erase_if(some, [&](auto const& row) { return get<prompt>(row).size() > longest; });
              std::ranges::stable_sort(some, {},
                                       [&](auto const& row) { return lot(config_.seed, row_key(get<prompt>(row))); });
              if (some.size() > wanted) {
                not_drawn += some.size() - wanted;
                some.resize(wanted);
              }
              std::ranges::move(some, std::back_inserter(rows));
            }
            std::vector<record<prompt>> open_prompts;
            record_writer writer{answered};
            for (auto const& row : rows) {
              if (auto const& given = get<maybe_target>(row))
                writer(make_record<prompt, target>(get<prompt>(row), *given));
              else
                open_prompts.push_back(make_record<prompt>(get<prompt>(row)));
            }
            side_files beside;
            beside.file_for("", at("direct/general.rejected.jsonl"));
            watching_shelf open{shelf_, "own answers", open_prompts.size()};
            report.rows = run(
                from(open_prompts) | diagnose(open(config_.model), asking(config_.general)) | own_answer{},
                [&](auto const& row) { writer(make_record<prompt, target>(get<prompt>(row), get<target>(row))); },
                beside.sink());
            report.remote = open.used();
            auto const given = rows.size() - open_prompts.size();
            report.rows.read += given + too_long + not_drawn;
            report.rows.written += given;
            stage_count counts{.stage = "draw", .in = report.rows.read, .out = rows.size()};
            for (auto const& [reason, left] : {std::pair{"too_long", too_long}, {"not_drawn", not_drawn}})
              if (left > 0) counts.rejected[reason] = left;
            report.rows.stages.insert(report.rows.stages.begin(), counts);
            writer.close();
            beside.close();
            report.failed_file = beside.file_of("failed");
            report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
            return report;
          });
  }

  void train(std::string const& name, std::string const& rows, std::string const& from_model, std::string const& to,
             train_options const& options) {
    stage(name, key_of(options), {rows, from_model}, {to + "/config.json"}, [&] {
      shelf_.clear();
      // A training that was stopped goes on where it stood, unless something changed that its outcome depends on.
      auto resumable = options;
      fs::path const all = to + ".training";
      resumable.checkpoints = (all / running_).string();
      std::error_code bad;
      for (auto const& old : fs::directory_iterator{all, bad})
        if (settings_.fresh || old.path().filename() != running_) fs::remove_all(old.path(), bad);
      auto done = train_step(name, {.file = rows}, from_model, to, resumable, settings_.quiet);
      fs::remove_all(all, bad);
      return done;
    });
  }

  static input_options empty_ok(std::string path) { return {.file = std::move(path), .allow_empty = true}; }

  run_config config_;
  run_settings settings_;
  fs::path out_;
  ledger ledger_;
  folder_lock lock_;
  model_shelf shelf_;
  std::vector<std::string> stages_{};
  std::size_t failed_rows_{0};
  std::string running_{};  // the stage at work, by the hash of its key
};

}  // namespace

run_outcome run_method(run_config config, run_settings const& settings) {
  return method_run{std::move(config), settings}.everything();
}

}  // namespace ease::app
