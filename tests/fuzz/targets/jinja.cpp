// SPDX-License-Identifier: Apache-2.0
// A model's own chat template: it is refused, or renders within bounds of time and memory.
#include <ease/text/jinja/template.hpp>

#include "harness.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace ease::jinja;
  auto const turn = [](char const* role, char const* content) {
    return of(map{{"role", of(std::string{role})}, {"content", of(std::string{content})}});
  };
  fuzz::accepts(size, [&] {
    source const text{fuzz::text(data, size)};
    map const given{
        {"messages", of(list{turn("system", "s"), turn("user", "u \n"), turn("assistant", "<think>t</think>a")})},
        {"add_generation_prompt", {true}},
        {"bos_token", of(std::string{"<s>"})}};
    auto const first = text.render(given);
    fuzz::must(text.render(given) == first, "a template gives the same text twice");
  });
  return 0;
}
