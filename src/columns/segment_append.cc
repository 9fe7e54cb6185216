// Segment::Append: the codes of a batch are mapped to those of the segment, then whole columns are
// copied.
#include <algorithm>

#include "base/hash/fast_hash.h"
#include "columns/attribute_hash.h"
#include "columns/segment.h"

namespace vivace {
namespace {

bool HasFlags(const std::vector<uint32_t>& flags) {
  return std::any_of(flags.begin(), flags.end(), [](uint32_t value) { return value != 0; });
}

}  // namespace

// Maps the codes of one batch to those of the segment, then copies the rows. One per thread: its
// memory is kept, as it is more work to get than a small batch is.
class Segment::Appender {
 public:
  void Append(Segment& segment, const SpanBatch& batch) {
    segment_ = &segment;
    batch_ = &batch;
    strings_.assign(batch.strings.size(), kNone);
    strings_[0] = 0;
    for (auto* codes : {&attributes_, &shape_words_, &resources_, &scopes_}) codes->clear();
    array_summaries_.clear();
    AppendAll();
  }

 private:
  struct Wanted {
    uint32_t key;
    uint64_t hash;
  };

  void AppendAll() {
    MapAttributes();
    MapResources();
    MapScopes();
    AppendTraces();
    segment_->has_extra_fields_ |= HasFlags(batch_->spans.flags) || HasFlags(batch_->links.flags);
    AppendSpans();
    AppendEvents();
    AppendLinks();
  }

  StringCode String(StringCode code) {
    if (strings_[code] == kNone) strings_[code] = segment_->AddString(batch_->String(code));
    return strings_[code];
  }

  void MapAttributes() {
    keys_.assign(batch_->strings.size(), kNone);
    wanted_.clear();
    for (AttributeCode code = 0; code < batch_->attributes.size();
         ++code) {  // the table is larger than the caches: ask for its lines early
      uint32_t& key = keys_[batch_->attributes[code].key];
      if (key == kNone) key = segment_->AddKey(batch_->AttributeKey(code));
      wanted_.push_back({key, 0});
      if (segment_->IsHighCardinality(key)) continue;
      wanted_.back().hash = HashAttribute(key, batch_->Value(code));
      segment_->attribute_codes_.Prefetch(wanted_.back().hash);
    }
    attributes_.reserve(batch_->attributes.size());
    shape_words_.reserve(batch_->attributes.size());
    for (AttributeCode code = 0; code < batch_->attributes.size(); ++code) {
      shape_words_.push_back(ShapeWord(wanted_[code].key, batch_->attributes[code].kind));
      attributes_.push_back(
          segment_->AddAttribute(wanted_[code].key, wanted_[code].hash, batch_->Value(code)));
    }
  }

  // The row as a list of numbers: equal lists are the same resource or scope.
  void BeginSignature(std::initializer_list<uint32_t> fields,
                      std::span<const AttributeCode> codes) {
    signature_.assign(fields);
    for (const AttributeCode code : codes) signature_.push_back(attributes_[code]);
  }

  bool SameCodes(uint32_t begin, uint32_t end, size_t fields) const {
    if (end - begin != signature_.size() - fields) return false;
    for (uint32_t i = begin; i < end; ++i) {
      if (segment_->shared_codes_[i] != signature_[fields + i - begin]) return false;
    }
    return true;
  }

  std::pair<uint32_t, uint32_t> AppendCodes(size_t fields) {
    const auto begin = static_cast<uint32_t>(segment_->shared_codes_.size());
    for (size_t i = fields; i < signature_.size(); ++i)
      segment_->shared_codes_.push_back(signature_[i]);
    return {begin, static_cast<uint32_t>(segment_->shared_codes_.size())};
  }

  void MapResources() {
    const ResourceColumns& from = batch_->resources;
    constexpr size_t kFields = 3;
    for (size_t row = 0; row < from.size(); ++row) {
      BeginSignature({from.dropped_attributes[row], String(from.schema_url[row]),
                      String(from.entity_refs[row])},
                     from.attributes.Row(row));
      resources_.push_back(segment_->resource_codes_.FindOrAppend(
          FastHash(std::span<const uint32_t>(signature_)),
          [&](uint32_t code) {
            const Resource& r = segment_->resources_[code];
            return r.dropped_attributes == signature_[0] && r.schema_url == signature_[1] &&
                   r.entity_refs == signature_[2] &&
                   SameCodes(r.attributes_begin, r.attributes_end, kFields);
          },
          [&] {
            const auto [begin, end] = AppendCodes(kFields);
            segment_->has_extra_fields_ |= (signature_[1] | signature_[2]) != 0;
            segment_->resources_.push_back(
                {begin, end, signature_[0], signature_[1], signature_[2]});
            return static_cast<uint32_t>(segment_->resources_.size() - 1);
          }));
    }
  }

  void MapScopes() {
    const ScopeColumns& from = batch_->scopes;
    constexpr size_t kFields = 5;
    for (size_t row = 0; row < from.size(); ++row) {
      BeginSignature(
          {resources_[from.resource[row]], from.dropped_attributes[row], String(from.name[row]),
           String(from.version[row]), String(from.schema_url[row])},
          from.attributes.Row(row));
      scopes_.push_back(segment_->scope_codes_.FindOrAppend(
          FastHash(std::span<const uint32_t>(signature_)),
          [&](uint32_t code) {
            const Scope& s = segment_->scopes_[code];
            return s.resource == signature_[0] && s.dropped_attributes == signature_[1] &&
                   s.name == signature_[2] && s.version == signature_[3] &&
                   s.schema_url == signature_[4] &&
                   SameCodes(s.attributes_begin, s.attributes_end, kFields);
          },
          [&] {
            const auto [begin, end] = AppendCodes(kFields);
            segment_->has_extra_fields_ |= signature_[4] != 0;
            segment_->scopes_.push_back({signature_[0], begin, end, signature_[1], signature_[2],
                                         signature_[3], signature_[4]});
            return static_cast<uint32_t>(segment_->scopes_.size() - 1);
          }));
    }
  }

  // The only part that FindTrace's readers must not see half done.
  void AppendTraces() {
    const std::lock_guard lock(segment_->trace_mutex_);
    const auto first = static_cast<uint32_t>(segment_->spans_.trace.size());
    for (uint32_t row = 0; row < batch_->spans.size(); ++row) {
      const uint32_t index = segment_->AddTrace(batch_->spans.trace_id[row]);
      Trace& trace = segment_->traces_[index];
      segment_->spans_.trace.push_back(index);
      segment_->spans_.previous.push_back(trace.last_span);
      trace.last_span = first + row;
      ++trace.span_count;
    }
  }

  void AppendSpans() {
    const SpanColumns& from = batch_->spans;
    Spans& to = segment_->spans_;
    to.scope.append_mapped(std::span(from.scope), [&](uint32_t scope) { return scopes_[scope]; });
    to.span_id.append(from.span_id);
    to.parent_span_id.append_sparse(from.parent_span_id);
    to.start_unix_nanos.append(from.start_unix_nanos);
    to.end_unix_nanos.append(from.end_unix_nanos);
    AppendStrings(from.name, to.name);
    to.kind.append(from.kind);
    to.status_code.append_sparse(from.status_code);
    AppendStrings(from.status_message, to.status_message);
    AppendStrings(from.trace_state, to.trace_state);
    to.flags.append_sparse(from.flags);
    to.dropped_attributes.append_sparse(from.dropped_attributes);
    to.dropped_events.append_sparse(from.dropped_events);
    to.dropped_links.append_sparse(from.dropped_links);
    AppendLists(from.attributes, to.attribute_codes, to.attribute_ends, to.attribute_shapes);
    AppendEnds(from.event_ends, segment_->events_.name.size(), to.event_ends);
    AppendEnds(from.link_ends, segment_->links_.span_id.size(), to.link_ends);
  }

  void AppendEvents() {
    const EventColumns& from = batch_->events;
    Events& to = segment_->events_;
    to.time_unix_nanos.append(from.time_unix_nanos);
    AppendStrings(from.name, to.name);
    to.dropped_attributes.append_sparse(from.dropped_attributes);
    AppendLists(from.attributes, to.attribute_codes, to.attribute_ends, to.attribute_shapes);
  }

  void AppendLinks() {
    const LinkColumns& from = batch_->links;
    Links& to = segment_->links_;
    to.trace_id.append(from.trace_id);
    to.span_id.append(from.span_id);
    AppendStrings(from.trace_state, to.trace_state);
    to.flags.append_sparse(from.flags);
    to.dropped_attributes.append_sparse(from.dropped_attributes);
    AppendLists(from.attributes, to.attribute_codes, to.attribute_ends, to.attribute_shapes);
  }

  void AppendStrings(const std::vector<StringCode>& from, ChunkedArray<StringCode>& to) {
    if (std::all_of(from.begin(), from.end(), [](StringCode code) { return code == 0; }))
      return to.append_sparse(from);
    mapped_.resize(from.size());
    std::transform(from.begin(), from.end(), mapped_.begin(),
                   [&](StringCode code) { return String(code); });
    to.append_sparse(mapped_);
  }

  static void AppendEnds(const std::vector<uint32_t>& from, size_t owned_before,
                         ChunkedArray<uint32_t>& to) {
    to.append_mapped(std::span(from), [base = static_cast<uint32_t>(owned_before)](uint32_t end) {
      return base + end;
    });
  }

  void AppendLists(const AttributeLists& from, ChunkedArray<AttributeCode>& codes,
                   ChunkedArray<uint32_t>& ends, ChunkedArray<uint32_t>& shapes) {
    AppendEnds(from.ends, codes.size(), ends);
    codes.append_mapped(std::span(from.codes),
                        [&](AttributeCode code) { return attributes_[code]; });
    for (size_t row = 0; row < from.ends.size(); ++row) shapes.push_back(ShapeOf(from.Row(row)));
  }

  uint32_t ShapeOf(std::span<const AttributeCode> codes) {
    mapped_.resize(codes.size());
    uint32_t* word = mapped_.data();
    bool arrays = false;
    for (const AttributeCode code : codes) {
      *word++ = shape_words_[code];
      arrays |= KindOf(shape_words_[code]) == ValueKind::kArray;
    }
    if (arrays) AddArrayWords(codes);
    return segment_->AddShape(mapped_);
  }

  void AddArrayWords(std::span<const AttributeCode> codes) {
    for (const AttributeCode code : codes) {
      if (batch_->attributes[code].kind != ValueKind::kArray) continue;
      const ArraySummary& summary = SummaryOf(code);
      mapped_.push_back(static_cast<uint32_t>(summary.element) << 1 | (summary.uniform ? 1 : 0));
      mapped_.push_back(summary.count);
    }
  }

  const ArraySummary& SummaryOf(AttributeCode code) {
    array_summaries_.resize(batch_->attributes.size());
    if (!array_summaries_[code]) array_summaries_[code] = SummarizeArray(batch_->Value(code).text);
    return *array_summaries_[code];
  }

  Segment* segment_ = nullptr;
  const SpanBatch* batch_ = nullptr;
  std::vector<StringCode> strings_;
  std::vector<uint32_t> keys_;  // by string of the batch
  std::vector<Wanted> wanted_;  // by attribute of the batch
  std::vector<AttributeCode> attributes_;
  std::vector<uint32_t> shape_words_;                         // by attribute of the batch
  std::vector<std::optional<ArraySummary>> array_summaries_;  // likewise, where known
  std::vector<uint32_t> resources_;
  std::vector<uint32_t> scopes_;
  std::vector<uint32_t> signature_;
  std::vector<uint32_t> mapped_;  // scratch
};

void Segment::Append(const SpanBatch& batch) {
  if (batch.spans.size() == 0) return;
  thread_local Appender appender;
  appender.Append(*this, batch);
  ExtendTimes(batch.spans);
  UpdateMemory();
  Publish();
}

void Segment::ExtendTimes(const SpanColumns& spans) {
  uint64_t min_start = max_end_ == 0 ? UINT64_MAX : min_start_.load();
  uint64_t max_end = max_end_;
  for (size_t row = 0; row < spans.size(); ++row) {
    const uint64_t start = spans.start_unix_nanos[row];
    const uint64_t end = spans.end_unix_nanos[row];
    if (start != 0 || end != 0) min_start = std::min(min_start, start == 0 ? end : start);
    max_end = std::max({max_end, start, end});
  }
  min_start_ = std::min(min_start, max_end);
  max_end_ = max_end;
}

void Segment::Publish() {
  const std::lock_guard lock(trace_mutex_);
  published_ = {.strings = static_cast<uint32_t>(strings_.size()),
                .keys = static_cast<uint32_t>(keys_.size()),
                .attributes = static_cast<uint32_t>(attributes_.size())};
  span_count_.store(spans_.link_ends.size(), std::memory_order_release);
}

}  // namespace vivace
