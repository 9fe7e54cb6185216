#include "access/trusted_proxies.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>
#include <ranges>

namespace vivace {
namespace {

using AddressBytes = std::array<uint8_t, 16>;
constexpr int kMappedBits = 96;  // before an IPv4 address in IPv6's form

struct ParsedAddress {
  AddressBytes bytes{};
  bool is_v4 = false;
};

std::optional<ParsedAddress> ParseAddress(std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  const std::string address(text);
  ParsedAddress parsed;
  if (inet_pton(AF_INET6, address.c_str(), parsed.bytes.data()) == 1) return parsed;
  in_addr v4{};
  if (inet_pton(AF_INET, address.c_str(), &v4) != 1) return std::nullopt;
  parsed.is_v4 = true;
  parsed.bytes[10] = parsed.bytes[11] = 0xff;
  std::memcpy(&parsed.bytes[12], &v4, sizeof v4);
  return parsed;
}

bool HasPrefix(const AddressBytes& address, const AddressBytes& prefix, int bits) {
  const size_t whole = static_cast<size_t>(bits) / 8;
  if (!std::equal(prefix.begin(), prefix.begin() + static_cast<ptrdiff_t>(whole), address.begin()))
    return false;
  const int rest = bits % 8;
  return rest == 0 || ((address[whole] ^ prefix[whole]) >> (8 - rest)) == 0;
}

// One text for each address: an IPv4 address in IPv6's form is that IPv4 address.
std::string CanonicalText(const AddressBytes& bytes) {
  constexpr AddressBytes kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  std::array<char, INET6_ADDRSTRLEN> text{};
  const bool is_v4 = HasPrefix(bytes, kMapped, kMappedBits);
  inet_ntop(is_v4 ? AF_INET : AF_INET6, &bytes[is_v4 ? kMappedBits / 8 : 0], text.data(),
            text.size());
  return text.data();
}

std::string_view Trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

// Of "1.2.3.4", "1.2.3.4:5", "::1", "[::1]" or "[::1]:5".
std::string_view WithoutPort(std::string_view text) {
  if (text.starts_with('[')) return text.substr(1, std::min(text.find(']'), text.size()) - 1);
  const size_t colon = text.find(':');
  const bool has_port = colon != std::string_view::npos && colon == text.rfind(':');
  return has_port ? text.substr(0, colon) : text;
}

// The addresses that the proxies have written, first to last.
std::vector<std::string_view> ForwardedFor(const HttpHeaders& headers) {
  std::vector<std::string_view> addresses;
  for (const auto& [name, value] : headers) {
    if (name != "x-forwarded-for") continue;
    for (const auto part : std::views::split(std::string_view(value), ','))
      addresses.push_back(WithoutPort(Trimmed(std::string_view(part))));
  }
  return addresses;
}

std::optional<int> ParseBits(std::string_view text) {
  int bits = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bits);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return bits;
}

}  // namespace

Result<TrustedProxies> TrustedProxies::Parse(const std::vector<std::string>& networks) {
  TrustedProxies proxies;
  for (const std::string& text : networks) {
    const size_t slash = std::min(text.find('/'), text.size());
    const auto address = ParseAddress(std::string_view(text).substr(0, slash));
    const auto bits = slash == text.size() ? std::optional(address && address->is_v4 ? 32 : 128)
                                           : ParseBits(std::string_view(text).substr(slash + 1));
    if (!address || !bits || *bits < 0 || *bits > (address->is_v4 ? 32 : 128))
      return Fail(
          ErrorCode::kInvalidArgument,
          fmt::format("\"{}\" is neither an address nor a network such as 10.0.0.0/8", text));
    proxies.networks_.push_back({address->bytes, *bits + (address->is_v4 ? kMappedBits : 0)});
  }
  return proxies;
}

bool TrustedProxies::Contains(std::string_view address) const {
  if (networks_.empty()) return false;
  const auto parsed = ParseAddress(address);
  return parsed && std::ranges::any_of(networks_, [&](const Network& network) {
           return HasPrefix(parsed->bytes, network.address, network.bits);
         });
}

std::string TrustedProxies::ClientOf(const HttpHeaders& headers, std::string_view peer) const {
  std::string client(AddressOfPeer(peer));
  if (!Contains(client)) return client;
  const auto forwarded = ForwardedFor(headers);
  for (const std::string_view address : forwarded | std::views::reverse) {
    const auto parsed = ParseAddress(address);
    if (!parsed) break;
    client = CanonicalText(parsed->bytes);
    if (!Contains(client)) break;
  }
  return client;
}

}  // namespace vivace
