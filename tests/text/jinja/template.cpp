// SPDX-License-Identifier: Apache-2.0
#include <ease/text/jinja/template.hpp>

#include "catch.hpp"
#include "text/fixture.hpp"

using namespace ease;

namespace {

std::string render_of(std::string const& source) {
  auto const message = [](std::string const& who, std::string const& said) {
    return jinja::of(jinja::map{{"role", jinja::of(who)}, {"content", jinja::of(said)}});
  };
  return jinja::source{source}.render(
      {{"word", jinja::of(std::string{"  w\u00e9 "})},
       {"yes", {true}},
       {"nothing", {nullptr}},
       {"messages", jinja::of(jinja::list{message("user", "a"), message("assistant", "b"), message("user", "c")})}});
}

}  // namespace

// What is expected is what jinja2 3.1 gives with transformers' options, trim_blocks and lstrip_blocks.
TEST_CASE("expressions of chat templates have Python's and Jinja's meaning") {
  for (auto const& [source, expected] : std::vector<std::pair<std::string, std::string>>{
           {"{{ word }}|{{ word|trim }}|{{ word.strip() }}|{{ word|length }}", "  w\u00e9 |w\u00e9|w\u00e9|5"},
           {"{{ 'a' + word | trim + 'b' }}", "aw\u00e9b"},
           {R"({{ "x\n\t\\\"\'" }})", "x\n\t\\\"'"},
           {"{{ missing }}|{{ nothing }}|{{ yes }}|{{ 1 ~ 'a' }}", "|None|True|1a"},
           {"{{ messages[0]['role'] }}{{ messages[-1].content }}{{ messages[1:]|length }}{{ messages[:1]|length }}",
            "userc21"},
           {"{{ messages[7] is defined }}{{ messages is not defined }}{{ nothing is none }}{{ word is string }}",
            "FalseFalseTrueTrue"},
           {"{{ 7 % 3 }}{{ -7 % 3 }}{{ 1 + 2 }}{{ 5 - 7 }}{{ 3 > 2 }}{{ 2 >= 3 }}", "123-2TrueFalse"},
           {"{{ 'a' in 'cat' }}{{ 'a' not in ['b'] }}{{ 'role' in messages[0] }}{{ not 'x' == 'y' }}", "TrueTrueTrueTrue"},
           {"{{ yes and 'r' }}{{ nothing or 'd' }}{{ false and missing.a.b }}{{ ('' or 'x') ~ (1 and 0) }}", "rdFalsex0"},
           {"{{ 'a' if yes else 'b' }}{{ 'a' if nothing else 'b' if nothing else 'c' }}|{{ 'a' if nothing }}", "ac|"},
           {"{{ ('a' if yes else 'b') + 'c' }}{{ missing[0] if false else 'd' }}", "acd"},
           {"{{ 'x</think>y</think>z'.split('</think>')[-1] }}{{ 'abc'.startswith('ab') }}{{ 'abc'.endswith('b') }}",
            "zTrueFalse"},
           {R"({{ '\n\na b\n'.lstrip('\n') }}|{{ '..a.'.rstrip('.') }}|{{ 'xyax'.strip('xy') }}|{{ '..'.strip('.') }})",
            "a b\n|..a|a|"},
           {"{{ {'a': 'b', 'c': {'d': 'e'}}['c'].d }}{{ [1, 2,]|length }}", "e2"},
       }) {
    INFO(source);
    CHECK(render_of(source) == expected);
  }
}

TEST_CASE("blocks, scopes and white space are as transformers has them") {
  for (auto const& [source, expected] : std::vector<std::pair<std::string, std::string>>{
           {"{% if nothing %}a{% elif yes %}b{% else %}c{% endif %}d", "bd"},
           {"{% if nothing %}a{% elif nothing %}b{% else %}c{% if yes %}e{% endif %}{% endif %}d", "ced"},
           {"{% if yes %}a{% else %}b{% endif %}", "a"},
           {"{% for m in messages %}{{ loop.index0 }}{{ m.role }}{% if not loop.last %},{% endif %}{% endfor %}",
            "0user,1assistant,2user"},
           {"{% for m in messages if m.role == 'user' %}{{ loop.index }}{{ m.content }}{{ loop.length }}{% endfor %}",
            "1a22c2"},
           {"{% for m in [] %}a{% else %}empty{% endfor %}", "empty"},
           {"{% for k, v in {'a': 'b', 'c': 'd'}.items() %}{{ k }}{{ v }}{% endfor %}", "abcd"},
           {"{% set x = 'a' %}{% for m in messages %}{{ x }}{% set x = 'b' %}{{ x }}{% endfor %}{{ x }}", "abababa"},
           {"{% set n = namespace(x='a') %}{% for m in messages %}{% set n.x = n.x + 'b' %}{% endfor %}{{ n.x }}", "abbb"},
           {"{% if yes %}{% set x = 'a' %}{% endif %}{{ x }}", "a"},
           {"a\n  {% if yes %}\n  b\n  {% endif %}\nc\n", "a\n  b\nc"},
           {"a\n  {%- if yes -%}\n  b\n  {%- endif -%}\nc\n", "abc"},
           {"a {% if yes %} b {% endif %} c", "a  b  c"},
           {"  {{ 'a' }}\n  {{- 'b' }}\n {# no #}\nc", "  ab\nc"},
           {"{{ '}}' }}{{ '%}' }}{{ {'a': {'b': 'c'}}.a.b }}{ {% if yes %}x{% endif %} }", "}}%}c{ x }"},
           {"{% if nothing %}{{ a|no_such_filter }}{% endif %}fine", "fine"},
           {"a{% generation %}\n{{ 'b' }}\n{%- endgeneration %}c", "abc"},
           {"{% macro m(a, b=1) %}{% if a %}x{% else %}y{% endif %}{% endmacro %}c", "c"},
       }) {
    INFO(source);
    CHECK(render_of(source) == expected);
  }
}

TEST_CASE("what is not known, or has no end, is an error and never a guess") {
  for (auto const& [source, what] : std::vector<std::pair<std::string, std::string>>{
           {"{{ word|upper }}", "the filter 'upper'"},
           {"{{ word.title() }}", "the method 'title'"},
           {"{{ range(3) }}", "the function range"},
           {"{{ word is odd }}", "the test 'odd'"},
           {"{{ word + 1 }}", "needs a string"},
           {"{{ missing[0] }}", "[] of what is not defined"},
           {"{{ messages }}", "cannot be written"},
           {"{% macro a() %}{% endmacro %}{{ a() }}", "the function a is not known"},
           {"{% macro a() %}{% else %}", "'else' is not understood"},
           {"{% call a() %}{% endcall %}", "'call' is not understood"},
           {"{% generation %}", "'generation' has no end"},
           {"{{ 'a'.strip('\u00e9') }}", "strip of other than ASCII"},
           {"{% if yes %}", "'if' has no end"},
           {"{{ word", "a tag has no end"},
           {"{# x", "a comment has no end"},
           {"{{ }}", "a tag is empty"},
           {"{{ 'a' 'b' }}", "'b' is not understood"},
           {"{{ raise_exception('roles must alternate') }}", "the template says: roles must alternate"},
           {"{{ " + std::string(5000, '(') + " }}", "nested too deeply"},
       }) {
    INFO(source.substr(0, 80));
    CHECK_THROWS_WITH(render_of(source), Catch::Contains(what));
  }
  CHECK_THROWS_WITH(render_of("{{ raise_exception('a\x1b[31m\nb') }}"), Catch::Contains("the template says: a?[31m b"));
  CHECK_THROWS_WITH(render_of("{{ 'a' \x1b }}"), Catch::Contains("'?' is not understood"));
  std::string endless = "x";
  for (int i = 0; i < 14; ++i) endless = "{% for m in messages %}" + endless + "{% endfor %}";
  CHECK_THROWS_WITH(render_of(endless), Catch::Contains("does not come to an end"));
}

TEST_CASE("a template of a hundred bytes cannot ask for all memory, or for ever") {
  using Catch::Contains;
  auto const three = [](std::string body) {  // 3^9 times
    for (int i = 0; i < 9; ++i) body = "{% for m in messages %}" + body + "{% endfor %}";
    return body;
  };
  auto const too_much = Contains("does not come to an end, or makes too much text");
  CHECK_THROWS_WITH(render_of("{% set n = namespace(s='xxxxxxxx') %}" + three("{% set n.s = n.s ~ n.s %}")), too_much);
  CHECK_THROWS_WITH(render_of("{% set n = namespace(s='xxxxxxxx') %}" + three("{% set n.s = n.s + n.s %}")), too_much);
  CHECK_THROWS_WITH(render_of(three(three(""))), too_much);
  std::string names = "{% set a = 'x' %}";  // each twice as long as the one before, a hundred of them
  for (int i = 0; i < 100; ++i) names += "{% set a = a ~ a %}{% set a" + std::to_string(i) + " = a %}";
  CHECK_THROWS_WITH(render_of(names), too_much);
  std::string many = "{% set a = 'x' %}";
  for (int i = 0; i < 16; ++i) many += "{% set a = a ~ a %}";
  many += "{{ [";
  for (int i = 0; i < 200; ++i) many += "a,";
  CHECK_THROWS_WITH(render_of(many + "] | length }}"), too_much);
  CHECK_THROWS_WITH(render_of(many.substr(0, many.find("{{")) + "{{ a.split('x') | length }}"), too_much);
}

TEST_CASE("a value that holds itself, or is nested without end, is refused") {
  for (std::string const set : {"n", "[n]", "{'a': n}", "[[1]]"})
    CHECK_THROWS_WITH(render_of("{% set n = namespace(a=1) %}{% set n.a = " + set + " %}"),
                      Catch::Contains("this form of set is not known"));
  CHECK(render_of("{% set n = namespace(a=1) %}{% set n.a = ['x', 'y'] %}{{ n.a[1] }}") == "y");
  std::string deep = "{% set a = 1 %}";
  for (int i = 0; i < 100; ++i) deep += i % 2 == 0 ? "{% set a = [a] %}" : "{% set a = {'k': a} %}";
  CHECK_THROWS_WITH(render_of(deep), Catch::Contains("nested too deeply"));
}

TEST_CASE("a loop without `in` is an error, and nothing behind its tag is read") {
  for (std::string const source : {"{% for k, v innone() %}{% endfor %}", "{% for %}{% endfor %}", "{% for a %}{% endfor %}",
                                   "{% for a in %}{% endfor %}", "{% for a if b in c %}{% endfor %}"})
    CHECK_THROWS_AS(render_of(source), error);
}
