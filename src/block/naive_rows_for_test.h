// Test support: the rows of a block computed without any of the writer's tricks. Each trace becomes
// a JSON document in the shape of the schema (spec/storage.md 3.4, 3.5), and a leaf is read out of
// the documents by walking its path.
#pragma once

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <protozero/pbf_reader.hpp>
#include <set>
#include <string>
#include <vector>

#include "block/format/schema.h"
#include "block/write/column_selection.h"
#include "columns/any_value_json.h"
#include "columns/nested_set.h"
#include "columns/random_batch_for_test.h"
#include "parquet/arrow_leaves_for_test.h"

namespace vivace::testing {

using Json = nlohmann::json;

class NaiveRows {
 public:
  // `batch`: everything that was appended to the segment, in that order.
  NaiveRows(const SpanBatch& batch, const Segment& segment, const DedicatedColumns& columns)
      : batch_(batch), columns_(columns) {
    const std::vector<uint32_t> ranks = RankKeys(segment);
    for (uint32_t key = 0; key < ranks.size(); ++key)
      ranks_[std::string(segment.keys()[key].view())] = ranks[key];
    std::map<TraceId, std::vector<size_t>> traces;
    for (size_t row = 0; row < batch.spans.size(); ++row)
      traces[batch.spans.trace_id[row]].push_back(row);
    for (const auto& [id, spans] : traces) rows_.push_back(MakeTrace(id, spans));
  }

  const std::vector<Json>& rows() const { return rows_; }

  LeafEntries Leaf(const LeafInfo& leaf) const {
    std::vector<std::string> path{""};
    for (const char c : leaf.path) {
      if (c == '.') {
        path.emplace_back();
      } else {
        path.back() += c;
      }
    }
    LeafEntries entries;
    for (const Json& row : rows_) Shred(row, path, leaf, {}, 0, entries);
    return entries;
  }

 private:
  // The Dremel walk of one leaf.
  static void Shred(const Json& node, std::span<const std::string> path, const LeafInfo& leaf,
                    LeafEntry at, int depth, LeafEntries& out) {
    if (path.empty()) {
      at.value = ValueText(node, leaf);
      out.push_back(at);
      return;
    }
    const bool list = path.size() >= 3 && path[1] == "list";
    const bool map = path.size() >= 3 && path[1] == "key_value";
    if (!list && !map) {
      if (path.size() == 1 && leaf.optional) {
        if (!node.contains(path[0])) return out.push_back(at);
        ++at.definition;
      }
      return Shred(node.at(path[0]), path.subspan(1), leaf, at, depth, out);
    }
    const Json& elements = node.at(path[0]);
    if (elements.empty()) return out.push_back(at);
    ++at.definition;
    for (const Json& element : elements) {
      Shred(element, path.subspan(list ? 3 : 2), leaf, at, depth + 1, out);
      at.repetition = depth + 1;
    }
  }

  static std::string ValueText(const Json& value, const LeafInfo& leaf) {
    if (value.is_string()) return value.get<std::string>();
    const auto bits = value.get<uint64_t>();
    const bool narrow = leaf.type == LeafType::kInt32 || leaf.type == LeafType::kUint32;
    return std::to_string(narrow ? static_cast<uint32_t>(bits) : bits);
  }

  std::string ResourceText(uint32_t row) const {
    std::string text = fmt::format("{} {} {}", batch_.resources.dropped_attributes[row],
                                   batch_.String(batch_.resources.schema_url[row]),
                                   batch_.String(batch_.resources.entity_refs[row]));
    for (const AttributeCode code : batch_.resources.attributes.Row(row))
      text += AttributesText(batch_, {&code, 1});
    return text;
  }

  std::string ScopeText(uint32_t row) const {
    std::string text = fmt::format("{} {} {} {}", batch_.scopes.dropped_attributes[row],
                                   batch_.String(batch_.scopes.name[row]),
                                   batch_.String(batch_.scopes.version[row]),
                                   batch_.String(batch_.scopes.schema_url[row]));
    for (const AttributeCode code : batch_.scopes.attributes.Row(row))
      text += AttributesText(batch_, {&code, 1});
    return text;
  }

  struct Scope {
    std::string text;
    uint32_t row;
    std::vector<size_t> spans;
  };
  struct Resource {
    std::string text;
    uint32_t row;
    std::vector<Scope> scopes;
  };

  std::vector<Resource> Group(const std::vector<size_t>& spans) const {
    std::vector<Resource> resources;
    for (const size_t span : spans) {
      const uint32_t scope_row = batch_.spans.scope[span];
      const uint32_t resource_row = batch_.scopes.resource[scope_row];
      const std::string resource_text = ResourceText(resource_row);
      auto resource = std::find_if(resources.begin(), resources.end(),
                                   [&](const Resource& r) { return r.text == resource_text; });
      if (resource == resources.end())
        resource = resources.insert(resources.end(), {resource_text, resource_row, {}});
      const std::string scope_text = ScopeText(scope_row);
      auto& scopes = resource->scopes;
      auto scope = std::find_if(scopes.begin(), scopes.end(),
                                [&](const Scope& s) { return s.text == scope_text; });
      if (scope == scopes.end()) scope = scopes.insert(scopes.end(), {scope_text, scope_row, {}});
      scope->spans.push_back(span);
    }
    return resources;
  }

  Json MakeTrace(const TraceId& id, const std::vector<size_t>& arrived) const {
    const std::vector<Resource> resources = Group(arrived);
    Json trace{{"TraceID", std::string(id.View())}, {"TraceIDText", ""}, {"rs", Json::array()}};
    std::vector<size_t> spans;
    std::vector<NestedSetInput> inputs;
    for (const Resource& resource : resources) {
      for (const Scope& scope : resource.scopes) {
        for (const size_t span : scope.spans) {
          spans.push_back(span);
          inputs.push_back({batch_.spans.span_id[span], batch_.spans.parent_span_id[span],
                            batch_.spans.kind[span]});
        }
      }
    }
    std::vector<NestedSetNumbers> numbers(spans.size());
    NestedSetScratch scratch;
    NumberNestedSets(inputs, numbers, scratch);
    Summarize(id, spans, trace);
    std::map<std::string, std::pair<uint64_t, uint64_t>> services;
    size_t next = 0;
    for (const Resource& resource : resources) {
      Json json{{"Resource", MakeResource(resource.row)}, {"ss", Json::array()}};
      auto& [span_count, error_count] =
          services[json["Resource"]["ServiceName"].get<std::string>()];
      for (const Scope& scope : resource.scopes) {
        Json scope_json{{"Scope", MakeScope(scope.row)}, {"Spans", Json::array()}};
        for (const size_t span : scope.spans) {
          scope_json["Spans"].push_back(MakeSpan(span, numbers[next++]));
          ++span_count;
          error_count += batch_.spans.status_code[span] == 2 ? 1 : 0;
        }
        json["ss"].push_back(std::move(scope_json));
      }
      trace["rs"].push_back(std::move(json));
    }
    trace["ServiceStats"] = Json::array();
    for (const auto& [name, counts] : services) {
      trace["ServiceStats"].push_back(
          {{"key", name}, {"value", {{"SpanCount", counts.first}, {"ErrorCount", counts.second}}}});
    }
    return trace;
  }

  void Summarize(const TraceId& id, const std::vector<size_t>& spans, Json& trace) const {
    uint64_t start = 0;
    uint64_t end = 0;
    trace["RootSpanName"] = "";
    trace["RootServiceName"] = "";
    for (const size_t span : spans) {
      if (batch_.spans.start_unix_nanos[span] != 0 &&
          (start == 0 || batch_.spans.start_unix_nanos[span] < start))
        start = batch_.spans.start_unix_nanos[span];
      end = std::max(end, batch_.spans.end_unix_nanos[span]);
      if (!batch_.spans.parent_span_id[span].IsZero() || IsChildByLink(id, span)) continue;
      trace["RootSpanName"] = std::string(batch_.String(batch_.spans.name[span]));
      trace["RootServiceName"] = FirstServiceName(batch_.scopes.resource[batch_.spans.scope[span]]);
    }
    trace["StartTimeUnixNano"] = start;
    trace["EndTimeUnixNano"] = end;
    trace["DurationNano"] = end - start;
  }

  bool IsChildByLink(const TraceId& id, size_t span) const {
    const auto [begin, end] = batch_.LinksOf(span);
    for (uint32_t link = begin; link < end; ++link) {
      for (const AttributeCode code : batch_.links.attributes.Row(link)) {
        if (batch_.links.trace_id[link] == id &&
            batch_.AttributeKey(code) == "opentracing.ref_type" &&
            batch_.Value(code) == AttributeValue::String("child_of")) {
          return true;
        }
      }
    }
    return false;
  }

  std::string FirstServiceName(uint32_t resource) const {
    for (const AttributeCode code : batch_.resources.attributes.Row(resource)) {
      if (batch_.AttributeKey(code) != "service.name") continue;
      return batch_.Value(code).kind == ValueKind::kString ? std::string(batch_.Value(code).text)
                                                           : "";
    }
    return "";
  }

  // "" where the attribute has no column of its own; for dedicated ones
  // "DedicatedAttributes.StringNN".
  std::string ColumnOf(DedicatedScope scope, std::string_view key,
                       const AttributeValue& value) const {
    static const std::map<std::string_view, const char*> kResource = {
        {"service.name", "ServiceName"},
        {"cluster", "Cluster"},
        {"namespace", "Namespace"},
        {"pod", "Pod"},
        {"container", "Container"},
        {"k8s.cluster.name", "K8sClusterName"},
        {"k8s.namespace.name", "K8sNamespaceName"},
        {"k8s.pod.name", "K8sPodName"},
        {"k8s.container.name", "K8sContainerName"}};
    static const std::map<std::string_view, const char*> kSpan = {{"http.method", "HttpMethod"},
                                                                  {"http.url", "HttpUrl"}};
    const bool span = scope == DedicatedScope::kSpan;
    if (span && key == "http.status_code" && value.kind == ValueKind::kInt) return "HttpStatusCode";
    if (value.kind != ValueKind::kString || (!span && key == "service.name" && value.text.empty()))
      return "";
    const auto& names = span ? kSpan : kResource;
    if (const auto known = names.find(key); known != names.end()) return known->second;
    int slot = 0;
    for (const DedicatedColumn& column : columns_) {
      if (column.scope == scope && ++slot > 0 && column.name == key)
        return fmt::format("String{:02}", slot);
    }
    return "";
  }

  Json MakeAttribute(AttributeCode code) const {
    const AttributeValue value = batch_.Value(code);
    Json json{{"Key", std::string(batch_.AttributeKey(code))}, {"IsArray", 0u}};
    for (const char* list : {"Value", "ValueInt", "ValueDouble", "ValueBool"})
      json[list] = Json::array();
    if (value.kind == ValueKind::kString) {
      json["Value"].push_back(std::string(value.text));
    } else if (value.kind == ValueKind::kInt) {
      json["ValueInt"].push_back(value.bits);
    } else if (value.kind == ValueKind::kDouble) {
      json["ValueDouble"].push_back(value.bits);
    } else if (value.kind == ValueKind::kBool) {
      json["ValueBool"].push_back(value.bits);
    } else if (value.kind != ValueKind::kArray || !FillArray(value.text, json)) {
      json["ValueUnsupported"] = AnyValueToJson(value);
    }
    return json;
  }

  // False where the elements are not all of one kind that has a column.
  static bool FillArray(std::string_view encoded, Json& json) {
    std::map<std::string, Json> lists;
    for (protozero::pbf_reader array(encoded.data(), encoded.size()); array.next();) {
      protozero::pbf_reader any = array.get_message();
      if (!any.next() || any.tag() > 4) return false;
      if (any.tag() == 1)
        lists["Value"].push_back(any.get_string());
      else if (any.tag() == 2)
        lists["ValueBool"].push_back(any.get_bool() ? 1u : 0u);
      else if (any.tag() == 3)
        lists["ValueInt"].push_back(static_cast<uint64_t>(any.get_int64()));
      else
        lists["ValueDouble"].push_back(std::bit_cast<uint64_t>(any.get_double()));
    }
    if (lists.size() > 1) return false;
    json["IsArray"] = 1u;
    for (const auto& [name, values] : lists) json[name] = values;
    return true;
  }

  Json MakeAttributes(std::span<const AttributeCode> codes) const {
    std::vector<AttributeCode> sorted(codes.begin(), codes.end());
    std::stable_sort(sorted.begin(), sorted.end(), [&](AttributeCode a, AttributeCode b) {
      return ranks_.at(std::string(batch_.AttributeKey(a))) <
             ranks_.at(std::string(batch_.AttributeKey(b)));
    });
    Json list = Json::array();
    for (const AttributeCode code : sorted) list.push_back(MakeAttribute(code));
    return list;
  }

  void FillAttributes(DedicatedScope scope, std::span<const AttributeCode> codes,
                      Json& json) const {
    std::vector<AttributeCode> generic;
    std::map<std::string, AttributeCode> promoted;
    for (const AttributeCode code : codes) {
      const std::string column = ColumnOf(scope, batch_.AttributeKey(code), batch_.Value(code));
      if (column.empty()) {
        generic.push_back(code);
        continue;
      }
      const auto [entry, first] = promoted.try_emplace(column, code);
      if (!first) generic.push_back(std::exchange(entry->second, code));
    }
    json["Attrs"] = MakeAttributes(generic);
    json["DedicatedAttributes"] = Json::object();
    for (const auto& [column, code] : promoted) {
      Json& group = column.starts_with("String") ? json["DedicatedAttributes"] : json;
      const AttributeValue value = batch_.Value(code);
      group[column] =
          value.kind == ValueKind::kInt ? Json(value.bits) : Json(std::string(value.text));
    }
  }

  Json MakeResource(uint32_t row) const {
    Json json{{"DroppedAttributesCount", batch_.resources.dropped_attributes[row]},
              {"ServiceName", ""},
              {"SchemaUrl", std::string(batch_.String(batch_.resources.schema_url[row]))},
              {"EntityRefs", std::string(batch_.String(batch_.resources.entity_refs[row]))}};
    FillAttributes(DedicatedScope::kResource, batch_.resources.attributes.Row(row), json);
    return json;
  }

  Json MakeScope(uint32_t row) const {
    return {{"Name", std::string(batch_.String(batch_.scopes.name[row]))},
            {"Version", std::string(batch_.String(batch_.scopes.version[row]))},
            {"SchemaUrl", std::string(batch_.String(batch_.scopes.schema_url[row]))},
            {"Attrs", MakeAttributes(batch_.scopes.attributes.Row(row))},
            {"DroppedAttributesCount", batch_.scopes.dropped_attributes[row]}};
  }

  template <typename Id>
  static std::string IdText(const Id& id) {
    return id.IsZero() ? "" : std::string(id.View());
  }

  Json MakeSpan(size_t row, const NestedSetNumbers& numbers) const {
    const SpanColumns& spans = batch_.spans;
    const auto unsigned_of = [](int32_t number) { return static_cast<uint32_t>(number); };
    Json json{{"SpanID", std::string(spans.span_id[row].View())},
              {"ParentSpanID", IdText(spans.parent_span_id[row])},
              {"ParentID", unsigned_of(numbers.parent)},
              {"NestedSetLeft", unsigned_of(numbers.left)},
              {"NestedSetRight", unsigned_of(numbers.right)},
              {"Name", std::string(batch_.String(spans.name[row]))},
              {"Kind", spans.kind[row]},
              {"TraceState", std::string(batch_.String(spans.trace_state[row]))},
              {"StartTimeUnixNano", spans.start_unix_nanos[row]},
              {"DurationNano", spans.end_unix_nanos[row] - spans.start_unix_nanos[row]},
              {"StatusCode", spans.status_code[row]},
              {"StatusMessage", std::string(batch_.String(spans.status_message[row]))},
              {"DroppedAttributesCount", spans.dropped_attributes[row]},
              {"DroppedEventsCount", spans.dropped_events[row]},
              {"DroppedLinksCount", spans.dropped_links[row]},
              {"Flags", spans.flags[row]},
              {"Events", Json::array()},
              {"Links", Json::array()}};
    FillAttributes(DedicatedScope::kSpan, spans.attributes.Row(row), json);
    const auto [events_begin, events_end] = batch_.EventsOf(row);
    for (uint32_t event = events_begin; event < events_end; ++event) {
      json["Events"].push_back(
          {{"TimeSinceStartNano",
            batch_.events.time_unix_nanos[event] - spans.start_unix_nanos[row]},
           {"Name", std::string(batch_.String(batch_.events.name[event]))},
           {"Attrs", MakeAttributes(batch_.events.attributes.Row(event))},
           {"DroppedAttributesCount", batch_.events.dropped_attributes[event]}});
    }
    const auto [links_begin, links_end] = batch_.LinksOf(row);
    for (uint32_t link = links_begin; link < links_end; ++link) {
      json["Links"].push_back(
          {{"TraceID", IdText(batch_.links.trace_id[link])},
           {"SpanID", IdText(batch_.links.span_id[link])},
           {"TraceState", std::string(batch_.String(batch_.links.trace_state[link]))},
           {"Attrs", MakeAttributes(batch_.links.attributes.Row(link))},
           {"DroppedAttributesCount", batch_.links.dropped_attributes[link]},
           {"Flags", batch_.links.flags[link]}});
    }
    return json;
  }

  const SpanBatch& batch_;
  const DedicatedColumns& columns_;
  std::map<std::string, uint32_t> ranks_;  // by key
  std::vector<Json> rows_;
};

}  // namespace vivace::testing
