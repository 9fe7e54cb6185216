#include "server/http/http_response.h"

#include <ctime>

namespace vivace {

bool StatusHasBody(int status) { return status >= 200 && status != 204 && status != 304; }

std::string_view HttpDate() {
  thread_local time_t formatted = 0;
  thread_local char text[32];
  thread_local size_t size = 0;
  const time_t now = time(nullptr);
  if (now != formatted) {
    tm parts;
    gmtime_r(&now, &parts);
    // The process never calls setlocale, so names of days and months are the English ones that RFC
    // 9110 wants.
    size = strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    formatted = now;
  }
  return {text, size};
}

}  // namespace vivace
