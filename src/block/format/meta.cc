#include "block/format/meta.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/hash/crc32c.h"
#include "base/rfc3339.h"

namespace vivace {
namespace {

using Json = nlohmann::ordered_json;

std::unexpected<Error> DamagedMeta(std::string message) {
  return Fail(ErrorCode::kDataLoss, "meta.json: " + std::move(message));
}

// Reads fields of one object; the first problem is kept.
class FieldReader {
 public:
  explicit FieldReader(const Json& object) : object_(object) {}

  template <typename T>
  void Unsigned(const char* name, T& out) {
    const Json* field = Find(name);
    if (field == nullptr) return;
    const bool fits =
        field->is_number_integer() && (field->is_number_unsigned() || field->get<int64_t>() >= 0) &&
        field->get<uint64_t>() <= static_cast<uint64_t>(std::numeric_limits<T>::max());
    if (!fits) return RecordProblem(name, "is not a number in range");
    out = static_cast<T>(field->get<uint64_t>());
  }

  void Text(const char* name, std::string& out) {
    const Json* field = Find(name);
    if (field == nullptr) return;
    if (!field->is_string()) return RecordProblem(name, "is not a string");
    out = field->get<std::string>();
  }

  void Time(const char* name, int64_t& out, bool round_up) {
    std::string text;
    Text(name, text);
    if (text.empty()) return RecordProblem(name, "is missing");
    const Result<ParsedTime> time = ParseRfc3339(text);
    if (!time.has_value()) return RecordProblem(name, "is not a time: " + text.substr(0, 64));
    out = time->unix_seconds + (round_up && time->nanos > 0 ? 1 : 0);
  }

  void RecordProblem(std::string_view name, std::string_view problem) {
    if (problem_.empty()) problem_ = fmt::format("field \"{}\" {}", name, problem);
  }

  const Json* Find(const char* name) const {
    const auto field = object_.find(name);
    return field == object_.end() || field->is_null() ? nullptr : &*field;
  }

  const std::string& problem() const { return problem_; }

 private:
  const Json& object_;
  std::string problem_;
};

bool ParseScope(const std::string& text, DedicatedScope& out) {
  for (const DedicatedScope scope :
       {DedicatedScope::kSpan, DedicatedScope::kResource, DedicatedScope::kEvent}) {
    if (text == NameOf(scope)) return out = scope, true;
  }
  return text.empty();
}

bool ParseType(const std::string& text, DedicatedType& out) {
  if (text == NameOf(DedicatedType::kInt)) out = DedicatedType::kInt;
  return text.empty() || text == NameOf(DedicatedType::kString) ||
         text == NameOf(DedicatedType::kInt);
}

Result<DedicatedColumn> ParseColumn(const Json& json) {
  if (!json.is_object()) return DamagedMeta("a dedicated column is not an object");
  FieldReader fields(json);
  std::string scope, type;
  DedicatedColumn column;
  fields.Text("s", scope);
  fields.Text("n", column.name);
  fields.Text("t", type);
  if (const Json* options = fields.Find("o"); options != nullptr) {
    for (const Json& option : *options) {
      if (!option.is_string())
        return DamagedMeta("an option of dedicated column \"" + column.name + "\" is not a string");
      column.options.push_back(option.get<std::string>());
    }
  }
  if (!fields.problem().empty()) return DamagedMeta("dedicated column: " + fields.problem());
  if (!ParseScope(scope, column.scope))
    return DamagedMeta("dedicated column: unknown scope \"" + scope + "\"");
  if (!ParseType(type, column.type))
    return DamagedMeta("dedicated column: unknown type \"" + type + "\"");
  return column;
}

Status ParseColumns(const Json* json, DedicatedColumns& out) {
  if (json == nullptr) return {};
  if (!json->is_array()) return DamagedMeta("field \"dedicatedColumns\" is not an array");
  for (const Json& entry : *json) {
    VIVACE_ASSIGN(out.emplace_back(), ParseColumn(entry));
  }
  return {};
}

Json ToJson(const DedicatedColumn& column) {
  Json json = Json::object();
  if (column.scope != DedicatedScope::kSpan) json["s"] = NameOf(column.scope);
  json["n"] = column.name;
  if (column.type != DedicatedType::kString) json["t"] = NameOf(column.type);
  if (!column.options.empty()) json["o"] = column.options;
  return json;
}

// Ours, which Tempo passes over.
constexpr const char* kOwnFields = "vivace";

std::string Text(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Of what says how the block's objects are to be read. Not of ids and times: a block may be copied
// to another place.
uint32_t LayoutCrc32c(const BlockMeta& meta) {
  Json layout = {meta.format,      meta.size_bytes,   meta.total_records,
                 meta.footer_size, meta.bloom_shards, meta.bloom_crc32c};
  if (meta.index_crc32c.has_value()) layout.push_back(*meta.index_crc32c);
  for (const DedicatedColumn& column : meta.dedicated_columns) layout.push_back(ToJson(column));
  return Crc32c(Text(layout));
}

Json OwnFields(const BlockMeta& meta) {
  Json own = Json::object();
  if (meta.span_times.has_value()) {
    own["spansStartTime"] = FormatRfc3339(meta.span_times->first);
    own["spansEndTime"] = FormatRfc3339(meta.span_times->second);
  }
  if (!meta.bloom_crc32c.empty()) own["bloomCrc32c"] = meta.bloom_crc32c;
  if (meta.index_crc32c.has_value()) own["indexCrc32c"] = *meta.index_crc32c;
  if (!own.empty()) own["layoutCrc32c"] = LayoutCrc32c(meta);
  if (meta.lacks_extra) own["extra"] = false;
  return own;
}

Status ParseSpanTimes(const Json& own, BlockMeta& meta) {
  FieldReader fields(own);
  std::pair<int64_t, int64_t> times;
  fields.Time("spansStartTime", times.first, false);
  fields.Time("spansEndTime", times.second, true);
  if (!fields.problem().empty()) return DamagedMeta(fields.problem());
  meta.span_times = times;
  return {};
}

Status ParseBloomChecksums(const Json& sums, BlockMeta& meta) {
  const auto is_sum = [](const Json& sum) {
    return sum.is_number_unsigned() && sum.get<uint64_t>() <= UINT32_MAX;
  };
  if (!sums.is_array() || !std::ranges::all_of(sums, is_sum) || sums.size() != BloomShardsOf(meta))
    return DamagedMeta("field \"bloomCrc32c\" has not one checksum for each shard");
  meta.bloom_crc32c = sums.get<std::vector<uint32_t>>();
  return {};
}

Status ParseOwnFields(const Json& json, BlockMeta& meta) {
  const auto own = json.find(kOwnFields);
  if (own == json.end()) return {};
  if (!own->is_object()) return DamagedMeta("field \"vivace\" is not an object");
  FieldReader fields(*own);
  if (fields.Find("spansStartTime") != nullptr) VIVACE_TRY(ParseSpanTimes(*own, meta));
  if (const Json* sums = fields.Find("bloomCrc32c")) VIVACE_TRY(ParseBloomChecksums(*sums, meta));
  if (fields.Find("indexCrc32c") != nullptr)
    fields.Unsigned("indexCrc32c", meta.index_crc32c.emplace());
  if (const Json* extra = fields.Find("extra")) {
    if (!extra->is_boolean()) return DamagedMeta("field \"extra\" is not a boolean");
    meta.lacks_extra = !extra->get<bool>();
  }
  uint32_t layout = LayoutCrc32c(meta);
  fields.Unsigned("layoutCrc32c", layout);
  if (!fields.problem().empty()) return DamagedMeta(fields.problem());
  return layout == LayoutCrc32c(meta) ? Status() : DamagedMeta("a checksum does not match");
}

}  // namespace

std::string ToJson(const BlockMeta& meta) {
  Json json;
  json["format"] = meta.format;
  json["blockID"] = meta.block_id.ToString();
  json["tenantID"] = meta.tenant_id;
  json["startTime"] = FormatRfc3339(meta.start_unix_seconds);
  json["endTime"] = FormatRfc3339(meta.end_unix_seconds);
  json["totalObjects"] = meta.total_objects;
  if (meta.size_bytes != 0) json["size"] = meta.size_bytes;
  json["compactionLevel"] = meta.compaction_level;
  json["encoding"] = meta.encoding;
  json["indexPageSize"] = meta.index_page_size;
  json["totalRecords"] = meta.total_records;
  json["dataEncoding"] = meta.data_encoding;
  json["bloomShards"] = meta.bloom_shards;
  json["footerSize"] = meta.footer_size;
  for (const DedicatedColumn& column : meta.dedicated_columns)
    json["dedicatedColumns"].push_back(ToJson(column));
  if (meta.replication_factor != 0) json["replicationFactor"] = meta.replication_factor;
  if (Json own = OwnFields(meta); !own.empty()) json[kOwnFields] = std::move(own);
  return Text(json);
}

Result<BlockMeta> ParseBlockMeta(std::string_view text) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object())
    return DamagedMeta(fmt::format("not a JSON object ({} bytes)", text.size()));
  FieldReader fields(json);
  BlockMeta meta;
  std::string block_id;
  meta.format.clear();
  fields.Text("format", meta.format);
  fields.Text("blockID", block_id);
  fields.Text("tenantID", meta.tenant_id);
  fields.Time("startTime", meta.start_unix_seconds, false);
  fields.Time("endTime", meta.end_unix_seconds, true);
  fields.Unsigned("totalObjects", meta.total_objects);
  fields.Unsigned("size", meta.size_bytes);
  fields.Unsigned("compactionLevel", meta.compaction_level);
  fields.Text("encoding", meta.encoding);
  fields.Unsigned("indexPageSize", meta.index_page_size);
  fields.Unsigned("totalRecords", meta.total_records);
  fields.Text("dataEncoding", meta.data_encoding);
  fields.Unsigned("bloomShards", meta.bloom_shards);
  fields.Unsigned("footerSize", meta.footer_size);
  fields.Unsigned("replicationFactor", meta.replication_factor);
  if (meta.format.empty()) fields.RecordProblem("format", "is missing");
  if (!fields.problem().empty()) return DamagedMeta(fields.problem());
  Result<Uuid> id = Uuid::Parse(block_id);
  if (!id.has_value()) return DamagedMeta("field \"blockID\": " + id.error().message);
  meta.block_id = *id;
  VIVACE_TRY(ParseColumns(fields.Find("dedicatedColumns"), meta.dedicated_columns));
  VIVACE_TRY(ParseOwnFields(json, meta));
  return meta;
}

std::string BloomName(uint32_t shard) { return fmt::format("bloom-{}", shard); }

std::string BlockPrefix(std::string_view tenant, const Uuid& block) {
  return fmt::format("{}/{}", tenant, block.ToString());
}

std::string BlockKey(std::string_view tenant, const Uuid& block, std::string_view name) {
  return fmt::format("{}/{}/{}", tenant, block.ToString(), name);
}

}  // namespace vivace
