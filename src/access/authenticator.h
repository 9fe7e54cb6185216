// Authenticator: finds out who sent a request by its Authorization header: HTTP Basic or a bearer
// token.
//
// A valid credential is cached for ten minutes by a keyed hash, so that most requests cost a
// microsecond. Others are compared with the access file: tokens at once, passwords, whose hashes
// are slow on purpose, on a thread of their own. An address that fails ten times in a minute is
// blocked until the minute is over, except for cached credentials. Behind a trusted proxy that
// holds for each name that a client of the proxy's gives, and after ten times as many for the
// client. The file is read again every few seconds; a broken one changes nothing. Any thread.
#pragma once

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "access/identities.h"
#include "access/trusted_proxies.h"
#include "base/http.h"
#include "base/thread_pool.h"

namespace vivace {

// The name that HTTP Basic credentials give, right or wrong; empty where there are none.
std::string ClaimedName(const HttpHeaders& headers);

class Authenticator {
 public:
  using Clock = std::chrono::steady_clock;
  // UNAUTHENTICATED without credentials or with wrong ones, RESOURCE_EXHAUSTED after too many wrong
  // ones.
  using Done = std::function<void(Result<IdentityPointer>)>;

  static constexpr int kFailuresMax = 10;  // of one address in a minute, or of one name there
  static constexpr int kFailuresOfClientMax = 100;  // of one client behind a trusted proxy

  // Reads the file; it is read again every `reload_period`.
  static Result<std::unique_ptr<Authenticator>> Start(
      std::string path, Clock::duration reload_period = std::chrono::seconds(5),
      TrustedProxies proxies = {});
  ~Authenticator();

  // `peer` is "address:port". `done` is called once, at once or from a thread of the
  // authenticator's.
  void Authenticate(const HttpHeaders& headers, const std::string& peer, Done done);

  // Reads the file now. On error the identities stay as they were.
  Status Reload();

 private:
  using Key = std::array<uint8_t, 32>;
  struct KeyHash {
    size_t operator()(const Key& key) const;
  };
  struct CachedIdentity {
    IdentityPointer identity;
    Clock::time_point until;
  };
  struct Failures {
    int count = 0;
    Clock::time_point since;
  };

  // Who wrong credentials count for.
  struct Source {
    std::string client;          // its address
    std::string name_at_client;  // empty: the client is no trusted proxy's
  };

  Authenticator(std::string path, TrustedProxies proxies);
  Source SourceOf(const HttpHeaders& headers, const std::string& peer, std::string_view name) const;
  void Run(Clock::duration period);
  std::shared_ptr<const Identities> Current() const;
  Key KeyOf(std::string_view header) const;
  IdentityPointer FindCached(const Key& key);
  void AddToCache(const Key& key, const IdentityPointer& identity,
                  const std::shared_ptr<const Identities>& checked_against);
  bool IsBlocked(const Source& source);
  bool HasFailed(const std::string& who, int times);  // under the lock
  void RecordFailure(const Source& source);
  void CheckPassword(std::string credentials, const Key& key, Source source, Done done);
  void Complete(IdentityPointer identity, const Key& key,
                const std::shared_ptr<const Identities>& checked_against, const Source& source,
                const Done& done);

  const std::string path_;
  const TrustedProxies proxies_;
  std::array<uint8_t, 32> secret_;   // of the keyed hash, new with each process
  const CredentialHash dummy_hash_;  // compared with for unknown names, so that they take as long
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::shared_ptr<const Identities> identities_;  // guarded by mutex_, as all below
  std::string content_;                           // of the file
  boost::unordered_flat_map<Key, CachedIdentity, KeyHash> cache_;
  boost::unordered_flat_map<std::string, Failures> failures_;  // by Source's members
  bool stopping_ = false;
  std::thread reloader_;
  std::unique_ptr<ThreadPool> password_pool_;
};

}  // namespace vivace
