// Credential hashes: how the access file keeps passwords and tokens: salted, so that the file gives
// neither away.
//
//   pbkdf2-sha256$ITERATIONS$SALT$HASH   passwords, which people choose: slow on purpose (50 ms)
//   sha256$SALT$HASH                     tokens, which machines make: 16 random characters or more
//
// Salt and hash in base64. Pure functions but for the random salt; any thread. Comparing takes the
// same time whatever differs.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace vivace {

std::string HashPassword(std::string_view password);
std::string HashToken(std::string_view token);

class CredentialHash {
 public:
  // INVALID_ARGUMENT for anything but the two forms above.
  static Result<CredentialHash> Parse(std::string_view text);

  bool Matches(std::string_view credential) const;
  bool is_slow() const { return iterations_ > 0; }

 private:
  CredentialHash(uint32_t iterations, std::string salt, std::string hash)
      : iterations_(iterations), salt_(std::move(salt)), hash_(std::move(hash)) {}

  uint32_t iterations_;  // of PBKDF2; 0: plain SHA-256
  std::string salt_;
  std::string hash_;
};

}  // namespace vivace
