// Test support: random batches that use every field and value kind, and a canonical text of a batch
// to compare what comes out somewhere with what went in. Not part of the server.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "columns/span_batch_builder.h"

namespace vivace::testing {

using Random = std::mt19937_64;

inline uint64_t Pick(Random& random, uint64_t below) { return random() % below; }

inline std::string RandomText(Random& random, size_t size_max) {
  std::string text(Pick(random, size_max + 1), ' ');
  for (char& c : text) c = static_cast<char>('a' + Pick(random, 26));
  return text;
}

template <typename Id>
Id RandomId(Random& random) {
  Id id;
  for (uint8_t& byte : id.bytes) byte = static_cast<uint8_t>(random());
  id.bytes[0] |= 1;  // never zero
  return id;
}

// An AttributeValue of any kind; `storage` keeps its text.
inline AttributeValue RandomValue(Random& random, std::string& storage) {
  const auto array = [&](std::initializer_list<std::string_view> elements) {
    storage.clear();
    for (const std::string_view element : elements)
      storage += fmt::format("\x0a{}{}", static_cast<char>(element.size()), element);
    return AttributeValue::Array(storage);
  };
  switch (Pick(random, 12)) {
    case 0:
      return {};
    case 1:
      return AttributeValue::Bool(Pick(random, 2) == 1);
    case 2:
      return AttributeValue::Int(static_cast<int64_t>(random()));
    case 3:
      return AttributeValue::Double(static_cast<double>(Pick(random, 1000)) / 8);
    case 4:
      storage = RandomText(random, 6) + std::string("\0\xff", 2);
      return AttributeValue::Bytes(storage);
    case 5:
      return array({"\x0a\x01x", "\x0a\x02yz"});  // strings
    case 6:
      return array({"\x18\x05", "\x18\x07", "\x18\x09"});  // ints
    case 7:
      return array({"\x0a\x01x", "\x18\x05"});  // mixed
    case 8:
      return array({});
    case 9:
      storage = std::string("\x0a\x08\x0a\x01k\x12\x03\x0a\x01v", 10);
      return AttributeValue::KeyValueList(storage);
    default:
      storage = RandomText(random, 12);
      return AttributeValue::String(storage);
  }
}

// Keys come once per list: a list with one key twice has no defined order across a block.
inline std::vector<AttributeCode> RandomAttributes(Random& random, SpanBatchBuilder& builder) {
  static constexpr std::string_view kKeys[] = {"a",
                                               "b",
                                               "service.name",
                                               "http.method",
                                               "http.status_code",
                                               "http.url",
                                               "http.route",
                                               "k8s.pod.name",
                                               "cluster",
                                               "url.path",
                                               "",
                                               "unit.\xc3\xa4"};
  std::vector<AttributeCode> codes;
  for (const std::string_view key : kKeys) {
    if (Pick(random, 3) != 0) continue;
    std::string storage;
    codes.push_back(builder.AddAttribute(key, RandomValue(random, storage)));
  }
  return codes;
}

inline void AddRandomSpan(Random& random, const TraceId& trace, uint32_t scope,
                          SpanBatchBuilder& builder) {
  constexpr uint64_t kBase = 1'700'000'000'000'000'000;
  builder.BeginSpan();
  SpanRow& row = builder.row();
  row.trace_id = trace;
  row.span_id = RandomId<SpanId>(random);
  if (Pick(random, 3) != 0) row.parent_span_id = RandomId<SpanId>(random);
  row.start_unix_nanos = kBase + Pick(random, 1'000'000'000);
  row.end_unix_nanos = row.start_unix_nanos + Pick(random, 1'000'000);
  row.name = builder.AddString(RandomText(random, 8));
  row.kind = static_cast<uint8_t>(Pick(random, 6));
  row.status_code = static_cast<uint8_t>(Pick(random, 3));
  if (Pick(random, 4) == 0) row.status_message = builder.AddString(RandomText(random, 20));
  if (Pick(random, 4) == 0) row.trace_state = builder.AddString("k=" + RandomText(random, 3));
  if (Pick(random, 2) == 0) row.flags = static_cast<uint32_t>(Pick(random, 1024));
  if (Pick(random, 4) == 0) row.dropped_attributes = static_cast<uint32_t>(Pick(random, 9));
  if (Pick(random, 4) == 0) row.dropped_events = static_cast<uint32_t>(Pick(random, 9));
  if (Pick(random, 4) == 0) row.dropped_links = static_cast<uint32_t>(Pick(random, 9));
  for (const AttributeCode code : RandomAttributes(random, builder)) builder.SpanAttribute(code);
  for (uint64_t events = Pick(random, 4); events > 0; --events) {
    builder.BeginEvent();
    builder.event() = {builder.row().start_unix_nanos + Pick(random, 1000),
                       builder.AddString(RandomText(random, 5)),
                       static_cast<uint32_t>(Pick(random, 2))};
    for (const AttributeCode code : RandomAttributes(random, builder)) builder.EventAttribute(code);
    builder.EndEvent();
  }
  for (uint64_t links = Pick(random, 3); links > 0; --links) {
    builder.BeginLink();
    builder.link() = {RandomId<TraceId>(random), RandomId<SpanId>(random),
                      builder.AddString(RandomText(random, 4)),
                      static_cast<uint32_t>(Pick(random, 300)),
                      static_cast<uint32_t>(Pick(random, 3))};
    for (const AttributeCode code : RandomAttributes(random, builder)) builder.LinkAttribute(code);
    builder.EndLink();
  }
  builder.CommitSpan(scope);
}

inline SpanBatch RandomBatch(Random& random, const std::vector<TraceId>& traces, size_t spans) {
  SpanBatchBuilder builder;
  uint32_t scope = 0;
  for (size_t i = 0; i < spans; ++i) {
    if (i == 0 || Pick(random, 4) == 0) {
      const auto resource_codes = RandomAttributes(random, builder);
      const uint32_t resource = builder.AddResource(
          resource_codes, static_cast<uint32_t>(Pick(random, 3)), RandomText(random, 3),
          Pick(random, 4) == 0 ? std::string_view("\x1a\x02\x0a\x00", 4) : std::string_view());
      scope = builder.AddScope(resource, RandomText(random, 4), RandomText(random, 2),
                               RandomAttributes(random, builder),
                               static_cast<uint32_t>(Pick(random, 3)), RandomText(random, 3));
    }
    AddRandomSpan(random, traces[Pick(random, traces.size())], scope, builder);
  }
  return builder.Take();
}

inline std::string AttributesText(const SpanBatch& batch, std::span<const AttributeCode> codes) {
  std::vector<std::string> parts;
  for (const AttributeCode code : codes) {
    const AttributeValue value = batch.Value(code);
    parts.push_back(fmt::format("{}:{}={}/{:x}", batch.AttributeKey(code),
                                static_cast<int>(value.kind), ToHex(value.text), value.bits));
  }
  std::sort(parts.begin(), parts.end());
  return fmt::format("[{}]", fmt::join(parts, " "));
}

// One line per span with everything that it carries, sorted: equal batches have equal texts.
inline std::vector<std::string> CanonicalSpans(const SpanBatch& batch) {
  std::vector<std::string> lines;
  const SpanColumns& spans = batch.spans;
  for (size_t row = 0; row < spans.size(); ++row) {
    const uint32_t scope = spans.scope[row];
    const uint32_t resource = batch.scopes.resource[scope];
    std::string line = fmt::format(
        "{} {} {} {} {} {} {} {} {} {} {} {}/{}/{} {} resource {} {} {} {} scope {} {} {} {} {}",
        ToHex(spans.trace_id[row].View()), ToHex(spans.span_id[row].View()),
        ToHex(spans.parent_span_id[row].View()), spans.start_unix_nanos[row],
        spans.end_unix_nanos[row], batch.String(spans.name[row]), spans.kind[row],
        spans.status_code[row], batch.String(spans.status_message[row]),
        batch.String(spans.trace_state[row]), spans.flags[row], spans.dropped_attributes[row],
        spans.dropped_events[row], spans.dropped_links[row],
        AttributesText(batch, spans.attributes.Row(row)),
        AttributesText(batch, batch.resources.attributes.Row(resource)),
        batch.resources.dropped_attributes[resource],
        batch.String(batch.resources.schema_url[resource]),
        ToHex(batch.String(batch.resources.entity_refs[resource])),
        batch.String(batch.scopes.name[scope]), batch.String(batch.scopes.version[scope]),
        AttributesText(batch, batch.scopes.attributes.Row(scope)),
        batch.scopes.dropped_attributes[scope], batch.String(batch.scopes.schema_url[scope]));
    const auto [events_begin, events_end] = batch.EventsOf(row);
    for (uint32_t event = events_begin; event < events_end; ++event) {
      line += fmt::format(" event {} {} {} {}", batch.events.time_unix_nanos[event],
                          batch.String(batch.events.name[event]),
                          batch.events.dropped_attributes[event],
                          AttributesText(batch, batch.events.attributes.Row(event)));
    }
    const auto [links_begin, links_end] = batch.LinksOf(row);
    for (uint32_t link = links_begin; link < links_end; ++link) {
      line += fmt::format(" link {} {} {} {} {} {}", ToHex(batch.links.trace_id[link].View()),
                          ToHex(batch.links.span_id[link].View()),
                          batch.String(batch.links.trace_state[link]), batch.links.flags[link],
                          batch.links.dropped_attributes[link],
                          AttributesText(batch, batch.links.attributes.Row(link)));
    }
    lines.push_back(std::move(line));
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

}  // namespace vivace::testing
