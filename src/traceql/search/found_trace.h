// FoundTrace: what a search shows of a trace: its root, times, services, and the spans that matched
// with the attributes asked about.
//
// A value with its own memory; outlives the columns that it was read from.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/ids.h"
#include "traceql/value/owned_datum.h"

namespace vivace::traceql {

struct FoundAttribute {
  std::string key;
  OwnedDatum value;
  friend bool operator==(const FoundAttribute&, const FoundAttribute&) = default;
};

struct FoundSpan {
  uint64_t span_id = 0;  // as a big-endian number
  std::string name;      // empty where the query did not ask for names
  uint64_t start_unix_nanos = 0;
  uint64_t duration_nanos = 0;
  std::vector<FoundAttribute> attributes;
  friend bool operator==(const FoundSpan&, const FoundSpan&) = default;
};

struct FoundSet {
  std::vector<FoundSpan> spans;  // the first ones
  uint32_t matched = 0;          // of all that matched
  std::vector<FoundAttribute> attributes;
  friend bool operator==(const FoundSet&, const FoundSet&) = default;
};

struct ServiceStats {
  uint32_t span_count = 0;
  uint32_t error_count = 0;
  friend bool operator==(const ServiceStats&, const ServiceStats&) = default;
};

struct FoundTrace {
  TraceId id;
  std::string root_service;  // empty: no root, or one without a service name
  std::string root_name;
  uint64_t start_unix_nanos = 0;
  uint64_t end_unix_nanos = 0;
  std::vector<FoundSet> sets;
  std::map<std::string, ServiceStats> services;  // of all spans, by service.name
  friend bool operator==(const FoundTrace&, const FoundTrace&) = default;
};

// What it takes, about.
size_t MemoryBytes(const FoundTrace& trace);

}  // namespace vivace::traceql
