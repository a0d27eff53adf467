// SPDX-License-Identifier: Apache-2.0
#include <ease/backend/openai/openai_endpoint.hpp>

#include "catch.hpp"

using ease::openai_endpoint;

TEST_CASE("a remote model's name is its model and its URL") {
  auto const local = openai_endpoint::parse("openai:meta-llama/Llama-3@http://127.0.0.1:8000/v1/");
  CHECK(local.model == "meta-llama/Llama-3");
  CHECK(local.base_url == "http://127.0.0.1:8000/v1");
  CHECK(local.name() == "openai:meta-llama/Llama-3@http://127.0.0.1:8000/v1");
  CHECK(local.loopback);
  CHECK_FALSE(local.encrypted);
  CHECK(local.may_have_key());
  CHECK_FALSE(local.needs_key());

  auto const hosted = openai_endpoint::parse("openai:some-model");
  CHECK(hosted.base_url == "https://api.openai.com/v1");
  CHECK(hosted.needs_key());

  CHECK(openai_endpoint::parse("openai:user@rev@https://host.example/api/v3").model == "user@rev");
  CHECK(openai_endpoint::parse("openai:m@http://localhost:1234").base_url == "http://localhost:1234/v1");
  CHECK(openai_endpoint::parse("openai:m@http://[::1]:1234/v1").loopback);
  CHECK_FALSE(openai_endpoint::parse("openai:m@http://127.evil.example/v1").loopback);
  CHECK_FALSE(openai_endpoint::parse("openai:m@http://localhost.example/v1").loopback);
  CHECK_FALSE(openai_endpoint::parse("openai:m@http://10.0.0.7:8000/v1").may_have_key());
}

TEST_CASE("a name that says something else is refused, and nothing secret in it is repeated") {
  CHECK_THROWS_WITH(openai_endpoint::parse("model.gguf"), Catch::Contains("openai:MODEL@URL"));
  CHECK_THROWS_WITH(openai_endpoint::parse("openai:"), Catch::Contains("MODEL is empty"));
  CHECK_THROWS_WITH(openai_endpoint::parse("openai:@http://x/v1"), Catch::Contains("MODEL is empty"));
  CHECK_THROWS_WITH(openai_endpoint::parse("openai:m@https://user:hunter2@host/v1"),
                    Catch::Contains("OPENAI_API_KEY") && !Catch::Contains("hunter2"));
  CHECK_THROWS_WITH(openai_endpoint::parse("openai:m@https://host/v1?key=hunter2"),
                    Catch::Contains("OPENAI_API_KEY") && !Catch::Contains("hunter2"));
  CHECK_THROWS_WITH(openai_endpoint::parse("openai:m@http://"), Catch::Contains("cannot be read"));
  CHECK_THROWS_WITH(openai_endpoint::parse("openai:m@httpx://host"),
                    Catch::Contains("cannot be read") || Catch::Contains("http://"));
  for (auto const* schemeless : {"openai:m@localhost:8000/v1", "openai:m@localhost", "openai:org/m@10.0.0.7:8000",
                                 "openai:m@HTTP://host/v1", "openai:m@user:hunter2@host/v1", "openai:localhost:8000",
                                 "openai:10.0.0.7:8000/v1", "openai:api.example.com/v1", "openai:node7:8000"}) {
    CAPTURE(schemeless);
    CHECK_THROWS_WITH(openai_endpoint::parse(schemeless), Catch::Contains("http://") && !Catch::Contains("hunter2"));
    CHECK_THROWS_WITH(openai_endpoint::parse_all(schemeless), Catch::Contains("http://"));
  }
}

TEST_CASE("Azure's endpoints keep their version in each URL, and paths are what their service has") {
  auto const deployed = openai_endpoint::parse(
      "openai:gpt@https://me.openai.azure.com/openai/deployments/my-gpt/chat/completions?api-version=2024-10-21");
  CHECK(deployed.base_url == "https://me.openai.azure.com/openai/deployments/my-gpt");
  CHECK(deployed.url("/chat/completions") ==
        "https://me.openai.azure.com/openai/deployments/my-gpt/chat/completions?api-version=2024-10-21");
  CHECK(deployed.name() == "openai:gpt@https://me.openai.azure.com/openai/deployments/my-gpt?api-version=2024-10-21");
  CHECK(deployed.azure);
  CHECK(openai_endpoint::parse("openai:my-gpt@https://me.openai.azure.com?api-version=2024-10-21").url("/completions") ==
        "https://me.openai.azure.com/openai/deployments/my-gpt/completions?api-version=2024-10-21");
  CHECK(openai_endpoint::parse("openai:my-gpt@https://me.openai.azure.com/").base_url ==
        "https://me.openai.azure.com/openai/v1");
  CHECK(openai_endpoint::parse("openai:m@https://me.services.ai.azure.com/models?api-version=2024-05-01-preview").azure);
  CHECK_FALSE(openai_endpoint::parse("openai:m@https://vm.eastus.cloudapp.azure.com/v1").azure);
  CHECK(openai_endpoint::parse("openai:m@http://localhost:8000/v1/chat/completions/").base_url ==
        "http://localhost:8000/v1");
  for (auto const* no_version :
       {"?api-version=", "?api-version=a&key=hunter2", "?hunter2", "?api-version=x%0Ahunter2", "?version"})
    CHECK_THROWS_WITH(openai_endpoint::parse("openai:m@https://host/v1" + std::string{no_version}),
                      Catch::Contains("OPENAI_API_KEY") && !Catch::Contains("hunter2"));
  CHECK(openai_endpoint::parse("openai:ft:gpt-4o:acme::9z0Ab").base_url == "https://api.openai.com/v1");
}

TEST_CASE("several servers of one model are named behind one another") {
  auto const two = openai_endpoint::parse_all("openai:org/m@rev@http://node1:8000,https://node2.example/v2");
  REQUIRE(two.size() == 2);
  CHECK(two[0].name() == "openai:org/m@rev@http://node1:8000/v1");
  CHECK(two[1].name() == "openai:org/m@rev@https://node2.example/v2");
  CHECK(openai_endpoint::parse_all("openai:m@http://x").size() == 1);
  CHECK(openai_endpoint::parse_all("openai:m").front().base_url == "https://api.openai.com/v1");
  CHECK_THROWS_WITH(openai_endpoint::parse_all("openai:m@http://a,b:8000"), Catch::Contains("openai:MODEL@URL,URL"));
  CHECK_THROWS_WITH(openai_endpoint::parse_all("openai:m@http://a,"), Catch::Contains("end with a comma"));
  CHECK_THROWS_WITH(openai_endpoint::parse_all("openai:m@http://a,,http://b"), Catch::Contains("openai:MODEL@URL,URL"));
  CHECK_THROWS_WITH(openai_endpoint::parse_all("openai:m@http://a,http://a/v1"), Catch::Contains("twice"));
  CHECK_THROWS_WITH(openai_endpoint::parse_all("openai:m@http://a,http://u:hunter2@b"),
                    Catch::Contains("OPENAI_API_KEY") && !Catch::Contains("hunter2"));
}
