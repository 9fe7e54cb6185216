// OrderedTasks: runs the tasks of one query on the caller's thread and on threads that help, and
// takes in what they found in the order of the tasks, whatever order they end in: so an answer does
// not depend on how many threads there were, nor on which was faster.
//
//   tasks:      0   1   2   3   4   5 …
//   taken in -> [     window     ]
//
// Only tasks of the window may run: those that wait for an earlier one hold memory. A task that
// runs out of memory while others hold some is run again when it is the only one. Nothing waits for
// helpers that have not begun: the caller can do all tasks alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "base/result.h"

namespace vivace {

// Threads that help queries. Any thread.
class TaskHelpers {
 public:
  virtual ~TaskHelpers() = default;
  // How many can help one query at a time.
  virtual size_t count() const = 0;
  // Has `help` called on one of them, once there is time for it; perhaps never.
  virtual void Ask(std::function<void()> help) = 0;
};

struct OrderedTasksOptions {
  std::shared_ptr<TaskHelpers> helpers;  // null: the caller's thread alone
  size_t window = 0;                     // 0: two for each thread
  size_t window_max = SIZE_MAX;          // what was configured; at least 1
  // Whether the first task is waited for before a second begins, two before the third and fourth,
  // and so on: where a query usually ends early.
  bool begins_slowly = false;
  uint64_t shuffle_seed = 0;  // tests: the order in which tasks of the window begin; 0: theirs
};

struct OrderedTasksCallbacks {
  // Any thread; several tasks at once.
  std::function<Status(size_t task)> run;
  // What `run` left of a task is to be freed: it will be run again. No thread runs it meanwhile.
  std::function<void(size_t task)> discard;
  // On the caller's thread, for each task in order, with what `run` returned. False ends it all:
  // what later tasks found is discarded.
  std::function<Result<bool>(size_t task, Status status)> take;
};

// Returns once no task runs any more: the first error of `take`, OK otherwise.
Status RunOrdered(size_t tasks, const OrderedTasksOptions& options,
                  const OrderedTasksCallbacks& callbacks);

}  // namespace vivace
