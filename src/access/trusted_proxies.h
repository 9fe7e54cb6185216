// TrustedProxies: the proxies whose X-Forwarded-For is believed, and the client that it names.
//
// Anybody may send the header, so only what trusted proxies have appended counts: from the right,
// the first address that is not one of theirs. Immutable; any thread. A look costs a comparison for
// each network.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/http.h"
#include "base/result.h"

namespace vivace {

class TrustedProxies {
 public:
  TrustedProxies() = default;
  // Addresses and networks: "10.0.0.7", "10.0.0.0/8", "fd00::/8". INVALID_ARGUMENT names the one
  // that is neither.
  static Result<TrustedProxies> Parse(const std::vector<std::string>& networks);

  // Of "address" or "[address]".
  bool Contains(std::string_view address) const;
  // The client's address: that of `peer` ("address:port"), or the one that the proxy there names.
  std::string ClientOf(const HttpHeaders& headers, std::string_view peer) const;

 private:
  using Address = std::array<uint8_t, 16>;  // IPv4 as ::ffff:a.b.c.d
  struct Network {
    Address address;
    int bits = 128;
  };

  std::vector<Network> networks_;
};

}  // namespace vivace
