#include "server/transport/byte_stream.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <climits>

namespace vivace {
namespace {

class PlainStream : public ByteStream {
 public:
  explicit PlainStream(int descriptor) : descriptor_(descriptor) {}

  IoResult Read(std::span<char> buffer) override {
    return Outcome(::recv(descriptor_, buffer.data(), buffer.size(), 0), IoState::kWantRead);
  }
  IoResult Write(std::span<const iovec> parts) override {
    msghdr message = {};
    message.msg_iov = const_cast<iovec*>(parts.data());
    message.msg_iovlen = parts.size();
    return Outcome(::sendmsg(descriptor_, &message, MSG_NOSIGNAL), IoState::kWantWrite);
  }
  void EndOutput() override { ::shutdown(descriptor_, SHUT_WR); }
  bool short_read_means_empty() const override { return true; }

 private:
  static IoResult Outcome(ssize_t count, IoState blocked) {
    if (count > 0) return {IoState::kDone, static_cast<size_t>(count)};
    if (count == 0) return {IoState::kEnd};
    const bool again = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    return {again ? blocked : IoState::kFailed};
  }

  const int descriptor_;
};

// SIGPIPE: OpenSSL writes without MSG_NOSIGNAL; Server ignores the signal.
class TlsStream : public ByteStream {
 public:
  TlsStream(int descriptor, const TlsContext& context)
      : descriptor_(descriptor), ssl_(SSL_new(context.get()), SSL_free) {
    if (!ssl_ || SSL_set_fd(ssl_.get(), descriptor) != 1) {
      ssl_.reset();
      return;
    }
    SSL_set_accept_state(ssl_.get());
  }

  IoResult Read(std::span<char> buffer) override {
    if (!ssl_) return {IoState::kFailed};
    ERR_clear_error();
    return Outcome(SSL_read(ssl_.get(), buffer.data(),
                            static_cast<int>(std::min<size_t>(buffer.size(), INT_MAX))));
  }
  IoResult Write(std::span<const iovec> parts) override {
    if (!ssl_) return {IoState::kFailed};
    ERR_clear_error();
    return Outcome(SSL_write(ssl_.get(), parts[0].iov_base,
                             static_cast<int>(std::min<size_t>(parts[0].iov_len, INT_MAX))));
  }
  void EndOutput() override {
    if (ssl_ && SSL_is_init_finished(ssl_.get())) SSL_shutdown(ssl_.get());
    ::shutdown(descriptor_, SHUT_WR);
  }
  // OpenSSL returns one record at a time and may hold more.
  bool short_read_means_empty() const override { return false; }
  std::string handshake_failure() const override { return handshake_failure_; }

 private:
  IoResult Outcome(int count) {
    if (count > 0) return {IoState::kDone, static_cast<size_t>(count)};
    switch (SSL_get_error(ssl_.get(), count)) {
      case SSL_ERROR_WANT_READ:
        return {IoState::kWantRead};
      case SSL_ERROR_WANT_WRITE:
        return {IoState::kWantWrite};
      case SSL_ERROR_ZERO_RETURN:
        return {IoState::kEnd};
      default:
        KeepHandshakeFailure();
        ERR_clear_error();
        return {IoState::kFailed};
    }
  }

  void KeepHandshakeFailure() {
    const unsigned long error = ERR_peek_last_error();
    const bool peer_went_away = error == 0 || ERR_GET_LIB(error) == ERR_LIB_SYS ||
                                ERR_GET_REASON(error) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
    if (SSL_is_init_finished(ssl_.get()) || peer_went_away) return;
    const char* reason = ERR_reason_error_string(error);
    handshake_failure_ = reason != nullptr ? reason : "unknown error";
  }

  const int descriptor_;
  std::string handshake_failure_;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
};

}  // namespace

std::unique_ptr<ByteStream> NewPlainStream(int descriptor) {
  return std::make_unique<PlainStream>(descriptor);
}

std::unique_ptr<ByteStream> NewTlsStream(int descriptor, const TlsContext& context) {
  return std::make_unique<TlsStream>(descriptor, context);
}

}  // namespace vivace
