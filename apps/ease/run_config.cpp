#include "run_config.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <ease/io/error.hpp>
#include <initializer_list>
#include <map>
#include <set>
#include <string_view>
#include <type_traits>
#include <utility>

namespace ease::app {

namespace {

// Reads a table key by key and knows which were there, so that the rest can be named.
class table_reader {
 public:
  using places = std::map<std::string, std::string>;
  table_reader(toml::table const& table, std::string name, std::filesystem::path const& file, places& given)
      : table_{&table}, name_{std::move(name)}, file_{&file}, given_{&given} {}

  template <class T>
  table_reader& read(char const* key, T& into) {
    known_.insert(key);
    auto const* node = table_->get(key);
    if (node == nullptr) return *this;
    if constexpr (std::is_same_v<T, std::vector<std::string>>) {
      into.clear();
      if (auto const one = node->value<std::string>()) {
        into.push_back(path(*one));
      } else if (auto const* list = node->as_array()) {
        for (auto const& entry : *list) {
          auto const text = entry.value<std::string>();
          if (!text) wrong(*node, key, "a list of strings");
          into.push_back(path(*text));
        }
      } else {
        wrong(*node, key, "a string or a list of strings");
      }
    } else if constexpr (std::is_same_v<T, std::vector<std::size_t>>) {
      into.clear();
      auto const one = [&](toml::node const& entry) {
        auto const number = entry.value<std::int64_t>();
        if (!number || *number < 0) wrong(*node, key, "a whole number, 0 or more, or a list of such");
        into.push_back(static_cast<std::size_t>(*number));
      };
      if (auto const* list = node->as_array())
        for (auto const& entry : *list) one(entry);
      else
        one(*node);
    } else if constexpr (std::is_same_v<T, std::string>) {
      auto const text = node->value<std::string>();
      if (!text) wrong(*node, key, "a string");
      into = *text;
    } else if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, std::optional<bool>>) {
      auto const truth = node->value<bool>();
      if (!truth) wrong(*node, key, "true or false");
      into = *truth;
    } else if constexpr (std::is_same_v<T, double> || std::is_same_v<T, std::optional<double>>) {
      auto const number = node->value<double>();
      if (!number) wrong(*node, key, "a number");
      into = *number;
    } else {
      auto const number = node->value<std::int64_t>();
      if (!number || *number < 0) wrong(*node, key, "a whole number, 0 or more");
      if constexpr (std::is_same_v<T, std::optional<std::size_t>>)
        into = static_cast<std::size_t>(*number);
      else
        into = static_cast<T>(*number);
    }
    return *this;
  }
  // A model's name or a single path.
  table_reader& read_path(char const* key, std::string& into) {
    read(key, into);
    if (table_->contains(key)) into = path(into);
    return *this;
  }
  // Plain words, not paths.
  table_reader& read_words(char const* key, std::vector<std::string>& into) {
    known_.insert(key);
    auto const* node = table_->get(key);
    if (node == nullptr) return *this;
    auto const* list = node->as_array();
    if (list == nullptr) wrong(*node, key, "a list of strings");
    into.clear();
    for (auto const& entry : *list) {
      auto const text = entry.value<std::string>();
      if (!text) wrong(*node, key, "a list of strings");
      into.push_back(*text);
    }
    return *this;
  }
  std::optional<table_reader> table(char const* key) {
    known_.insert(key);
    auto const* node = table_->get(key);
    if (node == nullptr) return std::nullopt;
    if (!node->is_table()) wrong(*node, key, "a table, [" + std::string{key} + "]");
    return table_reader{*node->as_table(), name_.empty() ? key : name_ + "." + key, *file_, *given_};
  }
  void finish() const {
    for (auto const& [key, node] : *table_) {
      given_->emplace((name_.empty() ? "" : name_ + ".") + std::string{key.str()},
                      fmt::format("{}:{}", file_->string(), node.source().begin.line));
      if (!known_.contains(std::string{key.str()})) {
        std::string all;
        for (auto const& k : known_) all += (all.empty() ? "" : ", ") + k;
        throw error{"{}:{}: {}unknown key \"{}\"; known here: {}", file_->string(), node.source().begin.line,
                    name_.empty() ? "" : "[" + name_ + "] ",       key.str(),       all};
      }
    }
  }

 private:
  std::string path(std::string const& text) const {
    if (text.empty() || text.starts_with("openai:") || std::filesystem::path{text}.is_absolute()) return text;
    return (file_->parent_path() / text).lexically_normal().string();
  }
  [[noreturn]] void wrong(toml::node const& node, char const* key, std::string const& wanted) const {
    throw error{"{}:{}: {}: expected {}", file_->string(), node.source().begin.line,
                name_.empty() ? std::string{key} : name_ + "." + key, wanted};
  }

  toml::table const* table_;
  std::string name_;
  std::filesystem::path const* file_;
  places* given_;
  std::set<std::string> known_{};
};

void read_sampling(table_reader& from, sampling& into) {
  from.read("temperature", into.temperature).read("top_p", into.top_p).read("top_k", into.top_k).read("min_p", into.min_p);
  from.read("repetition_penalty", into.repetition_penalty).read("max_tokens", into.max_tokens);
}
void read_guard(table_reader from, guard_choice& into) {
  from.read("kind", into.kind).read_path("model", into.model).read("threshold", into.threshold);
  from.read("max_unparsed", into.max_unparsed).finish();
}
void read_train(std::optional<table_reader> from, train_options& into) {
  if (!from) return;
  from->read("learning_rate", into.learning_rate).read("epochs", into.epochs).read("batch_size", into.batch_size);
  from->read("accumulation", into.accumulation).read("max_length", into.max_length).read("warmup_ratio", into.warmup_ratio);
  from->read("weight_decay", into.weight_decay).read("clip_norm", into.clip_norm).read("schedule", into.schedule);
  from->read("precision", into.precision).read("gradient_checkpointing", into.gradient_checkpointing);
  from->read("batching", into.batching);
  from->read("save_steps", into.save_steps).read("save_minutes", into.save_minutes);
  from->read_path("tensorboard", into.tensorboard);
  from->read("eval_share", into.eval_share).read("eval_steps", into.eval_steps).read("keep", into.keep);
  from->read("lora_rank", into.lora_rank).read("lora_alpha", into.lora_alpha);
  from->read_words("lora_targets", into.lora_targets);
  from->finish();
}

}  // namespace

run_config read_run_config(std::filesystem::path const& file) {
  std::error_code bad;
  if (!std::filesystem::is_regular_file(file, bad)) throw error{"{}: no such file", file.string()};
  toml::table table;
  try {
    table = toml::parse_file(file.string());
  } catch (toml::parse_error const& e) {
    throw error{"{}:{}: {}", file.string(), e.source().begin.line, e.description()};
  }
  run_config out;
  table_reader top{table, "", file, out.given};
  top.read_path("model", out.model).read("seed", out.seed).read("precision", out.models.precision);
  top.read("device", out.models.device).read("system_prompt", out.system_prompt).read("refusal", out.refusal);
  top.read("max_batch_rows", out.models.max_batch_rows);
  auto& remote = out.models.remote;
  top.read("max_in_flight", remote.max_in_flight).read("requests_per_minute", remote.requests_per_minute);
  top.read("tokens_per_minute", remote.tokens_per_minute).read("connect_timeout", remote.connect_timeout);
  top.read("silence_timeout", remote.silence_timeout).read("request_timeout", remote.request_timeout);
  top.read("price_in", remote.price_in).read("price_out", remote.price_out);
  if (auto t = top.table("data")) {
    t->read("diagnosis", out.data.diagnosis).read("reasoning", out.data.reasoning).read("harmful", out.data.harmful);
    t->read("general", out.data.general).read("held_out", out.data.held_out);
    t->read("max_prompt_bytes", out.data.max_prompt_bytes).finish();
  }
  if (auto t = top.table("sample")) t->read("harmful", out.sample.harmful).read("benign", out.sample.benign).finish();
  out.reasoning_sample = out.sample;
  if (auto t = top.table("reasoning"))
    t->read("harmful", out.reasoning_sample.harmful).read("benign", out.reasoning_sample.benign).finish();
  if (auto t = top.table("diagnose")) {
    read_sampling(*t, out.diagnose);
    t->finish();
  }
  if (auto t = top.table("own_answers")) {
    read_sampling(*t, out.own_answers.how);
    t->read("when_cut_off", out.own_answers.when_cut_off).finish();
  }
  if (auto t = top.table("general")) {
    read_sampling(*t, out.general.how);
    t->read("when_cut_off", out.general.when_cut_off).read("rows_per_file", out.general.rows_per_file);
    t->read("max_prompt_bytes", out.general.max_prompt_bytes).finish();
    if (auto const n = out.general.rows_per_file.size(); n > 1 && n != out.data.general.size())
      throw error{"{}: general.rows_per_file has {} numbers, data.general {} files: give one number, or one a file",
                  file.string(), n, out.data.general.size()};
  }
  if (auto t = top.table("guard")) read_guard(*t, out.guard);
  if (auto t = top.table("classify"))
    t->read("kind", out.labeller.kind)
        .read_path("model", out.labeller.model)
        .read("threshold", out.labeller.threshold)
        .finish();
  if (auto t = top.table("cot")) {
    t->read("kind", out.teacher.kind).read_path("model", out.teacher.model).read("check", out.teacher.check);
    t->read("tries", out.teacher.tries).read("trace_threshold", out.teacher.trace_threshold);
    read_sampling(*t, out.teacher.how);
    t->finish();
  }
  if (auto t = top.table("mix")) {
    t->read("vulnerable", out.mix.vulnerable)
        .read("wrapped_benign", out.mix.wrapped_benign)
        .read("harmful", out.mix.harmful);
    t->read("general", out.mix.general).read("keep_safe", out.keep_safe).read("min_share", out.mix.min_share).finish();
  }
  read_train(top.table("distill"), out.distill);
  read_train(top.table("finetune"), out.finetune);
  if (auto t = top.table("boundary")) {
    out.boundary.rows_per_file = 100;
    t->read("rows_per_file", out.boundary.rows_per_file);
    t->read("think", out.boundary.think).read("direct", out.boundary.direct).finish();
  }
  if (auto t = top.table("evaluate")) {
    read_sampling(*t, out.evaluate.how);
    t->read("rows_per_file", out.evaluate.rows_per_file);
    if (auto g = t->table("guard")) {
      out.evaluate.guard.emplace();
      read_guard(*g, *out.evaluate.guard);
    }
    t->finish();
  }
  top.finish();
  return out;
}

void refuse_unused(run_config const& c) {
  auto const unused = [&](std::string const& table, std::initializer_list<char const*> keys, std::string const& why) {
    if (why.empty()) return;
    for (auto const* key : keys)
      if (auto const found = c.given.find(table.empty() ? key : table + "." + key); found != c.given.end())
        throw error{"{}: {} has no effect: {}", found->second, found->first, why};
  };
  auto const guard_keys = [&](std::string const& table, guard_choice const& guard) {
    unused(table, {"model", "threshold", "max_unparsed"}, reads_all(guard));
  };
  auto const sampling_keys = {"temperature", "top_p", "top_k", "min_p", "repetition_penalty", "max_tokens"};
  bool const guarded = c.guard.kind != "refusal", taught = c.teacher.kind != "policy";
  guard_keys("guard", c.guard);
  if (c.evaluate.guard) guard_keys("evaluate.guard", *c.evaluate.guard);
  if (c.labeller.kind == "answer") unused("classify", {"threshold"}, "the labeller 'answer' has no threshold");
  if (!taught) {
    unused("cot", sampling_keys, "the teacher 'policy' asks no model");
    unused("cot", {"model"}, "the teacher 'policy' asks no model; kind = \"model\" asks one");
    unused("cot", {"tries"}, "the teacher 'policy' writes the same trace each time");
  }
  if (!c.teacher.check) unused("cot", {"tries", "trace_threshold"}, "check = false takes every trace");
  if (!guarded) unused("cot", {"trace_threshold"}, "the guard 'refusal' judges no traces");
  if (c.boundary.rows_per_file == 0) unused("boundary", {"think", "direct"}, "rows_per_file = 0 leaves the boundary");
  for (auto const& [table, train] : {std::pair{"distill", &c.distill}, std::pair{"finetune", &c.finetune}}) {
    if (train->lora_rank == 0) unused(table, {"lora_alpha", "lora_targets"}, "without lora_rank all weights are trained");
    if (train->eval_share == 0) unused(table, {"eval_steps"}, "nothing is evaluated without eval_share");
  }
  auto models = models_of(c.guard);
  models.push_back(c.model), models.push_back(c.labeller.model);
  if (taught) models.push_back(c.teacher.model);
  if (c.evaluate.guard) models.push_back(c.evaluate.guard->model);
  if (std::ranges::none_of(models, is_remote))
    unused("",
           {"max_in_flight", "requests_per_minute", "tokens_per_minute", "connect_timeout", "silence_timeout",
            "request_timeout", "price_in", "price_out"},
           "no model here is remote (openai:MODEL@URL)");
}

}  // namespace ease::app
