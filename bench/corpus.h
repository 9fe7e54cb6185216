// Corpus: recorded OTLP export requests that can be sent over and over, each time as spans that
// nobody has seen before.
//
// Why: a benchmark that repeats the same bytes measures dictionaries and page caches. Each round
// gives every trace and span id a new value (the same old id the same new one, so parents and links
// still match), moves all times to now and overwrites every run of two or more '@' in a string by
// random hexadecimal digits. A request is parsed once, when it is loaded; from then on a round
// costs one copy and the patches at recorded positions: about 0.15 µs per span. Immutable after
// Load, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/ids.h"
#include "base/result.h"

namespace vivace::bench {

// What sets one round's spans apart from another's.
struct Round {
  uint64_t key = 0;              // picks the ids
  int64_t time_shift_nanos = 0;  // added to every time
};

// A trace of a request: the number that its id has in the corpus and how many spans of it the
// request holds.
struct TracePart {
  uint32_t id_number = 0;
  uint32_t spans = 0;
};

class RequestTemplate {
 public:
  size_t size() const { return bytes_.size(); }
  uint32_t span_count() const { return span_count_; }
  const std::vector<TracePart>& traces() const { return traces_; }

  // Replaces `out` by this request as `round` has it. `text_seed` picks the digits that overwrite
  // the '@' runs.
  void Fill(const Round& round, uint64_t text_seed, std::string& out) const;

 private:
  friend class TemplateParser;
  struct IdAt {
    uint32_t offset;
    uint32_t id_number;
  };
  struct RunAt {
    uint32_t offset;
    uint32_t length;
  };

  std::string bytes_;
  uint32_t span_count_ = 0;
  std::vector<TracePart> traces_;
  std::vector<IdAt> trace_ids_;
  std::vector<IdAt> span_ids_;
  std::vector<uint32_t> times_;
  std::vector<RunAt> runs_;
};

class Corpus {
 public:
  // Reads a file of requests, each preceded by its length in 4 bytes little-endian; a name that
  // ends in .zst is decompressed.
  // With `spans_max`, each request is cut into such of one scope and at most so many spans.
  static Result<Corpus> Load(const std::string& path, size_t spans_max = 0);
  static Result<Corpus> Parse(std::string_view requests, size_t spans_max = 0);

  const std::vector<RequestTemplate>& requests() const { return requests_; }
  // The latest end time in the recording: a round's shift is now less this.
  uint64_t latest_nanos() const { return latest_nanos_; }

 private:
  std::vector<RequestTemplate> requests_;
  uint64_t latest_nanos_ = 0;
};

// The ids that `Fill` writes for the id with this number. Never zero in practice: 64 random bits
// each half.
TraceId NewTraceId(const Round& round, uint32_t id_number);
SpanId NewSpanId(const Round& round, uint32_t id_number);

// A well-mixed function of its argument (the finalizer of SplitMix64).
constexpr uint64_t Mix(uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

}  // namespace vivace::bench
