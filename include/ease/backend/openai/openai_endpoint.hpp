// SPDX-License-Identifier: Apache-2.0
#pragma once
// The address of a remote model and what may be sent there: `openai:MODEL@URL`, or `openai:MODEL@URL,URL` for several
// servers. Azure's has `?api-version=...` at its end, which every request gets.
#include <curl/curl.h>

#include <algorithm>
#include <ease/core/environment.hpp>
#include <ease/core/error.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ease::inline v1 {

struct openai_endpoint {
  std::string model;
  std::string base_url;  // no slash at its end, e.g. http://127.0.0.1:8000/v1
  bool encrypted{true};  // https
  bool loopback{false};  // the server is this machine
  std::string query{};   // api-version=... of Azure; no '?'
  bool azure{false};     // a host of Azure's, which takes its key in the header api-key

  // Reads `openai:MODEL@URL`, or `openai:MODEL` for OpenAI's own. MODEL may hold '/', and with a URL '@'. A URL without a
  // path gets /v1; one of Azure /openai/deployments/MODEL if it has an api-version, else /openai/v1. A /chat/completions at
  // its end is taken off. Throws ease::error on any other form, and on a URL with a user name, a password or a query other
  // than a version, which would show in argv and logs.
  static openai_endpoint parse(std::string_view name);

  // The same for every URL of `openai:MODEL@URL,URL`. Throws too where a URL is repeated or has no http:// or https://.
  static std::vector<openai_endpoint> parse_all(std::string_view name);

  [[nodiscard]] std::string name() const { return "openai:" + model + "@" + url(""); }
  // `path` begins with a slash.
  [[nodiscard]] std::string url(std::string_view path) const {
    return base_url + std::string{path} + (query.empty() ? "" : "?" + query);
  }

  // The key never goes unencrypted to another machine.
  [[nodiscard]] bool may_have_key() const { return encrypted || loopback; }
  // A public server needs a key, so that its absence is an error before the first request.
  [[nodiscard]] bool needs_key() const { return encrypted && !loopback; }
};

namespace detail {

struct curl_url_free {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

inline std::string url_part(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return {};
  std::string out{text};
  curl_free(text);
  return out;
}

inline bool is_loopback(std::string const& host) {
  return host == "localhost" || host == "[::1]" ||
         (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos);
}

// Those of Azure's services; a machine that somebody rents there (cloudapp.azure.com) is none.
inline bool is_azure(std::string_view host) {
  for (std::string_view const domain :
       {".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com", ".inference.ai.azure.com",
        ".models.ai.azure.com", ".openai.azure.us", ".openai.azure.cn", ".azure-api.net"})
    if (host.ends_with(domain)) return true;
  return false;
}

// api-version=2024-10-21, version=1, one or several: anything else may be a key.
inline bool is_version(std::string_view query) {
  while (!query.empty()) {
    auto const one = query.substr(0, query.find('&'));
    query.remove_prefix(one.size() == query.size() ? one.size() : one.size() + 1);
    auto const equals = std::min(one.find('='), one.size());
    auto const key = one.substr(0, equals), value = one.substr(std::min(equals + 1, one.size()));
    constexpr std::string_view in_versions = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-_";
    if (key != "api-version" && key != "api_version" && key != "version") return false;
    if (value.empty() || value.size() > 32 || value.find_first_not_of(in_versions) != value.npos) return false;
  }
  return true;
}

// Whether a model's name without a URL is an address without '@': localhost:8000/v1, 10.0.0.7:8000.
inline bool looks_like_address(std::string_view name) {
  if (name.find("localhost") != name.npos || name.ends_with("/v1") || name.starts_with("127.")) return true;
  auto const colon = name.find(':');
  auto const port = colon == name.npos ? std::string_view{} : name.substr(colon + 1, name.find('/', colon) - colon - 1);
  return port.size() >= 4 && port.size() <= 5 && port.find_first_not_of("0123456789") == port.npos;
}

}  // namespace detail

inline openai_endpoint openai_endpoint::parse(std::string_view name) {
  constexpr std::string_view scheme = "openai:";
  if (!name.starts_with(scheme))
    throw usage_error{"a remote model is named openai:MODEL@URL, e.g. openai:llama@http://127.0.0.1:8000/v1"};
  name.remove_prefix(scheme.size());
  // "@http" rather than '@': models may be named user@revision, and a URL may (wrongly) hold user@host.
  auto const at = name.find("@http");
  openai_endpoint endpoint;
  endpoint.model = name.substr(0, at);
  if (endpoint.model.find("://") != std::string::npos)
    throw usage_error{"a remote model is named openai:MODEL@URL, with a URL that starts with http:// or https://"};
  if (endpoint.model.empty()) throw usage_error{"a remote model is named openai:MODEL@URL: MODEL is empty"};
  // No model of OpenAI's own has an '@': it is an address without its scheme. It may hold a password, and is not repeated.
  if (at == name.npos && (endpoint.model.find('@') != std::string::npos || detail::looks_like_address(endpoint.model)))
    throw usage_error{
        "a remote model is named openai:MODEL@URL, and the URL after '@' starts with http:// or https://; without it "
        "the prompts would go to api.openai.com"};
  // As OpenAI's own client: OPENAI_BASE_URL is where a model without a URL is.
  auto const base = detail::first_set({"OPENAI_BASE_URL"});
  std::string const text{at != name.npos        ? name.substr(at + 1)
                         : base.name != nullptr ? std::string_view{base.value}
                                                : std::string_view{"https://api.openai.com/v1"}};

  std::unique_ptr<CURLU, detail::curl_url_free> const url{curl_url()};
  if (!url || curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK)
    throw usage_error{"the URL of remote model '{}' cannot be read; write http://HOST:PORT/v1 or https://HOST/v1",
                      endpoint.model};
  auto const part = [&](CURLUPart which) { return detail::url_part(url.get(), which); };
  endpoint.query = part(CURLUPART_QUERY);
  if (!part(CURLUPART_USER).empty() || !part(CURLUPART_PASSWORD).empty() || !detail::is_version(endpoint.query) ||
      !part(CURLUPART_FRAGMENT).empty())
    throw usage_error{
        "the URL of remote model '{}' may hold no user name, password or '#', and behind '?' nothing but "
        "api-version=VERSION: a key goes into OPENAI_API_KEY",
        endpoint.model};
  auto const protocol = part(CURLUPART_SCHEME);
  if (protocol != "http" && protocol != "https")
    throw usage_error{"the URL of remote model '{}' must start with http:// or https://", endpoint.model};
  endpoint.encrypted = protocol == "https";
  endpoint.loopback = detail::is_loopback(part(CURLUPART_HOST));
  endpoint.azure = detail::is_azure(part(CURLUPART_HOST));
  auto const whole_path = part(CURLUPART_PATH);
  std::string_view stem{whole_path};
  for (std::string_view const end : {"/", "/chat/completions", "/completions", "/"})
    while (stem.ends_with(end)) stem.remove_suffix(end.size());
  std::string path{stem};
  if (path.empty())
    path = !endpoint.azure ? "/v1" : endpoint.query.empty() ? "/openai/v1" : "/openai/deployments/" + endpoint.model;
  auto const port = part(CURLUPART_PORT);
  endpoint.base_url = protocol + "://" + part(CURLUPART_HOST) + (port.empty() ? "" : ":" + port) + path;
  return endpoint;
}

inline std::vector<openai_endpoint> openai_endpoint::parse_all(std::string_view name) {
  std::vector<openai_endpoint> all;
  auto const at = name.find("@http");
  auto const model = name.substr(0, at);
  auto urls = at == name.npos ? std::string_view{} : name.substr(at + 1);
  do {
    auto const comma = urls.find(',');
    auto const url = urls.substr(0, comma);
    urls = comma == urls.npos ? std::string_view{} : urls.substr(comma + 1);
    if (at != name.npos && !url.starts_with("http://") && !url.starts_with("https://"))
      throw usage_error{
          "a remote model on several servers is named openai:MODEL@URL,URL, and each URL starts with http:// or https://"};
    all.push_back(parse(at == name.npos ? std::string{name} : std::string{model} + "@" + std::string{url}));
    if (std::any_of(all.begin(), all.end() - 1, [&](auto const& each) { return each.base_url == all.back().base_url; }))
      throw usage_error{"remote model '{}' names {} twice", all.back().model, all.back().base_url};
    if (comma != std::string_view::npos && urls.empty())
      throw usage_error{"the URLs of remote model '{}' end with a comma", all.back().model};
  } while (!urls.empty());
  return all;
}

}  // namespace ease::inline v1
