// SPDX-License-Identifier: Apache-2.0
#include <signal.h>
#include <sys/resource.h>

#include <cstdlib>
#include <ease/llm/files/random_decoder.hpp>
#include <ease/train/batches/step_batches.hpp>
#include <ease/train/distributed/gloo.hpp>
#include <ease/train/ops/optimizer.hpp>
#include <ease/train/step/forward_backward.hpp>
#include <ease/train/trainer.hpp>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "catch.hpp"
#include "train/apart.hpp"
#include "train/ranks.hpp"
#include "train/reference.hpp"

using ease::training_precision;

namespace {

using ranks::mine;
using ranks::variable;

void append(std::ofstream& out, at::Tensor const& x) {
  auto const c = x.detach().contiguous();
  out.write(static_cast<char const*>(c.const_data_ptr()), c.numel() * c.element_size());
}
at::Tensor floats(std::string const& bytes) {
  auto t = at::empty({static_cast<std::int64_t>(bytes.size() / sizeof(float))}, at::kFloat);
  std::memcpy(t.mutable_data_ptr(), bytes.data(), bytes.size());
  return t;
}

// The gradient of one step with several micro-batches and buckets.
template <class Device>
at::Tensor gradient_of_a_step(ease::data_parallel<Device>& parallel, bool checkpointing, training_precision precision) {
  auto net = ease::random_decoder(reference::tiny_config(), 4);
  auto const rows = reference::random_rows(9, 5, 40, 61, 6);
  std::vector<std::size_t> const chosen{3, 0, 8, 5, 1, 7, 2};
  ease::adamw optimizer{net, precision, {}};
  ease::training_options const options{.gradient_checkpointing = checkpointing, .micro_batch_tokens = 45};
  ease::step_batches const step{rows, chosen, ease::shape_of(options), parallel.size()};
  ease::forward_backward(net, optimizer, rows, step, options, parallel);
  return optimizer.flat_gradient().to(at::kFloat);
}

ease::training_options small_run(training_precision precision) {
  return {.learning_rate = 3e-3,
          .epochs = 1,
          .batch_size = 2,
          .gradient_accumulation_steps = 2,
          .max_length = 64,
          .warmup_ratio = 0.2,
          .weight_decay = 0.1,
          .precision = precision};
}

// Trains on the rows of the reference; leaves losses and gradient norms as text, weights as bytes.
void train_reference(training_precision precision) {
  auto const theirs = reference::expected("llama_untied");
  auto net = reference::model("llama_untied");
  auto const options = small_run(precision);
  std::ofstream steps{mine("steps")}, weights{mine("weights"), std::ios::binary};
  ease::trainer<ease::ddp<ease::gloo>> trainer{options, [&](ease::training_step const& s) {
                                                 steps.precision(17);
                                                 steps << s.loss << ' ' << s.gradient_norm << '\n';
                                               }};
  trainer.train(net, reference::unshuffled(theirs.rows, options.seed));
  for (auto const& [name, weight] : net.named_parameters()) append(weights, weight);
}

// A longer run, in which process 1 calls `trouble` after its third step.
void train_until(void (*trouble)()) {
  auto net = ease::random_decoder(reference::tiny_config(), 4);
  auto options = small_run(training_precision::float32);
  options.epochs = 5000;
  bool const here = variable(ranks::process_variable) == variable("TROUBLED");
  ease::trainer<ease::ddp<ease::gloo>> trainer{options, [&](ease::training_step const& s) {
                                                 if (here && s.step == 3) trouble();
                                               }};
  trainer.train(net, reference::random_rows(40, 5, 40, 61, 6));
}

// Checkpoints in one folder, every third step and at the end. When process TROUBLED has made its second step, `trouble`
// comes over it; `stop`, asked after each step, ends the run.
template <class Trouble, class Stop>
std::optional<std::size_t> train_with_checkpoints(Trouble const& trouble, Stop const& stop) {
  auto net = ease::random_decoder(reference::tiny_config(), 4);
  auto options = small_run(training_precision::float32);
  options.checkpoints = {.folder = std::filesystem::path{variable(ranks::folder_variable)} / "checkpoints",
                         .every_steps = 3};
  bool const here = variable(ranks::process_variable) == variable("TROUBLED");
  std::size_t made = 0;
  ease::trainer<ease::ddp<ease::gloo>> trainer{options,
                                               [&](ease::training_step const& s) {
                                                 made = s.step;
                                                 if (here && s.step == 2) trouble();
                                               },
                                               [&] { return here && stop(made); }};
  return trainer.train(net, reference::random_rows(40, 5, 40, 61, 6)).stopped_at;
}

void job() {
  auto const what = variable(ranks::job_variable);
  if (auto const other = ranks::job::all().find(what); other != ranks::job::all().end()) {
    other->second();
  } else if (what == "gradient") {
    std::ofstream out{mine("gradient"), std::ios::binary};
    ease::data_parallel<ease::ddp<ease::gloo>> parallel;
    parallel.bucket_bytes = 3000;
    for (bool const checkpointing : {false, true})
      append(out, gradient_of_a_step(parallel, checkpointing, training_precision::float32));
    append(out, gradient_of_a_step(parallel, false, training_precision::mixed));
  } else if (what == "float32") {
    train_reference(training_precision::float32);
  } else if (what == "mixed") {
    train_reference(training_precision::mixed);
  } else if (what == "bfloat16") {
    train_reference(training_precision::bfloat16);
  } else if (what == "killed") {
    train_until([] { ::raise(SIGKILL); });
  } else if (what == "stopped") {
    train_until([] { ::raise(SIGSTOP); });
  } else if (what == "throws") {
    train_until([] { throw ease::error{"the disk is full"}; });
  } else if (what == "fails") {
    ease::data_parallel<ease::ddp<ease::gloo>> parallel;
    auto values = at::ones({3});
    parallel.sum(values);
    if (variable(ranks::process_variable) == variable("TROUBLED")) return parallel.failed("the disk is full");
    parallel.sum(values);
  } else if (what == "unsaved") {  // as on a full disk: no file can grow beyond 1000 bytes
    train_with_checkpoints(
        [] {
          ::signal(SIGXFSZ, SIG_IGN);
          rlimit const little{.rlim_cur = 1000, .rlim_max = 1000};
          ::setrlimit(RLIMIT_FSIZE, &little);
        },
        [](std::size_t) { return false; });
  } else if (what == "asked") {
    auto const at = train_with_checkpoints([] {}, [](std::size_t made) { return made == 4; });
    std::ofstream{mine("stopped")} << at.value_or(0);
  } else if (what == "rendezvous") {
    ease::ddp<ease::gloo>::join();
  } else if (what == "unlike") {
    auto net = ease::random_decoder(reference::tiny_config(), 4);
    auto const seed = 1 + static_cast<unsigned>(std::stoi(variable(ranks::process_variable)));
    ease::trainer<ease::ddp<ease::gloo>>{small_run(training_precision::float32)}.train(
        net, reference::random_rows(40, 5, 40, 61, seed));
  }
}

using test::content;

}  // namespace

TEST_CASE("a rank of a test job", "[.]") {
  try {
    job();
  } catch (std::exception const& e) {
    std::ofstream{mine("error")} << e.what();
    std::exit(1);
  }
}

TEST_CASE("two and three ranks make the gradient of one rank with the same rows, equal to the bit on all") {
  auto const count = GENERATE(2UL, 3UL);
  test::temporary_folder const folder;
  for (auto const& end : ranks::run("gradient", folder.path(), std::vector<ranks::variables>(count))) {
    INFO(end.error);
    REQUIRE(end.status == 0);
  }
  auto const ours = content(folder / "gradient.0");
  for (std::size_t rank = 1; rank < count; ++rank) CHECK(ours == content(folder / ("gradient." + std::to_string(rank))));

  ease::data_parallel<ease::cpu> alone;
  auto const plain = gradient_of_a_step(alone, false, training_precision::float32);
  auto const several = floats(ours).view({3, plain.numel()});
  CHECK(plain.norm().item<double>() > 0.1);
  CHECK(apart(several[0], plain) < 1e-6);
  CHECK(apart(several[1], plain) < 1e-6);
  // Mixed precision sums in float32 what each micro-batch made in bfloat16; other micro-batches, other roundings.
  CHECK(apart(several[2], plain) < 2e-2);
}

TEST_CASE("two and three ranks follow the plain loop on transformers, and end with weights equal to the bit") {
  // Ten steps of four rows, the last of two: a third rank has none.
  auto const count = GENERATE(2UL, 3UL);
  auto const job = GENERATE(as<std::string>{}, "float32", "mixed", "bfloat16");
  INFO(count << " ranks, " << job);
  test::temporary_folder const folder;
  for (auto const& end : ranks::run(job, folder.path(), std::vector<ranks::variables>(count))) {
    INFO(end.error);
    REQUIRE(end.status == 0);
  }
  auto const theirs = reference::expected("llama_untied");
  std::ifstream steps{folder / "steps.0"};
  for (std::int64_t i = 0; i < 10; ++i) {
    double loss = 0, norm = 0;
    REQUIRE(steps >> loss >> norm);
    CHECK(loss == Approx(theirs.steps[i][0].item<double>()).epsilon(job == "float32" ? 1e-5 : 2e-2));
    if (job == "float32") CHECK(norm == Approx(theirs.steps[i][1].item<double>()).epsilon(1e-5));
  }
  auto const weights = content(folder / "weights.0");
  REQUIRE(weights.size() > 1000);
  for (std::size_t rank = 1; rank < count; ++rank) {
    CHECK(weights == content(folder / ("weights." + std::to_string(rank))));
    CHECK(content(folder / "steps.0") == content(folder / ("steps." + std::to_string(rank))));
  }
}

TEST_CASE("a rank that is killed, hangs or fails takes the others down, with its number and its reason") {
  struct expectation {
    std::string job, says;
    std::size_t troubled;
  };
  auto const e = GENERATE(values<expectation>({{"killed", "rank 1 is gone", 1},
                                               {"killed", "rank 0 is gone", 0},
                                               {"fails", "rank 1 failed: the disk is full", 1},
                                               {"throws", "rank 1 failed, for a reason that it gives itself", 1},
                                               {"stopped", "rank 1 has shown no sign of life", 1},
                                               {"stopped", "rank 0 does not answer", 0}}));
  INFO(e.job << ' ' << e.troubled);
  test::temporary_folder const folder;
  ranks::variables about{{"TROUBLED", std::to_string(e.troubled)}};
  if (e.job == "stopped") about["EASE_LOST_RANK_SECONDS"] = "5";
  auto const ends = ranks::run(e.job, folder.path(), {about, about});
  auto const& other = ends[1 - e.troubled];
  CHECK(other.status == 1);
  CHECK_THAT(other.error, Catch::Contains("training stopped on rank " + std::to_string(1 - e.troubled)));
  CHECK_THAT(other.error, Catch::Contains(e.says));
  CHECK_THAT(other.error, !Catch::Contains("\n"));
}

TEST_CASE("when the first rank cannot write a checkpoint, all end, each with its reason") {
  test::temporary_folder const folder;
  ranks::variables const about{{"TROUBLED", "0"}};
  auto const ends = ranks::run("unsaved", folder.path(), {about, about});
  for (auto const& end : ends) {
    INFO(end.error);
    CHECK(end.status == 1);
    CHECK_THAT(end.error, Catch::Contains("File too large"));
    CHECK_THAT(end.error, !Catch::Contains("\n"));
  }
  CHECK_THAT(ends[1].error, Catch::Contains("training stopped on rank 1: rank 0 failed"));
}

TEST_CASE("a stop that only one rank is asked for ends all after the same step, with a checkpoint of it") {
  auto const asked = GENERATE(as<std::string>{}, "0", "1");
  test::temporary_folder const folder;
  ranks::variables const about{{"TROUBLED", asked}};
  for (auto const& end : ranks::run("asked", folder.path(), {about, about})) {
    INFO(end.error);
    REQUIRE(end.status == 0);
  }
  CHECK(content(folder / "stopped.0") == "4");
  CHECK(content(folder / "stopped.1") == "4");
  std::size_t of_step_4 = 0;
  for (auto const& entry : std::filesystem::directory_iterator{folder / "checkpoints"})
    of_step_4 += entry.path().filename().string().ends_with("4") ? 1U : 0U;
  CHECK(of_step_4 == 1);
}

TEST_CASE("ranks that do not come, come twice, or believe otherwise are named within the time allowed") {
  test::temporary_folder const folder;
  ranks::variables const soon{{"EASE_RENDEZVOUS_SECONDS", "2"}};
  auto const with = [&](std::map<std::string, std::string> more) {
    more.insert(soon.begin(), soon.end());
    return more;
  };
  SECTION("of three two") {
    auto const ends = ranks::run("rendezvous", folder.path(), {with({{"WORLD_SIZE", "3"}}), with({{"WORLD_SIZE", "3"}})});
    CHECK_THAT(ends[0].error,
               Catch::Contains("2 of 3 ranks came within 2 s; missing: rank 2. Start WORLD_SIZE=3 processes"));
    for (auto const& end : ends) {
      CHECK(end.status == 1);
      CHECK_THAT(end.error, Catch::Contains("rendezvous at 127.0.0.1"));
    }
  }
  SECTION("no rank 0") {
    auto const ends = ranks::run("rendezvous", folder.path(), {with({{"RANK", "1"}, {"WORLD_SIZE", "2"}})});
    CHECK(ends[0].status == 1);
    CHECK_THAT(ends[0].error, Catch::Contains("rank 1 of 2 met no rank 0 within 2 s: start WORLD_SIZE=2 processes"));
  }
  SECTION("another WORLD_SIZE") {
    auto const ends = ranks::run("rendezvous", folder.path(), {with({{"WORLD_SIZE", "3"}}), with({{"WORLD_SIZE", "2"}})});
    CHECK_THAT(ends[0].error, Catch::Contains("rank 0 was started with WORLD_SIZE=3 and rank 1 with WORLD_SIZE=2"));
    CHECK(ends[1].status == 1);
  }
  SECTION("a rank twice") {
    auto const ends = ranks::run("rendezvous", folder.path(),
                                 {with({}), with({{"WORLD_SIZE", "3"}}), with({{"RANK", "1"}, {"WORLD_SIZE", "3"}})});
    CHECK((ends[1].error + ends[2].error).find("another process is rank 1 already") != std::string::npos);
    CHECK(ends[0].status == 1);
  }
}

TEST_CASE("ranks with other rows stop before the first step") {
  test::temporary_folder const folder;
  for (auto const& end : ranks::run("unlike", folder.path(), {{}, {}})) {
    CHECK(end.status == 1);
    CHECK_THAT(end.error, Catch::Contains("do not have the same model, rows and options"));
  }
}

TEST_CASE("the environment says which rank this is, and what does not fit together in it") {
  struct with {
    std::vector<std::string> names{};
    explicit with(ranks::variables const& all) {
      for (auto const& [name, value] : all) {
        names.push_back(name);
        ::setenv(name.c_str(), value.c_str(), 1);
      }
    }
    with(with const&) = delete;
    with& operator=(with const&) = delete;
    ~with() {
      for (auto const& name : names) ::unsetenv(name.c_str());
    }
  };
  using ease::rank_environment;
  CHECK(!rank_environment::read());
  {
    with const torchrun{{{"RANK", "5"},
                         {"WORLD_SIZE", "8"},
                         {"LOCAL_RANK", "1"},
                         {"LOCAL_WORLD_SIZE", "4"},
                         {"MASTER_ADDR", "node0"},
                         {"MASTER_PORT", "1234"},
                         {"TORCHELASTIC_USE_AGENT_STORE", "True"},
                         {"TORCHELASTIC_RESTART_COUNT", "2"}}};
    auto const e = *rank_environment::read();
    CHECK((e.rank == 5 && e.size == 8 && e.local_rank == 1 && e.local_size == 4));
    CHECK((e.address == "node0" && e.port == 1234 && e.agent_listens && e.attempt == "2"));
  }
  {
    with const alone{{{"RANK", "0"}, {"WORLD_SIZE", "1"}}};
    CHECK(rank_environment::read()->address == "127.0.0.1");
  }
  ranks::variables const slurm{{"SLURM_PROCID", "1"}, {"SLURM_NTASKS", "2"}, {"SLURM_LOCALID", "1"}};
  {
    with const job{slurm};
    CHECK(!rank_environment::read());  // a shell inside an allocation
    with const meant{{{"MASTER_ADDR", "node0"}}};
    auto const e = *rank_environment::read();
    CHECK((e.rank == 1 && e.size == 2 && e.local_rank == 1 && e.port == 29500));
  }
  auto const problem = [](ranks::variables const& all) {
    with const set{all};
    try {
      rank_environment::read();
    } catch (ease::error const& e) {
      return std::string{e.what()};
    }
    return std::string{"no error"};
  };
  CHECK_THAT(problem({{"RANK", "0"}}), Catch::Contains("sets RANK and not WORLD_SIZE"));
  CHECK_THAT(problem({{"RANK", "2"}, {"WORLD_SIZE", "2"}}),
             Catch::Contains("more processes were started than WORLD_SIZE says"));
  CHECK_THAT(problem({{"RANK", "one"}, {"WORLD_SIZE", "2"}}), Catch::Contains("RANK=\"one\": must be a number from 0"));
  CHECK_THAT(problem({{"RANK", "1"}, {"WORLD_SIZE", "2"}}), Catch::Contains("no MASTER_ADDR"));
  CHECK_THAT(problem({{"RANK", "0"}, {"WORLD_SIZE", "1"}, {"MASTER_PORT", "70000"}}), Catch::Contains("MASTER_PORT"));
}
