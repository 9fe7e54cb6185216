#include "config/keys/aliases.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "config/schema/schema.h"

namespace vivace {
namespace {

struct Alias {
  std::string_view from;
  std::string_view to;  // empty: accepted and ignored
};

// In this order: what a later line names may come from an earlier one.
constexpr std::array kAliases = {
    Alias{"limits", "overrides"},
    Alias{"auth.header", "vivace.tenant_header"},
    Alias{"compactor.compaction.retention_duration", "compactor.compaction.block_retention"},
    Alias{"compactor.compaction.chunk_size_bytes", "compactor.compaction.v2_in_buffer_bytes"},
    Alias{"compactor.compaction.flush_size_bytes", "compactor.compaction.v2_out_buffer_bytes"},
    Alias{"compactor.compaction.iterator_buffer_size",
          "compactor.compaction.v2_prefetch_traces_count"},
    Alias{"distributor.log_received_traces", "distributor.log_received_spans.enabled"},
    Alias{"querier.search.prefer_self", ""},
    Alias{"querier.search.external_endpoints", ""},
    Alias{"querier.search.external_backend", ""},
    Alias{"querier.search.external_hedge_requests_at", ""},
    Alias{"querier.search.external_hedge_requests_up_to", ""},
    Alias{"querier.search.google_cloud_run", ""},
    Alias{"querier.trace_by_id.external.enabled", ""},
    Alias{"query_frontend.trace_by_id.hedge_requests_at", ""},
    Alias{"query_frontend.trace_by_id.hedge_requests_up_to", ""},
    Alias{"query_frontend.query_shards", "query_frontend.trace_by_id.query_shards"},
    Alias{"query_frontend.tolerate_failed_blocks", ""},
    Alias{"ingester.max_traces_per_block", ""},
    Alias{"search_enabled", ""},
    Alias{"metrics_generator_enabled", ""},
    Alias{"use_otel_tracer", ""},
    Alias{"autocomplete_filtering_enabled", ""},
    Alias{"storage.trace.block.encoding", "storage.trace.block.v2_encoding"},
    Alias{"storage.trace.block.index_downsample_bytes",
          "storage.trace.block.v2_index_downsample_bytes"},
    Alias{"storage.trace.block.index_page_size_bytes",
          "storage.trace.block.v2_index_page_size_bytes"},
    Alias{"storage.trace.wal.encoding", "storage.trace.wal.v2_encoding"},
    Alias{"storage.trace.azure.storage-account-name", "storage.trace.azure.storage_account_name"},
    Alias{"storage.trace.azure.storage-account-key", "storage.trace.azure.storage_account_key"},
    Alias{"storage.trace.azure.container-name", "storage.trace.azure.container_name"},
    Alias{"storage.trace.azure.endpoint-suffix", "storage.trace.azure.endpoint_suffix"},
    Alias{"storage.trace.azure.max-buffers", "storage.trace.azure.max_buffers"},
    Alias{"storage.trace.azure.buffer-size", "storage.trace.azure.buffer_size"},
    Alias{"storage.trace.s3.s3forcepathstyle", "storage.trace.s3.forcepathstyle"},
};

constexpr std::array kLimitsAliases = {
    Alias{"ingestion.rate_size_bytes", "ingestion.rate_limit_bytes"},
    Alias{"ingestion.limit_bytes", "ingestion.rate_limit_bytes"},
    Alias{"ingestion.burst_limit_bytes", "ingestion.burst_size_bytes"},
    Alias{"ingestion.strategy", "ingestion.rate_strategy"},
    Alias{"metrics_generator.processor.local-blocks", "metrics_generator.processor.local_blocks"},
};

struct Split {
  std::string_view parent;
  std::string_view name;
};

Split SplitPath(std::string_view path) {
  const size_t dot = path.rfind('.');
  if (dot == std::string_view::npos) return {"", path};
  return {path.substr(0, dot), path.substr(dot + 1)};
}

YamlNode* Parent(YamlNode& root, std::string_view path) {
  return path.empty() ? &root : root.Find(path);
}

std::optional<YamlEntry> Take(YamlNode& map, std::string_view name) {
  const auto found = std::ranges::find(map.entries, name, &YamlEntry::key);
  if (found == map.entries.end()) return std::nullopt;
  YamlEntry entry = std::move(*found);
  map.entries.erase(found);
  return entry;
}

// Puts the value at a path, making the maps on the way.
void Put(YamlNode& map, std::string_view path, const YamlEntry& entry) {
  const size_t dot = path.find('.');
  const std::string key(path.substr(0, dot));
  if (dot == std::string_view::npos) return map.entries.push_back({key, entry.line, entry.value});
  auto found = std::ranges::find(map.entries, key, &YamlEntry::key);
  if (found == map.entries.end()) {
    map.entries.push_back({key, entry.line, YamlNode::Map()});
    found = map.entries.end() - 1;
  }
  // `key:` without a value becomes the map that it stood for.
  if (found->value.IsNull()) found->value.kind = YamlNode::Kind::kMap;
  Put(found->value, path.substr(dot + 1), entry);
}

void Apply(const Alias& alias, YamlNode& root, const std::string& path, ParseContext& context) {
  const Split from = SplitPath(alias.from);
  YamlNode* parent = Parent(root, from.parent);
  if (parent == nullptr) return;
  const auto entry = Take(*parent, from.name);
  if (!entry) return;
  const std::string shown = JoinPath(path, alias.from);
  if (alias.to.empty()) {
    return context.Warn(
        ConfigWarning::Kind::kIgnored,
        fmt::format("{} has no equivalent and is ignored (line {})", shown, entry->line));
  }
  context.Warn(ConfigWarning::Kind::kAlias, fmt::format("{} is read as {} (line {})", shown,
                                                        JoinPath(path, alias.to), entry->line));
  Put(root, alias.to, *entry);
}

// Who names another way to authenticate would be served without any.
void CheckAuthType(const YamlNode& root, ParseContext& context) {
  const YamlNode* type = root.Find("auth.type");
  if (type == nullptr || type->IsNull() || type->text == "header" || type->text == "none") return;
  context.Error(type->line,
                fmt::format("auth.type: {} is not supported by this version of Vivace: requests "
                            "would not be authenticated; vivace.access_file says who may what",
                            type->text));
}

// `auth:` with nothing but the keys above is gone with them.
void DropEmptyAuth(YamlNode& root) {
  const auto found = std::ranges::find(root.entries, "auth", &YamlEntry::key);
  if (found != root.entries.end()) (void)Take(found->value, "type");
  if (found != root.entries.end() && found->value.entries.empty() && !found->value.IsScalar())
    root.entries.erase(found);
}

}  // namespace

void ApplyAliases(YamlNode& root, ParseContext& context) {
  CheckAuthType(root, context);
  for (const Alias& alias : kAliases) Apply(alias, root, "", context);
  DropEmptyAuth(root);
  if (YamlNode* defaults = root.Find("overrides.defaults"))
    ApplyLimitsAliases(*defaults, "overrides.defaults", context);
}

void ApplyLimitsAliases(YamlNode& limits, const std::string& path, ParseContext& context) {
  for (const Alias& alias : kLimitsAliases) Apply(alias, limits, path, context);
}

}  // namespace vivace
