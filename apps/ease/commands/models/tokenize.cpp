// SPDX-License-Identifier: Apache-2.0
// `ease tokenize`: text to token ids, and back.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <ease/core/error.hpp>
#include <ease/io/json/json_text.hpp>
#include <ease/llm/inspect.hpp>
#include <ease/settings/command.hpp>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "../../commands.hpp"
#include "../../for_terminal.hpp"
#include "../../options.hpp"

namespace ease::app {

void add_tokenize(CLI::App& app, action& chosen) {
  struct all {
    std::string model, text;
    bool decode{false}, parse_special{false}, json{false}, quiet{false};
  };
  auto s = std::make_shared<all>();
  command cmd{app, "tokenize", "Text to token ids, and back",
              "Examples: ease tokenize --model SmolLM2.gguf \"Hello world\"\n"
              "          ease tokenize --model SmolLM2.gguf --decode \"19556 905\"\n"
              "Without a text, reads stdin. Text that looks like a special token stays text unless --special is given."};
  cmd->add_option("text", s->text, "Text, or ids with --decode")->type_name("TEXT");
  cmd->add_option("-m,--model", s->model, model_or_name)->required()->type_name("PATH");
  cmd->add_flag("-d,--decode", s->decode, "Ids to text");
  cmd->add_flag("--special", s->parse_special, "Special tokens in the text become their ids");
  cmd->add_flag("--json", s->json, "Print a JSON object");
  add_quiet(cmd, s->quiet);
  cmd.unused({"--special"}, [&s = *s]() -> std::string { return s.decode ? "--decode reads ids, not text" : ""; });
  cmd.runs(chosen, [s] {
    auto const tok = tokenizer_of(s->model);
    if (!s->quiet)
      for (auto const& line : tok.notes()) fmt::print(stderr, "{}\n", line);
    if (s->text.empty()) s->text.assign(std::istreambuf_iterator<char>{std::cin}, {});
    std::vector<token_id> ids;
    std::string text;
    if (s->decode) {
      std::size_t at = 0;
      while ((at = s->text.find_first_of("0123456789", at)) != std::string::npos) {
        token_id one{};
        auto const [end, bad] = std::from_chars(s->text.data() + at, s->text.data() + s->text.size(), one);
        if (bad != std::errc{} || one < 0 || static_cast<std::size_t>(one) >= tok.size())
          throw usage_error{"tokenize: {} is no id of this vocabulary of {}", s->text.substr(at, 12), tok.size()};
        ids.push_back(one);
        at = static_cast<std::size_t>(end - s->text.data());
      }
      text = tok.decode(ids, false);
    } else {
      ids = tok.encode(s->text, s->parse_special ? special_text::parsed : special_text::plain);
      text = s->text;
    }
    if (s->json) {
      std::string line;
      json_writer w{line, bad_utf8::replace};
      w.object().key("text").value(text).key("ids").array();
      for (auto i : ids) w.value(i);
      w.end().end();
      fmt::print("{}\n", line);
    } else if (s->decode) {
      fmt::print("{}\n", for_terminal(text));
    } else {
      fmt::print("{}\n", fmt::join(ids, " "));
    }
    return 0;
  });
}

}  // namespace ease::app
