#include "columns/segment.h"

#include <algorithm>
#include <bit>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace vivace {
namespace {

// A key is judged after this many of its values, and goes plain where more than half of them were new.
constexpr uint32_t kKeyTrialValues = 2048;

uint64_t HashText(std::string_view text, uint64_t seed = 0) { return XXH3_64bits_withSeed(text.data(), text.size(), seed); }

uint64_t HashAttribute(uint32_t key, const AttributeValue& value) {
  const uint64_t seed = (uint64_t{key} << 8) | static_cast<uint8_t>(value.kind);
  if (value.HasText()) return HashText(value.text, seed);
  return HashText({reinterpret_cast<const char*>(&value.bits), sizeof value.bits}, seed);
}

uint64_t HashCodes(const std::vector<uint32_t>& codes) { return XXH3_64bits(codes.data(), codes.size() * sizeof(uint32_t)); }

}  // namespace

// Maps the codes of one batch to those of the segment, then copies the rows.
class Segment::Appender {
 public:
  Appender(Segment& segment, const SpanBatch& batch) : segment_(segment), batch_(batch), strings_(batch.strings.size(), kNone) {
    strings_[0] = 0;
  }

  void Append() {
    MapAttributes();
    MapResources();
    MapScopes();
    AppendTraces();
    const SpanColumns& from = batch_.spans;
    for (size_t row = 0; row < from.size(); ++row) AppendSpan(row);
  }

 private:
  StringCode String(StringCode code) {
    if (strings_[code] == kNone) strings_[code] = segment_.AddString(batch_.String(code));
    return strings_[code];
  }

  void MapAttributes() {
    struct Wanted {
      uint32_t key;
      uint64_t hash;
    };
    std::vector<uint32_t> keys(batch_.strings.size(), kNone);
    std::vector<Wanted> wanted;
    wanted.reserve(batch_.attributes.size());
    for (AttributeCode code = 0; code < batch_.attributes.size(); ++code) {  // the table is larger than the caches: ask for its lines early
      uint32_t& key = keys[batch_.attributes[code].key];
      if (key == kNone) key = segment_.AddKey(batch_.AttributeKey(code));
      wanted.push_back({key, 0});
      if (segment_.HardlyRepeats(key)) continue;
      wanted.back().hash = HashAttribute(key, batch_.Value(code));
      segment_.attribute_codes_.Prefetch(wanted.back().hash);
    }
    attributes_.reserve(batch_.attributes.size());
    for (AttributeCode code = 0; code < batch_.attributes.size(); ++code) {
      attributes_.push_back(segment_.AddAttribute(wanted[code].key, wanted[code].hash, batch_.Value(code)));
    }
  }

  // The row as a list of numbers: equal lists are the same resource or scope.
  void BeginSignature(std::initializer_list<uint32_t> fields, std::span<const AttributeCode> codes) {
    signature_.assign(fields);
    for (const AttributeCode code : codes) signature_.push_back(attributes_[code]);
  }

  bool SameCodes(uint32_t begin, uint32_t end, size_t fields) const {
    if (end - begin != signature_.size() - fields) return false;
    for (uint32_t i = begin; i < end; ++i) {
      if (segment_.shared_codes_[i] != signature_[fields + i - begin]) return false;
    }
    return true;
  }

  std::pair<uint32_t, uint32_t> AppendCodes(size_t fields) {
    const auto begin = static_cast<uint32_t>(segment_.shared_codes_.size());
    for (size_t i = fields; i < signature_.size(); ++i) segment_.shared_codes_.push_back(signature_[i]);
    return {begin, static_cast<uint32_t>(segment_.shared_codes_.size())};
  }

  void MapResources() {
    const ResourceColumns& from = batch_.resources;
    constexpr size_t kFields = 3;
    for (size_t row = 0; row < from.size(); ++row) {
      BeginSignature({from.dropped_attributes[row], String(from.schema_url[row]), String(from.entity_refs[row])}, from.attributes.Row(row));
      resources_.push_back(segment_.resource_codes_.FindOrAppend(
          HashCodes(signature_),
          [&](uint32_t code) {
            const Resource& r = segment_.resources_[code];
            return r.dropped_attributes == signature_[0] && r.schema_url == signature_[1] && r.entity_refs == signature_[2] &&
                   SameCodes(r.attributes_begin, r.attributes_end, kFields);
          },
          [&] {
            const auto [begin, end] = AppendCodes(kFields);
            segment_.has_extra_fields_ |= (signature_[1] | signature_[2]) != 0;
            segment_.resources_.push_back({begin, end, signature_[0], signature_[1], signature_[2]});
            return static_cast<uint32_t>(segment_.resources_.size() - 1);
          }));
    }
  }

  void MapScopes() {
    const ScopeColumns& from = batch_.scopes;
    constexpr size_t kFields = 5;
    for (size_t row = 0; row < from.size(); ++row) {
      BeginSignature({resources_[from.resource[row]], from.dropped_attributes[row], String(from.name[row]), String(from.version[row]),
                      String(from.schema_url[row])},
                     from.attributes.Row(row));
      scopes_.push_back(segment_.scope_codes_.FindOrAppend(
          HashCodes(signature_),
          [&](uint32_t code) {
            const Scope& s = segment_.scopes_[code];
            return s.resource == signature_[0] && s.dropped_attributes == signature_[1] && s.name == signature_[2] &&
                   s.version == signature_[3] && s.schema_url == signature_[4] && SameCodes(s.attributes_begin, s.attributes_end, kFields);
          },
          [&] {
            const auto [begin, end] = AppendCodes(kFields);
            segment_.has_extra_fields_ |= signature_[4] != 0;
            segment_.scopes_.push_back({signature_[0], begin, end, signature_[1], signature_[2], signature_[3], signature_[4]});
            return static_cast<uint32_t>(segment_.scopes_.size() - 1);
          }));
    }
  }

  // The only part that FindTrace's readers must not see half done.
  void AppendTraces() {
    const std::lock_guard lock(segment_.trace_mutex_);
    const auto first = static_cast<uint32_t>(segment_.spans_.trace.size());
    for (uint32_t row = 0; row < batch_.spans.size(); ++row) {
      const uint32_t index = segment_.AddTrace(batch_.spans.trace_id[row]);
      Trace& trace = segment_.traces_[index];
      segment_.spans_.trace.push_back(index);
      segment_.spans_.previous.push_back(trace.last_span);
      trace.last_span = first + row;
      ++trace.span_count;
    }
  }

  void AppendSpan(size_t row) {
    const SpanColumns& from = batch_.spans;
    Spans& to = segment_.spans_;
    to.scope.push_back(scopes_[from.scope[row]]);
    to.span_id.push_back(from.span_id[row]);
    to.parent_span_id.push_back_sparse(from.parent_span_id[row]);
    to.start_unix_nanos.push_back(from.start_unix_nanos[row]);
    to.end_unix_nanos.push_back(from.end_unix_nanos[row]);
    to.name.push_back(String(from.name[row]));
    to.kind.push_back(from.kind[row]);
    to.status_code.push_back_sparse(from.status_code[row]);
    to.status_message.push_back_sparse(String(from.status_message[row]));
    to.trace_state.push_back_sparse(String(from.trace_state[row]));
    to.flags.push_back_sparse(from.flags[row]);
    segment_.has_extra_fields_ |= from.flags[row] != 0;
    to.dropped_attributes.push_back_sparse(from.dropped_attributes[row]);
    to.dropped_events.push_back_sparse(from.dropped_events[row]);
    to.dropped_links.push_back_sparse(from.dropped_links[row]);
    AppendCodesOf(from.attributes, row, to.attribute_codes, to.attribute_ends);
    const auto [events_begin, events_end] = batch_.EventsOf(row);
    for (uint32_t event = events_begin; event < events_end; ++event) AppendEvent(event);
    to.event_ends.push_back(static_cast<uint32_t>(segment_.events_.name.size()));
    const auto [links_begin, links_end] = batch_.LinksOf(row);
    for (uint32_t link = links_begin; link < links_end; ++link) AppendLink(link);
    to.link_ends.push_back(static_cast<uint32_t>(segment_.links_.span_id.size()));
  }

  void AppendEvent(size_t row) {
    const EventColumns& from = batch_.events;
    Events& to = segment_.events_;
    to.time_unix_nanos.push_back(from.time_unix_nanos[row]);
    to.name.push_back(String(from.name[row]));
    to.dropped_attributes.push_back_sparse(from.dropped_attributes[row]);
    AppendCodesOf(from.attributes, row, to.attribute_codes, to.attribute_ends);
  }

  void AppendLink(size_t row) {
    const LinkColumns& from = batch_.links;
    Links& to = segment_.links_;
    to.trace_id.push_back(from.trace_id[row]);
    to.span_id.push_back(from.span_id[row]);
    to.trace_state.push_back_sparse(String(from.trace_state[row]));
    to.flags.push_back_sparse(from.flags[row]);
    segment_.has_extra_fields_ |= from.flags[row] != 0;
    to.dropped_attributes.push_back_sparse(from.dropped_attributes[row]);
    AppendCodesOf(from.attributes, row, to.attribute_codes, to.attribute_ends);
  }

  void AppendCodesOf(const AttributeLists& from, size_t row, ChunkedArray<AttributeCode>& codes, ChunkedArray<uint32_t>& ends) {
    for (const AttributeCode code : from.Row(row)) codes.push_back(attributes_[code]);
    ends.push_back(static_cast<uint32_t>(codes.size()));
  }

  Segment& segment_;
  const SpanBatch& batch_;
  std::vector<StringCode> strings_;
  std::vector<AttributeCode> attributes_;
  std::vector<uint32_t> resources_;
  std::vector<uint32_t> scopes_;
  std::vector<uint32_t> signature_;
};

Segment::Segment() { strings_.push_back({"", 0, 0}); }

void Segment::Append(const SpanBatch& batch) {
  if (batch.spans.size() == 0) return;
  Appender(*this, batch).Append();
  const auto [first, last] = std::minmax_element(batch.spans.start_unix_nanos.begin(), batch.spans.start_unix_nanos.end());
  const uint64_t max_end = std::max(*last, *std::max_element(batch.spans.end_unix_nanos.begin(), batch.spans.end_unix_nanos.end()));
  min_start_ = min_start_ == 0 ? *first : std::min(min_start_.load(), *first);
  max_end_ = std::max(max_end_.load(), max_end);
  UpdateMemory();
  span_count_.store(spans_.link_ends.size(), std::memory_order_release);
}

StringCode Segment::AddString(std::string_view text) {
  if (text.empty()) return 0;
  return string_codes_.FindOrAppend(
      HashText(text), [&](uint32_t code) { return strings_[code].view() == text; },
      [&] {
        strings_.push_back({arena_.Append(text), static_cast<uint32_t>(text.size()), 0});
        return static_cast<uint32_t>(strings_.size() - 1);
      });
}

uint32_t Segment::AddKey(std::string_view text) {
  return key_codes_.FindOrAppend(
      HashText(text), [&](uint32_t code) { return keys_[code].view() == text; },
      [&] {
        keys_.push_back({arena_.Append(text), static_cast<uint32_t>(text.size()), 0});
        key_statistics_.emplace_back();
        return static_cast<uint32_t>(keys_.size() - 1);
      });
}

AttributeCode Segment::AddAttribute(uint32_t key, uint64_t hash, const AttributeValue& value) {
  KeyStatistics& statistics = key_statistics_[key];
  if (statistics.plain) return AppendAttribute(key, value);
  ++statistics.seen;
  return attribute_codes_.FindOrAppend(
      hash,
      [&](uint32_t code) {
        const Attribute& candidate = attributes_[code];
        return candidate.key == key && candidate.value_kind() == value.kind && Value(candidate) == value;
      },
      [&] {
        ++statistics.added;
        statistics.plain = statistics.seen >= kKeyTrialValues && statistics.added > statistics.seen / 2;
        return AppendAttribute(key, value);
      });
}

AttributeCode Segment::AppendAttribute(uint32_t key, const AttributeValue& value) {
  Attribute attribute{.key = key, .kind = static_cast<uint8_t>(value.kind), .size = 0, .payload = value.bits};
  if (value.HasText()) {
    attribute.size = static_cast<uint32_t>(value.text.size());
    attribute.payload = std::bit_cast<uint64_t>(arena_.Append(value.text));
  }
  attributes_.push_back(attribute);
  return static_cast<AttributeCode>(attributes_.size() - 1);
}

AttributeValue Segment::Value(const Attribute& attribute) {
  AttributeValue value{attribute.value_kind(), {}, 0};
  if (value.HasText()) {
    value.text = {std::bit_cast<const char*>(attribute.payload), attribute.size};
  } else {
    value.bits = attribute.payload;
  }
  return value;
}

uint32_t Segment::AddTrace(const TraceId& id) {
  return trace_codes_.FindOrAppend(
      HashText(id.View()), [&](uint32_t code) { return traces_[code].id == id; },
      [&] {
        traces_.push_back({id, kNone, 0});
        return static_cast<uint32_t>(traces_.size() - 1);
      });
}

void Segment::UpdateMemory() {
  constexpr size_t kBytesPerSpan = 4 * 3 + 8 * 4 + 4 + 2 + 4 * 3;  // the dense columns of Spans
  constexpr size_t kBytesPerEvent = 8 + 4 + 4;
  constexpr size_t kBytesPerLink = 16 + 8 + 4;
  memory_bytes_ = arena_.memory_bytes() + strings_.size() * sizeof(Text) + attributes_.size() * sizeof(Attribute) +
                  string_codes_.memory_bytes() + attribute_codes_.memory_bytes() + trace_codes_.memory_bytes() +
                  traces_.size() * sizeof(Trace) + resources_.size() * sizeof(Resource) + scopes_.size() * sizeof(Scope) +
                  spans_.trace.size() * kBytesPerSpan + events_.name.size() * kBytesPerEvent + links_.span_id.size() * kBytesPerLink +
                  sizeof(AttributeCode) * (spans_.attribute_codes.size() + events_.attribute_codes.size() + links_.attribute_codes.size() +
                                           shared_codes_.size());
}

bool Segment::FindTrace(const TraceId& id, SpanBatchBuilder& out) const {
  std::vector<uint32_t> rows;
  {
    const std::lock_guard lock(trace_mutex_);
    const uint32_t index = trace_codes_.Find(HashText(id.View()), [&](uint32_t code) { return traces_[code].id == id; });
    if (index == CodeTable::kNone) return false;
    for (uint32_t row = traces_[index].last_span; row != kNone; row = spans_.previous[row]) rows.push_back(row);
  }
  const size_t published = span_count();
  std::erase_if(rows, [&](uint32_t row) { return row >= published; });
  std::reverse(rows.begin(), rows.end());
  std::vector<std::pair<uint32_t, uint32_t>> scopes;  // segment row, row in `out`
  for (const uint32_t row : rows) {
    const uint32_t scope = spans_.scope[row];
    auto known = std::find_if(scopes.begin(), scopes.end(), [&](const auto& entry) { return entry.first == scope; });
    if (known == scopes.end()) known = scopes.insert(scopes.end(), {scope, CopyScope(scope, out)});
    CopySpan(row, known->second, out);
  }
  return !rows.empty();
}

}  // namespace vivace
