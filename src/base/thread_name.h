// What the calling thread is called (as debuggers and profilers show it, at most 15 characters),
// and its priority.
#pragma once

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

namespace vivace {

inline void NameThread(const char* name) { pthread_setname_np(pthread_self(), name); }

// Lets others go first: `nice` from 0 to 19, as nice(1) has it, of the calling thread alone.
inline void LowerPriority(int nice) {
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), nice);
}

}  // namespace vivace
