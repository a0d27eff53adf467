// SPDX-License-Identifier: Apache-2.0
// What our tokeniser and chat templates make of rows on standard input, a JSON object a line, for the comparison with the
// reference libraries (script/fidelity):
//   text_probe MODEL encode   {"text": hex}                  -> ids in both policies, and decoding where it is not the text
//   text_probe MODEL time     {"text": hex, "repeat": n, "end": hex}   -> tokens and processor milliseconds of both policies
//   text_probe MODEL chat     {"family", "source", ...}      -> text and ids of a conversation
#include <fmt/format.h>

#include <cstdio>
#include <ctime>
#include <ease/io/json/json_text.hpp>
#include <ease/io/json/simdjson.hpp>
#include <ease/text/chat/chat_template.hpp>
#include <ease/text/gguf/read_vocabulary.hpp>
#include <ease/text/tokenizer/stream_decoder.hpp>
#include <exception>
#include <filesystem>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace ease;
using row = simdjson::dom::element;

std::string text_of(row from, std::string_view name) { return std::string{from[name].get_string().value()}; }

std::string from_hex(std::string_view hex) {
  std::string out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    out.push_back(static_cast<char>(std::stoi(std::string{hex.substr(i, 2)}, nullptr, 16)));
  return out;
}
std::string to_hex(std::string_view bytes) {
  std::string out;
  for (char const c : bytes) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out;
}
void put_ids(json_writer& out, std::string_view key, std::vector<token_id> const& ids) {
  out.key(key).array();
  for (auto const id : ids) out.value(id);
  out.end();
}

// Whether tokens as they come give what decoding them together gives, and never half a character of a text that has none.
bool streams(tokenizer const& tok, std::vector<token_id> const& ids, bool skip_special) {
  stream_decoder decoder{tok, skip_special};
  std::string all;
  bool whole = true;
  for (auto const id : ids) {
    auto const piece = decoder.push(id);
    whole = whole && is_utf8(piece);
    all += piece;
  }
  all += decoder.finish();
  auto const together = tok.decode(ids, skip_special);
  return all == together && (whole || !is_utf8(together));
}

void encode(tokenizer const& tok, row from, json_writer& out) {
  auto const text = from_hex(text_of(from, "text"));
  for (auto const& [key, policy] : {std::pair{"plain", special_text::plain}, {"parsed", special_text::parsed}}) {
    auto const ids = tok.encode(text, policy);
    put_ids(out, key, ids);
    if (auto const back = tok.decode(ids, false); back != text) out.key(fmt::format("{}_back", key)).value(to_hex(back));
    if (!streams(tok, ids, true) || !streams(tok, ids, false)) out.key("stream_differs").value(true);
  }
}

void time(tokenizer const& tok, row from, json_writer& out) {
  std::string text;
  auto const unit = from_hex(text_of(from, "text"));
  for (std::uint64_t i = from["repeat"].get_uint64(); i > 0; --i) text += unit;
  text += from_hex(text_of(from, "end"));
  for (auto const& [key, policy] : {std::pair{"plain", special_text::plain}, {"parsed", special_text::parsed}}) {
    auto const start = std::clock();  // of this process: on a machine with other work the wall clock would time that too
    auto const ids = tok.encode(text, policy);
    double const spent = 1e3 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    out.key(key).value(spent).key(fmt::format("{}_tokens", key)).value(ids.size());
  }
}

void chat(tokenizer tok, row from, json_writer& out) {
  tok.set_chat_template_source(text_of(from, "source"));
  chat_options options;
  if (std::string_view date; from["date"].get(date) == simdjson::SUCCESS) options.date = date;
  auto const how = chat_template::of(tok, options);
  conversation turns;
  for (auto const message : from["messages"].get_array()) {
    auto const who = text_of(message, "role");
    turns.push_back({who == "system" ? role::system
                     : who == "user" ? role::user
                                     : role::assistant,
                     text_of(message, "content")});
  }
  bool const generation = from["generation"].get_bool();
  auto const written = how.history(turns, generation);
  out.key("text").value(written.text).key("own").value(how.own_rendering(turns, generation));
  put_ids(out, "ids", written.ids);
}

int run(std::string const& model, std::string_view what) {
  auto const tok = std::filesystem::is_directory(model) ? tokenizer::load(model)
                                                        : tokenizer::from_gguf(read_vocabulary(gguf_file{model}));
  simdjson::dom::parser parser;
  std::string out;
  for (std::string line; std::getline(std::cin, line);) {
    auto const from = parser.parse(line).value();
    out.clear();
    json_writer w{out};
    w.object();
    if (what == "encode")
      encode(tok, from, w);
    else if (what == "time")
      time(tok, from, w);
    else
      chat(tok, from, w);
    w.end();
    fmt::print("{}\n", out);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc == 3) return run(argv[1], argv[2]);
    fmt::print(stderr, "text_probe MODEL encode|time|chat, rows on standard input\n");
  } catch (std::exception const& e) {
    fmt::print(stderr, "text_probe: {}\n", e.what());
  }
  return 2;
}
