// SPDX-License-Identifier: Apache-2.0
#include <ease/backend/openai/request_fields.hpp>
#include <string>

#include "backend/asking.hpp"
#include "catch.hpp"

using ease::request_fields;

TEST_CASE("a field of the user's is JSON, or a text where it is none") {
  request_fields const fields{{"reasoning_effort=low", "chat_template_kwargs={\"enable_thinking\": false}", "top=3",
                               "user=\"7\"", "a=b=c", "list=[1, 2]", "off=null", "empty=", "half=a{1", "quoted=\"{1\""}};
  std::string out;
  ease::json_writer to{out};
  to.object();
  fields.write(to);
  to.end();
  CHECK(out == R"({"reasoning_effort":"low","chat_template_kwargs":{"enable_thinking":false},"top":3,"user":"7","a":"b=c",)"
               R"("list":[1,2],"off":null,"empty":"","half":"a{1","quoted":"{1"})");
  CHECK(request_fields{}.text().empty());
  CHECK(request_fields{{"a=1", "b=x"}}.text() == "a=1,b=\"x\"");
}

TEST_CASE("a field that the program sets is refused with the option that it has for it, and a key is not repeated") {
  for (auto const& [said, names] :
       std::vector<std::pair<std::string, std::string>>{{"max_tokens=5", "option max_tokens"},
                                                        {"max_completion_tokens=5", "option max_tokens"},
                                                        {"temperature=1", "option temperature"},
                                                        {"repeat_penalty=1", "option repetition_penalty"},
                                                        {"seed=1", "option seed"},
                                                        {"messages=[]", "rows"},
                                                        {"model=m", "openai:MODEL@URL"},
                                                        {"n=2", "one answer"},
                                                        {"stream=true", "program"},
                                                        {"word", "key=value"},
                                                        {"=1", "key=value"},
                                                        {"thinking={enabled: true}", "thinking: the value begins as JSON"},
                                                        {"template={\"hunter2\": False}", "template"},
                                                        {"kwargs= {'hunter2': 1}", "kwargs"},
                                                        {"stop_ids=[1, 2", "stop_ids"},
                                                        {"tags=[]]", "tags"},
                                                        {"user=\"half", "user"},
                                                        {"api_key=hunter2", "OPENAI_API_KEY"}}) {
    CAPTURE(said);
    auto const problem = request_fields::problem(said);
    REQUIRE(problem.has_value());
    CHECK_THAT(*problem, Catch::Contains(names) && !Catch::Contains("hunter2"));
    CHECK_THROWS_WITH(request_fields{{said}}, Catch::StartsWith("request_field ") && !Catch::Contains("hunter2"));
  }
  CHECK_THROWS_WITH((request_fields{{"a=1", "a=2"}}), "request_field a is given twice");
}

TEST_CASE("fields of the user's are in each request and in what the model says of itself, and are never left out") {
  using namespace ease::test;
  std::vector<std::string> bodies;
  loopback_server const server{[&](seen_request const& request, std::size_t) {
    bodies.push_back(request.body);
    return reaction{.status = 400, .body = R"({"error":{"message":"unsupported parameter: reasoning_effort"}})"};
  }};
  auto options = quick();
  options.more = request_fields{{"reasoning_effort=low"}};
  auto model = model_at(server, options);
  CHECK_THAT(ask(model, questions(1)).text(0), Catch::Contains("reasoning_effort"));
  std::vector<ease::score_request> const scores{
      {.input = ease::conversation{{ease::role::user, "q"}}, .continuations = {"a"}},
      {.input = ease::plain_text{"q"}, .continuations = {"a"}}};
  model.score(scores, [](std::size_t, auto const& outcome) { CHECK(std::holds_alternative<ease::failure>(outcome)); });
  REQUIRE(bodies.size() == 3);
  for (auto const& body : bodies) CHECK_THAT(body, Catch::EndsWith(R"("reasoning_effort":"low"})"));
  CHECK(model.identity() == "openai:tiny@" + server.url() + " reasoning_effort=\"low\"");
}
