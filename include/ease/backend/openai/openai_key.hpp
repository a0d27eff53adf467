// SPDX-License-Identifier: Apache-2.0
#pragma once
// The API key: read from OPENAI_API_KEY or from a file only its owner can read, and never from argv. It has no printing and
// no comparison, and leaves this type only as the header of a request.
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <ease/backend/http/redact.hpp>
#include <ease/core/error.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>

namespace ease::inline v1 {

// The header that a server reads the key from: Authorization, or Azure's api-key.
enum class key_header : std::uint8_t { authorization, api_key };
constexpr auto words_of(key_header) { return std::array{std::string_view{"authorization"}, std::string_view{"api-key"}}; }

class openai_key {
 public:
  openai_key() = default;

  // Empty when OPENAI_API_KEY is unset or empty.
  static openai_key from_environment() {
    char const* const text = std::getenv("OPENAI_API_KEY");
    return text == nullptr ? openai_key{} : openai_key{text, "OPENAI_API_KEY"};
  }

  // The file's first line. Throws ease::error when others than its owner may read it.
  static openai_key from_file(std::filesystem::path const& file) {
    struct stat about {};
    if (::stat(file.c_str(), &about) != 0) throw error{"{}: the key file cannot be read", file.string()};
    if ((about.st_mode & 077U) != 0 || about.st_uid != ::geteuid())
      throw error{"{}: others may read the key file; make it yours alone with chmod 600", file.string()};
    std::ifstream in{file};
    std::string line;
    if (!std::getline(in, line) || line.empty()) throw error{"{}: the key file is empty", file.string()};
    return openai_key{std::move(line), file.string()};
  }

  [[nodiscard]] bool empty() const { return text_.empty(); }
  [[nodiscard]] std::string header(key_header in = key_header::authorization) const {
    return (in == key_header::api_key ? "api-key: " : "Authorization: Bearer ") + text_;
  }

  // `text` without the key or any piece of 8 characters of it.
  [[nodiscard]] std::string redact(std::string_view text) const { return ease::redact(text, text_, 8, "[key]"); }

 private:
  openai_key(std::string text, std::string_view where) : text_{std::move(text)} {
    while (!text_.empty() && (text_.back() == '\n' || text_.back() == '\r' || text_.back() == ' ')) text_.pop_back();
    for (char const c : text_)  // anything else could end the header and begin another
      if (c <= 0x20 || c >= 0x7f) throw error{"{}: the key holds a space or a character that is not ASCII", where};
  }

  std::string text_;
};

}  // namespace ease::inline v1
