#include "config/tenant_overrides.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/error_context.h"
#include "config/keys/aliases.h"
#include "config/keys/keys.h"
#include "config/limits_check.h"

namespace vivace {
namespace {

// Tempo's starting point for a tenant: everything zero, except the shape of native histograms.
Limits ZeroLimits(const Limits& defaults) {
  Limits limits;
  ConfigSection section("", "", "");
  DeclareLimits(section, limits);
  section.Clear();
  limits.sampling = defaults.sampling;  // Tempo does not have it
  const GeneratorLimits& generator = defaults.metrics_generator;
  limits.metrics_generator.native_histogram_bucket_factor =
      generator.native_histogram_bucket_factor;
  limits.metrics_generator.native_histogram_max_bucket_number =
      generator.native_histogram_max_bucket_number;
  limits.metrics_generator.native_histogram_min_reset_duration =
      generator.native_histogram_min_reset_duration;
  return limits;
}

// "metrics_generator.processors" of "overrides.one.metrics_generator.processors".
std::string KeyOfLimit(const ConfigWarning& warning, const std::string& tenant_path) {
  return warning.key.starts_with(tenant_path) ? warning.key.substr(tenant_path.size() + 1)
                                              : warning.key;
}

class FileReader {
 public:
  FileReader(const Config& config, ParseContext& context) : config_(config), context_(context) {}

  TenantOverrides Read(YamlNode& root) {
    TenantOverrides result{.defaults = std::make_shared<const Limits>(config_.overrides.defaults)};
    if (!root.IsNull() && !root.IsMap()) context_.Mismatch(root, "overrides.perTenantOverrides");
    for (YamlEntry& entry : root.entries) {
      if (entry.key == "overrides") {
        ReadTenants(entry.value, result);
      } else {
        context_.UnknownKey(
            entry.line,
            fmt::format("field {} not found in type overrides.perTenantOverrides", entry.key));
      }
    }
    for (const auto& [key, tenants] : later_) {
      context_.Warn(
          ConfigWarning::Kind::kLater,
          fmt::format("{} of {} tenants is not implemented yet and has no effect", key, tenants),
          "", key);
    }
    return result;
  }

 private:
  void ReadTenants(YamlNode& tenants, TenantOverrides& result) {
    if (!tenants.IsNull() && !tenants.IsMap())
      return context_.Mismatch(tenants, "overrides.TenantOverrides");
    for (YamlEntry& entry : tenants.entries) {
      if (result.tenants.contains(entry.key)) {
        context_.Error(entry.line, fmt::format("key \"{}\" already set in map", entry.key));
        continue;
      }
      result.tenants.emplace(entry.key, std::make_shared<const Limits>(ReadTenant(entry)));
    }
  }

  Limits ReadTenant(YamlEntry& entry) {
    Limits limits = config_.overrides.inherit_defaults ? config_.overrides.defaults
                                                       : ZeroLimits(config_.overrides.defaults);
    const std::string path = "overrides." + entry.key;
    const size_t warned = context_.warnings().size();
    ApplyLimitsAliases(entry.value, path, context_);
    if (IsFlatLimits(entry.value)) {
      FlattenLimits(limits)->Read(entry.value, path, context_);
    } else {
      ConfigSection section("", "overrides.Overrides", "");
      DeclareLimits(section, limits);
      section.Read(entry.value, path, context_);
    }
    CheckLimits(limits, config_.overrides.defaults, entry.key, entry.line,
                config_.ingester.lifecycler.replication_factor, context_);
    CheckTailSampling(entry, limits.sampling.tail);
    CollectLater(warned, path);
    return limits;
  }

  // A list that is empty switches off what the defaults name; none at all is a mistake.
  void CheckTailSampling(const YamlEntry& entry, const TailSamplingConfig& tail) {
    const YamlNode* node = entry.value.Find("sampling.tail");
    const bool names_none = node != nullptr && node->IsMap() && tail.policies.empty() &&
                            node->Find("policies") == nullptr;
    if (!names_none) return;
    context_.Error(node->line,
                   fmt::format("tenant {}: sampling.tail has no policies: it would keep "
                               "every trace",
                               entry.key));
  }

  // One warning for a key, however many tenants have it.
  void CollectLater(size_t first, const std::string& tenant_path) {
    std::vector<ConfigWarning>& warnings = context_.warnings();
    const auto later = std::stable_partition(
        warnings.begin() + static_cast<ptrdiff_t>(first), warnings.end(),
        [](const ConfigWarning& w) { return w.kind != ConfigWarning::Kind::kLater; });
    for (auto warning = later; warning != warnings.end(); ++warning)
      ++later_[KeyOfLimit(*warning, tenant_path)];
    warnings.erase(later, warnings.end());
  }

  const Config& config_;
  ParseContext& context_;
  std::map<std::string, size_t>
      later_;  // keys that have no effect yet and how many tenants set them
};

}  // namespace

const SharedLimits& TenantOverrides::SharedFor(std::string_view tenant) const {
  if (const auto found = tenants.find(tenant); found != tenants.end()) return found->second;
  const auto wildcard = tenants.find("*");
  return wildcard == tenants.end() ? defaults : wildcard->second;
}

Result<TenantOverrides> ParseTenantOverrides(std::string_view text, const std::string& path,
                                             const Config& config, const CommandLine& command_line,
                                             const LoadOptions& options) {
  ParseContext context;
  context.set_strict(command_line.strict);
  VIVACE_ASSIGN(YamlNode root, ParseConfigYaml(text, path, command_line, options, context));
  TenantOverrides result = FileReader(config, context).Read(root);
  if (!context.problems().empty()) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("failed to parse overrides file {}: {}",
                                                         path, JoinProblems(context.problems())));
  }
  result.warnings = std::move(context.warnings());
  return result;
}

Result<TenantOverrides> LoadTenantOverrides(const Config& config, const CommandLine& command_line,
                                            const LoadOptions& options) {
  const std::string& path = config.overrides.per_tenant_override_config;
  if (path.empty())
    return TenantOverrides{.defaults = std::make_shared<const Limits>(config.overrides.defaults)};
  VIVACE_ASSIGN(const std::string text, ReadTextFile(path));
  return ParseTenantOverrides(text, path, config, command_line, options);
}

namespace {

Status OverlayLimits(const YamlNode& node, const std::string& tenant, Limits& limits) {
  ParseContext context;
  Limits changed = limits;
  ConfigSection section("", "overrides.Overrides", "");
  DeclareLimits(section, changed);
  section.Read(node, "overrides." + tenant, context);
  if (!context.problems().empty())
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("tenant {}: {}", tenant, JoinProblems(context.problems())));
  auto& processors = changed.metrics_generator.processors;
  for (const std::string& name :
       limits.metrics_generator.processors.value_or(std::vector<std::string>{})) {
    if (std::ranges::find(*processors, name) == processors->end()) processors->push_back(name);
  }
  limits = std::move(changed);
  return {};
}

}  // namespace

Status ApplyUserLimits(std::map<std::string, YamlNode, std::less<>> user_limits,
                       const std::function<Status(const Limits&)>& check,
                       TenantOverrides& overrides) {
  Status status;
  for (const auto& [tenant, node] : user_limits) {
    Limits limits = overrides.For(tenant);
    Status put = OverlayLimits(node, tenant, limits);
    if (put && check) put = WithContext(check(limits), "tenant " + tenant);
    if (!put) {
      status = std::move(put);
    } else {
      overrides.tenants.insert_or_assign(tenant, std::make_shared<const Limits>(std::move(limits)));
    }
  }
  overrides.user_limits = std::move(user_limits);
  return status;
}

}  // namespace vivace
