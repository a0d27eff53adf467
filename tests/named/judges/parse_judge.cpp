// SPDX-License-Identifier: Apache-2.0
#include <ease/named/judges/parse_judge.hpp>
#include <string>

#include "catch.hpp"

using namespace ease;

namespace {

// What is said of it; empty: nothing is wrong.
std::string problem(std::string const& said) {
  try {
    parse_judge(said);
  } catch (usage_error const& wrong) {
    return wrong.what();
  }
  return {};
}
bool names(std::string const& said, std::string const& what) { return problem(said).find(what) != std::string::npos; }

}  // namespace

TEST_CASE("a judge is a guard's kind with its options behind it") {
  CHECK(parse_judge("refusal").kind == "refusal");
  auto const guard = parse_judge("llama-guard?model=meta-llama/Llama-Guard-3-1B&threshold=0.6");
  CHECK(guard.kind == "llama-guard");
  CHECK(guard.model == "meta-llama/Llama-Guard-3-1B");
  CHECK(guard.threshold == 0.6);
  // A model's name may hold signs of this form.
  auto const other = parse_judge("harmbench?model=openai:m@http://127.0.0.1:8/v1?a=b&c=d&max_unparsed=1");
  CHECK(other.model == "openai:m@http://127.0.0.1:8/v1?a=b&c=d");
  CHECK(other.max_unparsed == 1);
  CHECK(parse_judge("strongreject?threshold=0.25&model=adapter?base=folder").model == "adapter?base=folder");
}

TEST_CASE("a judge that cannot be is refused by name, with what there is") {
  CHECK(names("guards?model=m", "strongreject"));
  CHECK(names("harmbench", "model"));
  CHECK(names("harmbench?modle=m", "modle"));
  CHECK(names("harmbench?modle=m", "max_unparsed"));
  CHECK(names("judge?model=m&threshold=x", "threshold"));
  CHECK(names("judge?model=m&threshold=1.5", "1.5"));
  CHECK(names("harmbench?model=m&threshold=0.4", "threshold"));
  CHECK(names("refusal?model=m", "model"));
  CHECK(names("", "refusal"));
}
