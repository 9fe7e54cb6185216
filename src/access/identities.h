// Identities: who may use the server, for which tenants, and what for: the access file.
//
//   identities:
//     - name: grafana                        # the user of HTTP Basic; also in the audit log
//       password: pbkdf2-sha256$210000$...   # made by: vivace -hash-password
//       tokens: [sha256$...]                 # bearer tokens; made by: vivace -hash-token
//       tenants: [team-a, team-b]            # "*": all
//       rights: [read]                       # of read, write, admin
//
// Immutable once parsed; any thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/access_requirement.h"
#include "access/credential_hash.h"

namespace vivace {

struct Identity {
  std::string name;
  std::optional<CredentialHash> password;
  std::vector<CredentialHash> tokens;
  std::vector<std::string> tenants;
  bool all_tenants = false;
  uint8_t rights = 0;  // a set of Right

  // An administrator may do everything, for all tenants.
  bool HasRight(Right right) const;
  bool CanAccessTenant(const std::string& tenant) const;
};

using IdentityPointer = std::shared_ptr<const Identity>;

class Identities {
 public:
  // `path` is the file's name in messages. Errors list every problem with its line.
  static Result<Identities> Parse(std::string_view text, const std::string& path);

  // Null where there is none of that name.
  IdentityPointer FindByName(std::string_view name) const;
  // Null where nobody has the token. Takes the same time whether somebody does.
  IdentityPointer FindByToken(std::string_view token) const;
  size_t size() const { return identities_.size(); }
  // Warns of identities that can do less, or more, than whoever wrote them may think.
  void LogDoubts() const;

 private:
  std::vector<std::string> doubts_;
  std::vector<IdentityPointer> identities_;
};

}  // namespace vivace
