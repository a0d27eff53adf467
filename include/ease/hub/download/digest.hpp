// SPDX-License-Identifier: Apache-2.0
#pragma once
// The hashes by which the hub names its files: SHA-256 of a large one's bytes, and git's SHA-1 of a small one's.
#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <ease/core/error.hpp>
#include <ease/core/stop_signals.hpp>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>

namespace ease::inline v1 {

enum class digest_kind : std::uint8_t { sha256, git_blob };

class digest {
 public:
  // `size`: the bytes that will be added; git's hash begins with their number.
  digest(digest_kind kind, std::uint64_t size) : context_{EVP_MD_CTX_new()} {
    if (!context_ ||
        EVP_DigestInit_ex(context_.get(), kind == digest_kind::sha256 ? EVP_sha256() : EVP_sha1(), nullptr) != 1)
      throw error{"{} is not available in this OpenSSL", kind == digest_kind::sha256 ? "SHA-256" : "SHA-1"};
    // With the zero byte behind the number.
    if (kind == digest_kind::git_blob) add(fmt::format("blob {}", size) + '\0');
  }
  void add(std::string_view bytes) { EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()); }
  // In lower-case hexadecimal digits. Nothing can be added after it.
  std::string hex() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned size = 0;
    EVP_DigestFinal_ex(context_.get(), bytes.data(), &size);
    std::string out;
    for (unsigned i = 0; i < size; ++i) out += fmt::format("{:02x}", bytes[i]);
    return out;
  }

 private:
  struct release {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, release> context_;
};

// Of a whole file. Throws ease::error if it cannot be read.
inline std::string digest_of(std::filesystem::path const& file, digest_kind kind) {
  std::ifstream in{file, std::ios::binary};
  std::error_code problem;
  auto const size = std::filesystem::file_size(file, problem);
  if (!in || problem) throw error{"{}: cannot be read", file.string()};
  digest out{kind, size};
  constexpr std::size_t block = std::size_t{1} << 20U;
  std::string buffer(block, '\0');
  while (in) {
    stop_if_asked();
    in.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    out.add(std::string_view{buffer}.substr(0, static_cast<std::size_t>(in.gcount())));
  }
  if (in.bad()) throw error{"{}: cannot be read to its end", file.string()};
  return out.hex();
}

}  // namespace ease::inline v1
