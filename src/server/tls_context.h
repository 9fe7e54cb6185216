// TlsContext: certificate, key and client verification of one port, loaded and checked once. Immutable; any thread.
#pragma once

#include <memory>

#include "base/result.h"
#include "server/listen_options.h"

struct ssl_ctx_st;

namespace vivace {

class TlsContext {
 public:
  // INVALID_ARGUMENT naming the file that cannot be used and why. Offers h2 and http/1.1 by ALPN.
  static Result<TlsContext> Load(const TlsOptions& options);
  ssl_ctx_st* get() const { return context_.get(); }

 private:
  explicit TlsContext(std::shared_ptr<ssl_ctx_st> context) : context_(std::move(context)) {}
  std::shared_ptr<ssl_ctx_st> context_;
};

}  // namespace vivace
