// ReadAhead: has the bytes of a query's next tasks come while the ones before are computed, where
// blocks lie in a store over a network.
//
// A block is read cold by a chain of requests: index, lists of values, footer, columns. Fetch
// threads (fetch_threads.h) go through the chain for the blocks that come next, and then ask for
// all columns of a row group at once; what they get is held until the task has read it
// (BlockReader::ReadViewAhead). Which columns: those that are named from the start, and those that
// the query's tasks have read so far. At first only one block's columns are fetched, of the others
// what says where things lie; after each task that is done twice as many.
//
// Errors are not reported here: who reads meets them. Memory: what is held is taken from the
// query's budget before it is fetched, up to kHeldBytesMax; a task for which there was no room
// fetches its columns itself when it runs. With a local store nothing happens. Made by the thread
// that runs the query, used by all its threads; when it goes it waits for the requests under way.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/cancel_token.h"
#include "columns/column_view.h"
#include "query/query_sources.h"
#include "query/view_tasks.h"
#include "traceql/pipeline/pruning.h"

namespace vivace {

struct ReadAheadOptions {
  const traceql::Pruning* pruning = nullptr;  // null: nothing is left out
  std::vector<ColumnName> columns;            // known to be read
  bool looks_for_traces = false;              // asks other blocks for traces: TracePlaces
  bool begins_slowly = false;                 // the query may end after a few tasks
  std::function<bool(size_t task)> is_done;   // need not be read; unset: none is
  const CancelToken* cancel_token = nullptr;
};

class ReadAhead {
 public:
  static constexpr size_t kHeldBytesMax = QuerySources::kQueryBytesMax / 4;

  // All must outlive this.
  ReadAhead(QuerySources& sources, std::span<const ViewTask> tasks, ReadAheadOptions options);
  ~ReadAhead();
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  // To be called when a task begins; what it returns is to be kept until the task has been run.
  // Waits for what is under way for it.
  std::shared_ptr<const void> Begin(size_t task);
  // When it has been run.
  void End();

 private:
  class State;
  std::shared_ptr<State> state_;  // null: the store is local
};

// The ids of all blocks' traces, read at once; held until what is returned goes, as far as there is
// memory in `budget`. Nothing is for a local store.
std::vector<std::shared_ptr<const void>> ReadIdsAhead(QuerySources& sources, MemoryBudget& budget);

}  // namespace vivace
