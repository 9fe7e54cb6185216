#include "api/responses/tag_response.h"

#include <map>
#include <protozero/pbf_writer.hpp>
#include <set>

#include "api/responses/sparse_fields.h"
#include "base/json_writer.h"

namespace vivace {
namespace {

using traceql::TagValue;

std::set<std::string> AllNames(const TagNamesResponse& answer) {
  std::set<std::string> names;
  for (const TagScopeNames& scope : answer.scopes)
    names.insert(scope.names.begin(), scope.names.end());
  return names;
}

std::set<std::string> AllTexts(const TagValuesResponse& answer) {
  std::set<std::string> texts;
  for (const TagValue& value : answer.values) texts.insert(value.value);
  return texts;
}

template <typename Texts>
void WriteTexts(std::string_view key, const Texts& texts, JsonWriter& json) {
  json.Key(key), json.BeginArray();
  for (const std::string& text : texts) json.String(text);
  json.EndArray();
}

void WriteMetrics(const QueryStats& stats, JsonWriter& json) {
  json.Key("metrics"), json.BeginObject();
  WriteLong("inspectedBytes", stats.inspected_bytes, json);
  // Tempo's JSON has the bytes alone: these show that something is missing.
  if (stats.is_partial()) {
    WriteNumber("totalJobs", stats.total_jobs, json);
    WriteNumber("completedJobs", stats.completed_jobs, json);
  }
  json.EndObject();
}

void AppendMetrics(const QueryStats& stats, protozero::pbf_writer& out) {
  std::string data;
  protozero::pbf_writer metrics(data);
  AddUint(metrics, 1, stats.inspected_bytes);
  AddUint(metrics, 2, stats.total_jobs);
  AddUint(metrics, 3, stats.completed_jobs);
  AddUint(metrics, 4, stats.total_blocks);
  AddUint(metrics, 5, stats.total_block_bytes);
  out.add_message(2, data);
}

template <typename Texts>
std::string TextsToJson(std::string_view key, const Texts& texts, const QueryStats& stats) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject();
  WriteTexts(key, texts, json);
  WriteMetrics(stats, json);
  json.EndObject();
  return out;
}

template <typename Texts>
std::string TextsToProtobuf(const Texts& texts, const QueryStats& stats) {
  std::string out;
  protozero::pbf_writer writer(out);
  for (const std::string& text : texts) writer.add_string(1, text);
  AppendMetrics(stats, writer);
  return out;
}

}  // namespace

std::string TagNamesToJsonV1(const TagNamesResponse& answer) {
  return TextsToJson("tagNames", AllNames(answer), answer.stats);
}
std::string TagNamesToProtobufV1(const TagNamesResponse& answer) {
  return TextsToProtobuf(AllNames(answer), answer.stats);
}
std::string TagValuesToJsonV1(const TagValuesResponse& answer) {
  return TextsToJson("tagValues", AllTexts(answer), answer.stats);
}
std::string TagValuesToProtobufV1(const TagValuesResponse& answer) {
  return TextsToProtobuf(AllTexts(answer), answer.stats);
}

std::string TagNamesToJsonV2(const TagNamesResponse& answer) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject();
  json.Key("scopes"), json.BeginArray();
  for (const TagScopeNames& scope : answer.scopes) {
    json.BeginObject();
    json.Key("name"), json.String(scope.scope);
    WriteTexts("tags", scope.names, json);
    json.EndObject();
  }
  json.EndArray();
  WriteMetrics(answer.stats, json);
  json.EndObject();
  return out;
}

std::string TagNamesToProtobufV2(const TagNamesResponse& answer) {
  std::string out;
  protozero::pbf_writer writer(out);
  for (const TagScopeNames& scope : answer.scopes) {
    protozero::pbf_writer message(writer, 1);
    message.add_string(1, scope.scope);
    for (const std::string& name : scope.names) message.add_string(2, name);
  }
  AppendMetrics(answer.stats, writer);
  return out;
}

std::string TagValuesToJsonV2(const TagValuesResponse& answer) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject();
  json.Key("tagValues"), json.BeginArray();
  for (const TagValue& value : answer.values) {
    json.BeginObject();
    json.Key("type"), json.String(value.type);
    WriteText("value", value.value, json);
    json.EndObject();
  }
  json.EndArray();
  WriteMetrics(answer.stats, json);
  json.EndObject();
  return out;
}

std::string TagValuesToProtobufV2(const TagValuesResponse& answer) {
  std::string out;
  protozero::pbf_writer writer(out);
  for (const TagValue& value : answer.values) {
    protozero::pbf_writer message(writer, 1);
    message.add_string(1, value.type);
    AddText(message, 2, value.value);
  }
  AppendMetrics(answer.stats, writer);
  return out;
}

std::string TagValuesToLlmJson(const TagValuesResponse& answer) {
  std::map<std::string, std::vector<const TagValue*>> by_type;
  for (const TagValue& value : answer.values) by_type[value.type].push_back(&value);
  std::string out;
  JsonWriter json(out);
  json.BeginObject();
  json.Key("tagValues"), json.BeginObject();
  for (const auto& [type, values] : by_type) {
    json.Key(type), json.BeginArray();
    const bool is_plain = type == "int" || type == "float" || type == "bool";
    for (const TagValue* value : values)
      is_plain ? json.Raw(value->value) : json.String(value->value);
    json.EndArray();
  }
  json.EndObject();
  json.Key("metrics"), json.BeginObject();
  WriteNumber("inspectedBytes", answer.stats.inspected_bytes, json);
  json.EndObject();
  json.EndObject();
  return out;
}

}  // namespace vivace
