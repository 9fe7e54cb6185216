#include "server/transport/bind_address.h"

#include <fmt/format.h>

#include <boost/asio/ip/tcp.hpp>

#include "base/ascii.h"

namespace vivace {
namespace {

namespace asio = boost::asio;

std::string LowerFirst(std::string text) {
  if (!text.empty()) text[0] = ToLowerAscii(text[0]);
  return text;
}

}  // namespace

Result<asio::ip::address> ResolveBindAddress(asio::io_context& io, std::string_view network,
                                             const std::string& address) {
  boost::system::error_code error;
  const auto literal = asio::ip::make_address(address, error);
  if (!error) return literal;
  asio::ip::tcp::resolver resolver(io);
  const auto found = resolver.resolve(address, "", error);
  if (error || found.empty())
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("listen {}: lookup {}: no such host", network, address));
  for (const auto& entry : found) {
    if (entry.endpoint().address().is_v4()) return entry.endpoint().address();
  }
  return found.begin()->endpoint().address();
}

std::unexpected<Error> BindFailure(std::string_view network, const std::string& address,
                                   uint16_t port, std::string_view step,
                                   const boost::system::error_code& error) {
  const std::string host = address.contains(':') ? "[" + address + "]" : address;
  return Fail(ErrorCode::kUnavailable, fmt::format("listen {} {}:{}: {}: {}", network, host, port,
                                                   step, LowerFirst(error.message())));
}

}  // namespace vivace
