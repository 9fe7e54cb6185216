// CompareQuery::Job: counts the spans of one view.
//
// Spans are put in order of interval and side first. Then what stands in columns of its own is
// counted column by column, and all that stands in attribute lists in one pass over the lists
// (AttributePairs), at a cost that does not depend on the number of keys. What spans share with
// others (resources, scopes, traces) is counted once for consecutive spans.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "columns/attribute_pairs.h"
#include "traceql/expression/attribute_reader.h"
#include "traceql/expression/evaluator.h"
#include "traceql/metrics/compare.h"
#include "traceql/metrics/exemplar_reader.h"
#include "traceql/pipeline/pipeline_spans.h"

namespace vivace::traceql {

class CompareQuery::Job final : public ViewJob {
 public:
  Job(CompareQuery& query, const ViewRows& rows, PipelineSpans spans, Evaluator selection)
      : query_(query), rows_(rows), spans_(std::move(spans)), selection_(std::move(selection)) {}

  Status Load();
  Status AddTrace(uint32_t trace) override;
  Status AddAllTraces() override;
  Result<bool> MayContribute(uint32_t trace) override { return spans_.MayYield(trace); }
  Status Finish() override;

 private:
  // Bucket 2i holds the baseline of interval i, 2i + 1 its selection.
  static CompareSide SideOf(size_t bucket) { return static_cast<CompareSide>(bucket % 2); }
  static uint32_t IntervalOf(size_t bucket) { return static_cast<uint32_t>(bucket / 2); }
  // Spans of a bucket that have a value, or (kSkipped) one of those that are not looked at.
  struct Counted {
    static constexpr uint32_t kSkipped = 0xffffffff;
    uint32_t key;
    uint32_t code;
    uint32_t bucket;
    uint32_t spans;
  };
  // Of one attribute in one bucket.
  struct Singles {
    uint32_t seen = 0;
    uint32_t skipped = 0;
  };

  void AddToBucket(uint32_t span);
  void ChooseExemplar(uint32_t span, CompareSide side, size_t interval);
  void CountSpans();
  // Calls visit(row, spans) for the rows that spans of the bucket are, or lie in: once for
  // consecutive ones.
  template <typename Visit>
  void ForEachRow(RowKind kind, size_t bucket, const Visit& visit) const;

  Status CountScope(Scope scope, RowKind owner);
  Status CountPairs(Scope scope, RowKind owner, const AttributePairs& pairs);
  void CountCode(uint32_t code, uint32_t spans) {
    if (by_code_[code] == 0) codes_.push_back(code);
    by_code_[code] += spans;
  }
  // Moves what has been counted of a bucket to counted_; `key_of` says which key a code is of.
  template <typename KeyOf>
  void EndBucket(size_t bucket, const KeyOf& key_of);
  // What counted_ has from `begin` to `end`, all of one attribute.
  template <typename ValueOf>
  void AddCounted(size_t begin, size_t end, const ValueOf& value_of, CompareCounts& counts);
  void SortCountedByKey(size_t keys);
  void AddPairExemplars(RowKind owner, const AttributePairs& pairs,
                        std::span<CompareCounts* const> counts);

  Status CountValues(const Attribute& attribute);
  void CountCodes(const AttributeReader& reader, const AttributeReader::CodedColumn& coded,
                  CompareCounts& counts);
  void CountNumbers(const AttributeReader& reader, const Column& numbers, CompareCounts& counts);

  CompareQuery& query_;
  const ViewRows& rows_;
  PipelineSpans spans_;
  Evaluator selection_;
  const Column* starts_ = nullptr;
  std::optional<ExemplarReader> exemplars_;            // none: none are wanted
  std::vector<std::pair<uint32_t, uint32_t>> chosen_;  // spans, and their numbers in query_.chosen_
  uint32_t last_trace_ = 0xffffffff;
  std::vector<std::vector<uint32_t>> buckets_;
  Status failure_;
  // Scratch.
  std::vector<uint32_t> by_code_;  // counts in one bucket, by code or pair
  std::vector<uint32_t> codes_;    // those seen in it
  std::vector<Singles> singles_;   // by key
  std::vector<uint32_t> keys_;     // those that have some
  std::vector<Counted> counted_;   // in order of buckets, for each key
  std::vector<CompareCounts::Entry> entries_;
};

}  // namespace vivace::traceql
