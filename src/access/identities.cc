#include "access/identities.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error_context.h"
#include "base/log.h"
#include "config/yaml/parse_context.h"

namespace vivace {
namespace {

constexpr std::pair<std::string_view, Right> kRights[] = {
    {"read", Right::kRead}, {"write", Right::kWrite}, {"admin", Right::kAdmin}};

class FileReader {
 public:
  explicit FileReader(ParseContext& context) : context_(context) {}

  std::vector<IdentityPointer> Read(const YamlNode& root) {
    std::vector<IdentityPointer> identities;
    if (!root.IsMap() && !root.IsNull()) return context_.Mismatch(root, "access.File"), identities;
    for (const YamlEntry& entry : root.entries) {
      if (entry.key != "identities") {
        context_.UnknownKey(entry.line,
                            fmt::format("field {} not found in type access.File{}", entry.key,
                                        DidYouMean(entry.key, {"identities"})));
        continue;
      }
      if (!entry.value.IsList()) context_.Mismatch(entry.value, "[]access.Identity");
      for (const YamlNode& item : entry.value.items) Add(item, identities);
    }
    if (identities.empty())
      context_.Error(0, "there are no identities: nobody could use the server");
    return identities;
  }

 private:
  void Add(const YamlNode& node, std::vector<IdentityPointer>& identities) {
    if (!node.IsMap()) return context_.Mismatch(node, "access.Identity");
    Identity identity;
    for (const YamlEntry& entry : node.entries) ReadKey(entry, identity);
    const auto is_known = [&](const IdentityPointer& other) {
      return other->name == identity.name;
    };
    if (identity.name.empty()) context_.Error(node.line, "an identity needs a name");
    if (identity.name.contains(':'))
      context_.Error(
          node.line,
          fmt::format("the name \"{}\" has a colon, which HTTP Basic cannot carry", identity.name));
    if (std::ranges::any_of(identities, is_known))
      context_.Error(node.line, fmt::format("identity \"{}\" is defined twice", identity.name));
    if (!identity.password && identity.tokens.empty()) {
      context_.Error(node.line, fmt::format("identity \"{}\" has neither a password nor tokens",
                                            identity.name));
    }
    DoubtReach(node, identity);
    identities.push_back(std::make_shared<const Identity>(std::move(identity)));
  }

  // Who can do nothing was perhaps forgotten, and an administrator is not limited by tenants.
  void DoubtReach(const YamlNode& node, const Identity& identity) {
    const auto doubt = [&](std::string_view what) {
      context_.Warn(ConfigWarning::Kind::kNotice,
                    fmt::format("line {}: identity \"{}\" {}", node.line, identity.name, what));
    };
    const bool is_admin = (identity.rights & static_cast<uint8_t>(Right::kAdmin)) != 0;
    if (identity.rights == 0) doubt("can do nothing: it has no rights");
    if (is_admin && !identity.tenants.empty() && !identity.all_tenants)
      doubt("is not limited to its tenants: the right admin is for all of them");
    if (!is_admin && identity.tenants.empty())
      doubt("can read and write nothing: it has no tenants; [\"*\"] is all");
    for (const std::string& tenant : identity.tenants) {
      if (tenant.contains('*') && tenant != "*")
        doubt(fmt::format("has the tenant \"{}\", whose star stands for itself", tenant));
    }
  }

  void ReadKey(const YamlEntry& entry, Identity& identity) {
    const bool is_list = entry.key == "tokens" || entry.key == "tenants" || entry.key == "rights";
    if (is_list && !entry.value.IsList() && !entry.value.IsNull())
      return context_.Error(entry.line, fmt::format("{} of an identity is a list", entry.key));
    if (entry.key == "name") {
      identity.name = entry.value.text;
    } else if (entry.key == "password") {
      identity.password = ReadHash(entry.value);
    } else if (entry.key == "tokens") {
      for (const YamlNode& item : entry.value.items) {
        if (auto hash = ReadHash(item)) identity.tokens.push_back(*std::move(hash));
      }
    } else if (entry.key == "tenants") {
      for (const YamlNode& item : entry.value.items) {
        identity.all_tenants |= item.text == "*";
        identity.tenants.push_back(item.text);
      }
    } else if (entry.key == "rights") {
      for (const YamlNode& item : entry.value.items) ReadRight(item, identity);
    } else {
      context_.UnknownKey(
          entry.line,
          fmt::format("field {} not found in type access.Identity{}", entry.key,
                      DidYouMean(entry.key, {"name", "password", "tokens", "tenants", "rights"})));
    }
  }

  std::optional<CredentialHash> ReadHash(const YamlNode& node) {
    auto hash = CredentialHash::Parse(node.text);
    if (hash) return *std::move(hash);
    context_.Error(node.line, hash.error().message);
    return std::nullopt;
  }

  void ReadRight(const YamlNode& node, Identity& identity) {
    const auto right =
        std::ranges::find(kRights, node.text, &std::pair<std::string_view, Right>::first);
    if (right == std::end(kRights))
      return context_.Error(node.line,
                            fmt::format("right \"{}\" is none of read, write, admin{}", node.text,
                                        DidYouMean(node.text, {"read", "write", "admin"})));
    identity.rights |= static_cast<uint8_t>(right->second);
  }

  ParseContext& context_;
};

}  // namespace

const char* RightName(Right right) {
  for (const auto& [name, known] : kRights) {
    if (known == right) return name.data();
  }
  return "";
}

bool Identity::HasRight(Right right) const {
  return (rights & (static_cast<uint8_t>(right) | static_cast<uint8_t>(Right::kAdmin))) != 0;
}

bool Identity::CanAccessTenant(const std::string& tenant) const {
  return all_tenants || (rights & static_cast<uint8_t>(Right::kAdmin)) != 0 ||
         std::ranges::find(tenants, tenant) != tenants.end();
}

Result<Identities> Identities::Parse(std::string_view text, const std::string& path) {
  ParseContext context;
  VIVACE_ASSIGN(const YamlNode root,
                WithContext(ParseYaml(text), "failed to parse access file " + path));
  Identities identities;
  identities.identities_ = FileReader(context).Read(root);
  for (const ConfigWarning& warning : context.warnings())
    identities.doubts_.push_back(fmt::format("{}, {}", path, warning.message));
  if (context.problems().empty()) return identities;
  return Fail(ErrorCode::kInvalidArgument, fmt::format("failed to parse access file {}: {}", path,
                                                       JoinProblems(context.problems())));
}

void Identities::LogDoubts() const {
  for (const std::string& doubt : doubts_) LogWarn("access file", {{"warning", doubt}});
}

IdentityPointer Identities::FindByName(std::string_view name) const {
  const auto found = std::ranges::find(
      identities_, name,
      [](const IdentityPointer& identity) -> std::string_view { return identity->name; });
  return found == identities_.end() ? nullptr : *found;
}

IdentityPointer Identities::FindByToken(std::string_view token) const {
  IdentityPointer found;
  for (const IdentityPointer& identity : identities_) {
    for (const CredentialHash& hash : identity->tokens) {
      if (hash.Matches(token)) found = identity;
    }
  }
  return found;
}

}  // namespace vivace
