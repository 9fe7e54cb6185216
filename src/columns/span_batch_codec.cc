#include "columns/span_batch_codec.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace vivace {
namespace {

constexpr uint32_t kFormatVersion = 1;

// Every array of a batch with its name, in the order of the format.
template <typename Batch, typename Visit>
void VisitArrays(Batch& batch, Visit&& visit) {
  const auto lists = [&](const char* name, auto& attributes) {
    visit(name, attributes.ends);
    visit(name, attributes.codes);
  };
  visit("bytes", batch.bytes);
  visit("strings", batch.strings);
  visit("attributes", batch.attributes);
  visit("resource schema urls", batch.resources.schema_url);
  visit("resource entity refs", batch.resources.entity_refs);
  visit("resource dropped attributes", batch.resources.dropped_attributes);
  lists("resource attributes", batch.resources.attributes);
  visit("scope resources", batch.scopes.resource);
  visit("scope names", batch.scopes.name);
  visit("scope versions", batch.scopes.version);
  visit("scope schema urls", batch.scopes.schema_url);
  visit("scope dropped attributes", batch.scopes.dropped_attributes);
  lists("scope attributes", batch.scopes.attributes);
  visit("span scopes", batch.spans.scope);
  visit("trace ids", batch.spans.trace_id);
  visit("span ids", batch.spans.span_id);
  visit("parent span ids", batch.spans.parent_span_id);
  visit("start times", batch.spans.start_unix_nanos);
  visit("end times", batch.spans.end_unix_nanos);
  visit("span names", batch.spans.name);
  visit("kinds", batch.spans.kind);
  visit("status codes", batch.spans.status_code);
  visit("status messages", batch.spans.status_message);
  visit("trace states", batch.spans.trace_state);
  visit("span flags", batch.spans.flags);
  visit("dropped attributes", batch.spans.dropped_attributes);
  visit("dropped events", batch.spans.dropped_events);
  visit("dropped links", batch.spans.dropped_links);
  lists("span attributes", batch.spans.attributes);
  visit("event ends", batch.spans.event_ends);
  visit("link ends", batch.spans.link_ends);
  visit("event times", batch.events.time_unix_nanos);
  visit("event names", batch.events.name);
  visit("event dropped attributes", batch.events.dropped_attributes);
  lists("event attributes", batch.events.attributes);
  visit("link trace ids", batch.links.trace_id);
  visit("link span ids", batch.links.span_id);
  visit("link trace states", batch.links.trace_state);
  visit("link flags", batch.links.flags);
  visit("link dropped attributes", batch.links.dropped_attributes);
  lists("link attributes", batch.links.attributes);
}

template <typename Array>
using Element = typename Array::value_type;

// An array of zeros is written as its length and a flag.
template <typename Array>
bool AllZero(const Array& array) {
  const char* bytes = reinterpret_cast<const char*>(array.data());
  const size_t size = array.size() * sizeof(Element<Array>);
  return size == 0 || (bytes[0] == 0 && std::memcmp(bytes, bytes + 1, size - 1) == 0);
}

constexpr uint32_t kAllZeroFlag = 0x80000000;
// Zeros cost no bytes of input, so this bounds what a damaged length could allocate. A batch with
// more of them has the rest written out.
constexpr size_t kZeroBytesMax = size_t{512} << 20;

char* PutWord(char* out, uint32_t word) {
  std::memcpy(out, &word, sizeof word);
  return out + sizeof word;
}

class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : left_(bytes) {}

  bool Word(uint32_t& word) {
    if (left_.size() < sizeof word) return false;
    std::memcpy(&word, left_.data(), sizeof word);
    left_.remove_prefix(sizeof word);
    return true;
  }

  template <typename Array>
  bool Read(Array& array) {
    uint32_t word = 0;
    if (!Word(word)) return false;
    const size_t count = word & ~kAllZeroFlag;
    if ((word & kAllZeroFlag) != 0) {
      if (count * sizeof(Element<Array>) > zero_bytes_left_) return false;
      zero_bytes_left_ -= count * sizeof(Element<Array>);
      array.assign(count, Element<Array>{});
      return true;
    }
    if (count > left_.size() / sizeof(Element<Array>)) return false;
    array.resize(count);
    if (count > 0) std::memcpy(array.data(), left_.data(), count * sizeof(Element<Array>));
    left_.remove_prefix(count * sizeof(Element<Array>));
    return true;
  }

  bool AtEnd() const { return left_.empty(); }

 private:
  std::string_view left_;
  size_t zero_bytes_left_ = kZeroBytesMax;
};

// Checks that a decoded batch points only into itself.
class Validator {
 public:
  explicit Validator(const SpanBatch& batch) : batch_(batch) {}

  const char* FirstProblem() {
    CheckDictionaries();
    CheckResources();
    CheckSpans();
    CheckChildren();
    return problem_;
  }

 private:
  void Require(bool holds, const char* what) {
    if (!holds && problem_ == nullptr) problem_ = what;
  }

  template <typename... Columns>
  void RequireRows(const char* what, size_t rows, const Columns&... columns) {
    Require(((columns.size() == rows) && ...), what);
  }

  void RequireBelow(const std::vector<uint32_t>& codes, size_t limit, const char* what) {
    Require(std::all_of(codes.begin(), codes.end(), [&](uint32_t code) { return code < limit; }),
            what);
  }

  void RequireEnds(const std::vector<uint32_t>& ends, size_t rows, size_t owned, const char* what) {
    Require(ends.size() == rows && std::is_sorted(ends.begin(), ends.end()) &&
                (ends.empty() ? 0 : ends.back()) == owned,
            what);
  }

  void RequireLists(const AttributeLists& lists, size_t rows, const char* what) {
    RequireEnds(lists.ends, rows, lists.codes.size(), what);
    RequireBelow(lists.codes, batch_.attributes.size(), what);
  }

  bool Inside(StringRef ref) const {
    return uint64_t{ref.offset} + ref.size <= batch_.bytes.size();
  }

  void CheckDictionaries() {
    Require(!batch_.strings.empty() && batch_.strings[0].size == 0, "strings");
    for (const StringRef ref : batch_.strings) Require(Inside(ref), "strings");
    for (const AttributeEntry& entry : batch_.attributes) {
      Require(entry.key < batch_.strings.size() && entry.kind <= ValueKind::kKeyValueList &&
                  (!AttributeEntry::HasText(entry.kind) || Inside(entry.text())),
              "attributes");
    }
  }

  void CheckResources() {
    const size_t strings = batch_.strings.size();
    const ResourceColumns& resources = batch_.resources;
    RequireRows("resources", resources.size(), resources.entity_refs, resources.dropped_attributes);
    RequireBelow(resources.schema_url, strings, "resource schema urls");
    RequireBelow(resources.entity_refs, strings, "resource entity refs");
    RequireLists(resources.attributes, resources.size(), "resource attributes");
    const ScopeColumns& scopes = batch_.scopes;
    RequireRows("scopes", scopes.size(), scopes.name, scopes.version, scopes.schema_url,
                scopes.dropped_attributes);
    RequireBelow(scopes.resource, resources.size(), "scope resources");
    RequireBelow(scopes.name, strings, "scope names");
    RequireBelow(scopes.version, strings, "scope versions");
    RequireBelow(scopes.schema_url, strings, "scope schema urls");
    RequireLists(scopes.attributes, scopes.size(), "scope attributes");
  }

  void CheckSpans() {
    const SpanColumns& spans = batch_.spans;
    const size_t strings = batch_.strings.size();
    RequireRows("spans", spans.size(), spans.scope, spans.span_id, spans.parent_span_id,
                spans.start_unix_nanos, spans.end_unix_nanos, spans.name, spans.kind,
                spans.status_code, spans.status_message, spans.trace_state, spans.flags,
                spans.dropped_attributes, spans.dropped_events, spans.dropped_links);
    RequireBelow(spans.scope, batch_.scopes.size(), "span scopes");
    RequireBelow(spans.name, strings, "span names");
    RequireBelow(spans.status_message, strings, "status messages");
    RequireBelow(spans.trace_state, strings, "trace states");
    RequireLists(spans.attributes, spans.size(), "span attributes");
    RequireEnds(spans.event_ends, spans.size(), batch_.events.size(), "event ends");
    RequireEnds(spans.link_ends, spans.size(), batch_.links.size(), "link ends");
  }

  void CheckChildren() {
    const EventColumns& events = batch_.events;
    RequireRows("events", events.size(), events.name, events.dropped_attributes);
    RequireBelow(events.name, batch_.strings.size(), "event names");
    RequireLists(events.attributes, events.size(), "event attributes");
    const LinkColumns& links = batch_.links;
    RequireRows("links", links.size(), links.span_id, links.trace_state, links.flags,
                links.dropped_attributes);
    RequireBelow(links.trace_state, batch_.strings.size(), "link trace states");
    RequireLists(links.attributes, links.size(), "link attributes");
  }

  const SpanBatch& batch_;
  const char* problem_ = nullptr;
};

}  // namespace

size_t EncodedSpanBatchBytesMax(const SpanBatch& batch) {
  size_t size = sizeof kFormatVersion;
  VisitArrays(batch, [&](const char*, const auto& array) {
    size += sizeof(uint32_t) + array.size() * sizeof(array[0]);
  });
  return size;
}

char* EncodeSpanBatch(const SpanBatch& batch, char* out) {
  out = PutWord(out, kFormatVersion);
  size_t zero_bytes_left = kZeroBytesMax;
  VisitArrays(batch, [&](const char*, const auto& array) {
    const size_t size = array.size() * sizeof(array[0]);
    const bool zero = size <= zero_bytes_left && AllZero(array);
    if (zero) zero_bytes_left -= size;
    out = PutWord(out, static_cast<uint32_t>(array.size()) | (zero ? kAllZeroFlag : 0));
    if (zero || size == 0) return;
    std::memcpy(out, array.data(), size);
    out += size;
  });
  return out;
}

void EncodeSpanBatch(const SpanBatch& batch, std::string& out) {
  const size_t begin = out.size();
  out.resize(begin + EncodedSpanBatchBytesMax(batch));
  const char* end = EncodeSpanBatch(batch, out.data() + begin);
  out.resize(static_cast<size_t>(end - out.data()));
}

Result<SpanBatch> DecodeSpanBatch(std::string_view bytes) {
  Decoder decoder(bytes);
  uint32_t version = 0;
  if (!decoder.Word(version) || version != kFormatVersion) {
    return Fail(ErrorCode::kDataLoss, fmt::format("span batch has format version {}, known is {}",
                                                  version, kFormatVersion));
  }
  SpanBatch batch;
  const char* problem = nullptr;
  VisitArrays(batch, [&](const char* name, auto& array) {
    if (problem == nullptr && !decoder.Read(array)) problem = name;
  });
  if (problem == nullptr && !decoder.AtEnd()) problem = "bytes after the last array";
  if (problem == nullptr) problem = Validator(batch).FirstProblem();
  if (problem != nullptr)
    return Fail(ErrorCode::kDataLoss,
                fmt::format("span batch of {} bytes: bad {}", bytes.size(), problem));
  return batch;
}

}  // namespace vivace
