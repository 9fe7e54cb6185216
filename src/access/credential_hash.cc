#include "access/credential_hash.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <charconv>
#include <vector>

#include "base/base64.h"

namespace vivace {
namespace {

constexpr std::string_view kSlow = "pbkdf2-sha256";
constexpr std::string_view kFast = "sha256";
constexpr uint32_t kIterations = 210'000;
constexpr uint32_t kIterationsMax = 10'000'000;
constexpr size_t kSaltBytes = 16;
constexpr size_t kHashBytes = 32;

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string RandomSalt() {
  std::string salt(kSaltBytes, '\0');
  RAND_bytes(reinterpret_cast<unsigned char*>(salt.data()), kSaltBytes);
  return salt;
}

std::string Hash(std::string_view credential, uint32_t iterations, const std::string& salt) {
  std::string hash(kHashBytes, '\0');
  auto* out = reinterpret_cast<unsigned char*>(hash.data());
  if (iterations > 0) {
    PKCS5_PBKDF2_HMAC(credential.data(), static_cast<int>(credential.size()), Bytes(salt),
                      static_cast<int>(salt.size()), static_cast<int>(iterations), EVP_sha256(),
                      kHashBytes, out);
  } else {
    const std::string salted = salt + std::string(credential);
    unsigned int size = 0;
    EVP_Digest(salted.data(), salted.size(), out, &size, EVP_sha256(), nullptr);
  }
  return hash;
}

std::vector<std::string_view> Split(std::string_view text) {
  std::vector<std::string_view> parts;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find('$', begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

}  // namespace

std::string HashPassword(std::string_view password) {
  const std::string salt = RandomSalt();
  return fmt::format("{}${}${}${}", kSlow, kIterations, ToBase64(salt),
                     ToBase64(Hash(password, kIterations, salt)));
}

std::string HashToken(std::string_view token) {
  const std::string salt = RandomSalt();
  return fmt::format("{}${}${}", kFast, ToBase64(salt), ToBase64(Hash(token, 0, salt)));
}

Result<CredentialHash> CredentialHash::Parse(std::string_view text) {
  const auto bad = [] {
    return Fail(ErrorCode::kInvalidArgument,
                "not a hash: must be pbkdf2-sha256$ITERATIONS$SALT$HASH or sha256$SALT$HASH");
  };
  const std::vector<std::string_view> parts = Split(text);
  uint32_t iterations = 0;
  if (parts.size() == 4 && parts[0] == kSlow) {
    const auto [end, error] =
        std::from_chars(parts[1].data(), parts[1].data() + parts[1].size(), iterations);
    if (error != std::errc() || end != parts[1].data() + parts[1].size() || iterations == 0 ||
        iterations > kIterationsMax)
      return bad();
  } else if (parts.size() != 3 || parts[0] != kFast) {
    return bad();
  }
  const auto salt = FromBase64(parts[parts.size() - 2]);
  const auto hash = FromBase64(parts.back());
  if (!salt || !hash || salt->empty() || hash->size() != kHashBytes) return bad();
  return CredentialHash(iterations, *salt, *hash);
}

bool CredentialHash::Matches(std::string_view credential) const {
  const std::string hash = Hash(credential, iterations_, salt_);
  return CRYPTO_memcmp(hash.data(), hash_.data(), kHashBytes) == 0;
}

}  // namespace vivace
