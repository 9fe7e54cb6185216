#include "traceql/metrics/summary_query.h"

#include <algorithm>

#include "traceql/pipeline/conditions.h"
#include "traceql/pipeline/pipeline_spans.h"

namespace vivace::traceql {
namespace {

// A node of the map, with the buckets that durations of one kind of span fill; about.
constexpr size_t kGroupBytes = sizeof(SpanSummary) + 512;

}  // namespace

class SummaryQuery::Job final : public ViewJob {
 public:
  Job(SummaryQuery& query, PipelineSpans spans) : query_(query), spans_(std::move(spans)) {}

  Status Load(const ViewRows& rows) {
    for (const Attribute& attribute : query_.by_) {
      VIVACE_ASSIGN(AttributeReader reader, AttributeReader::Make(attribute, rows));
      readers_.push_back(std::move(reader));
    }
    VIVACE_ASSIGN(starts_, rows.view().Load(Field::kSpanStart));
    VIVACE_ASSIGN(ends_, rows.view().Load(Field::kSpanEnd));
    VIVACE_ASSIGN(status_, rows.view().Load(Field::kSpanStatus));
    return {};
  }

  Status AddTrace(uint32_t trace) override {
    return spans_.ForEach(trace, [this](uint32_t span) { Count(span); });
  }
  Status AddAllTraces() override {
    return spans_.ForAll([this](uint32_t span) { Count(span); });
  }
  Result<bool> MayContribute(uint32_t trace) override { return spans_.MayYield(trace); }
  Status Finish() override { return {}; }

 private:
  void Count(uint32_t span) {
    if (!query_.window_.IntervalOf(starts_->numbers[span])) return;
    SpanSummary* summary = SummaryOf(span);
    if (summary == nullptr) return;
    ++summary->span_count;
    if (status_->numbers[span] == kStatusError) ++summary->error_count;
    summary->durations.Add(0, ends_->numbers[span] - starts_->numbers[span]);
  }

  SpanSummary* SummaryOf(uint32_t span) {
    std::vector<OwnedDatum> values;
    std::string key;
    for (const AttributeReader& reader : readers_) {
      Datum value = reader.Read(reader.FirstCursorOf(span)).Single();
      if (!value.is_scalar()) value = {};
      AppendKey(value, key);
      values.emplace_back(value);
    }
    const auto known = query_.summaries_.find(key);
    if (known != query_.summaries_.end()) return &known->second;
    if (query_.summaries_.size() >= kGroupsMax) return nullptr;
    SpanSummary& added = query_.summaries_[key];
    added.values = std::move(values);
    query_.bytes_ += kGroupBytes + 2 * key.size();  // the key, and the texts of the values
    return &added;
  }

  SummaryQuery& query_;
  PipelineSpans spans_;
  std::vector<AttributeReader> readers_;
  const Column* starts_ = nullptr;
  const Column* ends_ = nullptr;
  const Column* status_ = nullptr;
};

SummaryQuery::SummaryQuery(Query query, PipelineId pipeline, std::vector<Attribute> by,
                           const TimeSteps& window)
    : query_(std::move(query)),
      pipeline_(pipeline),
      by_(std::move(by)),
      window_(window),
      needs_whole_traces_(
          NeedsWholeTraces(query_, pipeline) ||
          std::ranges::any_of(by_,
                              [](const Attribute& attribute) { return IsTraceLevel(attribute); })),
      pruning_(EntryConditionsOf(query_, pipeline)) {}

std::unique_ptr<ViewQuery> SummaryQuery::NewPart(const std::optional<DataRange>& /*range*/) const {
  return std::make_unique<SummaryQuery>(query_, pipeline_, by_, window_);
}

void SummaryQuery::Merge(const ViewQuery& part) {
  const auto& from = static_cast<const SummaryQuery&>(part);
  for (const auto& [key, summary] : from.summaries_) {
    const auto known = summaries_.find(key);
    if (known != summaries_.end()) {
      known->second.span_count += summary.span_count;
      known->second.error_count += summary.error_count;
      known->second.durations.Merge(summary.durations, 0, 1);
    } else if (summaries_.size() < kGroupsMax) {
      bytes_ += kGroupBytes + 2 * key.size();
      summaries_.emplace(key, summary);
    }
  }
}

Result<std::unique_ptr<ViewJob>> SummaryQuery::Open(const ViewRows& rows) {
  VIVACE_ASSIGN(PipelineSpans spans, PipelineSpans::Make(query_, pipeline_, rows));
  auto job = std::make_unique<Job>(*this, std::move(spans));
  VIVACE_TRY(job->Load(rows));
  return job;
}

}  // namespace vivace::traceql
