// TlsContext: certificate, key and client verification of one port, loaded and checked once.
// Immutable; any thread.
#pragma once

#include <chrono>
#include <memory>
#include <utility>
#include <vector>

#include "base/result.h"
#include "server/transport/listen_options.h"

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

// TlsFiles: the context made of the files as they are: certificates are renewed without a restart.
//
// New connections get what Current gives; files that cannot be used, or do not match yet, change
// nothing. One thread at a time.
class TlsFiles {
 public:
  // Errors as of TlsContext::Load.
  static Result<TlsFiles> Open(TlsOptions options);
  // Checks the files again once the reload interval has passed.
  const TlsContext& Current();

 private:
  // Changes whenever one of the files does: modification time, inode and size of each.
  using Stamp = std::vector<std::pair<int64_t, int64_t>>;

  TlsFiles(TlsOptions options, TlsContext context, Stamp stamp)
      : options_(std::move(options)), context_(std::move(context)), stamp_(std::move(stamp)) {}
  static Stamp StampOf(const TlsOptions& options);

  TlsOptions options_;
  TlsContext context_;
  Stamp stamp_;
  std::chrono::steady_clock::time_point next_check_ =
      std::chrono::steady_clock::now() + options_.reload_interval;
};

}  // namespace vivace
