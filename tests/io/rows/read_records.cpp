// SPDX-License-Identifier: Apache-2.0
#include <zlib.h>
#include <zstd.h>

#include <ease/io/rows/read_records.hpp>
#include <ease/io/rows/write_records.hpp>
#include <range/v3/view/filter.hpp>
#include <range/v3/view/take.hpp>
#include <range/v3/view/transform.hpp>

#include "catch.hpp"
#include "io/temporary.hpp"

namespace {

using namespace ease;

struct count : field<"count", std::int64_t> {};
struct note : field<"note", std::optional<std::string>> {};
struct weight : field<"weight", std::optional<double>> {};

template <class... Fs>
std::vector<record<Fs...>> all(record_reader<record<Fs...>> rows) {
  std::vector<record<Fs...>> out;
  for (auto& row : rows) out.push_back(std::move(row));
  return out;
}
template <class... Fs>
std::vector<record<Fs...>> read_all(std::filesystem::path const& path, read_options options = {}) {
  return all(read_records<Fs...>(path, std::move(options)));
}

std::string gzip(std::string_view text) {
  std::string out(text.size() + 100, '\0');
  z_stream z{};
  REQUIRE(deflateInit2(&z, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&z, Z_FINISH) == Z_STREAM_END);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

std::string zstd(std::string_view text, int level = 3) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  auto const size = ZSTD_compress(out.data(), out.size(), text.data(), text.size(), level);
  REQUIRE(ZSTD_isError(size) == 0);
  out.resize(size);
  return out;
}

std::vector<record<prompt, data_type>> const two{
    make_record<prompt, data_type>("What is a \"dam\"?\nShort.", prompt_kind::vanilla_benign),
    make_record<prompt, data_type>("", prompt_kind::adversarial_harmful)};

std::string const two_lines =
    "{\"prompt\":\"What is a \\\"dam\\\"?\\nShort.\",\"data_type\":\"vanilla_benign\"}\n"
    "{\"data_type\":\"adversarial_harmful\",\"prompt\":\"\"}\n";
std::string const two_in_array =
    "[\n  {\n    \"prompt\": \"What is a \\\"dam\\\"?\\nShort.\",\n    \"data_type\": \"vanilla_benign\"\n  },\n"
    "  {\"data_type\": \"adversarial_harmful\", \"prompt\": \"\"}\n]\n";
std::string const two_cells =
    "prompt\tdata_type\n\"What is a \"\"dam\"\"?\nShort.\"\tvanilla_benign\n\tadversarial_harmful\n";
std::string const two_comma_cells =
    "data_type,prompt\r\nvanilla_benign,\"What is a \"\"dam\"\"?\nShort.\"\r\nadversarial_harmful,\"\"";

}  // namespace

static_assert(std::ranges::input_range<record_reader<record<prompt>>>);
static_assert(!std::ranges::forward_range<record_reader<record<prompt>>>);
static_assert(std::ranges::view<record_reader<record<prompt>>>);
static_assert(ranges::view_<record_reader<record<prompt>>>);
static_assert(ranges::input_range<record_reader<record<prompt>>>);

TEST_CASE("the same rows come out of every format, plain, gzip or zstd, whatever the file is called") {
  test::temporary_folder const folder;
  for (auto const& [name, text] : std::vector<std::pair<std::string, std::string>>{{"a.jsonl", two_lines},
                                                                                   {"a.json", two_in_array},
                                                                                   {"b.json", two_lines},
                                                                                   {"b.jsonl", two_in_array},
                                                                                   {"a", two_lines},
                                                                                   {"b", two_in_array},
                                                                                   {"a.tsv", two_cells},
                                                                                   {"a.txt", two_cells},
                                                                                   {"a.CSV", two_comma_cells},
                                                                                   {"a.dat", two_comma_cells}}) {
    CAPTURE(name, text);
    CHECK(read_all<prompt, data_type>(folder.file(name, text)) == two);
    CHECK(read_all<prompt, data_type>(folder.file("bom-" + name, "\xEF\xBB\xBF" + text)) == two);
    CHECK(read_all<prompt, data_type>(folder.file(name + ".gz", gzip(text))) == two);
    CHECK(read_all<prompt, data_type>(folder.file("members-" + name, gzip(text.substr(0, 30)) + gzip(text.substr(30)))) ==
          two);
    CHECK(read_all<prompt, data_type>(folder.file(name + ".zst", zstd(text))) == two);
    CHECK(read_all<prompt, data_type>(folder.file("best-" + name + ".zst", zstd(text, 22))) == two);
    using namespace std::string_view_literals;
    auto const skipped = std::string{"\x50\x2A\x4D\x18\x04\0\0\0size"sv};  // as pzstd writes in front of each frame
    CHECK(read_all<prompt, data_type>(
              folder.file("frames-" + name, skipped + zstd(text.substr(0, 30)) + skipped + zstd(text.substr(30)))) == two);
  }
}

TEST_CASE("carriage returns, blank lines and a missing last newline are no matter") {
  test::temporary_folder const folder;
  auto const path = folder.file("a.jsonl", "\r\n{\"prompt\":\"a\"}\r\n\n   \n{\"prompt\":\"b\"}");
  auto rows = read_records<prompt>(path);
  CHECK(all(rows) == std::vector{make_record<prompt>("a"), make_record<prompt>("b")});
  CHECK(rows.counts().read == 2);
  CHECK(rows.counts().given == 2);
}

TEST_CASE("rows longer than the read buffer, and across its edge") {
  test::temporary_folder const folder;
  std::string lines;
  std::string array = "[";
  std::string cells = "prompt\n";
  std::vector<record<prompt>> expected;
  for (std::size_t size : {10UL, 700'000UL, 1UL << 20UL, (1UL << 20UL) + 1, 3'000'000UL, 5UL}) {
    std::string const text(size, 'x');
    expected.push_back(make_record<prompt>(text));
    lines += "{\"prompt\":\"" + text + "\"}\n";
    array += (array.size() > 1 ? "," : "") + ("{\"prompt\":\"" + text) + "\"}";
    cells += text + "\n";
  }
  CHECK(read_all<prompt>(folder.file("a.jsonl", lines)) == expected);
  CHECK(read_all<prompt>(folder.file("a.json", array + "]")) == expected);
  CHECK(read_all<prompt>(folder.file("a.tsv", cells)) == expected);
}

TEST_CASE("members that no field reads travel along as they stood") {
  test::temporary_folder const folder;
  auto const path =
      folder.file("a.jsonl", R"({"source":"x","prompt":"a","score":{"b": [1.50, 1e3]},"n":12345678901234567890123})"
                             "\n");
  auto const rows = read_all<prompt, other_keys>(path);
  REQUIRE(rows.size() == 1);
  CHECK(get<other_keys>(rows[0]) ==
        raw_members{{"source", "\"x\""}, {"score", R"({"b": [1.50, 1e3]})"}, {"n", "12345678901234567890123"}});
  CHECK(to_json(rows[0]) == R"({"prompt":"a","source":"x","score":{"b": [1.50, 1e3]},"n":12345678901234567890123})");

  // Over several lines in an array, they are put on one.
  auto const pretty = folder.file("a.json", "[{\"prompt\":\"a\",\"k\":{\n \"a b\":\n [1,\n 2]}}]");
  CHECK(get<other_keys>(read_all<prompt, other_keys>(pretty)[0]) == raw_members{{"k", R"({"a b":[1,2]})"}});
}

TEST_CASE("an optional field may be absent or null") {
  test::temporary_folder const folder;
  auto const rows =
      read_all<note, weight>(folder.file("a.jsonl", "{}\n{\"note\":null,\"weight\":null}\n{\"note\":\"\",\"weight\":2}\n"));
  CHECK(rows == std::vector{make_record<note, weight>(std::nullopt, std::nullopt),
                            make_record<note, weight>(std::nullopt, std::nullopt), make_record<note, weight>("", 2.0)});
}

TEST_CASE("a reader is lazy, single-pass, and stands in front of std and range-v3 views") {
  test::temporary_folder const folder;
  std::string text;
  for (int i = 0; i < 100; ++i) text += fmt::format("{{\"count\":{}}}\n", i);
  auto const path = folder.file("a.jsonl", text + "broken\n");

  auto rows = read_records<count>(path);
  CHECK(rows.counts().read == 0);
  std::vector<std::int64_t> even;
  for (auto n : rows | ranges::views::transform([](auto const& row) { return get<count>(row); }) |
                    ranges::views::filter([](auto n) { return n % 2 == 0; }) | ranges::views::take(3))
    even.push_back(n);
  CHECK(even == std::vector<std::int64_t>{0, 2, 4});
  CHECK(rows.counts().read < 10);  // the broken row at the end was never reached

  std::int64_t sum = 0;
  for (auto n : read_records<count>(path) | std::views::transform([](auto const& row) { return get<count>(row); }) |
                    std::views::take(50))
    sum += n;
  CHECK(sum == 49 * 50 / 2);
}

TEST_CASE("how much of a file was read is told by its bytes, in one pass") {
  test::temporary_folder const folder;
  std::string text;
  for (int i = 0; i < 40'000; ++i) text += fmt::format("{{\"prompt\":\"question number {:06}, and some words more\"}}\n", i);
  for (auto const& path :
       {folder.file("a.jsonl", text), folder.file("a.jsonl.gz", gzip(text)), folder.file("a.jsonl.zst", zstd(text))}) {
    CAPTURE(path);
    auto rows = read_records<prompt>(path);
    std::size_t read = 0;
    double last = 0;
    for ([[maybe_unused]] auto const& row : rows) {
      auto const fraction = rows.fraction_read();
      CHECK(fraction >= last - (path.extension() == ".zst" ? 0.2 : 0.02));  // of a compressed file it is an estimate
      last = fraction;
      if (++read == 10'000) CHECK(std::abs(fraction - 0.25) < (path.extension() != ".jsonl" ? 0.1 : 0.001));
    }
    CHECK(rows.fraction_read() == 1);
  }
  CHECK(read_records<prompt>(folder.file("one.jsonl", "{\"prompt\":\"a\"}\n")).fraction_read() == 0);  // nothing yet
}

TEST_CASE("the format can be stated") {
  test::temporary_folder const folder;
  auto const path = folder.file("a.csv", "prompt\tcount\na,b\t1\n");
  CHECK(read_all<prompt, count>(path, {.format = "tsv"}) == std::vector{make_record<prompt, count>("a,b", 1)});
}

TEST_CASE("how a file is read can be described") {
  test::temporary_folder const folder;
  CHECK(read_records<prompt>(folder.file("a.jsonl", two_lines)).description() == "JSON lines, ease schema");
  CHECK(read_records<prompt>(folder.file("b.json", gzip("[{\"question\":\"a\"}]"))).description() ==
        "JSON array (gzip), scripts schema (prompt from \"question\")");
  CHECK(read_records<prompt>(folder.file("b.json", zstd("[{\"question\":\"a\"}]"))).description() ==
        "JSON array (zstd), scripts schema (prompt from \"question\")");
}

TEST_CASE("a field is read by the key that earlier versions wrote, too") {
  test::temporary_folder const folder;
  std::vector const one{make_record<prompt, component>("a", "harmful")};
  CHECK(read_all<prompt, component>(folder.file("new.jsonl", R"({"prompt":"a","component":"harmful"})")) == one);
  CHECK(read_all<prompt, component>(folder.file("old.jsonl", R"({"prompt":"a","arm":"harmful"})")) == one);
}

TEST_CASE("rows are read by what one of their columns holds, and the others are counted") {
  test::temporary_folder const folder;
  auto const read = [&](std::string const& name, std::string_view text, std::string const& where, bool reject = false) {
    auto rows = read_records<prompt>(folder.file(name, text), {.where = row_filter::parse(where),
                                                               .bad_rows = reject ? on_bad_row::reject : on_bad_row::stop});
    std::string found;
    for (auto const& row : rows) found += get<prompt>(row);
    auto const counts = rows.counts();
    CHECK(counts.read == counts.given + counts.rejected + counts.left_out);
    return std::pair{found, counts.left_out};
  };
  std::string_view const lines =
      R"({"prompt":"a","source":"one","n":1}
{"prompt":"b","source":"\u0074wo","n":2}
{"prompt":"c","n":1}
{"wrong":1,"source":"other"}
{"prompt":"d","source":"\"one\", two","n":1.0}
)";
  CHECK(read("a.jsonl", lines, "source=one") == std::pair{std::string{"a"}, std::size_t{4}});
  CHECK(read("b.jsonl", lines, "source= one , two") == std::pair{std::string{"ab"}, std::size_t{3}});
  CHECK(read("c.jsonl", lines, "n=1") == std::pair{std::string{"acd"}, std::size_t{2}});
  CHECK(read("d.csv", "prompt,source\na,one\nb,two\n", "source=two") == std::pair{std::string{"b"}, std::size_t{1}});
  // What is no row is bad, not left out.
  CHECK(read("e.jsonl", "{\"prompt\":\"a\",\"s\":\"x\"}\n{\"prompt\n", "s=x", true) ==
        std::pair{std::string{"a"}, std::size_t{0}});
  // A column that no row has is a mistake, and so is a value that none has: there is nothing to do.
  CHECK_THROWS_AS(read("f.jsonl", lines, "sauce=one"), usage_error);
  CHECK(read("g.jsonl", lines, "source=none") == std::pair{std::string{}, std::size_t{5}});
  for (auto const* wrong : {"source", "=x", "source=", "source=a,,b", "source=\"a", "source=\"a\"b", "\"source\"", "\"\"=a"})
    CHECK_THROWS_AS(row_filter::parse(wrong), usage_error);
  CHECK(row_spec::parse("x.jsonl?where=source=one,two&max_rows=3").where == "source=one,two");
}

TEST_CASE(
    "a column that is named and in no row is wrong usage however many rows are read and one that later rows have is not") {
  test::temporary_folder const folder;
  auto const is_usage = [&](std::string_view text, std::string const& columns, std::size_t most) -> std::optional<bool> {
    try {
      read_options const how{.columns = column_map::parse(columns), .most_rows = most};
      for ([[maybe_unused]] auto const& row : read_records<prompt>(folder.file("rows.jsonl", text), how)) {
      }
    } catch (error const& e) {
      return dynamic_cast<usage_error const*>(&e) != nullptr;
    }
    return std::nullopt;
  };
  constexpr std::string_view rows = "{\"prompt\":\"a\"}\n{\"prompt\":\"b\"}\nno row\n{\"Goal\":\"c\",\"kind\":\"x\"}\n";
  for (std::size_t const most : {1, 2}) {
    CHECK((is_usage(rows, "class=kind", most) == std::nullopt));
    CHECK((is_usage(rows, "class=knd", most) == true));
    CHECK((is_usage(rows, "prompt=Goal", most) == false));
    CHECK((is_usage(rows, "prompt=Gaol", most) == true));
  }
}

TEST_CASE("a row filter compares numbers by what they are worth, words as words and texts as they stand") {
  struct one {
    char const *where, *json, *cell;  // the value in a file of JSON, and in a table; empty: not asked
    bool in_json, in_table;
  };
  for (one const& x : std::vector<one>{
           {"n=1", "1", "1", true, true},
           {"n=1", "1.0", "1.0", true, true},
           {"n=1.0", "1", "1", true, true},
           {"n=1e0", "10e-1", "10e-1", true, true},
           {"n=-0", "0.0", "0.0", true, true},
           {"n=1", "1.5", "1.5", false, false},
           {"n=9007199254740993", "9007199254740992", "9007199254740992", false, false},
           {"n=0.1", "1e-1", "1e-1", true, true},
           {"n=1e400", "10e399", "10e399", true, true},
           {"n=1", "\"1\"", "1", true, true},       // a text as it is spelt
           {"n=1", "\"1.0\"", "1.0", false, true},  // of JSON it is a text, of a table it may be a number
           {"n=\"1\"", "1", "1", false, true},      // in quotes: a text
           {"n=\"1\"", "\"1\"", "1.0", true, false},
           {"n=01", "1", "1", false, false},  // no number
           {"n=true", "true", "true", true, true},
           {"n=True", "true", "TRUE", true, true},
           {"n=true", "\"True\"", "True", false, true},
           {"n=true", "1", "1", false, false},
           {"n=false", "true", "true", false, false},
           {"n=null", "null", "null", true, true},
           {"n=\"null\"", "null", "null", false, true},
           {"n=NaN", "NaN", "NaN", true, true},
           {"n=\"\"", "\"\"", "", true, true},  // an empty text, an empty cell
           {"n=\"\"", "null", "x", false, false},
           {"n=a,\"b, c\",d", "\"b, c\"", "\"b, c\"", true, true},
           {"n=\"say \"\"hi\"\"\"", "\"say \\\"hi\\\"\"", "\"say \"\"hi\"\"\"", true, true},
           {"\"n\" = 2 , 1", "1", "1", true, true},
       }) {
    CAPTURE(x.where, x.json, x.cell);
    test::temporary_folder const folder;
    auto const taken = [&](std::string const& name, std::string const& text) {
      std::size_t found = 0;
      for (auto const& row : read_records<prompt>(folder.file(name, text), {.where = row_filter::parse(x.where)}))
        found += get<prompt>(row) == "a" ? 1U : 0U;
      return found == 1;
    };
    CHECK(taken("a.jsonl", std::string{R"({"prompt":"a","n":)"} + x.json + "}\n") == x.in_json);
    CHECK(taken("a.csv", std::string{"prompt,n\na,"} + x.cell + "\n") == x.in_table);
  }
}

TEST_CASE("a row filter whose column cannot be compared, or is not there, says so by name") {
  test::temporary_folder const folder;
  auto const problem = [&](std::string const& name, std::string_view text, read_options options) -> std::string {
    try {
      for ([[maybe_unused]] auto const& row : read_records<prompt>(folder.file(name, text), std::move(options))) {
      }
    } catch (error const& e) {
      return e.what();
    }
    return {};
  };
  auto const has = [](std::string const& text, std::initializer_list<std::string_view> words) {
    return std::ranges::all_of(words, [&](auto const word) { return text.find(word) != text.npos; });
  };
  auto const where = row_filter::parse("source=one");
  for (auto const* value : {"[\"one\"]", "[]", "{\"a\":1}"}) {
    auto const said = problem(
        "a.jsonl", fmt::format("{{\"prompt\":\"a\",\"source\":\"one\"}}\n{{\"prompt\":\"b\",\"source\":{}}}\n", value),
        {.where = where});
    CAPTURE(said);
    CHECK(has(said, {"a.jsonl:2: where source=one: ", "column \"source\""}));
  }
  CHECK(has(problem("b.jsonl", R"({"prompt":"a","source":"x","source":"one"})", {.where = where}),
            {"b.jsonl:1", "stands twice"}));
  CHECK(has(problem("c.jsonl", R"({"prompt":"a","sources":"one"})", {.where = where}),
            {"where source=one", "no row has a column \"source\"", "did you mean sources?", "\"prompt\""}));
  CHECK(has(problem("c.csv", "prompt,Source\na,one\n", {.where = row_filter::parse("source=one", "--data_source one")}),
            {"--data_source one: no row", "did you mean Source?"}));
  // The file's own names: not those that columns gives them.
  auto const renamed = column_map::parse("prompt=Goal");
  CHECK(has(problem("d.jsonl", R"({"Goal":"a"})", {.columns = renamed, .where = row_filter::parse("prompt=a")}),
            {"no row has a column \"prompt\"", "read from the column \"Goal\""}));
  CHECK(problem("e.jsonl", R"({"Goal":"a"})", {.columns = renamed, .where = row_filter::parse("Goal=a")}).empty());
  CHECK(has(problem("f.jsonl", R"({"prompt":"a","syste":"b"})", {.columns = column_map::parse("system=sytem")}),
            {"system=\"sytem\"", "did you mean syste?"}));
}
