// The keys of `overrides`, which comes in two forms: nested under `defaults`, or the old one with
// every limit inline.
#include <algorithm>

#include "config/keys/keys.h"

namespace vivace {
namespace {

void DeclareTenantFile(ConfigSection& section, OverridesConfig& config) {
  section.Key("per_tenant_override_config", config.per_tenant_override_config,
              "File with the limits of single tenants.");
  section.Key("per_tenant_override_period", config.per_tenant_override_period,
              "Time between readings of that file.");
  section.Key("inherit_defaults", config.inherit_defaults,
              "Vivace: a tenant's unset keys come from the defaults instead of being zero.");
}

void DeclareStore(ConfigSection& section, UserOverridesConfig& config) {
  section.Key("backend", config.backend, "Where the limits are stored; local.");
  section.Unused("confirm_versioning", true, "Check that the bucket keeps versions.");
  section.Group("local", "local.Config", "Local disk.")
      .Key("path", config.local_path, "Directory.");
  DeclareGcs(section.Group("gcs", "gcs.Config", "Google Cloud Storage.").NotYet(kOnlyLocal),
             section.Own<GcsConfig>());
  DeclareS3(section.Group("s3", "s3.Config", "S3.").NotYet(kOnlyLocal), section.Own<S3Config>());
  DeclareAzure(section.Group("azure", "azure.Config", "Azure Blob Storage.").NotYet(kOnlyLocal),
               section.Own<AzureConfig>());
}

void DeclareUserConfigurable(ConfigSection& section, UserOverridesConfig& config) {
  section.Key("enabled", config.enabled, "Serve /api/overrides.");
  section.Key("poll_interval", config.poll_interval, "Time between readings.");
  DeclareStore(section.Group("client", "client.Config", "Where the limits are stored."), config);
  section.Group("api", "api.Config", "The API.")
      .Key("check_for_conflicting_runtime_overrides",
           config.check_for_conflicting_runtime_overrides,
           "Refuse values that conflict with the per-tenant overrides file.");
}

class OverridesBlock final : public ConfigSection {
 public:
  explicit OverridesBlock(OverridesConfig& config)
      : ConfigSection("overrides", "overrides.Config", "Limits of tenants."), config_(config) {
    DeclareLimits(
        Group("defaults", "overrides.Overrides", "Limits of tenants without limits of their own."),
        config.defaults);
    DeclareTenantFile(*this, config);
    DeclareUserConfigurable(
        Group("user_configurable_overrides", "overrides.UserConfigurableOverridesConfig",
              "Limits that tenants set themselves."),
        config.user_configurable);
  }

  void Read(const YamlNode& node, const std::string& path, ParseContext& context) override {
    if (!node.IsMap() || !IsFlat(node)) return ConfigSection::Read(node, path, context);
    context.Warn(
        ConfigWarning::Kind::kStartup,
        "Inline, unscoped overrides are deprecated. Please use the new overrides config format.");
    const std::unique_ptr<ConfigSection> flat = FlattenLimits(config_.defaults);
    DeclareTenantFile(*flat, config_);
    DeclareUserConfigurable(
        flat->Group("user_configurable_overrides", "overrides.UserConfigurableOverridesConfig", ""),
        config_.user_configurable);
    flat->Read(node, path, context);
  }

 private:
  // One known key of the old form decides, unless the new form's `defaults` is there: then the old
  // keys are the mistake.
  bool IsFlat(const YamlNode& node) const {
    return node.Find("defaults") == nullptr && IsFlatLimits(node);
  }

  OverridesConfig& config_;
};

}  // namespace

bool IsFlatLimits(const YamlNode& node) {
  Limits scratch;
  const std::unique_ptr<ConfigSection> flat = FlattenLimits(scratch);
  ConfigSection nested("", "", "");
  DeclareLimits(nested, scratch);
  return std::ranges::any_of(node.entries, [&](const YamlEntry& entry) {
    return flat->Find(entry.key) != nullptr && nested.Find(entry.key) == nullptr;
  });
}

void DeclareOverrides(ConfigSection& parent, OverridesConfig& config) {
  parent.Add(std::make_unique<OverridesBlock>(config));
}

}  // namespace vivace
