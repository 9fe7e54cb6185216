// Names the calling thread, as debuggers and profilers show it (at most 15 characters count).
#pragma once

#include <pthread.h>

namespace vivace {

inline void NameThread(const char* name) { pthread_setname_np(pthread_self(), name); }

}  // namespace vivace
