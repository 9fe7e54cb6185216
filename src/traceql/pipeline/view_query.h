// ViewQuery: a query that is fed the traces of view after view and accumulates a result: tags,
// their values, metrics. ViewJob: the same, made ready for one view.
//
//   Open (AddTrace* | AddAllTraces) Finish, for each view
//
// or, where what is known of a source as a whole suffices, for the source:
//
//   AddSummary (BeginExamples (Open AddAllTraces Finish)*)*    (see there)
//
// Several threads collect parts of the data, each into a query of its own (NewPart), which are
// merged in the order of the data: so the answer is the same however many there are. One thread at
// a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "columns/source_summary.h"
#include "traceql/expression/view_rows.h"
#include "traceql/pipeline/pruning.h"

namespace vivace::traceql {

// The spans of a source start within it, inclusive; nanoseconds since 1970.
struct DataRange {
  uint64_t first_unix_nanos = 0;
  uint64_t last_unix_nanos = 0;
};

class ViewJob {
 public:
  virtual ~ViewJob() = default;
  // Adds one trace of the view; each at most once.
  virtual Status AddTrace(uint32_t trace) = 0;
  virtual Status AddAllTraces() = 0;
  // False where the trace cannot contribute, not even together with its spans in other sources.
  virtual Result<bool> MayContribute(uint32_t /*trace*/) { return true; }
  // Called once, after the last trace.
  virtual Status Finish() = 0;
};

class ViewQuery {
 public:
  virtual ~ViewQuery() = default;
  // `rows` must outlive the job.
  virtual Result<std::unique_ptr<ViewJob>> Open(const ViewRows& rows) = 0;
  // The same question without what has been collected, to be fed data of that range, or any. It may
  // know already what need not be collected again.
  virtual std::unique_ptr<ViewQuery> NewPart(const std::optional<DataRange>& range) const = 0;
  // Whether there were data outside of the part's range, which it lacks.
  virtual bool lacks_data() const { return false; }
  // What a part collects of the same data is the same wherever this is, also for another query: it
  // may be kept, and merged again. None: it may not.
  virtual std::optional<std::string> PartKey(const DataRange& /*range*/) const {
    return std::nullopt;
  }
  // Whether a part may be made of summaries (AddSummary): if not, none need be read.
  virtual bool can_use_summaries() const { return false; }
  // Of a part that has nothing yet: takes in all of a source by its summary, as if all its views
  // had been added. False: it does not tell, and the part is to be thrown away.
  virtual Result<bool> AddSummary(SourceSummary& /*summary*/) { return false; }
  // After that, for each view of the source in order: whether spans of it are wanted as examples,
  // beside what has been taken in. If not, nor are those of later views.
  virtual bool BeginExamples() { return false; }
  // Whether more of that view are. It is added in parts of as few traces as it takes.
  virtual bool wants_examples() const { return false; }

  // Whether there is room for all that the part has.
  virtual bool HasRoomFor(const ViewQuery& /*part*/) const { return true; }
  // Takes what a part has collected. Where there is a limit, what comes first has the room.
  virtual void Merge(const ViewQuery& part) = 0;
  // The parts of one source have been merged.
  virtual void EndSource() {}
  // If not, traces may be added in parts.
  virtual bool needs_whole_traces() const = 0;
  // If not, jobs only get AddAllTraces, and views may be in order of arrival.
  virtual bool needs_traces() const { return needs_whole_traces(); }
  virtual const Pruning& pruning() const = 0;
  // Whether more data would change nothing (a limit is reached).
  virtual bool is_full() const { return false; }
  // Of what has been collected so far, where nothing else limits it; about.
  virtual size_t MemoryBytes() const { return 0; }
};

}  // namespace vivace::traceql
