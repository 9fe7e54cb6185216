// Http2Callbacks: nghttp2's C callbacks for Http2Session, built once and shared by all sessions. No
// logic: each calls one member function.
#pragma once

#include <nghttp2/nghttp2.h>

namespace vivace {

class Http2Session;

struct Http2Callbacks {
  // A server session that reports to `owner`; null when out of memory.
  static nghttp2_session* NewSession(Http2Session* owner);
  // The source of a stream's answer: Http2Session::ReadOutput.
  static nghttp2_data_provider DataProvider();
};

}  // namespace vivace
