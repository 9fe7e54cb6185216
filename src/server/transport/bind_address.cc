#include "server/transport/bind_address.h"

#include <fmt/format.h>

#include <boost/asio/ip/tcp.hpp>
#include <optional>

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
  const auto fits = [network](const asio::ip::address& found) {
    return !(network.ends_with('4') && found.is_v6()) && !(network.ends_with('6') && found.is_v4());
  };
  const auto none = [&](std::string_view reason) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("listen {}: lookup {}: {}", network, address, reason));
  };
  if (!error)
    return fits(literal) ? Result<asio::ip::address>(literal) : none("no suitable address");
  asio::ip::tcp::resolver resolver(io);
  const auto found = resolver.resolve(address, "", error);
  if (error || found.empty()) return none("no such host");
  std::optional<asio::ip::address> chosen;  // IPv4 where there is any
  for (const auto& entry : found) {
    const asio::ip::address candidate = entry.endpoint().address();
    if (fits(candidate) && (!chosen || (chosen->is_v6() && candidate.is_v4()))) chosen = candidate;
  }
  return chosen ? Result<asio::ip::address>(*chosen) : none("no suitable address");
}

std::unexpected<Error> BindFailure(std::string_view network, const std::string& address,
                                   uint16_t port, std::string_view step,
                                   const boost::system::error_code& error) {
  const std::string host = address.contains(':') ? "[" + address + "]" : address;
  return Fail(ErrorCode::kUnavailable, fmt::format("listen {} {}:{}: {}: {}", network, host, port,
                                                   step, LowerFirst(error.message())));
}

}  // namespace vivace
