#include "traceql/search/found_trace.h"

namespace vivace::traceql {
namespace {

constexpr size_t kServiceBytes = 96;  // a node of the map; about

size_t AttributeBytes(const std::vector<FoundAttribute>& attributes) {
  size_t bytes = attributes.capacity() * sizeof(FoundAttribute);
  for (const FoundAttribute& attribute : attributes)
    bytes += attribute.key.capacity() + attribute.value.View().text.size();
  return bytes;
}

}  // namespace

size_t MemoryBytes(const FoundTrace& trace) {
  size_t bytes = sizeof trace + trace.root_service.capacity() + trace.root_name.capacity();
  for (const FoundSet& set : trace.sets) {
    bytes += sizeof set + AttributeBytes(set.attributes);
    for (const FoundSpan& span : set.spans)
      bytes += sizeof span + span.name.capacity() + AttributeBytes(span.attributes);
  }
  for (const auto& [service, stats] : trace.services) bytes += kServiceBytes + service.capacity();
  return bytes;
}

}  // namespace vivace::traceql
