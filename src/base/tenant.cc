#include "base/tenant.h"

#include <fmt/format.h>

#include <algorithm>

namespace vivace {
namespace {

bool IsTenantCharacter(char c) {
  const bool alphanumeric =
      (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  return alphanumeric || std::string_view("!-_.*'()").find(c) != std::string_view::npos;
}

Status CheckTenant(std::string_view tenant) {
  if (tenant.empty()) return Fail(ErrorCode::kUnauthenticated, "no org id");
  const auto bad = std::find_if_not(tenant.begin(), tenant.end(), IsTenantCharacter);
  if (bad != tenant.end()) {
    return Fail(ErrorCode::kUnauthenticated,
                fmt::format("tenant ID '{}' contains unsupported character '{}'", tenant, *bad));
  }
  if (tenant.size() > kTenantBytesMax) {
    return Fail(ErrorCode::kUnauthenticated,
                fmt::format("tenant ID is too long: max {} characters", kTenantBytesMax));
  }
  if (tenant == "." || tenant == "..")
    return Fail(ErrorCode::kUnauthenticated, "tenant ID is '.' or '..'");
  return {};
}

}  // namespace

Result<std::vector<std::string>> ResolveTenants(bool multitenancy, bool many_allowed,
                                                std::string_view header) {
  if (!multitenancy) return std::vector{std::string(kSingleTenant)};
  if (header.empty()) return Fail(ErrorCode::kUnauthenticated, "no org id");
  std::vector<std::string> tenants;
  for (size_t begin = 0; begin <= header.size();) {
    const size_t end = std::min(header.find('|', begin), header.size());
    const std::string_view part = header.substr(begin, end - begin);
    tenants.emplace_back(part.substr(0, part.find(':')));
    VIVACE_TRY(CheckTenant(tenants.back()));
    begin = end + 1;
  }
  std::sort(tenants.begin(), tenants.end());
  tenants.erase(std::unique(tenants.begin(), tenants.end()), tenants.end());
  if (tenants.size() > 1 && !many_allowed)
    return Fail(ErrorCode::kInvalidArgument, "multiple org IDs present");
  return tenants;
}

Result<std::string> ResolveTenant(bool multitenancy, std::string_view header) {
  VIVACE_ASSIGN(std::vector<std::string> tenants, ResolveTenants(multitenancy, false, header));
  return std::move(tenants.front());
}

}  // namespace vivace
