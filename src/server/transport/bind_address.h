// Where a listener binds: the address of a configuration resolved, and how errors name it. Pure
// functions but for name resolution.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/system/error_code.hpp>
#include <optional>
#include <string>

#include "base/result.h"

namespace vivace {

// A name means its first IPv4 address, as in Go. `network`: "tcp" or "udp", or "tcp4" and "tcp6",
// which take addresses of one family only. INVALID_ARGUMENT for an unknown name and one without a
// suitable address.
Result<boost::asio::ip::address> ResolveBindAddress(boost::asio::io_context& io,
                                                    std::string_view network,
                                                    const std::string& address);

// UNAVAILABLE "listen tcp ADDRESS:PORT: bind: ..." in Go's wording.
std::unexpected<Error> BindFailure(std::string_view network, const std::string& address,
                                   uint16_t port, std::string_view step,
                                   const boost::system::error_code& error);

}  // namespace vivace
