// What of the configuration's listeners cannot work, as far as it can be told without opening
// ports: certificates, addresses, two of them on one port, headers of responses. A part of
// CheckStart.
//
// Reads the files that are named; resolves names. Any thread.
#pragma once

#include <string_view>

#include "base/result.h"
#include "config/sections/config.h"

namespace vivace {

// The API's listeners and the receivers. Messages begin with the key, or the receiver.
Status CheckListeners(const Config& config);

// Whether a header field may be called so (RFC 9110 5.6.2).
bool IsHeaderName(std::string_view name);

}  // namespace vivace
