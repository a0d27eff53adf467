// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <ease/backend/openai/openai_options.hpp>

#include "catch.hpp"

using ease::openai_endpoint;
using ease::openai_options;

TEST_CASE("a key is looked for only if some server may have it, and missed only where one needs it") {
  ::setenv("OPENAI_API_KEY", "sk-of-the-environment", 1);
  auto const hosted = openai_endpoint::parse("openai:m@https://api.example.com/v1");
  auto const here = openai_endpoint::parse("openai:m@http://127.0.0.1:8000/v1");
  auto const elsewhere = openai_endpoint::parse("openai:m@http://node7:8000/v1");
  openai_options options;
  CHECK(options.key_for({elsewhere, here}).header() == "Authorization: Bearer sk-of-the-environment");
  CHECK(options.key_for({elsewhere}).empty());
  options.key_file = "/nowhere/key";
  CHECK_NOTHROW(options.key_for({elsewhere}));
  CHECK_THROWS_WITH(options.key_for({here}), Catch::StartsWith("/nowhere/key: "));
  options.key_file.reset();
  ::unsetenv("OPENAI_API_KEY");
  CHECK(options.key_for({here}).empty());
  CHECK_THROWS_WITH(options.key_for({here, hosted}), Catch::StartsWith("https://api.example.com/v1 wants a key"));
}

TEST_CASE("the key goes in the header that the hosts read it from") {
  using ease::key_header;
  auto const azure = openai_endpoint::parse("openai:m@https://me.openai.azure.com/openai/v1");
  auto const other = openai_endpoint::parse("openai:m@https://api.example.com/v1");
  openai_options options;
  CHECK(options.header_for({azure, azure}) == key_header::api_key);
  CHECK(options.header_for({other}) == key_header::authorization);
  CHECK_THROWS_WITH(options.header_for({azure, other}), Catch::Contains("key_header"));
  options.header = key_header::authorization;
  CHECK(options.header_for({azure, other}) == key_header::authorization);
  ::setenv("OPENAI_API_KEY", "sk-of-the-environment", 1);
  CHECK(options.key_for({azure}).header(key_header::api_key) == "api-key: sk-of-the-environment");
  ::unsetenv("OPENAI_API_KEY");
}

TEST_CASE("a server of one's own is sent every field, a hosted one what was asked for, under the names it takes") {
  openai_options options;
  auto const wire = [&](char const* name) { return options.wire_for(openai_endpoint::parse(name)); };
  CHECK(wire("openai:m@http://127.0.0.1:8000/v1").fields == ease::sampling_fields::all);
  CHECK(wire("openai:m@https://api.example.com/v1").fields == ease::sampling_fields::asked);
  CHECK(wire("openai:m@https://api.example.com/v1").max_tokens_name == "max_tokens");
  CHECK(wire("openai:m").max_tokens_name == "max_completion_tokens");
  options.fields = ease::sampling_fields::all;
  options.max_tokens_name = "most";
  CHECK(wire("openai:m").fields == ease::sampling_fields::all);
  CHECK(wire("openai:m").max_tokens_name == "most");
}

TEST_CASE("replies that no other row would fare better with are told from those of one row") {
  openai_options const options;
  auto const here = openai_endpoint::parse("openai:m@http://127.0.0.1:8000/v1");
  auto const elsewhere = openai_endpoint::parse("openai:m@http://node7:8000/v1");
  auto const why = [&](long status, openai_endpoint const& server) {
    ease::http_reply reply;
    reply.status = status;
    return options.permanent_failure(reply, server, "said so").value_or("");
  };
  CHECK_THAT(why(401, here), Catch::Contains("refuses the key in OPENAI_API_KEY"));
  CHECK_THAT(why(401, elsewhere), Catch::Contains("none is sent over plain http to another machine"));
  CHECK_THAT(why(404, here), Catch::EndsWith("knows no model 'm', or the URL lacks its /v1 (HTTP 404): said so"));
  CHECK_THAT(why(307, here), Catch::Contains("redirects elsewhere (HTTP 307)"));
  for (long const passes : {0L, 200L, 400L, 429L, 500L, 503L}) CHECK(why(passes, here).empty());
}
