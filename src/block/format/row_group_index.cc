#include "block/format/row_group_index.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/base64.h"

namespace vivace {
namespace {

std::unexpected<Error> DamagedIndex(std::string_view problem) {
  return Fail(ErrorCode::kDataLoss, "index: " + std::string(problem));
}

}  // namespace

std::optional<size_t> RowGroupIndex::Find(const TraceId& id) const {
  const auto found = std::ranges::lower_bound(last_ids_, id);
  if (found == last_ids_.end()) return std::nullopt;
  return static_cast<size_t>(found - last_ids_.begin());
}

std::string RowGroupIndex::ToJson() const {
  std::string json = "{\"rowGroups\":[";
  for (const TraceId& id : last_ids_) {
    if (json.back() != '[') json.push_back(',');
    json.append("\"").append(ToBase64(id.View())).append("\"");
  }
  return json + "]}";
}

Result<RowGroupIndex> RowGroupIndex::Parse(std::string_view text) {
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("rowGroups") || !json["rowGroups"].is_array())
    return DamagedIndex("not an object with rowGroups");
  RowGroupIndex index;
  for (const nlohmann::json& entry : json["rowGroups"]) {
    if (!entry.is_string()) return DamagedIndex("an id is not a string");
    const Result<std::string> raw = FromBase64(entry.get_ref<const std::string&>());
    if (!raw.has_value() || raw->size() != TraceId::kBytes)
      return DamagedIndex("an id is not 16 bytes of base64");
    const TraceId id = TraceId::FromBytes(raw->data());
    if (!index.last_ids_.empty() && id < index.last_ids_.back())
      return DamagedIndex("ids are not in ascending order");
    index.Append(id);
  }
  return index;
}

}  // namespace vivace
