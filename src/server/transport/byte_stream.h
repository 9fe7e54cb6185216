// ByteStream: a connected, non-blocking socket as plain bytes, with or without TLS. Reads and
// writes do what can be done now; waiting for readiness is up to the connection. One owner, one
// thread at a time. The descriptor stays the owner's.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "server/transport/tls_context.h"

namespace vivace {

enum class IoState { kDone, kWantRead, kWantWrite, kEnd, kFailed };

struct IoResult {
  IoState state = IoState::kFailed;
  size_t bytes = 0;  // more than 0 where kDone
};

class ByteStream {
 public:
  virtual ~ByteStream() = default;
  virtual IoResult Read(std::span<char> buffer) = 0;
  virtual IoResult Write(std::span<const iovec> parts) = 0;
  // Signals the end of the output to the peer (FIN, with TLS close_notify).
  virtual void EndOutput() = 0;
  // Whether a Read that filled less than its buffer has taken all there was.
  virtual bool short_read_means_empty() const = 0;
  // Why the TLS handshake failed; empty where it did not, or where the peer just went away.
  virtual std::string handshake_failure() const { return {}; }
};

std::unique_ptr<ByteStream> NewPlainStream(int descriptor);
// The handshake happens within the first reads and writes.
std::unique_ptr<ByteStream> NewTlsStream(int descriptor, const TlsContext& context);

}  // namespace vivace
